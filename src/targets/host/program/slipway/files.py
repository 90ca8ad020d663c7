"""Files that are whole or not there, and on disk when we say so."""
import contextlib
import errno
import fcntl
import json
import os
import stat
import subprocess
import time


def write(path, content, mode=0o644, owner=None, durable=False):
    """Writes beside and renames over. `owner` is (uid, gid)."""
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
        # On a full disk half of it would lie there, and take room.
        os.unlink(beside)
        raise
    finally:
        os.close(descriptor)
    os.rename(beside, path)
    if durable:
        sync_folder(os.path.dirname(path))


def remove_half_written(folder):
    """What a process that was killed in the middle of `write` left beside; nobody may be writing there."""
    for name in os.listdir(folder):
        if name.endswith('.new'):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f'{folder}/{name}')


def lock(path):
    """One at a time on this host; what is started meanwhile does not inherit it."""
    return _locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))


def lock_folder(path):
    """The same by a folder that is there; FileNotFoundError when it is not."""
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
    """A line that is there as a whole and on disk, or not at all."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o640)
    try:
        # Of two that write at once neither sees half of the other's line.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        # A line that a power cut left half written must not swallow this one.
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b'\n'
        view = memoryview((b'\n' if torn else b'') + line.encode() + b'\n')
        try:
            while view:
                view = view[os.write(descriptor, view):]
            os.fsync(descriptor)
        except OSError:
            # Who is told that it failed goes another way: nobody may read there later that it did not.
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def plain_mode(root, path):
    """The mode (with its type) of `path` below `root`; 0 when a part of it is a symbolic link, or nothing is there."""
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
    """The JSON in a file; None when there is none."""
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def remove(path):
    """Removes a file, a link or a whole folder; nothing when it is not there."""
    try:
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
        elif not clear(path):
            raise OSError(errno.ENOTEMPTY, 'it could not be removed', path)
    except FileNotFoundError:
        pass


def clear(*paths):
    """Removes whole folders as far as that goes; is nothing of them left?

    By rm, which is not led astray by who puts links in its way, and goes down as deep as anybody can nest: Python's own
    removal gives up after a thousand levels, and who may write in a folder could keep it there for ever.
    """
    done = subprocess.run(['/bin/rm', '-rf', '--one-file-system', '--', *paths], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def take_away(path, aside):
    """Removes a folder in which others may still write: first out of their reach, into `aside`, which is root's alone.

    What they go on to write there by a folder that they have open is left for whoever clears `aside` next.
    """
    try:
        out = f'{aside}/gone.{time.monotonic_ns()}'
        os.mkdir(out, 0o700)
        os.rename(path, f'{out}/it')
    except OSError:
        # There is no such folder; or no room for another, and what is removed here makes some.
        clear(path)
        return
    clear(out)


def point(link, target):
    """Makes `link` a symbolic link to `target`, at once for everyone: the rename is the switch."""
    beside = f'{link}.new'
    remove(beside)
    os.symlink(target, beside)
    os.rename(beside, link)
    sync_folder(os.path.dirname(link))
