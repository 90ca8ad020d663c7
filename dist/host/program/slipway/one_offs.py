''





import contextlib
import fcntl
import os
import secrets
import signal
import stat

from . import files, units
from .processes import identity
from .state import State

ENDED, NOT_BEGUN, UNKNOWN = 'ended', 'not begun', 'unknown'

_LONGEST = 64


class OneOff:
    ''


    def __init__(self, activation, service, script):
        layout, number = activation.layout, activation.number
        self.id = secrets.token_hex(4)
        self.unit = f'slipway-run.{layout.app}.{number}.{service["name"]}.{self.id}.service'
        self.script = f'{_folder(layout, number)}/{self.unit}'
        self._ended = f'{self.script}.ended'
        group = identity(layout.app_user)[1]
        with contextlib.suppress(FileExistsError):
            os.mkdir(_folder(layout, number), 0o711)

        os.chmod(_folder(layout, number), 0o711)

        self._lock = os.open(_lock_of(self.script), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

        files.write(self._ended, '', mode=0o620, owner=(os.geteuid(), group))
        files.write(self.script, script, mode=0o640, owner=(os.geteuid(), group))

    def settings(self):
        ''



        return [f'ReadWritePaths={self._ended}', f"ExecStopPost=/bin/sh -c 'echo $EXIT_CODE $EXIT_STATUS >\"$0\"' {self._ended}"]

    def end_of_it(self):
        ''
        try:
            descriptor = os.open(self._ended, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return UNKNOWN, None
        try:
            said = os.read(descriptor, _LONGEST + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b'?'
        finally:
            os.close(descriptor)
        if not said:
            return NOT_BEGUN, None
        code = _words().get(said.decode('ascii', 'replace'))
        return (UNKNOWN, None) if code is None else (ENDED, code)

    def end(self):
        files.remove(self.script)
        files.remove(self._ended)
        files.remove(_lock_of(self.script))
        os.close(self._lock)


def _words():
    ''
    signals = {name[len('SIG'):]: number for name, number in signal.Signals.__members__.items()}
    signals.update({f'RTMIN+{above}': signal.SIGRTMIN + above for above in range(1, signal.SIGRTMAX - signal.SIGRTMIN + 1)})
    killed = {f'{how} {name}\n': 128 + number for how in ('killed', 'dumped') for name, number in signals.items()}
    return {**{f'exited {code}\n': code for code in range(256)}, **killed}


def _lock_of(script):
    return f'{script}.lock'


def _folder(layout, number):
    return f'{layout.activation(number)}/one-offs'


def in_hand(layout, number):
    ''
    try:
        names = os.listdir(_folder(layout, number))
    except FileNotFoundError:
        return []
    names = sorted(name for name in names if name.endswith('.service'))
    seen = units.look(names)
    return [name for name in names if _is_locked(_lock_of(f'{_folder(layout, number)}/{name}')) or not seen.get(name, State()).is_over()]


def kept(layout, number):
    ''
    return [f'activation {number} stays on disk until {unit} has ended, a command of `slipway run`' for unit in in_hand(layout, number)]


def _is_locked(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:

        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
