''


SHORTEST = 6


def without(text, secrets):
    ''
    parts = {part for value in secrets for part in (value, *value.splitlines())}

    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST:
            text = text.replace(part, '***')
    return text
