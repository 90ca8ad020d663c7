''
import ctypes
import os
import signal
import stat
from typing import NamedTuple

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS = 0x00020000
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_MS_BIND, _MS_REC, _MS_SLAVE = 4096, 16384, 1 << 19
_MOUNT_SETATTR, _AT_FDCWD, _RDONLY = 442, -100, 1
_NO_NEW_PRIVS, _CAPBSET_DROP = 38, 24
_INACCESSIBLE = '/run/systemd/inaccessible/dir'
_DEVICES = ('null', 'zero', 'full', 'random', 'urandom', 'tty')
_OWN_TREES = ('/proc', '/sys', '/dev')


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ('set', 'clear', 'propagation', 'userns')]


def _mount(source, target, kind, flags, data=None):
    if _LIBC.mount(*(None if text is None else os.fsencode(text) for text in (source, target, kind)), ctypes.c_ulong(flags),
                   None if data is None else data.encode()) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), target)


def _write_protect(path, on=True):
    attributes = _Attributes(set=_RDONLY) if on else _Attributes(clear=_RDONLY)
    if _LIBC.syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), 0, ctypes.byref(attributes), ctypes.sizeof(attributes)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), path)


def mount_points(text):
    ''
    return [line.split(' ')[4].encode().decode('unicode_escape').encode('latin-1').decode('utf-8', 'surrogateescape')
            for line in text.splitlines()]


class Handed(NamedTuple):
    ''
    folder: str
    files: dict
    uid: int
    gid: int

    def place(self):
        _mount('ramfs', self.folder, 'ramfs', _NOSUID | _NODEV | _NOEXEC, 'mode=0500')
        for name, path in self.files.items():
            with open(path, 'rb') as source, open(f'{self.folder}/{name}', 'wb') as target:
                os.fchmod(target.fileno(), 0o400)
                os.fchown(target.fileno(), self.uid, self.gid)
                target.write(source.read())
        os.chown(self.folder, self.uid, self.gid)


def apart(private, writable, handed=None, devices=False):
    ''

    if _LIBC.unshare(_CLONE_NEWNS) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), 'unshare')

    _mount(None, '/', None, _MS_REC | _MS_SLAVE)
    for name in ('tmp', 'var-tmp', 'dev'):
        os.makedirs(f'{private}/{name}', exist_ok=True)
    for path in writable:
        _mount(path, path, None, _MS_BIND)
    if not devices:
        _devices(f'{private}/dev')
    if handed:
        handed.place()
    for name, place in (('tmp', '/tmp'), ('var-tmp', '/var/tmp')):
        os.chmod(f'{private}/{name}', 0o1777)
        _mount(f'{private}/{name}', place, None, _MS_BIND)
    for place in ('/home', '/root', '/run/user'):
        if os.path.isdir(place):
            _mount(_INACCESSIBLE, place, None, _MS_BIND)
    kept = ['/tmp', '/var/tmp', *writable]
    with open('/proc/self/mountinfo', encoding='utf-8', errors='surrogateescape') as file:
        places = mount_points(file.read())
    for place in places:
        if place not in kept and not any(place == tree or place.startswith(f'{tree}/') for tree in _OWN_TREES):
            try:
                _write_protect(place)
            except (FileNotFoundError, NotADirectoryError, PermissionError):

                pass
            except OSError as error:

                if error.errno != 22:
                    raise


def _devices(folder):
    _mount('tmpfs', folder, 'tmpfs', _NOSUID | _NOEXEC, 'mode=755,size=1m')
    for name in _DEVICES:
        with open(f'{folder}/{name}', 'wb'):
            pass
        _mount(f'/dev/{name}', f'{folder}/{name}', None, _MS_BIND)
    for name in ('pts', 'shm', 'mqueue'):
        if os.path.isdir(f'/dev/{name}'):
            os.mkdir(f'{folder}/{name}')
            _mount(f'/dev/{name}', f'{folder}/{name}', None, _MS_BIND)
    for name, target in (('fd', '/proc/self/fd'), ('stdin', '/proc/self/fd/0'), ('stdout', '/proc/self/fd/1'),
                         ('stderr', '/proc/self/fd/2'), ('ptmx', 'pts/ptmx'), ('log', '/run/systemd/journal/dev-log')):
        os.symlink(target, f'{folder}/{name}')
    _mount(folder, '/dev', None, _MS_BIND | _MS_REC)


def become(entry):
    ''
    with open('/proc/sys/kernel/cap_last_cap', encoding='ascii') as file:
        last = int(file.read())
    for capability in range(last + 1):
        _control(_CAPBSET_DROP, capability)
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
    _control(_NO_NEW_PRIVS, 1)
    os.umask(0o027)


def _control(option, value):
    if _LIBC.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), f'prctl {option}')


def clean_streams(uid, gid):
    ''
    nothing = os.open('/dev/null', os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(1, 2)
    if stat.S_ISFIFO(os.fstat(1).st_mode):

        os.fchown(1, uid, gid)
    for number in range(1, signal.NSIG):
        if number in signal.valid_signals() and number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.closerange(3, 65536)
