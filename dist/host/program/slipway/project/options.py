''




import re


SAID = 'slipway.options'
_WORDS = r'pass(?:word|wd|phrase)?|secret|credentials?|token|key'
_NAME = re.compile(_WORDS, re.IGNORECASE)
_SECRET = re.compile(rf'((?:{_WORDS})=)[^,\s]+', re.IGNORECASE)


def mark(said):
    return {SAID: ' '.join(sorted(said))}


def changed(said, there, labels):
    ''
    lines = [f'{name}: {_shown(name, there.get(name))} → {_shown(name, value)}' for name, value in sorted(said.items()) if there.get(name) != value]
    gone = sorted(set((labels or {}).get(SAID, '').split()) - set(said))
    return lines + [f'{name}: {_shown(name, there.get(name))} → not said' for name in gone]


def _shown(name, value):
    ''
    if value in (None, ''):
        return 'none'
    return '***' if _NAME.search(name) else _SECRET.sub(r'\1***', str(value))[:120]
