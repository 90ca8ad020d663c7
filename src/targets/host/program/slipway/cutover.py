"""The transaction between switch and proof, the way back, and the settling of what a dead session or a restart left."""
import json
import os

from . import activation as acts
from . import files, health, proof, router, units
from . import records as recording
from . import release as releases
from . import retire as retiring
from .conversation import Silent
from .failures import Failure, evidence

# After a restart of the host the processes boot first.
BOOT_LIMIT = 120.0
# Seconds for what was replaced to end its requests, when the run that would have said how many is dead.
DRAIN = 30.0


def cut_over(layout, records, conversation, new, start, withdraw, release, actor):
    """Switch, prove, record; or everything as it was. Runs to its end whatever becomes of the runner."""
    release.settle_on_disk()
    with conversation.uninterrupted():
        records.intend('switch', start, new.number, withdraw=withdraw, **actor)
        try:
            _start_workers(layout, new, start, release, conversation)
            units.enable(new.all_units())
            router.switch(layout, new.number)
            proven = proof.prove(new)
        except (Failure, OSError) as failure:
            if isinstance(failure, Failure):
                failure.evidence = list(failure.evidence) or evidence_of(new)
            conversation.progress(f'not proven: {getattr(failure, "what", failure)} Switching back')
            go_back(layout, records, new, start, actor)
            if conversation.is_gone():
                _leave_word(layout, _went_back(_who(actor), new.number, start))
            raise
        acts.make_newcomer([pid for facts in units.look(new.all_units()).values() for pid in facts['pids']], score=0)
        record_proven(records, new, start, withdraw, actor)
    return proven


def record_proven(records, new, start, withdraw, actor):
    facts = new.facts
    records.append('proven', new.number, releaseId=facts['releaseId'], version=facts['version'], commit=facts['commit'], **actor)
    if withdraw and start is not None:
        records.append('withdrawn', start, serving=new.number, **actor)
    # Should the run die now, what was replaced would go on, and start again with every boot.
    records.intend('retire', start, new.number, **actor)


def _start_workers(layout, new, start, release, conversation):
    """Workers begin here: those that may overlap beside the old ones, the others after the old ones have ended."""
    workers = new.workers()
    if not workers:
        return
    old = acts.load(layout, start) if start is not None else None
    exclusive = {service['name'] for service in workers if not service['overlap']}
    if old is not None and exclusive:
        units.stop([unit for service in old.workers() if service['name'] in exclusive for unit in old.units_of(service)])
    units.start([unit for service in workers for unit in new.units_of(service)])
    health.Starting(new, release, workers, conversation).wait()


def go_back(layout, records, new, start, actor):
    """Before proof: what served before serves again, the newcomer is gone and recorded as failed."""
    _return_to(layout, start, new)
    if records.entry(new.number) is not None:
        records.append('failed', new.number, serving=start, **actor)
    records.serving = start
    acts.discard(new)
    _keep_claims_of(layout, start)
    records.done()


def _return_to(layout, start, new):
    if router.points_to(layout) == new.number:
        router.switch(layout, start)
    old = acts.load(layout, start) if start is not None else None
    if old is None:
        return
    exclusive = [service for service in old.workers() if not service['overlap']]
    if exclusive:
        # Never two at once: the new ones end before the old ones begin again.
        names = {service['name'] for service in exclusive}
        units.stop([unit for service in new.workers() if service['name'] in names for unit in new.units_of(service)])
        units.start([unit for service in exclusive for unit in old.units_of(service)])


def _keep_claims_of(layout, number):
    serving = acts.load(layout, number) if number is not None else None
    router.release_claims(layout, router.domain_name(serving.config) if serving else None)


def revert(layout, records, conversation, number, to, actor):
    """The engine's way back: idempotent; before proof the newcomer is dropped, after proof it is withdrawn."""
    new = acts.load(layout, number)
    entry = records.entry(number) or {}
    if new is None:
        return
    if to is not None and acts.load(layout, to) is None:
        raise Failure('cannot-revert', f'Activation {to}, which served before, is retired already.', '',
                      'Run the workflow with operation `rollback`: it makes a new activation of that release.')
    with conversation.uninterrupted():
        if not entry.get('proven'):
            go_back(layout, records, new, to, actor)
            return
        records.intend('revert', number, to, **actor)
        finish_revert(layout, records, new, to, actor)


def finish_revert(layout, records, new, to, actor, settling=False):
    """Gives why what is gone back to is not proven; a Failure of it unless `settling`, when nobody is there to do more."""
    _return_to(layout, to, new)
    if not records.entry(new.number).get('withdrawn'):
        records.append('withdrawn', new.number, serving=to, **actor)
    old = acts.load(layout, to) if to is not None else None
    doubt = None
    if old is not None:
        try:
            proof.prove(old)
        except Failure as failure:
            if not settling:
                raise
            doubt = failure.what
    acts.discard(new)
    _keep_claims_of(layout, to)
    records.done()
    return doubt


def evidence_of(new):
    """Logs and states of all units of an activation."""
    found = []
    for name, facts in units.look(new.all_units()).items():
        if facts.get('ActiveState') == 'inactive' and facts.get('ExecMainCode') == '0':
            continue  # never ran
        state = (f'{facts.get("ActiveState")}/{facts.get("SubState")}, result {facts.get("Result")}, '
                 f'exit {facts.get("ExecMainStatus")}, restarts {facts.get("NRestarts")}')
        found.append(evidence(f'{name}: {state}', new.redact(units.logs(name, health.LOG_LINES)) or '(no output)'))
    return found


# Settling.

def settle(layout, records, conversation=None, limit=proof.LIMIT):
    """Ends what a dead session left; gives a line that says what was found and how it ended, or None."""
    conversation = conversation or Silent()
    releases.remove_unsealed(layout)
    intent = records.intent()
    if intent is None:
        return None
    actor = {key: intent.get(key, '') for key in ('by', 'run')}
    _await_tasks(layout, intent)
    line = _settle(layout, records, intent, actor, limit)
    if (records.intent() or {}).get('phase') == 'retire':
        line += _retire_replaced(layout, records, conversation)
    records.done()
    _leave_word(layout, line)
    return line


def _leave_word(layout, line):
    """For whoever looks next."""
    told = files.read_json(f'{layout.run}/settled.json') or []
    files.write(f'{layout.run}/settled.json', json.dumps([*told, line]), mode=0o600)


def _who(actor):
    return f'a run of {actor.get("by") or "somebody"}{" (" + actor["run"] + ")" if actor.get("run") else ""}'


def _went_back(who, number, start):
    serves = 'nothing serves, as before' if start is None else f'activation {start} serves again'
    return f'{who} ended during its cut-over to activation {number}: it was not proven, {serves}.'


def _retire_replaced(layout, records, conversation):
    """The dead run's last step. That it fails is said, and keeps no later run out."""
    try:
        serving = retiring.require_serving(layout, records)
        lines = retiring.retire(layout, records, conversation, serving, DRAIN, serving.config['keep'])
    except (Failure, OSError) as failure:
        return f' What it replaced could not be retired: {getattr(failure, "what", failure)}'
    return f' What it replaced was retired: {", ".join(lines)}.' if lines else ''


def _settle(layout, records, intent, actor, limit):
    phase, start, number = intent['phase'], intent['from'], intent['to']
    who = _who(intent)
    if phase == 'revert':
        new = acts.load(layout, start)
        # An open intent that cannot be settled would keep every later run out, the one with the cure as well.
        doubt = finish_revert(layout, records, new, number, actor, settling=True) if new is not None else None
        if doubt:
            return (f'{who} ended while it went back from activation {start}: activation {number} is switched to, '
                    f'but not proven: {doubt}')
        return f'{who} ended while it went back from activation {start}: the way back was finished.'
    if phase == 'retire':
        return f'{who} ended after its cut-over to activation {number} was proven: it serves.'
    new = acts.load(layout, number) if number is not None else None
    if phase == 'switch' and new is not None:
        entry = records.entry(number) or {}
        if entry.get('proven'):
            if intent.get('withdraw') and start is not None and not records.entry(start).get('withdrawn'):
                records.append('withdrawn', start, serving=number, **actor)
            records.intend('retire', start, number, **actor)
            return f'{who} ended after its cut-over to activation {number} was proven: it serves.'
        if router.points_to(layout) == number:
            try:
                proof.prove(new, limit)
                record_proven(records, new, start, intent.get('withdraw', False), actor)
                return f'{who} ended during its cut-over to activation {number}: it was proven, and serves.'
            except Failure:
                pass
        go_back(layout, records, new, start, actor)
        return _went_back(who, number, start)
    if new is not None:
        go_back(layout, records, new, start, actor)
    elif number is not None:
        # It died while the files of the activation were being made: units and ports may be there without them.
        _sweep(layout, number)
    _keep_claims_of(layout, records.serving)
    return f'{who} ended before its cut-over ({phase}): what it had begun was removed, nothing had been switched.'


def _sweep(layout, number):
    prefixes = (f'slipway-app.{layout.app}.{number}.', f'slipway-router.{layout.app}.{number}.')
    from . import layout as places
    names = [name for name in os.listdir(places.UNITS) if name.startswith(prefixes)]
    units.stop(names)
    units.remove(names)
    for port in os.listdir(places.PORTS):
        try:
            with open(f'{places.PORTS}/{port}', encoding='utf-8') as file:
                ours = file.read().startswith(f'{layout.app} {number} ')
        except FileNotFoundError:
            continue  # another app has just given it back
        if ours:
            files.remove(f'{places.PORTS}/{port}')
    files.remove(layout.activation(number))


def _await_tasks(layout, intent):
    """A migration of a dead run is not torn off: it is waited for, since half of one is worse than a wait."""
    number = intent.get('to')
    if number is None:
        return
    new = acts.load(layout, number)
    for index in range(len(new.facts.get('tasks', [])) if new else 0):
        if not units.wait_stopped(layout.task_unit(number, index), 240):
            raise Failure('task-running', f'A task of a dead run is still running: {new.facts["tasks"][index]}', '',
                          f'Wait for it, or end it on the host: systemctl stop {layout.task_unit(number, index)}; then deploy again.')


def told(layout):
    """What was settled since somebody last looked."""
    lines = files.read_json(f'{layout.run}/settled.json') or []
    files.remove(f'{layout.run}/settled.json')
    return lines


def settle_app(app, limit=proof.LIMIT):
    layout = _layout(app)
    return settle(layout, recording.Records(layout), limit=limit)


def _layout(app):
    from .layout import Layout
    return Layout(app)
