''




import re

from .failures import Failure

APP = re.compile(r'[a-z](?:[a-z0-9-]{0,23}[a-z0-9])?\Z')
VERSION = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z')
RELEASE = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,62}-[0-9a-f]{8}\Z')
COMMIT = re.compile(r'[0-9a-f]{40}\Z')
DIGEST = re.compile(r'[0-9a-f]{64}\Z')
KEY = re.compile(r'(?:git:[0-9a-f]{40}|sha256:[0-9a-f]{64})\Z')
ENV_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]{0,127}\Z')
CONTROL = re.compile(r'[\x00-\x1f\x7f]')
MODES = ('100644', '100755', '120000')

RESERVED_ENV = ('PORT', 'EXIT_CODE', 'EXIT_STATUS')


def refuse(name, value):
    raise Failure(
        'bad-field', f'The host refuses the field {name}: {str(value)[:120]!r}.',
        'The host program checks every field itself before it becomes a path, a unit or a route.',
        'Use the same version of Slipway on the runner and on the host (run setup-vm once), and report this if it stays.')


def text(value, name, pattern=None, limit=4096, single_line=True):
    if not isinstance(value, str) or len(value) > limit or (single_line and CONTROL.search(value)) or not _encodable(value):
        refuse(name, value)
    if pattern is not None and not pattern.match(value):
        refuse(name, value)
    return value


def _encodable(value):
    ''
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def optional(value, check):
    return None if value is None else check(value)


def number(value, name, low, high):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        refuse(name, value)
    return value


def whole(value, name, low, high):
    if not isinstance(value, int):
        refuse(name, value)
    return number(value, name, low, high)


def mapping(value, name):
    if not isinstance(value, dict):
        refuse(name, value)
    return value


def flag(value, name):
    if not isinstance(value, bool):
        refuse(name, value)
    return value


def choice(value, name, among):
    if value not in among:
        refuse(name, value)
    return value


def each(value, name, check, limit=1000):
    if not isinstance(value, list) or len(value) > limit:
        refuse(name, value)
    return [check(item) for item in value]


def relative_path(value, name='path'):
    ''
    text(value, name, limit=4096)
    parts = value.split('/')
    if any(part in ('', '.', '..') or len(part.encode()) > 255 for part in parts) or parts[0] == '.git':
        refuse(name, value)
    return value


def folder(value, name='path'):
    return value if value == '.' else relative_path(value, name)


def env_map(value, name, reserved=RESERVED_ENV):
    if not isinstance(value, dict) or len(value) > 500:
        refuse(name, value)
    for key, item in value.items():
        text(key, name, ENV_NAME)
        if key in reserved:
            refuse(name, key)
        text(item, f'{name}.{key}', limit=131072)
        if not _fits(key, item):
            refuse(f'{name}.{key}', item)
    return value


def _fits(key, value):
    ''
    return len(key) + len(value.encode()) + 2 <= 131072


def secret_map(value, name='secrets', reserved=RESERVED_ENV):
    if not isinstance(value, dict) or len(value) > 500:
        refuse(name, 'not an object')
    for key, item in value.items():
        text(key, name, ENV_NAME)

        if key in reserved or not isinstance(item, str) or '\0' in item or not _encodable(item) or not _fits(key, item):
            refuse(f'{name}.{key}', '***')
    return value


def manifest_entry(value):
    if not isinstance(value, list) or len(value) != 4:
        refuse('manifest', value)
    path, mode, key, size = value
    return (relative_path(path), choice(mode, 'mode', MODES), text(key, 'key', KEY),
            whole(size, 'size', 0, 1 << 40))


def actor(value):
    value = value if isinstance(value, dict) else {}
    return {'by': text(value.get('by', ''), 'by', limit=200), 'run': text(value.get('run', ''), 'run', limit=300)}


def known(value, keys, name):
    ''
    strange = sorted(set(value) - set(keys))
    if strange:
        raise Failure('host-program-too-old', f'The host program does not know {name}.{strange[0]}.',
                      'The action is newer than what setup-vm installed on this host.', 'Run setup-vm, then deploy again.')
