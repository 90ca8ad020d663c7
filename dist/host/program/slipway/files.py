''
import contextlib
import errno
import fcntl
import json
import os
import stat
import subprocess
import time


def write(path, content, mode=0o644, owner=None, durable=False):
    ''
    beside = f'{path}.new'
    data = content.encode() if isinstance(content, str) else content
    try:
        os.unlink(beside)
    except FileNotFoundError:
        pass
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view):]
        if owner is not None:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)
        if durable:
            os.fsync(descriptor)
    except OSError:

        os.unlink(beside)
        raise
    finally:
        os.close(descriptor)
    os.rename(beside, path)
    if durable:
        sync_folder(os.path.dirname(path))


def remove_half_written(folder):
    ''
    for name in os.listdir(folder):
        if name.endswith('.new'):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f'{folder}/{name}')


def lock(path):
    ''
    return _locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))


def lock_folder(path):
    ''
    return _locked(os.open(path, os.O_RDONLY | os.O_DIRECTORY))


@contextlib.contextmanager
def _locked(descriptor):
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(path, line):
    ''
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o640)
    try:

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size

        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b'\n'
        view = memoryview((b'\n' if torn else b'') + line.encode() + b'\n')
        try:
            while view:
                view = view[os.write(descriptor, view):]
            os.fsync(descriptor)
        except OSError:

            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def plain_mode(root, path):
    ''
    mode = 0
    for part in [''] + [part for part in path.split('/') if part not in ('', '.')]:
        root = f'{root}/{part}' if part else root
        try:
            mode = os.lstat(root).st_mode
        except OSError:
            return 0
        if stat.S_ISLNK(mode):
            return 0
    return mode


def read_json(path):
    ''
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def remove(path):
    ''
    try:
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
        elif not clear(path):
            raise OSError(errno.ENOTEMPTY, 'it could not be removed', path)
    except FileNotFoundError:
        pass


def clear(*paths):
    ''




    done = subprocess.run(['/bin/rm', '-rf', '--one-file-system', '--', *paths], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def take_away(path, aside):
    ''



    try:
        out = f'{aside}/gone.{time.monotonic_ns()}'
        os.mkdir(out, 0o700)
        os.rename(path, f'{out}/it')
    except OSError:

        clear(path)
        return
    clear(out)


def point(link, target):
    ''
    beside = f'{link}.new'
    remove(beside)
    os.symlink(target, beside)
    os.rename(beside, link)
    sync_folder(os.path.dirname(link))
