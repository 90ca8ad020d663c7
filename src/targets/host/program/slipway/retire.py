"""After proof: drain and stop what no longer serves, give back what it held, remove releases that nobody can return to."""
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
    """Lines that say what was done. Other activations than the serving one end here, but what it replaced: that for `warm` seconds not."""
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
    # Of those that are gone the last ones tell why.
    newest = records.next_number() - 1
    logfiles.prune(layout, {*records.unretired(), *range(newest - max(keep, 2) + 1, newest + 1)})
    return lines


def _end(old, records, conversation, drain):
    """Lines that say how one that does not serve any more came to its end."""
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
    """Ends what was kept warm when its time is over, or `at_once`; a line that says so, or None."""
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
    """Scheduled runs of the old one that are in hand may end by themselves for as long as requests may; what is left is said."""
    left = schedule.still_running(old)
    if left:
        conversation.progress(f'waiting for {", ".join(left)}')
        polling.wait_until(lambda: not schedule.still_running(old), seconds, longest=0.5)
        left = schedule.still_running(old)
    return [f'{name} was still running after {seconds:g} s, and was ended' for name in left]


def prune(layout, records, keep):
    """Removes sealed releases that nobody is to return to any more."""
    staying = _staying(layout, records, keep)
    removed = []
    for release_id in places.release_ids(layout):
        if release_id in staying:
            continue
        # Without its release.json it is no release any more, should the removal be cut short.
        files.remove(f'{layout.release(release_id)}/release.json')
        removed.append(release_id)
    if removed:
        files.clear(*(f'{place}/{name}' for name in removed for place in (layout.releases, layout.scratch)))
    return removed


def _staying(layout, records, keep):
    """The last `keep` releases that were proven and not rolled back from since; what serves, and what served before it.

    One that was rolled back from takes no good one's place. It stays for as long as no newer one is good, for it may have been
    rolled back from by mistake, or in vain.
    """
    first, last = {}, {}
    for entry in records.ordered():
        if entry['proven']:
            first.setdefault(entry['releaseId'], entry['number'])
            # Its newest activation speaks for a release.
            last[entry['releaseId']] = entry
    good = sorted((name for name in last if not last[name]['withdrawn']), key=lambda name: -last[name]['number'])
    newest = max((first[name] for name in good), default=0)
    staying = {*good[:max(keep, 2)], *(name for name in last if last[name]['withdrawn'] and first[name] > newest)}
    # Those in which a command of `slipway run` is at work have their files still.
    staying.update(records.entry(number).get('releaseId') for number in records.unretired())
    serving = records.serving_entry()
    if serving:
        staying.add(serving['releaseId'])
        # Pages that are open still ask for its files.
        current = acts.load(layout, records.serving)
        staying.add(current.facts.get('formerRelease') if current else None)
    return staying


def require_serving(layout, records):
    serving = acts.load(layout, records.serving) if records.serving else None
    if serving is None:
        raise Failure('nothing-serves', 'Nothing serves that could stay.', '', 'Deploy again.')
    return serving
