''





from . import schedule, state


def stands(activation):
    return all(seen.is_up() for seen in _look(activation).values())


def faults(activation):
    ''
    carried = activation.carried()

    return [_fault(name, seen) for name, seen in _look(activation).items() if not seen.is_well() and not (name in carried and seen.is_up())]


def told(activation):
    ''
    looks = _look(activation, schedule.runs(activation))
    runs = {name: looks.pop(name) for name in schedule.runs(activation)}
    return [*(_fault(name, seen) for name, seen in looks.items() if not seen.is_well()),
            *(f'{name} was refused processes: it has as many as it may (`tasks`)' for name, seen in looks.items() if seen.short_of_tasks),
            *(f'the last run of {name} {seen.ending()}' for name, seen in runs.items() if seen.phase == state.FAILED)]


def _look(activation, more=()):
    ''
    return activation.look([*activation.names(), *schedule.timers(activation), *more])


def _fault(name, seen):
    return f'{name} is {seen.words()}'
