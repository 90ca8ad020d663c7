"""Commands that people run by `slipway run`: units of their own, in the activation that serves, beside whatever a rollout does.

They take no lock, so that a rollout may retire their activation meanwhile. Its files stay until they have ended, and that is
decided by order. Who runs one makes a mark in the activation's folder first, and then looks who serves. A rollout first records
who serves, and then looks for marks. So one of the two always sees the other.
"""
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
# Longer than any word that systemd has for an end.
_LONGEST = 64


class OneOff:
    """A mark: the script that is run, with a lock for as long as the process lives that made it. FileNotFoundError when the activation
    is gone."""

    def __init__(self, activation, service, script):
        layout, number = activation.layout, activation.number
        self.id = secrets.token_hex(4)
        self.unit = f'slipway-run.{layout.app}.{number}.{service["name"]}.{self.id}.service'
        self.script = f'{_folder(layout, number)}/{self.unit}'
        self._ended = f'{self.script}.ended'
        group = identity(layout.app_user)[1]
        with contextlib.suppress(FileExistsError):
            os.mkdir(_folder(layout, number), 0o711)
        # The umask is that of whoever typed.
        os.chmod(_folder(layout, number), 0o711)
        # Root's alone: whoever may open a file may lock it, and would keep it in hand for ever.
        self._lock = os.open(_lock_of(self.script), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        # There beforehand, so that the app's user can write its one word, and make nothing beside it.
        files.write(self._ended, '', mode=0o620, owner=(os.geteuid(), group))
        files.write(self.script, script, mode=0o640, owner=(os.geteuid(), group))

    def settings(self):
        """What lets its end be known: systemd itself takes one that was told to end for well, and then forgets it.

        It is said by the app's user in the sandbox. Root may run nothing here: the unit has the app's variables, LD_PRELOAD among them.
        """
        return [f'ReadWritePaths={self._ended}', f"ExecStopPost=/bin/sh -c 'echo $EXIT_CODE $EXIT_STATUS >\"$0\"' {self._ended}"]

    def end_of_it(self):
        """(how it ended, the code as a shell says it: 128 and the signal when it was killed). An app may have written there what it likes."""
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
    """{all that systemd says in EXIT_CODE and EXIT_STATUS: what a shell makes of it}."""
    signals = {name[len('SIG'):]: number for name, number in signal.Signals.__members__.items()}
    signals.update({f'RTMIN+{above}': signal.SIGRTMIN + above for above in range(1, signal.SIGRTMAX - signal.SIGRTMIN + 1)})
    killed = {f'{how} {name}\n': 128 + number for how in ('killed', 'dumped') for name, number in signals.items()}
    return {**{f'exited {code}\n': code for code in range(256)}, **killed}


def _lock_of(script):
    return f'{script}.lock'


def _folder(layout, number):
    return f'{layout.activation(number)}/one-offs'


def in_hand(layout, number):
    """Units that run in an activation, or are about to."""
    try:
        names = os.listdir(_folder(layout, number))
    except FileNotFoundError:
        return []
    names = sorted(name for name in names if name.endswith('.service'))
    seen = units.look(names)
    return [name for name in names if _is_locked(_lock_of(f'{_folder(layout, number)}/{name}')) or not seen.get(name, State()).is_over()]


def kept(layout, number):
    """Why files of an activation that no longer serves stay, a line each."""
    return [f'activation {number} stays on disk until {unit} has ended, a command of `slipway run`' for unit in in_hand(layout, number)]


def _is_locked(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        # Shared: two may ask at once.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
