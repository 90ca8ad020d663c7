''



import json
import re

KEY = 'x-slipway'
_NUMBER = re.compile(r'-?[0-9]+(?:\.[0-9]+)?\Z')


def of_services(text):
    ''
    found, section, service, inside = {}, '', '', False
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(' '))
        key, _, value = line.strip().partition(':')
        value = value.strip()
        if depth == 0:
            section, inside = key, False
        elif section == 'services' and depth == 2:
            service, inside = str(_scalar(key)), False
        elif section == 'services' and depth == 4:
            inside = key == KEY
            if inside:
                found[service] = {} if value in ('', '{}') else _scalar(value)
        elif inside and depth == 6 and isinstance(found[service], dict):
            found[service][str(_scalar(key))] = _scalar(value)
    return found


def _scalar(text):
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:

            return text
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if _NUMBER.match(text):
        return float(text) if '.' in text else int(text) if len(text) < 19 else text
    return {'null': None, 'true': True, 'false': False}.get(text, text)
