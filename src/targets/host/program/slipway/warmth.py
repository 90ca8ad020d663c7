"""What was replaced stays up for a while (`rollout: { warm }`): a rollback within that time switches, and starts nothing.

Only what answers users stays, and it does not come back with the host. Its workers end when it would have been retired, and its timers have
changed hands already: two releases never work at the same things. One activation at most is warm; a timer of systemd's, a restart of the host,
or whatever is deployed next ends it. It goes back under its own number: its processes bear that, and so will the proof.
"""
import json
import os
import time

from . import activation as acts
from . import capacity, files, public, units
from . import layout as places
from . import records as recording
from .processes import run


def number(layout):
    """Of the activation that is kept warm; None when none is."""
    return (_note(layout) or {}).get('number')


def hold(layout, records, conversation, serving, seconds, drain):
    """Keeps what `serving` has just taken the place of; gives its number, None when nothing is to stay or can."""
    before = records.replaced_by(serving.number)
    old = acts.load(layout, before) if seconds > 0 and before is not None else None
    if old is None or records.has_ended(before) or records.entry(before)['withdrawn']:
        return None
    if lacking(old) or lacking(serving):
        conversation.progress(f'activation {before} does not stay up: {lacking(old) or lacking(serving)}')
        return None
    if old.facts['releaseId'] == serving.facts['releaseId']:
        # A restart, or other secrets: nobody goes back from a release to itself.
        return number(layout)
    forget(layout)
    note = {'number': before, 'since': _clock(), 'seconds': seconds, 'drain': drain, 'boot': recording.boot()}
    files.write(layout.warm, json.dumps(note), mode=0o600, durable=True)
    if not _set_timer(layout, seconds):
        # With nobody to end it, it would stay for ever.
        conversation.progress(f'activation {before} does not stay up: systemd would not set its timer')
        forget(layout)
        return None
    old.stop(old.names_of(old.workers()), boot=False)
    old.until_restart(_answering(old))
    return before


def lacking(activation):
    """Why an activation is not what its users would come back to, were its processes kept; '' when it is."""
    if activation.in_containers():
        return 'its containers may not run twice'
    if activation.facts.get('takeOver'):
        return 'it took the place of a site'
    if activation.once():
        return 'it has services with `schedule: once`, which run with every rollback'
    if any(service['static'] for service in activation.services()):
        return 'it serves files, and pages of the release after it ask for theirs'
    return ''


def ready(layout, records, release_id, secrets, first, serving):
    """The warm activation, if going back to that release comes to it: nothing of it would be made otherwise, and it is up."""
    note = _note(layout)
    if note is None or note['boot'] != recording.boot() or serving is None or note['number'] in (records.serving, None) \
            or records.has_ended(note['number']):
        return None
    old = acts.load(layout, note['number'])
    if old is None or lacking(serving) or old.facts['releaseId'] != release_id or old.facts['first'] != first or old.secrets() != secrets:
        return None
    # Names that were given up with it may be somebody else's by now.
    if public.names(old.config) != public.names(serving.config) or old.config['tls'] != serving.config['tls']:
        return None
    # One that has been restarted is not what the proof takes for well.
    return old if all(seen.is_well() for seen in old.look(_answering(old)).values()) else None


def memory(layout):
    """Bytes that are free when it has ended."""
    old = acts.load(layout, number(layout)) if number(layout) else None
    if old is None:
        return 0
    return sum(capacity.resident(seen.pids) for seen in old.look().values())


def is_due(layout):
    """Is one kept whose time is over?"""
    note = _note(layout)
    return note is not None and (note['boot'] != recording.boot() or _clock() >= note['since'] + note['seconds'])


def drain(layout):
    """Seconds that it has to end what it has in hand: they count from when it was replaced."""
    note = _note(layout)
    return max(1.0, note['drain'] - (_clock() - note['since'])) if note is not None and note['boot'] == recording.boot() else 1.0


def forget(layout):
    if not os.path.exists(layout.warm):
        return
    units.stop([f'{_unit(layout)}.timer', f'{_unit(layout)}.service'])
    files.remove(layout.warm)


def _answering(old):
    return [*old.names_of(old.routed()), old.router_unit()]


def _note(layout):
    try:
        return files.read_json(layout.warm)
    except ValueError:
        return None


def _unit(layout):
    return f'slipway-warm.{layout.app}'


def _clock():
    """Nobody sets it, unlike the time of day."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _set_timer(layout, seconds):
    program = f'{os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}/main.py'
    return run(['/usr/bin/systemd-run', '--quiet', '--collect', f'--unit={_unit(layout)}', f'--description=Slipway ends what {layout.app} kept warm',
                f'--on-active={seconds:g}s', '--timer-property=AccuracySec=100ms', '--timer-property=RemainAfterElapse=no',
                places.PYTHON, '-I', '-S', program, 'cool', layout.app]).code == 0
