"""An activation: one release with one revision of its secrets, under a number. Its files, units, ports and processes."""
import json
import os
import time

from . import (
    activation_router,
    addresses,
    capacity,
    configuration,
    files,
    given,
    notify,
    one_offs,
    sandbox,
    schedule,
    shellwords,
    static_sites,
    supervisors,
    units,
)
from . import ports as port_book
from .addresses import Port, Socket
from .failures import Failure
from .processes import identity
from .router_unit import router_unit
from .state import State

# What a process is likelier to lose its life for when memory runs short: a newcomer, until it is proven.
NEWCOMER_OOM_SCORE = 300


class Activation:
    def __init__(self, layout, facts):
        self.layout = layout
        self.facts = facts
        self.number = facts['number']
        self.config = facts['config']
        self.ports = facts['ports']
        self.supervisor = supervisors.of(self.config['supervisor'], layout)
        self._systemd = self.supervisor if self.config['supervisor'] == 'systemd' else supervisors.of('systemd', layout)

    # What it consists of.

    def services(self):
        """The services that run on this host: `on: first` ones only on the first of the fleet."""
        return [service for service in self.config['services'] if service['on'] == 'all' or self.facts['first']]

    def name_of(self, service, instance):
        """What the supervisor calls one instance of a service."""
        return self.supervisor.name(self.layout, self.number, service['name'], instance)

    def names_of(self, services):
        return [self.name_of(service, instance) for service in services for instance in range(1, service['instances'] + 1)]

    def routed(self):
        return [service for service in self.services() if service['route'] is not None]

    def workers(self):
        return [service for service in self.running() if service['route'] is None]

    def running(self):
        """Those without an end."""
        return [service for service in self.services() if service['schedule'] is None]

    def timed(self):
        return [service for service in self.services() if (service['schedule'] or {}).get('kind') == 'times']

    def once(self):
        return [service for service in self.services() if (service['schedule'] or {}).get('kind') == 'once']

    def sandbox(self, service):
        """What its processes may do: properties of systemd's."""
        return sandbox.of_service(self.layout, self.number, self.facts['releaseId'], self.config, service)

    def addresses(self, service):
        """Where each instance of a service with a route listens."""
        if service['route'] is None or service['static']:
            return []
        if service['listen'] == 'socket':
            return [Socket(self.layout.service_socket(self.number, service['name'], instance))
                    for instance in range(1, service['instances'] + 1)]
        return [Port(number) for number in self.ports.get(service['name'], [])]

    def address(self, service, instance):
        return self.addresses(service)[instance - 1]

    def router_unit(self):
        return self.layout.router_unit(self.number)

    def names(self):
        """All that has to be up while it serves, but its timers, which begin when it is proven."""
        return [*self.names_of(self.running()), self.router_unit()]

    def all_names(self):
        """Timers before their runs: whoever stops them in this order starts none."""
        return [*schedule.timers(self), *schedule.runs(self), *self.names()]

    def _by_keeper(self, names):
        """The supervisor with those of the names that it keeps. Router and schedules are systemd's, whoever keeps the services."""
        keepers = {}
        systemds = {self.router_unit(), *schedule.timers(self), *schedule.runs(self)}
        for name in names:
            keeper = self._systemd if name in systemds else self.supervisor
            keepers.setdefault(keeper, []).append(name)
        return keepers.items()

    def look(self, names=None):
        """{name: State} of those, or of all; what nobody knows is absent."""
        names = self.names() if names is None else names
        seen = {}
        for keeper, some in self._by_keeper(names):
            seen.update(keeper.look(some))
        return {name: seen.get(name, State()) for name in names}

    def start(self, names, boot=False):
        for keeper, some in self._by_keeper(names):
            keeper.start(some, boot)

    def stop(self, names, boot=None):
        for keeper, some in self._by_keeper(names):
            keeper.stop(some, self.longest_stop(), boot)

    def remove(self, names):
        for keeper, some in self._by_keeper(names):
            keeper.remove(some)

    def logs(self, name, lines=60):
        """What one of them said last, without secrets."""
        [(keeper, _)] = self._by_keeper([name])
        return self.redact(keeper.logs(name, lines))

    def longest_stop(self):
        """Seconds after which all of its processes have ended or were killed."""
        return max([service['stop']['timeout'] for service in self.services()], default=0) + 60

    def secrets(self):
        return files.read_json(f'{self.layout.activation(self.number)}/secrets.json') or {}

    def redact(self, text):
        """Takes the activation's secrets out of text that leaves the host; the runner may not know them all."""
        parts = {part for value in self.secrets().values() for part in (value, *value.splitlines())}
        # The longest first: of two secrets one may begin with the other.
        for part in sorted(parts, key=len, reverse=True):
            if len(part) >= 6:
                text = text.replace(part, '***')
        return text


def load(layout, number):
    try:
        facts = files.read_json(f'{layout.activation(number)}/activation.json')
    except ValueError:
        # Cut short by a power cut: as good as not written.
        facts = None
    if facts is None:
        return None
    # Of an earlier version, perhaps: with what was added since.
    return Activation(layout, {**facts, 'config': configuration.config(facts['config'], layout.app)})


def check_memory(layout, config, serving):
    """Refuses a newcomer when memory would not hold both."""
    need = 0
    seen = serving.look() if serving else {}
    for service in config['services']:
        if service['memory']:
            need += service['memory'] * service['instances']
        elif serving and service['schedule'] is None:
            same = [other for other in serving.running() if other['name'] == service['name']]
            old = [seen[name].pids for name in serving.names_of(same)]
            need += sum(capacity.resident(pids) for pids in old)
    capacity.check_memory(need + (32 << 20), config['app'])


def prepare(layout, number, release, config, secrets, first, serving=None):
    """Writes everything of an activation but starts nothing. `serving`: the activation that it is to follow."""
    folder = layout.activation(number)
    files.remove(folder)
    os.makedirs(folder, mode=0o711)
    os.chmod(folder, 0o711)
    ports = {}
    facts = {'number': number, 'releaseId': release.id, 'version': release.info['version'], 'commit': release.info['commit'],
             'config': config, 'ports': ports, 'first': first, 'formerRelease': _former_release(release.id, serving)}
    activation = Activation(layout, facts)
    app_user, app_group = identity(layout.app_user)
    for service in activation.services():
        if service['listen'] == 'port' and not service['static']:
            ports[service['name']] = port_book.allocate(f'{layout.app} {number} {service["name"]}', service['instances'])
    _make_socket_folders(activation, app_user, app_group)
    source = f'{release.folder}/src'
    facts['token'] = activation_router.prepare(
        layout, number, config, {service['name']: activation.addresses(service) for service in activation.routed()},
        static_sites.sites(layout, release.id, config, _of_former(layout, facts['formerRelease'])),
        {name: static_sites.page(source, path, name) for name, path in config['pages'].items()})
    files.write(f'{folder}/secrets.json', json.dumps(secrets), mode=0o600)
    os.mkdir(f'{folder}/home', 0o700)
    os.chown(f'{folder}/home', app_user, app_group)
    for service in activation.services():
        if service['static']:
            continue
        script = shellwords.start_script(service['start'], service['path'], [*given.lines(service), *addresses.lines(service)])
        files.write(f'{folder}/{service["name"]}.start', script, mode=0o640, owner=(0, app_group))
        given.write(layout, number, service, secrets)
        simple = shellwords.is_simple(service['start'])
        for instance in range(1, service['instances'] + 1):
            values = environment(layout, activation, release, service, instance, secrets)
            files.write(f'{folder}/{service["name"]}.{instance}.env', shellwords.environment_file(values), mode=0o600)
            definition = supervisors.Definition(layout, number, service, instance, source, simple, activation.sandbox(service),
                                                notify.notifies(release, service, simple))
            if service['schedule'] is None:
                activation.supervisor.write(definition)
            else:
                schedule.write(definition)
    units.write(activation.router_unit(), router_unit(layout, number, joins=any(
        service['static'] or service['listen'] == 'socket' for service in config['services'])))
    files.write(f'{folder}/activation.json', json.dumps(facts), mode=0o600, durable=True)
    return activation


def _former_release(release_id, serving):
    """The release whose pages users may still have open, and ask for the files of; None when there is none."""
    if serving is None:
        return None
    former = serving.facts['releaseId']
    return serving.facts.get('formerRelease') if former == release_id else former


def _of_former(layout, release_id):
    info = files.read_json(f'{layout.release(release_id)}/release.json') if release_id else None
    return (release_id, configuration.config(info['config'], layout.app)) if info else None


def _make_socket_folders(activation, uid, gid):
    """A folder of the app's for each socket: a server makes its socket itself, perhaps under another name at first."""
    for service in activation.services():
        for address in activation.addresses(service):
            if isinstance(address, Socket):
                folder = os.path.dirname(address.path)
                os.makedirs(folder, mode=0o711)
                os.chmod(os.path.dirname(folder), 0o711)
                os.chown(folder, uid, gid)
                os.chmod(folder, 0o710)


def environment(layout, activation, release, service, instance, secrets):
    """The environment of a service's process: ours, then `env`, then the secrets that it wants as variables."""
    made = release.environment_of(service)
    path = (made['path'] if made else []) + ['/usr/local/bin', '/usr/bin', '/bin']
    values = {'PATH': ':'.join(path), 'LC_ALL': 'C.UTF-8', 'PYTHONUNBUFFERED': '1', 'PYTHONDONTWRITEBYTECODE': '1',
              'NODE_ENV': 'production', 'HOME': f'{layout.activation(activation.number)}/home',
              'SLIPWAY_APP': layout.app, 'SLIPWAY_SERVICE': service['name'], 'SLIPWAY_INSTANCE': str(instance),
              'SLIPWAY_VERSION': release.info['version'], 'SLIPWAY_COMMIT': release.info['commit'],
              'SLIPWAY_RELEASE': release.id, 'SLIPWAY_ACTIVATION': str(activation.number)}
    if made and made['runtime'] == 'python':
        values['VIRTUAL_ENV'] = made['location']
    values.update(service['env'])
    values.update(given.variables(service, secrets))
    if service['listen'] == 'socket':
        address = activation.address(service, instance)
        values[address.variable] = address.value
    elif activation.ports.get(service['name']):
        values['PORT'] = str(activation.ports[service['name']][instance - 1])
    return values


def make_newcomer(pids, score=NEWCOMER_OOM_SCORE):
    for pid in pids:
        try:
            with open(f'/proc/{pid}/oom_score_adj', 'w', encoding='ascii') as file:
                file.write(str(score))
        except OSError:
            pass


def discard(activation):
    """Stops and removes everything of an activation; its history stays. What a command of `slipway run` still uses goes another time."""
    names = activation.all_names()
    activation.stop(names)
    activation.remove(names)
    schedule.forget(activation)
    if one_offs.in_hand(activation.layout, activation.number):
        return
    port_book.release([port for ports in activation.ports.values() for port in ports])
    # Its home was the app's: another process of the app may be writing there.
    files.take_away(activation.layout.activation(activation.number), activation.layout.incoming)


def wait_until(condition, timeout, pause=0.02, longest=0.1):
    """Asks again and again, less often with time. Gives the first true answer, or None when time runs out."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            return None
        time.sleep(pause)
        pause = min(longest, pause * 1.3)


def require(layout, number):
    activation = load(layout, number)
    if activation is None:
        raise Failure('activation-missing', f'The files of activation {number} are not on this host.', '',
                      'Deploy again: a new activation is made.')
    return activation
