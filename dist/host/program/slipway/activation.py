''
from . import (
    earlier_versions,
    files,
    one_offs,
    redaction,
    sandbox,
    schedule,
    supervisors,
)
from . import ports as port_book
from .addresses import Port, Socket
from .failures import Failure
from .project import jobs
from .state import State


class Activation:
    def __init__(self, layout, facts):
        self.layout = layout
        self.facts = facts
        self.number = facts['number']
        self.config = facts['config']
        self.ports = facts['ports']
        self.supervisor = supervisors.of(self.config['supervisor'], layout, facts)
        self._systemd = self.supervisor if self.config['supervisor'] == 'systemd' else supervisors.of('systemd', layout)



    def services(self):
        ''
        return [service for service in self.config['services'] if service['on'] == 'all' or self.facts['first']]

    def name_of(self, service, instance):
        ''
        return self.supervisor.name(self.layout, self.number, service['name'], instance)

    def names_of(self, services):
        return [self.name_of(service, instance) for service in services for instance in range(1, service['instances'] + 1)]

    def in_containers(self):
        ''
        return 'project' in self.facts

    def carried(self):
        ''
        if not self.in_containers():
            return []
        own = self.facts['project']['services']
        return self.names_of([service for service in self.running() if own[service['name']]['home'] != self.number])

    def is_routed(self, service):
        ''
        if self.in_containers():
            return bool(self.facts['project']['services'][service['name']]['targets'])
        return service['route'] is not None

    def routed(self):
        return [service for service in self.services() if self.is_routed(service)]

    def workers(self):
        return [service for service in self.running() if not self.is_routed(service)]

    def writers(self):
        ''
        own = self.facts['project']['services'] if self.in_containers() else {}
        return [service for service in self.workers() if not self.in_containers() or (service['overlap'] and own[service['name']]['own'])]

    def running(self):
        ''
        return [service for service in self.services() if service['schedule'] is None]

    def timed(self):
        return [service for service in self.services() if (service['schedule'] or {}).get('kind') == 'times']

    def once(self):
        return [service for service in self.services() if (service['schedule'] or {}).get('kind') == 'once']

    def sandbox(self, service):
        ''
        return sandbox.of_service(self.layout, self.number, self.facts['releaseId'], self.config, service)

    def addresses(self, service):
        ''
        if not self.is_routed(service) or service['static']:
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
        ''
        return [*self.names_of(self.running()), self.router_unit()]

    def all_names(self):
        ''
        ended = [jobs.container_name(self, name) for name in jobs.names(self)] if self.in_containers() else []
        return [*schedule.timers(self), *schedule.runs(self), *ended, *self.names()]

    def _by_keeper(self, names):
        ''
        keepers = {}
        systemds = {self.router_unit(), *schedule.timers(self), *schedule.runs(self)}
        for name in names:
            keeper = self._systemd if name in systemds else self.supervisor
            keepers.setdefault(keeper, []).append(name)
        return keepers.items()

    def look(self, names=None):
        ''
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

    def until_restart(self, names):
        for keeper, some in self._by_keeper(names):
            keeper.until_restart(some)

    def remove(self, names):
        for keeper, some in self._by_keeper(names):
            keeper.remove(some)

    def logs(self, name, lines=60):
        ''
        [(keeper, _)] = self._by_keeper([name])
        return self.redact(keeper.logs(name, lines))

    def longest_stop(self):
        ''
        return max([service['stop']['timeout'] for service in self.services()], default=0) + 60

    def secrets(self):
        return files.read_json(f'{self.layout.activation(self.number)}/secrets.json') or {}

    def redact(self, text):
        ''
        return redaction.without(text, self.secrets().values())


def load(layout, number):
    try:
        facts = files.read_json(f'{layout.activation(number)}/activation.json')
    except ValueError:

        facts = None
    if facts is None:
        return None
    return Activation(layout, {**facts, 'config': earlier_versions.completed(facts['config'])})


def require(layout, number):
    activation = load(layout, number)
    if activation is None:
        raise Failure('activation-missing', f'The files of activation {number} are not on this host.', '',
                      'Deploy again: a new activation is made.')
    return activation


def discard(activation):
    ''
    names = activation.all_names()
    activation.stop(names)
    activation.remove(names)
    schedule.forget(activation)
    if one_offs.in_hand(activation.layout, activation.number):
        return
    port_book.release([port for ports in activation.ports.values() for port in ports])

    files.take_away(activation.layout.activation(activation.number), activation.layout.incoming)
