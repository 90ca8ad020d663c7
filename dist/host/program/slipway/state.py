''
from __future__ import annotations

from typing import NamedTuple


UP, STARTING, RESTARTING, STOPPING, FAILED, STOPPED, ABSENT = (
    'up', 'starting', 'restarting', 'stopping', 'failed', 'stopped', 'absent')


class State(NamedTuple):
    phase: str = ABSENT

    restarts: int = 0

    exit: int | None = None
    signal: int | None = None
    out_of_memory: bool = False

    pids: tuple = ()

    said: str = 'absent'

    timed_out: bool = False

    short_of_tasks: bool = False

    unwell: bool = False

    def is_up(self):
        ''
        return self.phase == UP

    def is_well(self):
        ''
        return self.is_up() and self.restarts == 0 and not self.unwell

    def has_died(self):
        return self.phase in (FAILED, RESTARTING) or self.restarts > 0

    def is_over(self):
        ''
        return self.phase in (STOPPED, FAILED, ABSENT) and not self.pids

    def never_ran(self):
        return self.phase in (STOPPED, ABSENT) and self.exit is None and self.signal is None and not self.restarts

    def ending(self):
        ''
        if self.out_of_memory:
            return 'was killed because memory ran out'
        if self.timed_out:
            return 'took longer than it may, and was ended'
        if self.signal is not None:
            return f'was killed by signal {self.signal}'
        return 'ended' if self.exit is None else f'ended with exit code {self.exit}'

    def words(self):
        ''
        last = '' if self.exit is None and self.signal is None else f', last {self.ending()}'
        return f'{self.said}, restarted {self.restarts} times{last if self.restarts or self.has_died() else ""}'
