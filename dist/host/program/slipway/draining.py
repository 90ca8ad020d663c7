''
from . import polling, units
from .connections import counted, established, waiting
from .project import listening


AT_LEAST, QUIET = 0.05, 1.0

USUAL = 30.0


def of(activation):
    ''
    return activation.facts.get('rollout', {}).get('drain', USUAL)


def drain(old, seconds, conversation):
    ''
    unit, sockets = old.router_unit(), [old.layout.socket(old.number), *listening.sockets(old)]

    polling.wait_until(lambda: not any(waiting(socket) for socket in sockets), 5)
    if units.kill(unit, 'SIGQUIT').code != 0:
        return 0
    moment = min(QUIET, max(AT_LEAST, seconds))
    if units.wait_stopped(unit, moment):
        return 0
    if seconds > moment:
        conversation.progress(f'draining: {counted(sum(established(socket) for socket in sockets))} still in use')
        if units.wait_stopped(unit, seconds - moment):
            return 0
    left = sum(established(socket) for socket in sockets)
    if old.in_containers() and any(way['protocol'] == 'tcp' for way in listening.published(old)):

        return left

    units.kill(unit, 'SIGTERM')
    return left
