''
import errno
import os

from . import activation as acts
from . import layout as places
from . import public, router, tls, wellbeing
from . import release as releases
from .failures import Failure
from .records import is_floor


RECENT = 20

ALL_OUTPUT = 100_000


def standing(layout, records, settled=()):
    ''
    serving = records.serving_entry()
    current = acts.load(layout, records.serving) if serving else None
    stored = releases.listed(layout)
    ids = {release['id'] for release in stored}

    ordered = records.ordered()
    floors = records.floors()
    entries = [item for index, item in enumerate(ordered)
               if index >= len(ordered) - RECENT or (item['proven'] and item['releaseId'] in ids) or item in floors]
    unwell = wellbeing.told(current) + tls.unwell(current) if current else []
    return {'app': layout.app, 'serving': _entry(serving), 'unwell': unwell, 'entries': [_entry(item) for item in entries],
            'releases': stored, 'settled': list(settled), **_rollout(current),
            'domain': public.main_name(current.config) if current else None,
            'url': public.url(current.config) if current else None}


def _rollout(current):
    ''
    return {'rollout': current.facts['rollout']} if current and 'rollout' in current.facts else {}


def _entry(entry):
    if entry is None:
        return None
    return {**{key: entry.get(key, '') for key in ('releaseId', 'version', 'commit', 'at', 'by', 'run')},
            'number': entry['number'], 'state': entry['state'], 'proven': entry['proven'], 'withdrawn': entry['withdrawn'],
            **({'floor': True} if is_floor(entry) else {})}


def of_activation(item):
    return {key: item.facts[key] for key in ('number', 'releaseId', 'version', 'commit')}


def bounded(said):
    ''
    room, kept = ALL_OUTPUT, []
    for piece in reversed(said):
        room -= len(piece['text'])
        if room < 0:
            break
        kept.insert(0, piece)
    return kept


def system_failure(error, layout, records):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure('disk-full', f'The disk became full: {error.filename or ""}.'.replace(': .', '.'), _what_serves(layout, records),
                       f'Free space or inodes on the host (df -h {places.STATE} {layout.root}, df -i), then deploy again.')
    return Failure('host-refused', f'The host refused: {error}.', _what_serves(layout, records),
                   'Run setup-vm, which repairs folders and rights; then deploy again.')


def _what_serves(layout, records):
    ''
    number = router.points_to(layout)
    if number is None and os.path.islink(layout.current):
        return 'Users are told that there is maintenance: that ends with this session, or with the next run.'
    serves = 'Nothing serves.' if number is None else f'Activation {number} serves.'
    if records is None or number == records.serving:
        return serves
    return f'{serves} That is not recorded yet: it is settled when this session ends, or by the next run.'
