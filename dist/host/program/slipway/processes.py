''
import os
import pwd
import select
import stat
import subprocess
import time

from .failures import Failure

ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0', 'SYSTEMD_PAGER': ''}


LIMIT = 1 << 18


class Result:
    def __init__(self, code, output):
        self.code = code
        self.output = output


def run(argv, timeout=60, given=None):
    ''
    try:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd='/')
    except FileNotFoundError:
        return Result(127, f'{argv[0]}: not found')
    with process:
        if given is not None:
            _give(process.stdin, given)
        output, in_time = _tail(process.stdout.fileno(), time.monotonic() + timeout)
        if not in_time:
            process.kill()
        code = process.wait()
    return Result(code if in_time else 124, output.decode('utf-8', 'replace'))


def _give(pipe, data):
    try:
        pipe.write(data)
        pipe.close()
    except BrokenPipeError:
        pass


def _tail(descriptor, deadline):
    ''
    output = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return output, False
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return output, True
        output += chunk
        del output[:-LIMIT]


def identity(user):
    ''
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Failure('host-not-prepared', f'The user {user} is not on this host.', 'setup-vm makes it.',
                      'Run setup-vm with this slipway.yml, then deploy again.') from None
    return entry.pw_uid, entry.pw_gid


def own_tree(path, uid, gid, seal=False):
    ''




    if seal:
        _own(path, uid, gid, seal)
    for folder, folders, names in os.walk(path, topdown=seal):
        for name in folders + names:
            _own(f'{folder}/{name}', uid, gid, seal)
    if not seal:
        _own(path, uid, gid, seal)


def _own(path, uid, gid, seal):
    status = os.lstat(path)
    if status.st_uid != uid or status.st_gid != gid:
        os.chown(path, uid, gid, follow_symlinks=False)
    if seal and not stat.S_ISLNK(status.st_mode):
        for name in os.listxattr(path, follow_symlinks=False):

            if name.startswith('system.posix_acl'):
                os.removexattr(path, name, follow_symlinks=False)
        mode = status.st_mode & 0o7777
        entered = stat.S_ISDIR(status.st_mode) or mode & 0o100
        sealed = (mode & ~0o7022) | 0o444 | (0o111 if entered else 0)
        if sealed != mode:
            os.chmod(path, sealed)
