''





import json
import os
import time

from . import activation as acts
from . import capacity, files, public, units
from . import layout as places
from . import records as recording
from .processes import run


def number(layout):
    ''
    return (_note(layout) or {}).get('number')


def hold(layout, records, conversation, serving, seconds, drain):
    ''
    before = records.replaced_by(serving.number)
    old = acts.load(layout, before) if seconds > 0 and before is not None else None
    if old is None or records.has_ended(before) or records.entry(before)['withdrawn']:
        return None
    if lacking(old) or lacking(serving):
        conversation.progress(f'activation {before} does not stay up: {lacking(old) or lacking(serving)}')
        return None
    if old.facts['releaseId'] == serving.facts['releaseId']:

        return number(layout)
    forget(layout)
    note = {'number': before, 'since': _clock(), 'seconds': seconds, 'drain': drain, 'boot': recording.boot()}
    files.write(layout.warm, json.dumps(note), mode=0o600, durable=True)
    if not _set_timer(layout, seconds):

        conversation.progress(f'activation {before} does not stay up: systemd would not set its timer')
        forget(layout)
        return None
    old.stop(old.names_of(old.workers()), boot=False)
    old.until_restart(_answering(old))
    return before


def lacking(activation):
    ''
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
    ''
    note = _note(layout)
    if note is None or note['boot'] != recording.boot() or serving is None or note['number'] in (records.serving, None) \
            or records.has_ended(note['number']):
        return None
    old = acts.load(layout, note['number'])
    if old is None or lacking(serving) or old.facts['releaseId'] != release_id or old.facts['first'] != first or old.secrets() != secrets:
        return None

    if public.names(old.config) != public.names(serving.config) or old.config['tls'] != serving.config['tls']:
        return None

    return old if all(seen.is_well() for seen in old.look(_answering(old)).values()) else None


def memory(layout):
    ''
    old = acts.load(layout, number(layout)) if number(layout) else None
    if old is None:
        return 0
    return sum(capacity.resident(seen.pids) for seen in old.look().values())


def is_due(layout):
    ''
    note = _note(layout)
    return note is not None and (note['boot'] != recording.boot() or _clock() >= note['since'] + note['seconds'])


def drain(layout):
    ''
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
    ''
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _set_timer(layout, seconds):
    program = f'{os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}/main.py'
    return run(['/usr/bin/systemd-run', '--quiet', '--collect', f'--unit={_unit(layout)}', f'--description=Slipway ends what {layout.app} kept warm',
                f'--on-active={seconds:g}s', '--timer-property=AccuracySec=100ms', '--timer-property=RemainAfterElapse=no',
                places.PYTHON, '-I', '-S', program, 'cool', layout.app]).code == 0
