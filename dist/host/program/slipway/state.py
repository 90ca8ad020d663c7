"""How a process stands, in words that all supervisors share."""
from __future__ import annotations

from typing import NamedTuple

# What `phase` may be.
UP, STARTING, RESTARTING, STOPPING, FAILED, STOPPED, ABSENT = (
    'up', 'starting', 'restarting', 'stopping', 'failed', 'stopped', 'absent')


class State(NamedTuple):
    phase: str = ABSENT
    # How often the supervisor has started it again by itself.
    restarts: int = 0
    # How it ended last, if it did: by an exit code, or by a signal.
    exit: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    # All processes that belong to it, children included.
    pids: tuple = ()
    # As its supervisor says it: `active/running`, `BACKOFF`.
    said: str = 'absent'
    # Did it take longer than it may?
    timed_out: bool = False
    # Was it refused a process or a thread, because it had as many as it may?
    short_of_tasks: bool = False
    # Does it run, and is not what its own check looks for?
    unwell: bool = False

    def is_up(self):
        """Now, whatever was before."""
        return self.phase == UP

    def is_well(self):
        """Up since it was started, for the first time."""
        return self.is_up() and self.restarts == 0 and not self.unwell

    def has_died(self):
        return self.phase in (FAILED, RESTARTING) or self.restarts > 0

    def is_over(self):
        """Ended, and nothing of it is left."""
        return self.phase in (STOPPED, FAILED, ABSENT) and not self.pids

    def never_ran(self):
        return self.phase in (STOPPED, ABSENT) and self.exit is None and self.signal is None and not self.restarts

    def ending(self):
        """How it ended last, as the rest of a sentence."""
        if self.out_of_memory:
            return 'was killed because memory ran out'
        if self.timed_out:
            return 'took longer than it may, and was ended'
        if self.signal is not None:
            return f'was killed by signal {self.signal}'
        return 'ended' if self.exit is None else f'ended with exit code {self.exit}'

    def words(self):
        """`activating/auto-restart, restarted 3 times, last ended with exit code 7`."""
        last = '' if self.exit is None and self.signal is None else f', last {self.ending()}'
        return f'{self.said}, restarted {self.restarts} times{last if self.restarts or self.has_died() else ""}'
