''
import os
import posixpath
import re
import stat

from . import files
from .failures import Failure

_DENIED = re.compile(r'permission denied|read-only file system|EACCES|EROFS', re.IGNORECASE)

_DATABASE = re.compile(r'unable to open database file|readonly database|SQLITE_(?:CANTOPEN|READONLY)', re.IGNORECASE)
_DATABASE_FILE = re.compile(r"""['"](?:sqlite:/{2,3})?([^\s'"]*[\w-]\.(?:db|db3|sqlite|sqlite3))['"?]""")

_OUTSIDE = re.compile(r"""(?:read-only file system|EROFS)[^\n]*['"](/[^\s'"]+)['"]|['":\s](/[^\s'":]+)['"]?: Read-only file system""",
                      re.IGNORECASE)
_CODE = ('.py', '.js', '.mjs', '.cjs', '.ts')
_LOOK_BACK = 12
_MOST_FILES = 2000


class Write:
    ''

    def __init__(self, path, kind):
        self.path = path
        self.kind = kind


def forbidden_write(log, release_folder, service):
    ''
    lines = log.splitlines()
    for index, line in enumerate(lines):
        before = lines[max(0, index - _LOOK_BACK):index + 1]
        if _DENIED.search(line):
            path = _named(line, release_folder, service)
            if path:
                return _written(path, before, service)
        elif _DATABASE.search(line):
            found = _database(before, release_folder, service)
            if found != '':
                return Write(found, 'database')
    return None


def _named(line, release_folder, service):
    absolute = re.search(re.escape(f'{release_folder}/src/') + r'([^\s\'",:)\]]+)', line)
    if absolute:
        return absolute.group(1)

    quoted = re.search(r"""['"]([A-Za-z0-9._-][^'"\s]*)['"][^'"]*\Z""", line)
    return _inside(quoted.group(1), release_folder, service) if quoted else None


def _inside(name, release_folder, service):
    ''
    root = f'{release_folder}/src'
    path = posixpath.relpath(posixpath.join(root, service['path'], name), root)
    return '' if path == '.' or path.startswith('..') else path


def _written(path, before, service):
    if re.search(r'mkdir|makedirs', '\n'.join(before[-5:])):
        return Write(path, 'folder')
    pid = re.search(r'''(?:--pid(?:-?file)?|\s-p)[= ]+['"]?([^\s'"]+)''', service['start'])

    if pid and re.fullmatch(r'tmp\w{8}', posixpath.basename(path)):
        return Write(posixpath.join(posixpath.dirname(path), posixpath.basename(pid.group(1))), 'pid')
    return Write(path, 'pid' if path.endswith('.pid') else 'file')


def _database(before, release_folder, service):
    ''
    quoted = [f'"{value}"' for value in service['env'].values()]
    for text in [*reversed(before), *quoted, *_sources(f'{release_folder}/src', service['path'])]:
        found = _DATABASE_FILE.search(text)
        if found:
            return _inside(found.group(1), release_folder, service)
    return None


def _sources(root, folder):
    seen = 0

    if not stat.S_ISDIR(files.plain_mode(root, folder)):
        return
    for where, folders, names in os.walk(os.path.normpath(f'{root}/{folder}')):
        folders[:] = [name for name in folders if name != 'node_modules']
        for name in names:
            path = f'{where}/{name}'
            if name.endswith(_CODE) and stat.S_ISREG(os.lstat(path).st_mode) and os.path.getsize(path) < 1 << 18:
                seen += 1
                if seen > _MOST_FILES:
                    return
                with open(path, encoding='utf-8', errors='replace') as file:
                    yield file.read()


def denied(log, release_folder, service, texts):
    ''
    written = forbidden_write(log, release_folder, service)
    if written:
        return writes_into_release(service, written, release_folder, texts)
    outside = _OUTSIDE.search(log)
    return writes_outside(service, outside.group(1) or outside.group(2), texts) if outside else None


def writes_outside(service, path, texts):
    name = posixpath.basename(posixpath.dirname(path)) or 'data'
    cure = (f'Write to a folder of the repository instead, such as {name}/, and add `shared: [{name}]` to slipway.yml (or `scratch`, if it '
            f'may be thrown away); a volume of the host comes in as the link or mount /opt/APP/shared/{name}. Then tag again.')
    if path.endswith('.log') or path.startswith('/var/log/'):
        cure = f'Let it log to its standard output: the journal keeps and rotates that. Or: {cure[0].lower()}{cure[1:]}'
    return Failure('writes-outside', f'{service["name"]} wants to write outside of its places: {path}.',
                   'All of the host is read-only to it but `shared`, `scratch`, $HOME and /tmp.', cure, texts)


def writes_into_release(service, write, release_folder, evidence):
    path = write.path or 'a database, whose name its log does not tell'
    return Failure(
        'writes-into-release', f'{service["name"]} wants to write into its own release: {path}.',
        'A release is immutable: what an app writes there would be lost with the next one.',
        _cure(write, service, release_folder), evidence)


def _cure(write, service, release_folder):
    folder, move = _place(write, service, release_folder)
    leave = 'Leave the pid file out, for systemd watches the process itself. Or: ' if write.kind == 'pid' else ''
    add = 'add' if move else 'Add'
    if write.kind == 'database':
        return f'{move}{add} `shared: [{folder}]` to slipway.yml, so that it outlives releases; then tag again.'
    return (f'{leave}{move}{add} `scratch: [{folder}]` to slipway.yml if it may be thrown away with each release, or '
            f'`shared: [{folder}]` if it has to outlive them; then tag again.')


def _place(write, service, release_folder):
    ''
    if write.kind == 'folder':
        return write.path, ''
    base = '' if service['path'] == '.' else service['path']
    folder = posixpath.dirname(write.path) if write.path else base
    if folder not in ('', base) and not _holds_code(f'{release_folder}/src/{folder}'):
        return folder, ''
    folder = posixpath.join(folder, 'data' if write.kind == 'database' else 'tmp')
    name = posixpath.basename(write.path) if write.path else 'app.db'
    return folder, f'Let it write to a folder of its own, such as {folder}/{name}, and '


def _holds_code(folder):
    try:
        return any(name.endswith(_CODE) for name in os.listdir(folder))
    except OSError:
        return False
