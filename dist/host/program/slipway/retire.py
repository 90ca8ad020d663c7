''
import os

from . import activation as acts
from . import (
    counting,
    draining,
    files,
    maintenance,
    one_offs,
    polling,
    router,
    schedule,
    tls,
    warmth,
)
from . import layout as places
from .connections import counted
from .conversation import Silent
from .failures import Failure
from .project import adopting, known_projects, leaving, listening, tidying
from .supervisors import logfiles


def retire(layout, records, conversation, serving, drain, keep, warm=0.0):
    ''
    lines, contained = _of_maintenance(serving), False
    maintenance.forget(serving)
    held = warmth.hold(layout, records, conversation, serving, warm, drain)
    if held is None:
        warmth.forget(layout)
    elif held == records.replaced_by(serving.number):
        lines.append(f'activation {held} stays up for {warm:g} s')
    for number in records.unretired():
        if number in (serving.number, held):
            continue
        old = acts.load(layout, number)
        if old is None:
            files.remove(layout.activation(number))
            continue
        lines += _end(old, records, conversation, drain)
        contained = contained or old.in_containers()
    router.release_claims(layout, serving.config)
    if serving.in_containers() or os.path.isdir(layout.ways):
        listening.close_ways(layout, serving)
    tls.tidy(layout.app, serving.config)
    if serving.in_containers():
        known_projects.note(layout, serving.facts['project']['name'])
    lines += [f'removed release {name}' for name in prune(layout, records, keep)]
    if serving.in_containers():
        gone = adopting.let_go(serving)
        lines += [f'removed {gone} container{"" if gone == 1 else "s"} of the project as it was run before'] if gone else []
        lines += tidying.tidy(layout)
    else:
        lines += leaving.turn_away(layout, contained)

    newest = records.next_number() - 1
    logfiles.prune(layout, {*records.unretired(), *range(newest - max(keep, 2) + 1, newest + 1)})
    return lines


def _end(old, records, conversation, drain):
    ''
    lines, number = [], old.number
    if not records.has_ended(number):
        cut = draining.drain(old, drain, conversation)
        lines += _let_runs_end(old, drain, conversation)
        entry = records.entry(number)
        lines.append(f'activation {number} drained' + (f', {counted(cut)} cut after {drain:g} s' if cut else ''))
        records.append('retired', number, serving=records.serving, by=entry.get('by', ''), run=entry.get('run', ''))
    acts.discard(old)
    return lines + one_offs.kept(old.layout, number)


def cool(layout, records, conversation=None, at_once=False):
    ''
    number = warmth.number(layout) if at_once or warmth.is_due(layout) else None
    if number is None:
        return None
    old = acts.load(layout, number) if number != records.serving else None
    lines = _end(old, records, conversation or Silent(), warmth.drain(layout)) if old is not None else []
    warmth.forget(layout)
    return f'no longer kept warm: {", ".join(lines)}' if lines else None


def _of_maintenance(serving):
    if not maintenance.was_begun(serving):
        return []
    turned_away = counting.words(counting.counted(serving, counting.TURNED_AWAY))
    return [f'in maintenance {turned_away} requests were answered 503']


def _let_runs_end(old, seconds, conversation):
    ''
    left = schedule.still_running(old)
    if left:
        conversation.progress(f'waiting for {", ".join(left)}')
        polling.wait_until(lambda: not schedule.still_running(old), seconds, longest=0.5)
        left = schedule.still_running(old)
    return [f'{name} was still running after {seconds:g} s, and was ended' for name in left]


def prune(layout, records, keep):
    ''
    staying = _staying(layout, records, keep)
    removed = []
    for release_id in places.release_ids(layout):
        if release_id in staying:
            continue

        files.remove(f'{layout.release(release_id)}/release.json')
        removed.append(release_id)
    if removed:
        files.clear(*(f'{place}/{name}' for name in removed for place in (layout.releases, layout.scratch)))
    return removed


def _staying(layout, records, keep):
    ''




    first, last = {}, {}
    for entry in records.ordered():
        if entry['proven']:
            first.setdefault(entry['releaseId'], entry['number'])

            last[entry['releaseId']] = entry
    good = sorted((name for name in last if not last[name]['withdrawn']), key=lambda name: -last[name]['number'])
    newest = max((first[name] for name in good), default=0)
    staying = {*good[:max(keep, 2)], *(name for name in last if last[name]['withdrawn'] and first[name] > newest)}

    staying.update(records.entry(number).get('releaseId') for number in records.unretired())
    serving = records.serving_entry()
    if serving:
        staying.add(serving['releaseId'])

        current = acts.load(layout, records.serving)
        staying.add(current.facts.get('formerRelease') if current else None)
    return staying


def require_serving(layout, records):
    serving = acts.load(layout, records.serving) if records.serving else None
    if serving is None:
        raise Failure('nothing-serves', 'Nothing serves that could stay.', '', 'Deploy again.')
    return serving
