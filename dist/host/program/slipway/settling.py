''
from . import activation as acts
from . import (
    configuration,
    cutover,
    draining,
    files,
    maintenance,
    proof,
    router,
    supervisors,
    tasks,
    units,
)
from . import layout as places
from . import ports as port_book
from . import records as recording
from . import release as releases
from . import retire as retiring
from .conversation import Silent
from .failures import Failure
from .project import engine, jobs, listening
from .telling import leave_word, went_back, who


BOOT_LIMIT = 120.0

PATIENCE = 240
PHASES = ('stage', 'maintain', 'start', 'switch', 'retire', 'revert')


def settle(layout, records, conversation=None, limit=None):
    ''
    conversation = conversation or Silent()
    files.remove_half_written(layout.run)
    intent = records.intent()
    if intent is None:
        releases.remove_unsealed(layout)
        return None

    limit = limit or (proof.LIMIT if intent.get('boot') == recording.boot() else BOOT_LIMIT)
    actor = {key: intent.get(key, '') for key in ('by', 'run')}

    _await_tasks(layout, intent)
    line = _settle(layout, records, conversation, intent, actor, limit)
    if intent.get('to') is not None:
        serving = acts.load(layout, records.serving) if records.serving else None
        line += tasks.unfinished(records, intent['to'], serving)
    releases.remove_unsealed(layout)
    if (records.intent() or {}).get('phase') == 'retire':
        line += _retire_replaced(layout, records, conversation)
    records.done()
    leave_word(layout, line)
    return line


def _retire_replaced(layout, records, conversation):
    ''
    try:
        serving = retiring.require_serving(layout, records)
        lines = retiring.retire(layout, records, conversation, serving, draining.USUAL, serving.config['keep'])
    except (Failure, OSError) as failure:
        return f' What it replaced could not be retired: {getattr(failure, "what", failure)}'
    return f' What it replaced was retired: {", ".join(lines)}.' if lines else ''


def _settle(layout, records, conversation, intent, actor, limit):
    phase, start, number = intent['phase'], intent['from'], intent['to']
    if any(activation is not None and activation.in_containers() for activation in (acts.load(layout, each) for each in (start, number) if each is not None)):

        engine.await_answer(limit)
    if phase not in PHASES:
        raise Failure('host-program-too-old', f'A newer program left {phase!r} in hand on this host, which this one cannot settle.',
                      'Another action with an older version of Slipway was set up here since.',
                      'Run setup-vm with the newest version that deploys to this host, then deploy again.')
    whose = who(intent)
    if phase == 'revert':
        new = acts.load(layout, start)

        doubt = cutover.finish_revert(layout, records, conversation, new, number, actor, alone=True, limit=limit) if new is not None else None
        if doubt:
            return (f'{whose} ended while it went back from activation {start}: activation {number} is switched to, '
                    f'but not proven: {doubt}')
        return f'{whose} ended while it went back from activation {start}: the way back was finished.'
    if phase == 'retire':
        return f'{whose} ended after its cut-over to activation {number} was proven: it serves.'
    new = acts.load(layout, number) if number is not None else None
    if phase == 'switch' and new is not None:

        switched = router.points_to(layout) == number
        line, doubt = '', ''
        if switched and records.serving == number:
            line = f'{whose} ended after its cut-over to activation {number} was proven: it serves.'
        elif switched:
            try:
                cutover.take_names(layout, intent.get('takeOver'))
                if new.in_containers():
                    listening.lead(new)
                proof.prove(new, limit)
                cutover.record_proven(records, new, actor, intent.get('crossing', []))
                line = f'{whose} ended during its cut-over to activation {number}: it was proven, and serves.'
            except (Failure, OSError) as failure:
                doubt = getattr(failure, 'what', str(failure))
        if line:
            cutover.after_proof(records, new, start, intent.get('withdraw', False), actor)
            return line
        cutover.go_back(layout, records, new, start, actor, f'its run ended during the cut-over{doubt and ": "}{doubt}')
        return went_back(whose, number, start)
    closed = new is not None and maintenance.was_begun(new)
    if new is not None:
        cutover.go_back(layout, records, new, start, actor, f'its run ended before the cut-over ({phase})')
    elif number is not None:

        sweep(layout, number)
        cutover.note_failed(records, number, start, actor, f'its run ended ({phase})')
    cutover.keep_claims_of(layout, records.serving)
    if phase == 'switch':
        return went_back(whose, number, start)
    if closed:
        return f'{whose} ended in its maintenance: what it had begun was removed, activation {start} serves again.'
    return f'{whose} ended before its cut-over ({phase}): what it had begun was removed, nothing had been switched.'


def sweep(layout, number):
    for supervisor in (supervisors.of(name, layout) for name in configuration.SUPERVISORS):
        names = supervisor.leftovers(number)
        if names:
            supervisor.stop(names, 120)
            supervisor.remove(names)
    port_book.release_of(f'{layout.app} {number}')
    files.remove(layout.activation(number))


def _await_tasks(layout, intent):
    ''
    number = intent.get('to')
    if number is None:
        return
    new = acts.load(layout, number)
    if new is not None and new.in_containers():
        left = jobs.await_all(new, PATIENCE)
        if left is not None:
            raise tasks.still_running(left, jobs.container_name(new, left), 'docker stop')
        return
    for name, unit in tasks.units_of(new) if new else []:
        if not units.wait_stopped(unit, PATIENCE):
            raise tasks.still_running(name, unit)


def settle_app(app):
    layout = places.Layout(app)
    records = recording.Records(layout)
    return ' '.join(line for line in (settle(layout, records), retiring.cool(layout, records)) if line)
