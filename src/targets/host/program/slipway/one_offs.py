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

from . import files, units
from .processes import identity
from .state import State


class OneOff:
    """A mark: the script that is run, locked for as long as the process lives that made it. FileNotFoundError when the activation is gone."""

    def __init__(self, activation, service, script):
        layout, number = activation.layout, activation.number
        self.id = secrets.token_hex(4)
        self.unit = f'slipway-run.{layout.app}.{number}.{service["name"]}.{self.id}.service'
        self.script = f'{_folder(layout, number)}/{self.unit}'
        self._ended = f'{self.script}.ended'
        with contextlib.suppress(FileExistsError):
            os.mkdir(_folder(layout, number), 0o711)
        # The umask is that of whoever typed.
        os.chmod(_folder(layout, number), 0o711)
        files.write(self.script, script, mode=0o640, owner=(0, identity(layout.app_user)[1]))
        self._lock = os.open(self.script, os.O_RDONLY | os.O_NOFOLLOW)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def settings(self):
        """What lets its end be known: systemd itself takes one that was told to end for well, and then forgets it."""
        return [f"ExecStopPost=+/bin/sh -c 'echo $EXIT_CODE $EXIT_STATUS >\"$0\"' {self._ended}"]

    def code(self):
        """How it ended, as a shell says it: 128 and the signal when it was killed. None when it never began."""
        try:
            with open(self._ended, encoding='ascii') as file:
                kind, _, status = file.read().strip().partition(' ')
        except FileNotFoundError:
            return None
        return int(status) if kind == 'exited' else 128 + signal.Signals[f'SIG{status}'].value

    def end(self):
        files.remove(self.script)
        files.remove(self._ended)
        os.close(self._lock)


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
    return [name for name in names if _is_locked(f'{_folder(layout, number)}/{name}') or not seen.get(name, State()).is_over()]


def kept(layout, number):
    """Why files of an activation that no longer serves stay, a line each."""
    return [f'activation {number} stays on disk until {unit} has ended, a command of `slipway run`' for unit in in_hand(layout, number)]


def _is_locked(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
