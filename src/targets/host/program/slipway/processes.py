"""Runs programs with an argument list, a time limit and bounded output; never through a shell."""
import os
import pwd
import subprocess

ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0', 'SYSTEMD_PAGER': ''}


class Result:
    def __init__(self, code, output):
        self.code = code
        self.output = output


def run(argv, timeout=60, given=None):
    """Runs to the end; the output is both streams together, its last 256 kB. Time out: code 124."""
    try:
        done = subprocess.run(argv, input=given, stdin=None if given is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, timeout=timeout, cwd='/',
                              check=False)
        return Result(done.returncode, done.stdout[-262144:].decode('utf-8', 'replace'))
    except subprocess.TimeoutExpired as error:
        return Result(124, (error.stdout or b'')[-262144:].decode('utf-8', 'replace'))
    except FileNotFoundError:
        return Result(127, f'{argv[0]}: not found')


def identity(user):
    """(uid, gid) of a user that setup-vm made."""
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def own_tree(path, uid, gid, seal=False):
    """Gives a whole tree to a user, links themselves and not what they lead to; `seal` takes the writing rights away."""
    os.chown(path, uid, gid, follow_symlinks=False)
    for folder, folders, names in os.walk(path):
        for name in folders + names:
            full = f'{folder}/{name}'
            status = os.lstat(full)
            if status.st_uid != uid or status.st_gid != gid:
                os.chown(full, uid, gid, follow_symlinks=False)
            if seal and (status.st_mode & 0o170000) != 0o120000:
                mode = status.st_mode & 0o7777
                sealed = (mode & ~0o6022) | 0o444 | (0o111 if mode & 0o100 else 0)
                if sealed != mode:
                    os.chmod(full, sealed)
