''
import re
import time

from . import (
    asking,
    doors,
    given,
    limits,
    private_questions,
    processes,
    public,
    sandbox,
    shellwords,
    writes,
)
from .addresses import Port, connects, held
from .failures import Failure, evidence
from .last_words import last_words, missing
from .project import judging
from .resting import at_rest

ATTEMPT = 5.0

ELSEWHERE_PATIENCE = 4.0


SETTLED, NEVER_RESTING = 0.5, 3.0

FIRST_LOOK, LOOK, LATE = 0.15, 0.3, 0.1

SOON, SELDOM = 0.01, 0.05

WORD = 5
LOG_LINES = 60


class Starting:
    ''

    def __init__(self, activation, release, services, conversation):
        self.activation = activation
        self.release = release
        self.conversation = conversation
        self.started = time.monotonic()
        self.waiting = [(service, instance) for service in services for instance in range(1, service['instances'] + 1)]
        self.last = {}
        self.elsewhere = {}

        self.settled = set()

    def wait(self):
        ''
        next_look = self.started + FIRST_LOOK
        next_word = self.started + WORD
        pause = SOON
        while self.waiting:
            self.waiting = [item for item in self.waiting if not self._well(*item)]
            if not self.waiting:
                return
            now = time.monotonic()
            if now >= next_look:
                self._look(now)
                next_look = self._next_look()
            if now >= next_word:
                self.conversation.progress('still starting: ' + ', '.join(
                    f'{service["name"]} ({self._said(service, instance, "starting")})'
                    for service, instance in self.waiting))
                next_word = now + WORD
            time.sleep(pause)
            pause = min(SELDOM, pause * 1.2)

    def _well(self, service, instance):
        key = (service['name'], instance)
        if self.activation.in_containers():
            well, self.last[key] = judging.ask(self.activation, service, instance)
            return key in self.settled if well is None else well
        kind = (service['health'] or {}).get('kind')
        if kind == 'command':

            return self._listens(service, instance) and self._command(service, instance)
        if self._tells_nothing(service):
            return key in self.settled
        path = service['health']['path'] if kind == 'path' else service['route']
        asked = f'GET {path} on {self.activation.address(service, instance)}'
        try:
            status, body = private_questions.ask(self.activation, service, instance, path, ATTEMPT)
        except asking.NoAnswer as reason:
            self.last[key] = f'{asked}: {reason}'
            return False
        self.last[key] = f'{asked}: {status} {body}'
        return is_well(status, kind == 'path')

    def _said(self, service, instance, nothing):
        ''
        return self.activation.redact(self.last.get((service['name'], instance), nothing))[:360]

    def _tells_nothing(self, service):
        ''
        if self.activation.in_containers():
            return judging.tells_nothing(self.activation, service)
        return service['route'] is None and (service['health'] or {}).get('kind') != 'command'

    def _listens(self, service, instance):
        if service['route'] is None:
            return True
        address = self.activation.address(service, instance)
        open_already = connects(address, self.activation.layout)
        if not open_already:
            self.last[(service['name'], instance)] = f'nothing listens on {address}'
        return open_already

    def _command(self, service, instance):
        key = (service['name'], instance)
        code, output = run_as_app(self.activation, service, instance, service['health']['command'], ATTEMPT)
        self.last[key] = f'`{service["health"]["command"][:100]}` ended with {code}: {output[-300:]}'
        return code == 0

    def _next_look(self):
        ''
        now = time.monotonic()
        if not any(self._tells_nothing(service) for service, _ in self.waiting):
            return now + LOOK
        return min(now + LOOK, self.started + SETTLED) if now < self.started + SETTLED else now + LATE

    def _look(self, now):
        router = self.activation.router_unit()
        seen = self.activation.look([*(self.activation.name_of(*item) for item in self.waiting), router])
        for service, instance in self.waiting:
            stands = seen[self.activation.name_of(service, instance)]
            if stands.has_died():
                raise self._doomed(service, instance, stands)
            if self._tells_nothing(service) and stands.is_well() and self._has_settled(stands.pids, now):
                self.settled.add((service['name'], instance))
            if service['route'] is not None and not self.activation.in_containers():
                self._wrong_address(service, instance, stands, now)
            if now - self.started > service['healthTimeout'] or stands.unwell:
                raise self._never_well(service, instance)
        if seen[router].has_died():
            raise Failure('router-failed', 'The router of the activation does not start.', '',
                          'Read what nginx says below; run setup-vm to repair the host, then deploy again.',
                          self.evidence_of([router]))

    def _has_settled(self, pids, now):
        since = now - self.started
        return since >= NEVER_RESTING or (since >= SETTLED and at_rest(pids))

    def _wrong_address(self, service, instance, stands, now):
        key = (service['name'], instance)
        address = self.activation.address(service, instance)
        late = now - self.started > service['healthTimeout']

        home = f'{self.activation.layout.activation(self.activation.number)}/home/'
        found = [other for other in held(stands.pids)
                 if isinstance(other, Port) or other == address or (late and not other.path.startswith(home))]
        if not found or address in found:
            self.elsewhere.pop(key, None)
            return
        since = self.elsewhere.setdefault(key, now)
        if now - since > ELSEWHERE_PATIENCE or late:
            name = address.variable
            raise Failure(
                f'wrong-{name.lower()}', f'{service["name"]} listens on {", ".join(sorted(map(str, found)))}, not on ${name} ({address.value}).',
                f'Old and new release run side by side, so each gets a {name.lower()} of its own in the environment variable {name}.',
                f'Let `start` of {service["name"]} listen there, e.g. `--bind {address.bind}`, or read {name} in the code; then tag again.',
                self.evidence_of([self.activation.name_of(service, instance)]))

    def _doomed(self, service, instance, stands):
        name = self.activation.name_of(service, instance)
        texts = self.evidence_of([name])
        log = '\n'.join(item['text'] for item in texts)
        if self.activation.in_containers():
            return judging.doomed(self.activation, service, stands, log, texts)
        failure = writes.denied(log, self.release.folder, service, texts) or limits.exceeded(service, stands, log, texts)
        if failure:
            return failure
        said = last_words(log, name)
        return Failure('exits-at-start', f'{service["name"]} {stands.ending()} right after its start{": " if said else "."}{said}',
                       'A service has to stay in the foreground and serve.',
                       f'{missing(log)}Read its log below, correct the code or the `start` line, and tag again.', texts)

    def _never_well(self, service, instance):
        name = self.activation.name_of(service, instance)
        texts, stands = self.evidence_of([name]), self.activation.look([name])[name]
        last = self._said(service, instance, 'nothing was heard of it')
        if self.activation.in_containers():
            return judging.never_well(service, last, texts)
        log = '\n'.join(item['text'] for item in texts)
        failure = writes.denied(log, self.release.folder, service, texts) or limits.exceeded(service, stands, log, texts)
        if failure:
            return failure
        texts.insert(0, evidence(f'{service["name"]} {instance}: last check', last))
        address = self.activation.address(service, instance) if service['route'] is not None else None
        listens = f'Let `start` of {service["name"]} listen on {address.bind}. ' if asking.REFUSED in last else ''
        if 'the router may not connect' in last:
            listens = f'Let {service["name"]} leave the rights of its socket alone: as `umask` stands when it starts, they are right. '
        absent = re.match(r'GET (\S+) on (?:port|socket) \S+: 404\b', last)
        if absent:
            listens = f'The app answers, but has no {absent.group(1)}: correct `health` of {service["name"]}, or add that path. '
        return Failure('never-healthy', f'{service["name"]} did not become healthy within {service["healthTimeout"]:g} s. Last check: '
                       f'{last[:200].rstrip(".")}.',
                       '', f'{listens}Correct what its log below says; if it only needs longer, write '
                       '`health: { path: …, timeout: 120s }`.', texts)

    def evidence_of(self, names):
        return [evidence(f'{name}: log', self.activation.logs(name, LOG_LINES)) for name in names]


def is_well(status, declared):
    ''
    return 200 <= status < 400 if declared else status < 500


def run_as_app(activation, service, instance, command, timeout):
    ''
    layout = activation.layout
    script = shellwords.start_script(command, service['path'], given.lines(service))
    release_folder = layout.release(activation.facts['releaseId'])
    name = activation.name_of(service, instance)
    done = processes.run(
        ['/usr/bin/systemd-run', '--quiet', '--wait', '--pipe', '--collect', *sandbox.options(activation.sandbox(service)),

         *([f'--property=JoinsNamespaceOf={name}'] if name.endswith('.service') else []),
         f'--property=WorkingDirectory={release_folder}/src',
         f'--property=RuntimeMaxSec={timeout}',
         f'--property=EnvironmentFile={layout.activation(activation.number)}/{service["name"]}.{instance}.env',
         *(f'--property={setting}' for setting in given.settings(layout, activation.number, service)), '/bin/sh', '-s'], timeout=timeout + 5, given=script.encode())
    return done.code, activation.redact(done.output)


def sites_answer(activation):
    ''
    for service in activation.routed():
        if not service['static'] or service['health'] is None:
            continue
        path = service['health']['path']
        try:
            door = doors.of_router(activation.layout, activation.number)
            status, body = asking.ask(door, path, public.host_header(activation.config), ATTEMPT)
        except asking.NoAnswer as reason:
            raise Failure('router-failed', f'GET {path} of {service["name"]} got no answer: {reason}.', 'It is served from files.',
                          'Read what nginx says below; run setup-vm to repair the host, then deploy again.',
                          [evidence('nginx', activation.logs(activation.router_unit()))]) from reason
        if not is_well(status, True):
            raise Failure('never-healthy', f'GET {path} of {service["name"]} answered {status}.', 'It is served from files.',
                          f'Correct `health` or `static` of {service["name"]}, or let its `build` make that file; then tag again.',
                          [evidence(f'GET {path}', body)])


def own_listeners(activation, seen):
    ''
    if activation.in_containers():
        judging.hold_their_addresses(activation)
        return
    for service in activation.routed():
        for instance, address in enumerate(activation.addresses(service), 1):
            name = activation.name_of(service, instance)
            if address in held(seen[name].pids):
                continue
            listens = connects(address, activation.layout)

            if address not in held(seen[name].pids):
                if not listens:
                    raise Failure('not-listening', f'{service["name"]} does not listen on {address}.', '',
                                  'Read its log below, correct it, and tag again.',
                                  [evidence(f'{name}: log', activation.logs(name, LOG_LINES))])
                kind, option = ('port', '-ltnp') if isinstance(address, Port) else ('socket', '-lxp')
                raise Failure('foreign-listener', f'What listens on {address} does not belong to {service["name"]}.', '',
                              f'End the process that took the {kind} (ss {option} on the host), then deploy again.')
