"""The tools that setup-vm put on the host: uv and Node, by version."""
import os
import re

from . import layout
from .failures import Failure


def _versions(name):
    found = []
    try:
        entries = os.listdir(layout.TOOLS)
    except FileNotFoundError:
        entries = []
    for entry in entries:
        match = re.fullmatch(re.escape(name) + r'-(\d+(?:\.\d+)*)', entry)
        if match:
            found.append((tuple(int(part) for part in match.group(1).split('.')), f'{layout.TOOLS}/{entry}'))
    return sorted(found, reverse=True)


def uv():
    for _, folder in _versions('uv'):
        if os.access(f'{folder}/uv', os.X_OK):
            return f'{folder}/uv'
    raise Failure('uv-missing', 'uv is not on this host.', 'It makes the virtual environment of each release.',
                  'Run setup-vm: it brings uv.')


def node(version):
    """(folder with bin/node, exact version) of the newest Node that fits `24`, `24.11` or None."""
    wanted = tuple(int(part) for part in version.split('.')) if version else ()
    for numbers, folder in _versions('node'):
        if numbers[:len(wanted)] == wanted and os.access(f'{folder}/bin/node', os.X_OK):
            return folder, '.'.join(map(str, numbers))
    have = ', '.join('.'.join(map(str, numbers)) for numbers, _ in _versions('node')) or 'none'
    raise Failure('node-missing', f'Node {version or ""} is not on this host (there: {have}).'.replace('  ', ' '),
                  'A service in slipway.yml runs on it.', 'Run setup-vm with this slipway.yml: it brings that Node.')


def python(version):
    """(path, exact version) of a system Python that fits `3.11`, `3.11.2` or None."""
    names = [f'python{".".join(version.split(".")[:2])}'] if version else ['python3']
    for name in names:
        path = f'/usr/bin/{name}'
        if os.access(path, os.X_OK):
            exact = os.path.basename(os.path.realpath(path))
            return path, exact
    have = ', '.join(sorted(entry for entry in os.listdir('/usr/bin') if re.fullmatch(r'python3\.\d+', entry))) or 'none'
    raise Failure('python-missing', f'Python {version or 3} is not on this host (there: {have}).',
                  'A service in slipway.yml runs on it.',
                  'Write the version that the host has, e.g. `runtime: python@3.11`, or install that Python on the host.')
