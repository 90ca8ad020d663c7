''
import ctypes
import os
import pwd
import stat

from .failures import Failure
from .processes import run


MEMORY = ('/dev/shm', '/dev/mqueue')
IPC = '/proc/sysvipc'
_LIBC = ctypes.CDLL(None, use_errno=True)
_IPC_RMID = 0

LOOK = 3600


def held_elsewhere(folder, user):
    ''
    numbers = _numbers(user)
    return {} if numbers is None else {link: volume for link, volume in _links(folder) if _holds(volume, numbers)}


def _links(folder):
    ''
    for name in sorted(os.listdir(folder)) if _is_roots(folder, stat.S_ISDIR) else ():
        path = f'{folder}/{name}'
        if _is_roots(path, stat.S_ISLNK):
            yield path, os.path.realpath(path)
        else:
            yield from _links(path)


def _is_roots(path, kind):
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    return status.st_uid == os.geteuid() and kind(status.st_mode)


def _holds(volume, numbers):
    if not os.path.lexists(volume):
        return False
    looked = run(['/usr/bin/find', volume, '-ignore_readdir_race', *_of(numbers), '-print', '-quit'], timeout=LOOK)

    return looked.code != 0 or bool(looked.output)


def clear_but(folder, kept, clear):
    ''
    for name in os.listdir(folder):
        path = f'{folder}/{name}'
        if any(one.startswith(f'{path}/') for one in kept):
            clear_but(path, kept, clear)
        elif path not in kept:
            clear(path)


def forget(user):
    numbers = _numbers(user)
    if numbers is not None:
        _clear_memory(numbers)
        done = run(['/usr/sbin/userdel', user])
        if done.code != 0:
            raise Failure('user-stays', f'The user {user} could not be removed: {done.output.strip()[:300]}.', '',
                          f'See which process is still its (ps -u {user}), end that, and type the same again.')
    if run(['/usr/bin/getent', 'group', user]).code == 0:
        run(['/usr/sbin/groupdel', user])


def _numbers(user):
    ''
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _of(numbers):
    ''
    uid, gid = numbers
    return ['(', '-uid', str(uid), '-o', '-gid', str(gid), ')']


def _clear_memory(numbers):
    places = [place for place in MEMORY if os.path.isdir(place)]
    if places:
        run(['/usr/bin/find', *places, '-xdev', '-mindepth', '1', *_of(numbers), '-delete'])
    for kind, remove in (('shm', _LIBC.shmctl), ('msg', _LIBC.msgctl), ('sem', lambda number, command, _: _LIBC.semctl(number, 0, command))):
        for number in ipc_of(_table(kind), numbers):
            remove(number, _IPC_RMID, None)


def _table(kind):
    try:
        with open(f'{IPC}/{kind}', encoding='ascii') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def ipc_of(table, numbers):
    ''
    uid, gid = map(str, numbers)
    header, *rows = [line.split() for line in table.splitlines()] or [[]]
    rows = [dict(zip(header, row)) for row in rows]
    return [int(next(value for name, value in row.items() if name in ('shmid', 'msqid', 'semid'))) for row in rows
            if uid in (row['uid'], row['cuid']) or gid in (row['gid'], row['cgid'])]
