''





import os

from . import files, schedule, units
from .connections import counted, established
from .failures import Failure
from .polling import wait_until
from .project import listening


def begin(layout, records, conversation, new, serving, drain, actor):
    ''
    records.intend('maintain', records.serving, new.number, **actor)
    if serving is None:
        return []
    new.start([new.router_unit()])
    if not wait_until(lambda: os.path.exists(f'{layout.activation(new.number)}/router/maintenance.sock'), 10):
        raise Failure('router-failed', 'The router of the activation does not start.', '', 'Run setup-vm, then deploy again.')
    files.write(_mark(new), '')
    files.point(layout.current, f'{new.number}/router/maintenance.sock')
    listening.turn_away(serving, f'{layout.activation(new.number)}/router/maintenance.sock')
    workers = serving.names_of(serving.writers())
    serving.stop(workers, boot=False)
    for name in workers:
        if not units.wait_over(serving.look, name, 5):
            raise Failure('worker-stays', f'{name} does not end.', 'In maintenance nobody but the `before` commands may write.',
                          f'Look at it on the host ({serving.supervisor.label}: {name}), then deploy again.')

    serving.stop(schedule.timers(serving), boot=False)
    left = _wait_for_requests(conversation, [layout.socket(serving.number), *listening.sockets(serving)], drain)
    wait_until(lambda: not schedule.still_running(serving), drain, longest=0.5)

    lines = [f'{counted(left)} of before still in use after {drain:g} s: what they do may still write'] if left else []
    return lines + [f'{name} still runs after {drain:g} s: it may still write' for name in schedule.still_running(serving)]


def _wait_for_requests(conversation, sockets, seconds):
    def in_use():
        return sum(established(socket) for socket in sockets)
    left = in_use()
    if left and seconds > 0:
        conversation.progress(f'in maintenance, waiting for {counted(left)} still in use')
        wait_until(lambda: not in_use(), seconds)
        left = in_use()
    return left


def was_begun(new):
    return os.path.exists(_mark(new))


def forget(serving):
    ''
    files.remove(_mark(serving))


def _mark(new):
    return f'{new.layout.activation(new.number)}/maintenance'
