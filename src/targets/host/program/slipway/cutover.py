"""The transaction between switch and proof, and the way back."""
import contextlib

from . import activation as acts
from . import (
    draining,
    expendable,
    front,
    health,
    maintenance,
    once,
    proof,
    reloading,
    router,
    schedule,
    taking_over,
    units,
    warmth,
)
from .failures import Failure, evidence, try_all
from .project import adopting, docker_ports, listening
from .project import starting as containers
from .telling import leave_word, went_back, who

# Characters of the line in the history that says why an activation failed.
REASON_LIMIT = 300


def cut_over(layout, records, conversation, new, start, withdraw, release, actor, crossing=()):
    """Switch, prove, record; or everything as it was. Runs to its end whatever becomes of the runner."""
    release.settle_on_disk()
    with conversation.uninterrupted():
        taken = {'takeOver': new.facts['takeOver']} if new.facts.get('takeOver') else {}
        records.intend('switch', start, new.number, withdraw=withdraw, crossing=list(crossing), **taken, **actor)
        try:
            if new.in_containers():
                old = adopting.before(new, start)
                if old is not None and not old.in_containers():
                    # What takes the place of which, nobody knows: so none of them goes on.
                    _end(old, old.names_of([service for service in old.workers() if not service['overlap']]))
                containers.late(new, old, release, conversation, _end)
            else:
                _start_workers(layout, new, start, release, conversation)
            health.own_listeners(new, new.look())
            new.start(new.names(), boot=True)
            router.publish(new)
            _open_ways(layout, new, start)
            router.switch(layout, new.number)
            listening.lead(new)
            told = take_names(layout, new.facts.get('takeOver'))
            proven = proof.prove(new)
            record_proven(records, new, actor, crossing)
        except (Failure, OSError) as failure:
            if isinstance(failure, Failure):
                failure.evidence = list(failure.evidence) or evidence_of(new)
            conversation.progress(f'not proven: {getattr(failure, "what", failure)} Switching back')
            try:
                go_back(layout, records, new, start, actor, getattr(failure, 'what', str(failure)))
            except (Failure, OSError) as stuck:
                # What came first says more. The intent is still open: the end of the session, or the next run, goes on.
                conversation.progress(f'the way back is not finished: {getattr(stuck, "what", stuck)}')
            if conversation.is_gone():
                leave_word(layout, went_back(who(actor), new.number, start))
            raise
        proven['seen'] += told
        try:
            after_proof(records, new, start, withdraw, actor)
        except (Failure, OSError) as failure:
            # Recorded is recorded: it serves. Until this is done nothing is retired, and the open intent says whose it is.
            proven['seen'].append(f'not all that follows from the proof is done yet: {getattr(failure, "what", failure)}')
        if new.facts.get('takeOver'):
            proven['seen'] += taking_over.farewell(layout, new.facts['takeOver'])
    return proven


def take_names(layout, take_over):
    """Where sites of others answer too, nginx has to be told whose the names are now; lines that say so."""
    if take_over is None:
        return front.admit()
    # Told once of both: what comes in between would lead to neither, or to both.
    with reloading.lock():
        told = front.begin()
        taking_over.take(layout, take_over)
    return told


def record_proven(records, new, actor, crossing=()):
    """`crossing`: numbers of the floors that somebody consented to go back across."""
    facts = new.facts
    records.append('proven', new.number, releaseId=facts['releaseId'], version=facts['version'], commit=facts['commit'],
                   **floor_of(new.config), **({'crossed': list(crossing)} if crossing else {}), **actor)


def after_proof(records, new, start, withdraw, actor):
    """What follows from a proof that is recorded. Done twice it changes nothing: who finds the intent `switch` of it begins here."""
    if withdraw and start is not None and not records.entry(start).get('withdrawn'):
        records.append('withdrawn', start, serving=new.number, **({'reverted': False} if new.number < start else {}), **actor)
    schedule.hand_over(acts.load(new.layout, start) if start is not None else None, new)
    expendable.mark([pid for stands in new.look().values() for pid in stands.pids], expendable.SERVES)
    # Should the run die now, what was replaced would go on, and start again with every boot.
    records.intend('retire', start, new.number, **actor)


def finish(records, serving):
    """Before anything is retired: what its own run could not do after the proof, a full disk being in the way."""
    intent = records.intent() or {}
    if intent.get('phase') == 'switch' and intent['to'] == serving.number:
        after_proof(records, serving, intent['from'], intent.get('withdraw', False), {key: intent.get(key, '') for key in ('by', 'run')})


def floor_of(config):
    return {'floor': True} if config['rollbackFloor'] else {}


def _open_ways(layout, new, start):
    """Published ports of both: what serves has its own until the switch, and again should that fail."""
    docker_ports.give_up(adopting.before(new, start), new, {way['port'] for way in listening.published(new)})
    listening.open_ways(new, acts.load(layout, start) if start is not None else None, docker_ports.wanted(new))


def _start_workers(layout, new, start, release, conversation):
    """Workers begin here: those that may overlap beside the old ones, the others after the old ones have ended.

    What runs once comes before: it may prepare what they need, and takes nothing from what serves.
    """
    if new.once():
        new.start(schedule.units_of(new, new.once()))
        once.await_end(new, release, conversation)
    workers = new.workers()
    if not workers:
        return
    old = acts.load(layout, start) if start is not None else None
    exclusive = {service['name'] for service in workers if not service['overlap']}
    if old is not None and exclusive:
        _end(old, old.names_of([service for service in old.workers() if service['name'] in exclusive]))
    new.start(new.names_of(workers))
    health.Starting(new, release, workers, conversation).wait()


def _end(activation, names):
    """Ends workers of which there must never be two, and keeps a restart of the host from bringing them back."""
    if activation.in_containers():
        # Who asks for it knows that nobody else is to have them, whatever an activation that could not be retired still says.
        activation.supervisor.stop_these(names)
    else:
        activation.stop(names, boot=False)
    for name in names:
        if not units.wait_over(activation.look, name, 5):
            raise Failure('worker-stays', f'{name} does not end.', 'With `overlap: false` there must never be two of it.',
                          f'Look at it on the host ({activation.supervisor.label}: {name}); shorten `stop: {{ timeout: … }}`, then deploy again.')


def go_back(layout, records, new, start, actor, reason=''):
    """Before proof: what served before serves again, the newcomer is gone and recorded as failed, with a line that says why."""
    said = new.redact(reason)
    _return_to(layout, start, new)
    # On a full disk it is noted when what is thrown away has made room; if it has not, the intent stays open.
    with contextlib.suppress(OSError):
        note_failed(records, new.number, start, actor, said)
    records.serving = start
    _drop(new)
    keep_claims_of(layout, start)
    note_failed(records, new.number, start, actor, said)
    records.done()


def _drop(new):
    """Requests that it has been given end first, by its router, which has five seconds: services that end beside it would cut them off."""
    new.stop([new.router_unit()])
    acts.discard(new)
    if new.number == warmth.number(new.layout):
        warmth.forget(new.layout)


def note_failed(records, number, start, actor, reason):
    """Once, and only of what has a number in the history already."""
    said = _line(reason)
    if (records.entry(number) or {}).get('state') not in (None, 'failed'):
        records.append('failed', number, serving=start, **({'reason': said} if said else {}), **actor)


def _line(text):
    line = ' '.join(text.split())
    return line if len(line) <= REASON_LIMIT else f'{line[:REASON_LIMIT - 1]}…'


def _return_to(layout, start, new):
    old = adopting.before(new, start)
    # First of all: from here on nobody comes in by our front under a name that somebody else had.
    begun = [name for name in router.file_names(new.config) if old is None or name not in router.file_names(old.config)]
    if new.facts.get('takeOver'):
        with reloading.lock():
            front.write_names(without=begun)
            _put_back(layout, new.facts['takeOver'])
    front.follow(layout, without=begun)
    if router.holds_link(layout, new.number):
        router.switch(layout, start)
    if new.in_containers() or (old is not None and old.in_containers()):
        _lead_back(layout, old)
    if old is not None:
        try_all([lambda: _begin_again(new, old, start), lambda: listening.open_again(old), lambda: schedule.hand_over(new, old)])


def _begin_again(new, old, start):
    """What was ended for the newcomer, when that has ended."""
    rest = [service['name'] for service in old.writers()] if maintenance.was_begun(new) else []
    exclusive = [service for service in old.workers() if not service['overlap'] or service['name'] in rest]
    if new.in_containers() and old.in_containers():
        ended = {service['name'] for service in containers.replaced(new, old)} | docker_ports.services_that_gave_up(old, new) | set(rest)
        exclusive = [service for service in old.running() if service['name'] in ended]
        docker_ports.give_up(new, old, docker_ports.claimed(old))
    # Never two at once: the new ones end before the old ones begin again.
    names = {service['name'] for service in exclusive}
    if names:
        _end(new, new.names_of([service for service in new.running() if service['name'] in names and not new.is_routed(service)]))
    mine, steps = old.names_of(exclusive), []
    if mine and old.in_containers():
        steps = [lambda: old.supervisor.begin_again(mine)]
    elif mine:
        # Started first: on a full disk they work at least until the host restarts.
        steps = [lambda: old.start(mine), lambda: old.start(mine, boot=True)]
    if start is None and old.in_containers():
        steps.append(lambda: adopting.call_back(old))
    try_all(steps)


def _lead_back(layout, old):
    """Published ports lead to what served before, and those that only the newcomer has are closed."""
    if old is not None:
        listening.lead(old)
    listening.close_ways(layout, old)


def _put_back(layout, path):
    """That nginx cannot be told is no reason to leave the rest half done: the file is in its place for its next start."""
    try:
        taking_over.put_back(layout, path)
    except Failure as failure:
        leave_word(layout, f'{path} was put back, but nginx was not reloaded: {failure.what} Reload it: sudo systemctl reload nginx')


def keep_claims_of(layout, number):
    serving = acts.load(layout, number) if number is not None else None
    if serving is not None:
        router.publish(serving)
    router.release_claims(layout, serving.config if serving else None)
    front.follow(layout)


def revert(layout, records, conversation, number, to, actor, reason=''):
    """The engine's way back: idempotent; before proof the newcomer is dropped, after proof it is withdrawn."""
    new = acts.load(layout, number)
    entry = records.entry(number) or {}
    if new is None:
        return
    # That its folder is there says nothing: a command of `slipway run` keeps it for as long as it runs.
    if to is not None and (records.has_ended(to) or acts.load(layout, to) is None):
        raise Failure('cannot-revert', f'Activation {to}, which served before, is retired already.', '',
                      'Run the workflow with operation `rollback`: it makes a new activation of that release.')
    with conversation.uninterrupted():
        # What was kept warm was proven once before; what counts is this time.
        if records.serving != number and not entry.get('withdrawn'):
            if number == warmth.number(layout) and records.intent() is None:
                # Nothing was begun with it.
                return
            go_back(layout, records, new, to, actor, reason)
            return
        records.intend('revert', number, to, **actor)
        finish_revert(layout, records, conversation, new, to, actor)


def finish_revert(layout, records, conversation, new, to, actor, alone=False, limit=proof.LIMIT):
    """Gives why what is gone back to is not proven; a Failure of it unless `alone`, when nobody is there to do more."""
    _return_to(layout, to, new)
    if not records.entry(new.number).get('withdrawn'):
        records.append('withdrawn', new.number, serving=to, **({'reverted': True} if to is not None and to > new.number else {}), **actor)
    old = acts.load(layout, to) if to is not None else None
    doubt = None
    if old is not None:
        try:
            proof.prove(old, limit)
            if records.entry(to).get('withdrawn'):
                # It was rolled back from, and serves again: a later rollback may offer it.
                records.append('proven', to, **actor)
        except Failure as failure:
            if not alone:
                raise
            doubt = failure.what
    # It has served for a while, and is busy: the five seconds of its router are not enough for all.
    draining.drain(new, draining.on_the_way_back(new), conversation, conversation.is_gone)
    _drop(new)
    keep_claims_of(layout, to)
    records.done()
    return doubt


def evidence_of(new):
    """Logs and states of all units of an activation, but of those that it goes on with and that are well: they are not what failed."""
    found, carried = [], new.carried()
    for name, stands in new.look().items():
        if not stands.never_ran() and not (name in carried and stands.is_well()):
            found.append(evidence(f'{name}: {stands.words()}', new.logs(name, health.LOG_LINES) or '(no output)'))
    return found
