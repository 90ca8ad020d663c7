"""What does not get new requests any more ends those that it has."""
import time

from . import polling, units
from .connections import counted, established, waiting
from .project import listening

# Seconds that any router has to end by itself, and within which nothing is said of its draining.
AT_LEAST, QUIET = 0.05, 1.0
# Where nobody says how long; and at most, on the way back.
USUAL, BACK = 30.0, 10.0
# Between two looks whether somebody still waits; and what requests have in any case: a job that was cancelled has seven seconds.
STEP, KEPT = 0.5, 5.5


def on_the_way_back(activation):
    """Seconds for the requests of what is gone back from: as its release says, but others wait for it, and on a fleet host after host."""
    return min(BACK, max(KEPT, activation.facts.get('rollout', {}).get('drain', BACK)))


def drain(old, seconds, conversation, given_up=None):
    """Lets its router finish what it has; gives the number of connections that had to be cut. `given_up`: is nobody waiting for it any more?"""
    unit, sockets = old.router_unit(), [old.layout.socket(old.number), *listening.sockets(old)]
    # Connections made before the switch may still wait to be accepted: they are in the queue of the listening socket.
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
        # Who is still connected is told by the service itself, when that is asked to end: the router ends after it.
        return left
    # All at once, and not when the services have ended: some would answer halfway, as if they were done.
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
