''
import os
import re
import sys

from . import layout
from .failures import Failure
from .processes import run


def _versions(name):
    found = []
    try:
        entries = os.listdir(layout.TOOLS)
    except FileNotFoundError:
        entries = []
    for entry in entries:
        match = re.fullmatch(re.escape(name) + r'-(\d+(?:\.\d+)*(?:\+\d+)?)', entry)
        if match:
            found.append((tuple(int(part) for part in re.split(r'[.+]', match.group(1))), f'{layout.TOOLS}/{entry}'))
    return sorted(found, reverse=True)


def uv():
    for _, folder in _versions('uv'):
        if os.access(f'{folder}/uv', os.X_OK):
            return f'{folder}/uv'
    raise Failure('uv-missing', 'uv is not on this host.', 'It makes the virtual environment of each release.',
                  'Run setup-vm: it brings uv.')


def node(version):
    ''
    wanted = tuple(int(part) for part in version.split('.')) if version else ()
    for numbers, folder in _versions('node'):
        if numbers[:len(wanted)] == wanted and os.access(f'{folder}/bin/node', os.X_OK):
            return folder, '.'.join(map(str, numbers))
    have = ', '.join('.'.join(map(str, numbers)) for numbers, _ in _versions('node')) or 'none'
    raise Failure('node-missing', f'Node {version or ""} is not on this host (there: {have}).'.replace('  ', ' '),
                  'A service in slipway.yml runs on it.', 'Run setup-vm with this slipway.yml: it brings that Node.')


def python(version):
    ''




    wanted = tuple(int(part) for part in version.split('.')) if version else ()
    if len(wanted) < 3:
        path = f'/usr/bin/python{version}' if version else '/usr/bin/python3'
        if os.access(path, os.X_OK):
            return path, _patch_level(path)
    for numbers, folder in _versions('python'):
        path = f'{folder}/bin/python{numbers[0]}.{numbers[1]}'
        if wanted and numbers[:len(wanted)] == wanted and os.access(path, os.X_OK):
            return path, folder.rpartition('-')[2]
    own = sorted(entry[6:] for entry in os.listdir('/usr/bin') if re.fullmatch(r'python3\.\d+', entry))
    brought = ['.'.join(map(str, numbers[:3])) for numbers, _ in _versions('python')]
    have = ', '.join([*own, *brought]) or 'none'
    raise Failure('python-missing', f'Python {version or 3} is not on this host (there: {have}).',
                  'A service in slipway.yml runs on it.',
                  'Run setup-vm with this slipway.yml: it brings that Python, or says which ones there are.')


def _patch_level(path):
    ''
    if os.path.realpath(path) == os.path.realpath(sys.executable):
        return '.'.join(map(str, sys.version_info[:3]))
    asked = run([path, '-I', '-S', '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], timeout=20)
    said = asked.output.strip()
    if asked.code != 0 or not re.fullmatch(r'\d+\.\d+\.\d+', said):
        raise Failure('python-broken', f'{path} does not run: {said[:200]}', 'A service in slipway.yml runs on it.',
                      'Repair it on the host, e.g. by installing its package again, then deploy again.')
    return said
