''
import json
import os
import sys
import traceback

from . import activation as acts
from . import (
    answers,
    bake,
    cutover,
    decision,
    expendable,
    fields,
    files,
    health,
    maintenance,
    order,
    planning,
    policy,
    polling,
    preparing,
    redaction,
    retire,
    router,
    settling,
    staging,
    tasks,
    tls,
    warmth,
)
from . import release as releases
from .conversation import Conversation, Ended
from .failures import Failure, evidence
from .layers import transfer
from .project import adopting, deciding, images, jobs, shared_folders, wanted
from .project import preparing as projects
from .project import starting as containers
from .records import Records, now
from .telling import take_words


PROTOCOL = 4


def installed_version():
    ''
    import hashlib
    try:
        with open(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'VERSION'), 'rb') as file:
            return hashlib.sha256(file.read()).hexdigest()[:12]
    except OSError:
        return ''


class Session:
    def __init__(self, layout):
        self.layout = layout
        self.conversation = Conversation()
        self.actor = {'by': '', 'run': ''}
        self.records = None
        self.release = None
        self.foreign = None

        self.brought = {}

        self.answered = (0, 0)

        self.trouble = ''

    def serve(self):
        self.conversation.send('hello', protocol=PROTOCOL, program=installed_version())
        try:
            while True:
                verb, given = self.conversation.command()
                if verb == 'bye':
                    self.end()
                    return 0
                self._heard(verb, given)
        except Ended:
            return 0
        except Exception:  # noqa: BLE001 (a bug of ours: told with its stack, and systemd settles what is open)
            self.conversation.send('answer', verb='', ok=False, failure=Failure(
                'host-program-bug', 'The host program failed.', 'This is a bug of Slipway.', 'Report it with the text below.',
                [evidence('host program', traceback.format_exc())]).as_json())
            return 70

    def end(self):
        ''
        if self.records is not None and self.records.intent() is not None:
            try:
                settling.settle(self.layout, self.records, self.conversation)
                take_words(self.layout)
            except (Failure, OSError) as error:

                print(f'slipway: not settled: {getattr(error, "what", error)}', file=sys.stderr)

    def _heard(self, verb, given):
        if verb not in ('cutover', 'revert'):
            self._answer(verb, given)
            return

        with self.conversation.uninterrupted():
            self._answer(verb, given)

    def _answer(self, verb, given):
        handler = {'begin': self.begin, 'inspect': self.inspect, 'plan': self.plan, 'stage': self.stage, 'maintain': self.maintain, 'run': self.run,
                   'start': self.start, 'cutover': self.cut_over, 'observe': self.observe, 'retire': self.retire,
                   'revert': self.revert, 'evidence': self.evidence, 'images': self.images}.get(verb)
        try:
            if self.records is None and verb not in ('begin', 'inspect') and handler is not None:
                raise order.bad(f'{verb} came before inspect.')
            if handler is None:
                raise Failure('unknown-verb', f'The host program does not know {verb[:40]!r}.', 'It is older than the action.',
                              'Run setup-vm: it brings the program that fits.')
            value = handler(given)
        except Failure as failure:
            told = self._without_secrets(failure, given)
            self.trouble = told['what']
            self.conversation.send('answer', verb=verb, ok=False, failure=told)
        except OSError as error:
            self.conversation.send('answer', verb=verb, ok=False, failure=answers.system_failure(error, self.layout, self.records).as_json())
        except RecursionError:
            self.conversation.send('answer', verb=verb, ok=False, failure=Failure(
                'nested-too-deep', 'Something in what was sent, or in what the build made, is nested hundreds of levels deep.',
                'Neither the host nor most tools follow that.', 'Remove it (find . -path "*/*/*/*/*/*/*/*/*/*" shows such folders), '
                'and tag again.').as_json())
        else:
            if verb != 'begin':
                self.conversation.send('answer', verb=verb, ok=True, value=value)

    def _without_secrets(self, failure, given):
        ''
        numbers = [self.records.serving, given.get('number')] if self.records is not None else []
        known = [activation for activation in (acts.load(self.layout, each) for each in numbers if isinstance(each, int)) if activation is not None]
        secrets = [value for activation in known for value in activation.secrets().values()]
        if isinstance(given.get('secrets'), dict):
            secrets += [value for value in given['secrets'].values() if isinstance(value, str)]
        return {key: redaction.without(value, secrets) if isinstance(value, str) else
                [{part: redaction.without(text, secrets) for part, text in item.items()} for item in value]
                for key, value in failure.as_json().items()}



    def begin(self, given):
        ''
        self.actor = fields.actor(given)
        files.write(self.layout.holder, json.dumps({**self.actor, 'since': now()}), mode=0o644)

    def inspect(self, given):
        self.records = Records(self.layout)
        if fields.flag(given.get('staging', False), 'staging'):
            self.foreign = router.ForeignSites()
        settling.settle(self.layout, self.records, self.conversation)
        return answers.standing(self.layout, self.records, take_words(self.layout))

    def images(self, given):
        answer = transfer.images(self.conversation, given, app=self.layout.app)
        self.brought.update({item['reference']: item['id'] for item in answer['images'].values()})
        return answer

    def stage(self, given):
        timeout = fields.number(given.get('timeout'), 'timeout', 1, 86400)
        rollout = fields.optional(given.get('rollout'), policy.policy)
        decided = self._decide(given)
        if decided.unchanged:
            answer = {**answers.of_activation(decided.serving), 'unchanged': True, 'tasks': [], 'after': decided.after, 'output': [],
                      'detail': 'serves already'}
            if tls.refresh(decided.serving, self.conversation):
                answer.update(detail='serves already, with a new certificate', standing=answers.standing(self.layout, self.records))
            return answer
        if decided.warm is not None:

            return {**answers.of_activation(decided.warm), 'unchanged': False, 'tasks': [], 'after': [], 'output': [],
                    'detail': 'still up, so that nothing has to be started'}
        config, known, number, project = decided.config, decided.known, decided.new.number, decided.project
        order.check_alone(self.records, number)
        self.records.intend('stage', self.records.serving, number, **self.actor)
        if decided.cools:
            retire.cool(self.layout, self.records, self.conversation, at_once=True)
        router.claim(self.layout, config)
        tls.ensure(self.layout, config, self.conversation)
        detail, said = ['release reused'], []
        if known is None:
            inline = given.get('keys')
            keys = None if inline is None else fields.each(inline, 'keys', lambda v: fields.text(v, 'key', fields.KEY), 1000000)
            making = staging.Staging(self.layout, self.conversation, decided.wanted, timeout, decided.given)
            known = making.make(keys)
            detail, said = making.detail, making.said
            if project is not None:
                projects.pin(self.layout, known, project, decided.serving, self.brought, wanted.registries(given.get('registries', [])), self.conversation)

                deciding.check(self.layout, project, decided.serving)
                config = {**config, 'services': project.services()}
                shared_folders.give(project, number, self.conversation)
        elif project is not None:
            images.again(self.layout, project.model, project.pins, wanted.registries(given.get('registries', [])), self.conversation)
        detail += decided.changes()
        if project is not None:
            for line in deciding.notes(self.layout, project, decided.serving):
                self.conversation.progress(line)
        self.release = known
        kept = {**decided.kept(), **({'rollout': rollout} if rollout is not None else {})}
        new = preparing.prepare(self.layout, number, known, config, decided.secrets, decided.new.facts['first'], decided.serving, kept, project)
        known.begin_sync()
        facts = new.facts
        self.records.append('staged', number, releaseId=facts['releaseId'], version=facts['version'], commit=facts['commit'],
                            **cutover.floor_of(config), **self.actor)
        return {**answers.of_activation(new), 'unchanged': False, 'tasks': decided.before, 'after': decided.after,
                'output': answers.bounded(said), 'detail': ', '.join(detail)}

    def plan(self, given):
        return planning.plan(self.layout, self.conversation, self._decide(given), given)

    def _decide(self, given):
        return decision.decide(self.layout, self.records, self.foreign, given)

    def maintain(self, given):
        new = self._newcomer(given)
        if new.number == warmth.number(self.layout):
            raise order.bad(f'Activation {new.number} is still up, and nothing is run before it.')
        drain = fields.number(given.get('drain'), 'drain', 0, 86400)
        serving = acts.load(self.layout, self.records.serving) if self.records.serving else None
        return {'lines': maintenance.begin(self.layout, self.records, self.conversation, new, serving, drain, self.actor)}

    def run(self, given):
        new = acts.require(self.layout, self._number(given))
        index = fields.whole(given.get('index'), 'index', 0, 10000)
        timeout = fields.number(given.get('timeout'), 'timeout', 1, 86400)
        when = fields.choice(given.get('when', 'before'), 'when', tasks.WHEN)
        if (when == 'after') != (new.number == self.records.serving):
            raise order.bad(f'A command of `{when}` of activation {new.number} came at the wrong time.')
        if new.in_containers():
            return self._run_job(new, index, timeout)
        return tasks.run_task(self.layout, self.records, new, when, index, timeout, self.actor)

    def _run_job(self, new, index, timeout):
        if index >= len(jobs.names(new)):
            fields.refuse('index', index)
        before = adopting.before(new, self.records.serving)
        name, release = jobs.names(new)[index], self._release_of(new)
        containers.needs_of_job(new, before, release, self.conversation, name)
        return jobs.run(new, self.conversation, self.records, self.actor, name, timeout)

    def start(self, given):
        new = self._newcomer(given)
        release = self._release_of(new)
        routed = new.routed()
        if new.number == warmth.number(self.layout):
            self._still_well(new, release)
            return {}
        self.records.intend('start', self.records.serving, new.number, **self.actor)
        names = new.names_of(routed)
        if new.in_containers():
            new.start([new.router_unit()])
            before = adopting.before(new, self.records.serving)
            containers.early(new, before, release, self.conversation, self.actor, self.records)
        else:
            new.start([*names, new.router_unit()])
            health.Starting(new, release, routed, self.conversation).wait()
        looks = new.look(names)
        health.own_listeners(new, looks)
        expendable.mark([pid for stands in looks.values() for pid in stands.pids], expendable.NEWCOMER)
        if not polling.wait_until(lambda: os.path.exists(f'{self.layout.activation(new.number)}/router/http.sock'), 10):
            raise Failure('router-failed', 'The router of the activation does not start.', '', 'Run setup-vm, then deploy again.',
                          cutover.evidence_of(new))
        health.sites_answer(new)
        self.records.append('started', new.number, **self.actor)
        return {}

    def _still_well(self, warm, release):
        try:
            health.Starting(warm, release, warm.routed(), self.conversation).wait()
        except Failure as failure:
            failure.evidence = list(failure.evidence) or cutover.evidence_of(warm)

            retire.cool(self.layout, self.records, self.conversation, at_once=True)
            raise
        self.answered = bake.served(warm)

    def cut_over(self, given):
        new = self._newcomer(given)
        withdraw = fields.flag(given.get('withdraw', False), 'withdraw')
        crossing = fields.each(given.get('crossing', []), 'crossing', lambda v: fields.whole(v, 'crossing', 1, 1 << 40))
        return cutover.cut_over(self.layout, self.records, self.conversation, new, self.records.serving, withdraw,
                                self._release_of(new), self.actor, crossing)

    def observe(self, given):
        seconds = fields.number(given.get('seconds'), 'seconds', 0, 86400)
        new = acts.require(self.layout, self._number(given))
        before = self.records.replaced_by(new.number)
        return bake.observe(self.conversation, new, acts.load(self.layout, before) if before is not None else None, seconds, self.answered)

    def retire(self, given):
        serving = retire.require_serving(self.layout, self.records)
        drain = fields.number(given.get('drain'), 'drain', 0, 86400)
        warm = fields.number(given.get('warm', 0), 'warm', 0, 1 << 20)
        order.check_alone(self.records, serving.number)
        cutover.finish(self.records, serving)
        lines = retire.retire(self.layout, self.records, self.conversation, serving, drain, serving.config['keep'], warm)
        self.records.done()
        return {'lines': lines, 'standing': answers.standing(self.layout, self.records)}

    def revert(self, given):
        number, to = self._number(given), fields.optional(given.get('to'), lambda v: fields.whole(v, 'to', 1, 1 << 40))
        order.check_way_back(self.records, number, to)
        cutover.revert(self.layout, self.records, self.conversation, number, to, self.actor, self.trouble)
        return {}

    def evidence(self, given):
        new = acts.load(self.layout, self._number(given))
        return {'evidence': cutover.evidence_of(new) if new else []}

    def _release_of(self, new):
        if self.release is None or self.release.id != new.facts['releaseId']:
            self.release = releases.stored(self.layout, new.facts['releaseId'])
        return self.release

    def _newcomer(self, given):
        return order.newcomer(self.layout, self.records, self._number(given))

    def _number(self, given):
        return fields.whole(given.get('number'), 'number', 1, 1 << 40)
