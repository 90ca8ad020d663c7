"""Is anything of a sealed tree still open for writing? Who opened a file before its owner changed may write to it for ever."""
import fcntl
import os
import stat

from .failures import Failure


def still_written(root):
    """Failure when a regular file below `root` is open for writing, by anybody, or is on its way in a socket.

    A read lease is given only on a file that nobody has open for writing: the kernel's own answer, and it also knows of
    descriptors that were passed on and of memory maps. File systems without leases cannot say; there nothing is refused.
    """
    for folder, _, names in os.walk(root):
        for name in names:
            path = f'{folder}/{name}'
            if not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            except BlockingIOError:
                raise Failure(
                    'release-still-written', f'After the build {path[len(root) + 1:]} is still open for writing.',
                    'A process outside of the build has it, so the release could change while it serves.',
                    'Look who has it (fuser -v on the host), end that, and deploy again.') from None
            except OSError:
                return
            finally:
                os.close(descriptor)
