"""What does not get new requests any more ends those that it has."""
from . import polling, units
from .connections import counted, established, waiting
from .project import listening

# Seconds that any router has to end by itself, and within which nothing is said of its draining.
AT_LEAST, QUIET = 0.05, 1.0
# Where nobody says how long.
USUAL = 30.0


def of(activation):
    """Seconds that its release gives requests to end (`rollout: { drain }`)."""
    return activation.facts.get('rollout', {}).get('drain', USUAL)


def drain(old, seconds, conversation):
    """Lets its router finish what it has; gives the number of connections that had to be cut."""
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
        if units.wait_stopped(unit, seconds - moment):
            return 0
    left = sum(established(socket) for socket in sockets)
    if old.in_containers() and any(way['protocol'] == 'tcp' for way in listening.published(old)):
        # Who is still connected is told by the service itself, when that is asked to end: the router ends after it.
        return left
    # All at once, and not when the services have ended: some would answer halfway, as if they were done.
    units.kill(unit, 'SIGTERM')
    return left
