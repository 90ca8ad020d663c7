''
import re


_WHOLE = re.compile(r'[0-9]{1,18}\Z')


def whole(said):
    ''
    return int(said) if _WHOLE.match(str(said)) else None


def port(said):
    number = whole(said)
    return number if number is not None and number <= 65535 else None
