''
import time

from . import polling, units
from .connections import counted, established, waiting
from .project import listening


AT_LEAST, QUIET = 0.05, 1.0

USUAL, BACK = 30.0, 10.0

STEP, KEPT = 0.5, 5.5


def on_the_way_back(activation):
    ''
    return min(BACK, max(KEPT, activation.facts.get('rollout', {}).get('drain', BACK)))


def drain(old, seconds, conversation, given_up=None):
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
        if _ends(unit, seconds - moment, given_up):
            return 0
    left = sum(established(socket) for socket in sockets)
    if old.in_containers() and any(way['protocol'] == 'tcp' for way in listening.published(old)):

        return left

    units.kill(unit, 'SIGTERM')
    return left


def _ends(unit, seconds, given_up):
    if given_up is None:
        return units.wait_stopped(unit, seconds)
    end, kept = time.monotonic() + seconds, time.monotonic() + KEPT - QUIET
    while (left := end - time.monotonic()) > 0 and not (time.monotonic() >= kept and given_up()):
        if units.wait_stopped(unit, min(STEP, left)):
            return True
    return False
