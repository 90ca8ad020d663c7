''





import os
from concurrent.futures import ThreadPoolExecutor

from .. import files, polling, state
from ..failures import try_all
from ..project import aside, container_processes, engine, labels, making, networks
from ..state import State


GRACE = 20.0
_PHASES = {'created': state.STOPPED, 'running': state.UP, 'restarting': state.RESTARTING, 'paused': state.STOPPING, 'removing': state.STOPPING,
           'exited': state.FAILED, 'dead': state.FAILED}


class Compose:
    label = 'Docker'

    def __init__(self, layout, facts=None):
        self.layout = layout
        self.facts = facts or {}

        self._number = self.facts.get('number')

    def project(self, number):
        ''
        name = self.facts['project']['name']
        return f'{name}--{number}' if number else name

    def name(self, _layout, number, service, instance):
        own = self.facts.get('project', {}).get('services', {}).get(service, {})
        return f'{self.project(own.get("home", number))}-{service}-{instance}'

    def check(self):
        engine.get('/version')

    def write(self, definition):
        raise NotImplementedError('an activation of a project is written as a whole')



    def _found(self):
        ''
        listed = labels.containers({labels.APP: self.layout.app})
        if any(own['home'] == 0 for own in self.facts.get('project', {}).get('services', {}).values()):
            listed += labels.containers(labels.of_compose(self.facts['project']['name']))
        return {name_of(item): item for item in listed}

    def containers(self, names):
        ''
        found = self._found()
        told = {name: engine.find(f'/containers/{found[name]["Id"]}/json') for name in names if name in found}
        return {name: item for name, item in told.items() if item is not None}

    def look(self, names):
        return {name: self._state(name, item) for name, item in self.containers(names).items()}

    def _state(self, name, item):
        seen = item['State']
        phase, code = _PHASES.get(seen['Status'], state.ABSENT), seen['ExitCode']
        own = self.facts.get('project', {}).get('services', {}).get(item['Config']['Labels'].get('com.docker.compose.service'), {})
        restarts = max(0, item['RestartCount'] - own.get('restarts', {}).get(name, 0))
        ended = seen['Status'] in ('exited', 'dead', 'restarting')
        said = seen['Status'] + (f', {seen["Health"]["Status"]}' if seen.get('Health') and seen['Status'] == 'running' else '')
        if own.get('ends') and _ended_by_itself(item):

            return State(state.UP, restarts, 0, said='ended with 0')
        if seen['Status'] == 'created' and seen.get('Error'):
            phase, said = state.FAILED, seen['Error']
        return State(phase, restarts, code if ended and code < 128 else None, code - 128 if ended and code >= 128 else None,
                     bool(seen.get('OOMKilled')), tuple(container_processes.of(seen.get('Pid') or 0)), said,
                     unwell=seen['Status'] == 'running' and (seen.get('Health') or {}).get('Status') == 'unhealthy')



    def start(self, names, boot=False):
        ''
        there = self.containers(names)
        for name in [name for name, item in there.items() if _is_going(item)]:

            item = there.pop(name)
            self._drop(item)
            polling.wait_until(lambda item=item: engine.find(f'/containers/{item["Id"]}/json') is None, 10)
        missing = sorted({self._service(name) for name in names if name not in there})

        in_order = sorted(there.items(), key=lambda each: bool(each[1]['HostConfig'].get('PortBindings')))
        try_all([*([lambda: self.make(missing)] if missing else []), *(lambda name=name, item=item: self._start(name, item, boot) for name, item in in_order)])

    def _start(self, name, item, boot):
        begins = [] if item['State']['Running'] or self._has_ended_well(name, item) else [lambda: engine.post(f'/containers/{item["Id"]}/start')]
        try_all([*begins, *([lambda: self._come_back_with_the_host(name, item)] if boot else [])])
        if boot:

            self._call(item, aside.own_name(item))

    def begin_again(self, names):
        ''
        there = self.containers(names)

        mine = [name for name in names if (aside.is_to_begin_again(there[name]) if name in there else self.facts['number'])]
        rest = [(name, item) for name, item in there.items() if name not in mine]
        try_all([lambda: self.start(mine, boot=True), *(lambda name=name, item=item: self._give_back(name, item) for name, item in rest)])

    def _give_back(self, name, item):
        self._come_back_with_the_host(name, item)
        self._call(item, aside.own_name(item))

    def _come_back_with_the_host(self, name, item):

        policy = {'Name': 'no'} if self._has_ended_well(name, item) else self.facts['project']['services'][self._service(name)]['restart']
        engine.post(f'/containers/{item["Id"]}/update', {'RestartPolicy': policy})

    def _has_ended_well(self, name, item):
        return self.facts['project']['services'][self._service(name)]['ends'] and _ended_by_itself(item)

    def _service(self, name):
        return next(service for service, own in self.facts['project']['services'].items()
                    if any(self.name(self.layout, 0, service, each) == name for each in range(1, own['instances'] + 1)))

    def make(self, services):
        ''
        making.up(self.layout, self.facts, self.project(self.facts['number']), services)

    def stop(self, names, timeout, boot=None):
        self.stop_these(self._mine(names), timeout)

    def stop_these(self, names, timeout=60):
        ''
        there = self.containers(names)
        running = [item for item in there.values() if aside.runs(item)]
        for name, item in there.items():

            self._call(item, aside.name(item, name))

            if not _is_going(item):
                engine.quietly('POST', f'/containers/{item["Id"]}/update', {'RestartPolicy': {'Name': 'no'}})
        if running:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda item: engine.quietly('POST', f'/containers/{item["Id"]}/stop',
                                                          timeout=max(timeout, item['Config'].get('StopTimeout') or 0) + GRACE), running))

    def remove(self, names):
        self.remove_these(self._mine(names))
        if self._number is not None:
            networks.drop(self.layout.app, self._number)

    def remove_these(self, names):
        for item in self.containers(names).values():
            self._drop(item)

    def _drop(self, item):
        own = self.facts.get('project', {}).get('services', {}).get(item['Config']['Labels'].get('com.docker.compose.service'), {})

        engine.quietly('DELETE', f'/containers/{item["Id"]}', query={'force': 'true', 'v': 'false' if own.get('kept', True) else 'true'})

    def _mine(self, names):
        ''
        others = set()
        if self.facts.get('adopted') and not os.path.exists(self.layout.taken_over(self.facts['number'])):
            others.update(name for name in names if name.startswith(f'{self.project(0)}-') and not name.startswith(f'{self.project(self.facts["number"])}-'))
        for entry in os.listdir(self.layout.run) if 'number' in self.facts else ():
            if entry.isdigit() and int(entry) != self.facts['number']:
                others.update(self._names_of(int(entry)))
        return [name for name in names if name not in others]

    def _names_of(self, number):
        ''
        try:
            facts = files.read_json(f'{self.layout.activation(number)}/activation.json') or {}
        except ValueError:
            return []
        if 'project' not in facts:
            return []
        other = Compose(self.layout, facts)
        return [other.name(self.layout, number, service['name'], each) for service in facts['config']['services'] for each in range(1, service['instances'] + 1)]

    def _call(self, item, name):
        if item['Name'].lstrip('/') != name:
            engine.quietly('POST', f'/containers/{item["Id"]}/rename', query={'name': name})

    def logs(self, name, lines=60):
        item = self._found().get(name)
        if item is None:
            return ''
        try:
            return engine.output('GET', f'/containers/{item["Id"]}/logs', query={'stdout': 'true', 'stderr': 'true', 'tail': str(lines)})
        except engine.Refused as refused:
            return f'(no logs: {refused.said})'

    def leftovers(self, number):
        if not os.path.exists(engine.SOCKET):
            return []
        self._number = number
        marked = labels.of(self.layout.app, number)

        return [*map(name_of, labels.containers(marked)), *(network['Name'] for network in labels.networks(marked))]


def _is_going(item):
    ''
    return item['State']['Status'] in ('removing', 'dead')


def _ended_by_itself(item):
    ''
    return item['State']['Status'] == 'exited' and item['State']['ExitCode'] == 0 and not aside.was_stopped(item)


def name_of(item):
    ''
    marked = item['Labels']
    return '-'.join(marked.get(f'com.docker.compose.{what}', '') for what in ('project', 'service', 'container-number'))
