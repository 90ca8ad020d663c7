"""Durations as Compose writes them: `1m30s`, `500ms`."""
import re

_UNITS = {'h': 3600.0, 'm': 60.0, 's': 1.0, 'ms': 0.001, 'us': 0.000001, 'µs': 0.000001, 'ns': 0.000000001}
# Begun nowhere within a number: a long one that has no unit would be tried from each of its digits.
_PART = re.compile(r'(?<![0-9.])([0-9]+(?:\.[0-9]+)?)(ms|us|µs|ns|h|m|s)')


def seconds(text, default):
    """The default where nothing is said, or nothing that is a duration."""
    parts = _PART.findall(text) if isinstance(text, str) else []
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else default
