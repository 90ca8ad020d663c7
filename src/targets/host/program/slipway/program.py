"""The session: takes commands of the runner in order and answers each. What each does is in the file of its name."""
import json
import os
import subprocess
import sys
import traceback

from . import activation as acts
from . import (
    configuration,
    cutover,
    fields,
    files,
    front,
    front_setup,
    health,
    maintenance,
    public,
    renewing,
    retire,
    router,
    schedule,
    settling,
    taking_over,
    tasks,
    tls,
)
from . import layout as places
from . import release as releases
from .conversation import Conversation, Ended
from .failures import Failure, evidence
from .layout import Layout
from .processes import ENVIRONMENT
from .records import Records, is_floor, now
from .state import UP
from .telling import take_words

# Raised by one when a command is added or answers more; what exists is never changed.
PROTOCOL = 2
# Entries of the history that are always told.
RECENT = 20
# Characters of the output of build commands that go along with an answer.
ALL_OUTPUT = 100_000


def main(argv):
    os.umask(0o022)
    if len(argv) == 2 and argv[0] == 'session':
        return Session(Layout(fields.text(argv[1], 'app', fields.APP))).serve()
    if len(argv) == 2 and argv[0] == 'settle':
        print(settling.settle_app(fields.text(argv[1], 'app', fields.APP)) or 'nothing to settle', file=sys.stderr)
        return 0
    if argv == ['settle-all']:
        return settle_all()
    if argv == ['renew']:
        return renewing.renew_all()
    if len(argv) == 3 and argv[0] == 'front':
        return front_setup.main(*argv[1:])
    print('usage: main.py session APP | settle APP | settle-all | renew | front check|write PORT', file=sys.stderr)
    return 64


def settle_all():
    """After a restart of the host: every app whose intent is open, each under its own lock, so that no run comes in between."""
    waiting = []
    for app in sorted(os.listdir('/opt')):
        if fields.APP.match(app) and os.path.exists(Layout(app).intent) and places.is_prepared(app):
            waiting.append(subprocess.Popen(
                ['/usr/bin/systemd-run', '--quiet', '--wait', '--collect', f'--unit=slipway-session.{app}',
                 f'--description=Slipway settles {app}', places.PYTHON, '-I', '-S', os.path.abspath(sys.argv[0]), 'settle', app],
                stdin=subprocess.DEVNULL, env=ENVIRONMENT, cwd='/'))
    return max([process.wait() for process in waiting], default=0)


def installed_version():
    try:
        with open(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'VERSION'), encoding='ascii') as file:
            return file.read().strip()
    except OSError:
        return ''


class Decision:
    """What staging comes to. `new` is the activation as it would be, without ports."""

    def __init__(self, known, wanted, config, secrets, serving, unchanged, new, before, after, given, certificate, take_over):
        self.known = known
        self.wanted = wanted
        self.config = config
        self.secrets = secrets
        self.serving = serving
        self.unchanged = unchanged
        self.new = new
        self.before = before
        self.after = after
        # All secrets of this run; those of the installation are among them, and stay nowhere.
        self.given = given
        self.certificate = certificate
        # The file of the site whose place it takes; None when there is none, or when that is done.
        self.take_over = take_over

    def changes(self):
        """What else becomes different for users, a line each."""
        before = public.names(self.serving.config) or ['default'] if self.serving else []
        after = public.names(self.config) or ['default']
        ends, begins = [name for name in before if name not in after], [name for name in after if name not in before]
        lines = [f'the domain {", ".join(ends)} ends, {", ".join(begins)} begins'] if ends and begins else []
        lines += [f'the domain {", ".join(ends)} ends'] if ends and not begins else []
        lines += [f'the domain {", ".join(begins)} begins'] if begins and before and not ends else []
        return lines + tls.detail(self.certificate)


class Session:
    def __init__(self, layout):
        self.layout = layout
        self.conversation = Conversation()
        self.actor = {'by': '', 'run': ''}
        self.records = None
        self.release = None
        self.foreign = None
        # What went wrong last: should an activation be dropped for it, its history says so.
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
        """A goodbye with work in hand: what was begun is undone now, and nobody needs to be told later."""
        if self.records is not None and self.records.intent() is not None:
            settling.settle(self.layout, self.records, self.conversation)
            take_words(self.layout)

    def _heard(self, verb, given):
        if verb not in ('cutover', 'revert'):
            self._answer(verb, given)
            return
        # Who cancels in the middle of it is still told how it ended.
        with self.conversation.uninterrupted():
            self._answer(verb, given)

    def _answer(self, verb, given):
        handler = {'begin': self.begin, 'inspect': self.inspect, 'plan': self.plan, 'stage': self.stage, 'maintain': self.maintain, 'run': self.run,
                   'start': self.start, 'cutover': self.cut_over, 'observe': self.observe, 'retire': self.retire,
                   'revert': self.revert, 'evidence': self.evidence}.get(verb)
        try:
            if self.records is None and verb not in ('begin', 'inspect') and handler is not None:
                raise Failure('bad-order', f'{verb} came before inspect.', '', 'Report this: it is a bug of Slipway.')
            if handler is None:
                raise Failure('unknown-verb', f'The host program does not know {verb[:40]!r}.', 'It is older than the action.',
                              'Run setup-vm: it brings the program that fits.')
            value = handler(given)
        except Failure as failure:
            self.trouble = failure.what
            self.conversation.send('answer', verb=verb, ok=False, failure=failure.as_json())
        except OSError as error:
            self.conversation.send('answer', verb=verb, ok=False, failure=_system_failure(error).as_json())
        except RecursionError:
            self.conversation.send('answer', verb=verb, ok=False, failure=Failure(
                'nested-too-deep', 'Something in what was sent, or in what the build made, is nested hundreds of levels deep.',
                'Neither the host nor most tools follow that.', 'Remove it (find . -path "*/*/*/*/*/*/*/*/*/*" shows such folders), '
                'and tag again.').as_json())
        else:
            if verb != 'begin':
                self.conversation.send('answer', verb=verb, ok=True, value=value)

    # The verbs.

    def begin(self, given):
        """Who this is; needs no answer, so that it costs no round trip."""
        self.actor = fields.actor(given)
        files.write(self.layout.holder, json.dumps({**self.actor, 'since': now()}), mode=0o644)

    def inspect(self, given):
        self.records = Records(self.layout)
        if fields.flag(given.get('staging', False), 'staging'):
            self.foreign = router.ForeignSites()
        settling.settle(self.layout, self.records, self.conversation)
        return self._standing(take_words(self.layout))

    def _standing(self, settled=()):
        serving = self.records.serving_entry()
        current = acts.load(self.layout, self.records.serving) if serving else None
        stored = releases.listed(self.layout)
        ids = {release['id'] for release in stored}
        # What can be returned to, and what happened lately; all of a long history would be most of the bytes of a deployment.
        ordered = self.records.ordered()
        floors = self.records.floors()
        entries = [item for index, item in enumerate(ordered)
                   if index >= len(ordered) - RECENT or (item['proven'] and item['releaseId'] in ids) or item in floors]
        unwell = retire.unwell(current) + tls.unwell(current) if current else []
        return {'app': self.layout.app, 'serving': _entry(serving), 'unwell': unwell, 'entries': [_entry(item) for item in entries],
                'releases': stored, 'settled': list(settled),
                'domain': public.main_name(current.config) if current else None,
                'url': public.url(current.config) if current else None}

    def _wanted(self, given):
        config = configuration.config(given.get('config'), self.layout.app)
        base = fields.optional(given.get('base'), lambda v: fields.text(v, 'base', fields.RELEASE))
        if base is not None and releases.stored(self.layout, base) is None:
            fields.refuse('base', base)
        return {'id': fields.text(given.get('id'), 'id', fields.RELEASE),
                'version': fields.text(given.get('version'), 'version', fields.VERSION),
                'commit': fields.text(given.get('commit'), 'commit', fields.COMMIT),
                'digest': fields.text(given.get('digest'), 'digest', fields.DIGEST), 'config': config, 'base': base,
                'removed': fields.each(given.get('removed'), 'removed', fields.relative_path, 1000000),
                'manifest': fields.each(given.get('manifest'), 'manifest', fields.manifest_entry, 1000000)}

    def _decide(self, given):
        """What staging comes to, before anything is touched; the dry run asks the same."""
        kind = fields.choice(given.get('kind'), 'kind', ('source', 'stored'))
        release_id = fields.text(given.get('id'), 'id', fields.RELEASE)
        first = fields.flag(given.get('first'), 'first')
        secrets = fields.secret_map(given.get('secrets'))
        serving = acts.load(self.layout, self.records.serving) if self.records.serving else None
        take_over = fields.optional(given.get('takeOver'), taking_over.site)
        known = releases.stored(self.layout, release_id)
        wanted = self._wanted(given) if kind == 'source' and known is None else None
        if wanted is None and known is None:
            raise Failure('release-not-stored', f'The release {release_id} is not on this host.', '', 'Deploy its version instead.')
        config = wanted['config'] if wanted else known.info['config']
        values = self._secrets(config, secrets, serving)
        unchanged = bool(serving and known and serving.facts['releaseId'] == release_id and serving.secrets() == values
                         and serving.facts['first'] == first and self._serves(serving))
        certificate = None
        if not unchanged:
            certificate = tls.check(config, values, serving)
            if take_over is not None and self.foreign is None:
                # Whatever the other side said at first: nothing is taken over that was not judged.
                self.foreign = router.ForeignSites()
            if self.foreign:
                self.foreign.check(config, self.layout, take_over)
            router.check_claim(self.layout, config)
            acts.check_memory(self.layout, config, serving)
        number = self.records.next_number()
        new = acts.Activation(self.layout, {'number': number, 'config': config, 'ports': {}, 'first': first})
        if not unchanged:
            new.supervisor.check()
        before, after = ([tasks.names(new, when) if kind == 'source' and first else [] for when in tasks.WHEN])
        if unchanged:
            # Begun by a run that died, or failed: at least once is only true if it is run now.
            before, after = [], tasks.pending(self.records, serving) if kind == 'source' else []
        else:
            after = [{'index': index, 'name': name} for index, name in enumerate(after)]
        if take_over is not None and taking_over.is_taken(self.layout, take_over):
            take_over = None
        return Decision(known, wanted, config, values, serving, unchanged, new, before, after, secrets, certificate, take_over)

    def stage(self, given):
        timeout = fields.number(given.get('timeout'), 'timeout', 1, 86400)
        decision = self._decide(given)
        if decision.unchanged:
            answer = {**_activation(decision.serving), 'unchanged': True, 'tasks': [], 'after': decision.after, 'output': [],
                      'detail': 'serves already'}
            if tls.refresh(decision.serving, self.conversation):
                answer.update(detail='serves already, with a new certificate', standing=self._standing())
            return answer
        config, known, number = decision.config, decision.known, decision.new.number
        self.records.intend('stage', self.records.serving, number, **self.actor)
        router.claim(self.layout, config)
        tls.ensure(self.layout, config, self.conversation)
        detail, said = ['release reused'], []
        if known is None:
            inline = given.get('keys')
            keys = None if inline is None else fields.each(inline, 'keys', lambda v: fields.text(v, 'key', fields.KEY), 1000000)
            staging = releases.Staging(self.layout, self.conversation, decision.wanted, timeout, decision.given)
            known = staging.make(keys)
            detail, said = staging.detail, staging.said
        detail += decision.changes()
        self.release = known
        new = acts.prepare(self.layout, number, known, config, decision.secrets, decision.new.facts['first'], decision.serving)
        tasks.keep(new.facts, decision.before, [item['name'] for item in decision.after])
        new.facts['certificate'] = decision.certificate
        if decision.take_over:
            new.facts['takeOver'] = decision.take_over
        files.write(f'{self.layout.activation(number)}/activation.json', json.dumps(new.facts), mode=0o600, durable=True)
        known.begin_sync()
        facts = new.facts
        self.records.append('staged', number, releaseId=facts['releaseId'], version=facts['version'], commit=facts['commit'],
                            **cutover.floor_of(config), **self.actor)
        return {**_activation(new), 'unchanged': False, 'tasks': decision.before, 'after': decision.after,
                'output': _bounded(said), 'detail': ', '.join(detail)}

    def _serves(self, serving):
        return router.points_to(self.layout) == serving.number and all(
            stands.phase == UP for stands in serving.look([*serving.names(), *schedule.timers(serving)]).values())

    def _secrets(self, config, given, serving):
        """The values that the services name: those given now, else the last stored."""
        names = sorted({*tls.secret_names(config), *(name for service in config['services'] for name in service['secrets'])})
        stored = serving.secrets() if serving else {}
        missing = [name for name in names if name not in given and name not in stored]
        if missing:
            raise Failure('secret-not-given', f'Secrets are missing: {", ".join(missing)}.',
                          'They were not given in this run, and what serves has none of that name.',
                          'Add to the step: ' + '; '.join(f'env: {{ {name}: ${{{{ secrets.{name} }}}} }}' for name in missing))
        return {name: given.get(name, stored.get(name)) for name in names}

    def plan(self, given):
        """What stage, start, cut-over and retire would do, by the same decisions; nothing is done."""
        decision = self._decide(given)
        if decision.unchanged:
            return {'stage': [f'nothing: activation {decision.serving.number} is just that, and serves'], 'start': [], 'cutOver': [],
                    'after': [f'run {item["name"]}, which is not known to have ended well' for item in decision.after], 'retire': []}
        new, serving, config = decision.new, decision.serving, decision.config
        stage = [f'release {given["id"]} is on the host'] if decision.known else releases.Staging(
            self.layout, self.conversation, decision.wanted, 1, decision.given).plan()
        stage += decision.changes()
        if tls.needs_issue(config):
            stage.append(f'ask the certificate authority for {", ".join(public.names(config))}')
        if fields.flag(given.get('maintenance', False), 'maintenance') and decision.before:
            stage.append('answer 503 to all requests from here on, until the new release is proven')
        return {'stage': stage + [f'run {task}' for task in decision.before],
                'start': [f'start {name}' for name in new.names_of(new.routed())] + [f'start {new.router_unit()}'],
                'cutOver': [f'run {name}' for name in schedule.units_of(new, new.once())] +
                           [f'start {name}' for name in new.names_of(new.workers())] +
                           [f'{self.layout.current} -> {new.number}/router/http.sock',
                            *([f'move {decision.take_over} to {taking_over.kept(self.layout, decision.take_over)}, reload nginx']
                              if decision.take_over else []), *front.plan(config), f'prove activation {new.number}'] +
                           ([f'stop {name}' for name in schedule.timers(serving)] if serving else []) +
                           [f'start {name}' for name in schedule.timers(new)],
                'after': [f'run {item["name"]}' for item in decision.after],
                'retire': [f'stop {name}' for name in serving.names()] if serving else []}

    def maintain(self, given):
        new = acts.require(self.layout, self._number(given))
        drain = fields.number(given.get('drain'), 'drain', 0, 86400)
        serving = acts.load(self.layout, self.records.serving) if self.records.serving else None
        return {'lines': maintenance.begin(self.layout, self.records, self.conversation, new, serving, drain, self.actor)}

    def run(self, given):
        new = acts.require(self.layout, self._number(given))
        index = fields.whole(given.get('index'), 'index', 0, 10000)
        timeout = fields.number(given.get('timeout'), 'timeout', 1, 86400)
        when = fields.choice(given.get('when', 'before'), 'when', tasks.WHEN)
        if (when == 'after') != (new.number == self.records.serving):
            raise Failure('bad-order', f'A command of `{when}` of activation {new.number} came at the wrong time.', '',
                          'Report this: it is a bug of Slipway.')
        return tasks.run_task(self.layout, self.records, new, when, index, timeout, self.actor)

    def start(self, given):
        new = acts.require(self.layout, self._number(given))
        release = self._release_of(new)
        self.records.intend('start', self.records.serving, new.number, **self.actor)
        routed = new.routed()
        names = new.names_of(routed)
        new.start([*names, new.router_unit()])
        health.Starting(new, release, routed, self.conversation).wait()
        looks = new.look(names)
        health.own_listeners(new, looks)
        acts.make_newcomer([pid for stands in looks.values() for pid in stands.pids])
        if not acts.wait_until(lambda: os.path.exists(f'{self.layout.activation(new.number)}/router/http.sock'), 10):
            raise Failure('router-failed', 'The router of the activation does not start.', '', 'Run setup-vm, then deploy again.',
                          cutover.evidence_of(new))
        health.sites_answer(new)
        self.records.append('started', new.number, **self.actor)
        return {}

    def _release_of(self, new):
        if self.release is None or self.release.id != new.facts['releaseId']:
            self.release = releases.stored(self.layout, new.facts['releaseId'])
        return self.release

    def _number(self, given, name='number'):
        return fields.whole(given.get(name), name, 1, 1 << 40)

    def cut_over(self, given):
        new = acts.require(self.layout, self._number(given))
        if new.number == self.records.serving:
            raise Failure('bad-order', f'Activation {new.number} serves already.', '', 'Report this: it is a bug of Slipway.')
        withdraw = fields.flag(given.get('withdraw', False), 'withdraw')
        crossing = fields.each(given.get('crossing', []), 'crossing', lambda v: fields.whole(v, 'crossing', 1, 1 << 40))
        return cutover.cut_over(self.layout, self.records, self.conversation, new, self.records.serving, withdraw,
                                self._release_of(new), self.actor, crossing)

    def observe(self, given):
        seconds = fields.number(given.get('seconds'), 'seconds', 0, 86400)
        return retire.observe(self.layout, self.conversation, acts.require(self.layout, self._number(given)), seconds)

    def retire(self, given):
        serving = retire.require_serving(self.layout, self.records)
        drain = fields.number(given.get('drain'), 'drain', 0, 86400)
        lines = retire.retire(self.layout, self.records, self.conversation, serving, drain, serving.config['keep'])
        self.records.done()
        return {'lines': lines, 'standing': self._standing()}

    def revert(self, given):
        to = fields.optional(given.get('to'), lambda v: fields.whole(v, 'to', 1, 1 << 40))
        cutover.revert(self.layout, self.records, self.conversation, self._number(given), to, self.actor, self.trouble)
        return {}

    def evidence(self, given):
        new = acts.load(self.layout, self._number(given))
        return {'evidence': cutover.evidence_of(new) if new else []}


def _entry(entry):
    if entry is None:
        return None
    return {**{key: entry.get(key, '') for key in ('releaseId', 'version', 'commit', 'at', 'by', 'run')},
            'number': entry['number'], 'state': entry['state'], 'proven': entry['proven'], 'withdrawn': entry['withdrawn'],
            **({'floor': True} if is_floor(entry) else {})}


def _bounded(said):
    """An answer is one line of bounded length: of many pieces the last ones."""
    room, kept = ALL_OUTPUT, []
    for piece in reversed(said):
        room -= len(piece['text'])
        if room < 0:
            break
        kept.insert(0, piece)
    return kept


def _activation(item):
    return {key: item.facts[key] for key in ('number', 'releaseId', 'version', 'commit')}


def _system_failure(error):
    if error.errno == 28:
        return Failure('disk-full', f'The disk became full: {error.filename or ""}.'.replace(': .', '.'), 'Nothing was switched.',
                       f'Free space or inodes on the host (df -h {places.STATE}, df -i), then deploy again.')
    return Failure('host-refused', f'The host refused: {error}.', '', 'Run setup-vm, which repairs folders and rights; then deploy again.')
