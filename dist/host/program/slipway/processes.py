"""Runs programs with an argument list, a time limit and bounded output; never through a shell."""
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
    """Runs to the end; the output is both streams together, its last 256 kB. `given` is at most 64 kB. Time out: code 124."""
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
    """(the last of what comes, whether it ended in time). Whoever prints without end must not fill our memory."""
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
    """(uid, gid) of a user that setup-vm made."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Failure('host-not-prepared', f'The user {user} is not on this host.', 'setup-vm makes it.',
                      'Run setup-vm with this slipway.yml, then deploy again.') from None
    return entry.pw_uid, entry.pw_gid


def own_tree(path, uid, gid, seal=False):
    """Gives a whole tree to a user, links themselves and not what they lead to; `seal` takes the writing rights away.

    Whoever owns a folder can put a link in the place of what is in it. So what is given away is given from the leaves on, and
    what is taken is taken from the root on: the folder on the way is ours at every step.
    """
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
            # A default list would give away what is made in here later.
            if name.startswith('system.posix_acl'):
                os.removexattr(path, name, follow_symlinks=False)
        mode = status.st_mode & 0o7777
        entered = stat.S_ISDIR(status.st_mode) or mode & 0o100
        sealed = (mode & ~0o7022) | 0o444 | (0o111 if entered else 0)
        if sealed != mode:
            os.chmod(path, sealed)
