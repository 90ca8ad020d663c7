''
import hashlib
import json
import os
import posixpath
import stat

from . import fields, files
from .failures import Failure


def load(path):
    with open(path, encoding='utf-8') as file:
        return [tuple(row) for row in json.load(file)]


def digest(rows):
    state = hashlib.sha256()
    for path, mode, key, _ in rows:
        state.update(f'{mode} {key} {path}\n'.encode())
    return state.hexdigest()


def assemble(base_rows, removed, changed, expected):
    ''
    rows = {row[0]: row for row in base_rows}
    for path in removed:
        rows.pop(path, None)
    for row in changed:
        rows[row[0]] = row
    ordered = sorted(rows.values(), key=lambda row: row[0].encode())
    if digest(ordered) != expected:
        raise Failure(
            'manifest-mismatch', 'The list of files that the host put together is not the one the runner sent.',
            'The release it builds on was changed on the host, or the two sides differ in version.',
            'Run setup-vm, then deploy again.')
    check_tree(ordered)
    return ordered


def check_tree(rows):
    ''
    kinds = {path: mode for path, mode, _, _ in rows}
    for path in kinds:
        if any(parent in kinds for parent in folders_above(path)):
            fields.refuse('manifest', path)


def folders_above(path):
    ''
    while '/' in path:
        path = posixpath.dirname(path)
        yield path


def is_within(path, folders):
    return path in folders or any(folder in folders for folder in folders_above(path))


def link_stays(path, target, links):
    ''
    at = [part for part in posixpath.dirname(path).split('/') if part]
    todo = target.split('/')
    if not target or target.startswith('/') or '\0' in target or len(target.encode('utf-8', 'surrogateescape')) > 4095:
        return False
    for _ in range(4096):
        if not todo:
            return True
        part = todo.pop(0)
        if part in ('', '.'):
            continue
        if part == '..':
            if not at:
                return False
            at.pop()
            continue
        at.append(part)
        onward = links.get('/'.join(at))
        if onward is not None:
            if onward.startswith('/'):
                return False
            at.pop()
            todo = onward.split('/') + todo
    return False


def altered(rows, root):
    ''
    return [row[0] for row in rows if not _is_still(row, root)]


def _is_still(row, root):
    path, mode, key, _ = row
    full = f'{root}/{path}'
    if mode == '120000':
        if not files.plain_mode(root, posixpath.dirname(path)) or not os.path.islink(full):
            return False
        text = os.fsencode(os.readlink(full))
        state = hasher(key, len(text))
        state.update(text)
    else:
        if not stat.S_ISREG(files.plain_mode(root, path)):
            return False
        with open(full, 'rb') as file:
            state = hasher(key, os.fstat(file.fileno()).st_size)
            for part in iter(lambda: file.read(1 << 20), b''):
                state.update(part)
    return state.hexdigest() == key.partition(':')[2]


def hasher(key, size):
    ''
    return hashlib.sha1(b'blob %d\0' % size) if key.startswith('git:') else hashlib.sha256()


def folder_digest(rows, folder):
    ''
    prefix = '' if folder == '.' else f'{folder}/'
    return digest([row for row in rows if row[0].startswith(prefix)])


def key_of(rows, path):
    for row in rows:
        if row[0] == path:
            return row[2]
    return None
