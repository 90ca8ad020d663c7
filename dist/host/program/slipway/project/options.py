"""Options of networks and volumes that are there already: Docker takes them when it makes one, and never again.

Compared is what the Compose file says. What it does not say may be there all the same, by the Engine's own defaults; so that an option
that the file has no more is seen, those that are made here are marked with the names of what was said.
"""
import re

# A label: names, one after the other.
SAID = 'slipway.options'
_WORDS = r'pass(?:word|wd|phrase)?|secret|credentials?|token|key'
_NAME = re.compile(_WORDS, re.IGNORECASE)
_SECRET = re.compile(rf'((?:{_WORDS})=)[^,\s]+', re.IGNORECASE)


def mark(said):
    return {SAID: ' '.join(sorted(said))}


def changed(said, there, labels):
    """Lines `name: old → new`. `said`: {name: value} of the file; `there`: {name: value} as the Engine has it, None where it has none."""
    lines = [f'{name}: {_shown(name, there.get(name))} → {_shown(name, value)}' for name, value in sorted(said.items()) if there.get(name) != value]
    gone = sorted(set((labels or {}).get(SAID, '').split()) - set(said))
    return lines + [f'{name}: {_shown(name, there.get(name))} → not said' for name in gone]


def _shown(name, value):
    """Options of volumes have passwords among them: whole ones, and parts of others."""
    if value in (None, ''):
        return 'none'
    return '***' if _NAME.search(name) else _SECRET.sub(r'\1***', str(value))[:120]
