"""Takes secrets out of text that leaves the host."""

# Of shorter ones there is one in every log.
SHORTEST = 6


def without(text, secrets):
    """A secret of several lines is in logs line by line."""
    parts = {part for value in secrets for part in (value, *value.splitlines())}
    # The longest first: of two secrets one may begin with the other.
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST:
            text = text.replace(part, '***')
    return text
