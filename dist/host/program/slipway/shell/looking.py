''



import difflib
import os
import re

from .. import activation as acts
from .. import capacity, fields, files, one_offs, public, router, units, warmth
from .. import layout as places
from ..failures import Failure
from ..processes import run
from ..records import Records

SCHEMA = 1
FAILURES = 5
RECENT = 10
ONE_OFFS = 5


def apps():
    ''
    try:
        names = os.listdir(f'{places.STATE}/apps')
    except OSError:
        return []
    return sorted(name for name in names if fields.APP.match(name) and places.is_prepared(name))


def known(name, names):
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, 1)
    raise Failure('no-such-app', f'There is no app {name} on this host' + (f'; did you mean {near[0]}?' if near else '.'),
                  '' if near else 'setup-vm prepares a host for one. Those that are here are listed.',
                  f'sudo slipway {near[0]}' if near else 'sudo slipway')


def host(names):
    return {'schema': SCHEMA, 'apps': [_brief(places.Layout(name)) for name in names]}


def _brief(layout):
    records = Records(layout)
    current = _load(layout, records.serving)
    return {'app': layout.app, 'domain': public.main_name(current.config) if current else None, 'serving': _serving(records),
            'unwell': [unit['name'] for unit in _units(current) if not unit['well']], 'lock': lock(layout)}


def app(layout):
    records = Records(layout)
    current = _load(layout, records.serving)
    domain = public.main_name(current.config) if current else None
    entries = ordered(records)
    return {
        'schema': SCHEMA, 'app': layout.app, 'domain': domain, 'serving': _serving(records),
        'switchedTo': router.points_to(layout), 'lock': lock(layout), 'intent': intent(records),
        'returnable': returnable(layout, records),
        'failures': [_failure(entry) for entry in reversed(entries) if entry['state'] == 'failed' or entry['withdrawn']][:FAILURES],
        'units': _units(current),
        'oneOffs': _one_offs(layout, records),
        'disk': disk(layout),
        'history': [{**_told(entry), 'state': 'withdrawn' if entry['withdrawn'] else entry['state']} for entry in reversed(entries)][:RECENT],
    }


def ordered(records):
    ''
    return [records.entries[number] for number in sorted(key for key in records.entries if isinstance(key, int))]


def _told(entry):
    return {'number': entry.get('number'), **{key: str(entry.get(key) or '') for key in ('version', 'commit', 'at', 'by', 'run')}}


def _serving(records):
    entry = records.entries.get(records.serving)
    return None if entry is None else {**_told(entry), 'releaseId': str(entry.get('releaseId') or '')}


def _failure(entry):
    return {**_told(entry), 'withdrawn': entry['withdrawn'], 'reason': str(entry.get('reason') or '')}


def _one_offs(layout, records):
    ''
    last = list(records.one_offs.values())[-ONE_OFFS:]
    running = {unit.split('.')[-2] for number in {entry['number'] for entry in last} for unit in one_offs.in_hand(layout, number)}
    return [{'number': entry['number'], **_strings(entry, ('service', 'command', 'by', 'at')), 'begun': str(entry.get('begun') or ''),
             'state': entry['result'] if entry.get('result') in ('ended', 'not begun') else 'in hand' if entry['id'] in running else 'unknown',
             'code': entry['code'] if isinstance(entry.get('code'), int) else None} for entry in reversed(last)]


def returnable(layout, records):
    ''
    stored = set(places.release_ids(layout))
    by_release = {entry.get('releaseId'): entry for entry in ordered(records) if entry['proven'] and entry.get('releaseId') in stored}
    serving = (records.entries.get(records.serving) or {}).get('version')
    best = {}
    for entry in sorted(by_release.values(), key=lambda entry: (not entry['withdrawn'], entry['number'])):
        if entry.get('version') != serving:
            best[entry.get('version')] = entry
    warm = warmth.number(layout)
    return [{**_told(entry), 'withdrawn': entry['withdrawn'], 'warm': entry['number'] == warm} for entry in sorted(best.values(), key=lambda entry: -entry['number'])]


def lock(layout):
    ''
    state = run([units.SYSTEMCTL, 'show', '--property=ActiveState', '--value', f'slipway-session.{layout.app}.service']).output.strip()
    if state in ('', 'inactive', 'failed'):
        return None
    return _strings(_json(layout.holder), ('by', 'run', 'since'))


def intent(records):
    found = _dict(records.intent())
    if not found:
        return None
    return {**_strings(found, ('phase', 'at', 'by', 'run')), 'from': found.get('from'), 'to': found.get('to')}


def disk(layout):
    ''
    parts = ('releases', 'shared', 'scratch', 'run')
    found = dict.fromkeys(parts, 0)
    output = run(['/usr/bin/du', '-skx', '--', *[f'{layout.root}/{part}' for part in parts]], timeout=60).output
    for kilobytes, part in re.findall(r'^(\d+)\s+\S*/([a-z]+)$', output, re.MULTILINE):
        found[part] = int(kilobytes) * 1024
    return found


def _units(activation):
    if activation is None:
        return []
    states = activation.look()
    return [{'name': label, 'unit': name, 'state': state.phase, 'said': state.said, 'restarts': state.restarts, 'well': state.is_well(),
             'processes': len(state.pids), 'memory': capacity.resident(state.pids)}
            for name, label in _labels(activation) for state in [states[name]]]


def _labels(activation):
    for service in activation.running():
        for instance in range(1, service['instances'] + 1):
            yield activation.name_of(service, instance), f'{service["name"]} {instance}'
    yield activation.router_unit(), 'router'


def _load(layout, number):
    try:
        return acts.load(layout, number) if isinstance(number, int) else None
    except (Failure, OSError, KeyError, TypeError, ValueError):

        return None


def _json(path):
    try:
        return _dict(files.read_json(path))
    except (OSError, ValueError):
        return {}


def _dict(value):
    return value if isinstance(value, dict) else {}


def _strings(found, keys):
    return {key: str(found.get(key) or '') for key in keys}
