''
import re

_UNITS = {'h': 3600.0, 'm': 60.0, 's': 1.0, 'ms': 0.001, 'us': 0.000001, 'µs': 0.000001, 'ns': 0.000000001}

_PART = re.compile(r'(?<![0-9.])([0-9]+(?:\.[0-9]+)?)(ms|us|µs|ns|h|m|s)')


def seconds(text, default):
    ''
    parts = _PART.findall(text) if isinstance(text, str) else []
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else default
