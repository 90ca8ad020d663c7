"""Is an activation well? Whoever asks is answered from here: a deploy of what serves already, the bake, the report, people at the shell.

There are three answers, and each is about another moment. Does it stand: is all up now that has to be? Where not, a deploy of the
same has something to do; what happened last week is no reason to run its migrations again. Its faults: what has not been up ever
since it was started; for one of those a release goes back in its bake. What is told of it: the faults, and what is no ground to go back.
"""
from . import schedule, state


def stands(activation):
    return all(seen.is_up() for seen in _look(activation).values())


def faults(activation):
    """A line each."""
    carried = activation.carried()
    # What is carried runs since before: that it was started again is not this release's doing, as long as it is up.
    return [_fault(name, seen) for name, seen in _look(activation).items() if not seen.is_well() and not (name in carried and seen.is_up())]


def told(activation):
    """The faults; who was refused processes, and goes on; last runs that failed, perhaps for what is not the release's. A line each."""
    looks = _look(activation, schedule.runs(activation))
    runs = {name: looks.pop(name) for name in schedule.runs(activation)}
    return [*(_fault(name, seen) for name, seen in looks.items() if not seen.is_well()),
            *(f'{name} was refused processes: it has as many as it may (`tasks`)' for name, seen in looks.items() if seen.short_of_tasks),
            *(f'the last run of {name} {seen.ending()}' for name, seen in runs.items() if seen.phase == state.FAILED)]


def _look(activation, more=()):
    """{name: State} of all that has to be up, timers among it, asked for at once."""
    return activation.look([*activation.names(), *schedule.timers(activation), *more])


def _fault(name, seen):
    return f'{name} is {seen.words()}'
