"""A Docker host in memory: an Engine that has what it is told, and projects as Compose renders them."""

import copy
import json
from unittest import mock

from place import PlaceTest, config
from slipway import activation as acts
from slipway.project import engine, preparing, reading

# A key that a service is not to have.
ABSENT = object()

SETTINGS = {
    'files': ['compose.yaml'],
    'project': 'notes',
    'profiles': [],
    'env': {},
    'images': {},
    'variables': [],
}


def model(**services):
    """What `docker compose config` prints of them, as far as it matters here."""
    return {'name': 'notes', 'services': services, 'networks': {'default': {'name': 'notes_default', 'ipam': {}}}}


def pin(name='web'):
    return {'reference': f'{name}:1', 'id': f'sha256:{name.encode().hex():0<64}'[:71], 'pulled': True, 'check': None}


class Killed(BaseException):
    """The session's process is gone: nothing that it would do yet is done."""


class Engine:
    """Answers as the Engine does, of the containers, networks and images that it holds; notes what it was told to do."""

    def __init__(self):
        self.containers = {}
        self.networks = {}
        self.volumes = {}
        self.images = {}
        self.info = {}
        self.logs = {}
        self.told = []
        self.refuse = {}
        # How many more things it does before whoever tells it is killed; None: any number.
        self.left = None

    def add(self, project, service, number=1, app='shop', running=True, **more):
        """A container as Compose makes it; gives what the Engine tells of it."""
        name = f'{project}-{service}-{number}'
        labels = {
            'com.docker.compose.project': project,
            'com.docker.compose.service': service,
            'com.docker.compose.container-number': str(number),
            **({'slipway.app': app, 'slipway.activation': project.rpartition('--')[2]} if app else {}),
        }
        item = {
            'Id': f'id-{name}',
            'Name': f'/{name}',
            'RestartCount': 0,
            'Config': {'Labels': labels},
            'HostConfig': {'RestartPolicy': {'Name': 'no'}},
            'NetworkSettings': {'Networks': {}, 'Ports': {}},
            'Mounts': [],
            **more,
        }
        item['State'] = {'Status': 'running' if running else 'exited', 'Running': running, 'Restarting': False, 'ExitCode': 0, **more.get('State', {})}
        self.containers[item['Id']] = item
        return item

    def ask(self, method, path, body=None, query=None, headers=None, timeout=0, like=object):
        for said, status in self.refuse.items():
            if said in f'{method} {path}':
                raise engine.Refused('it will not', status, f'{method} {path}')
        _, kind, name, *words = [*path.split('/'), '']
        word = words[0] if words else ''
        if method == 'GET':
            return self.look(kind, name, (query or {}).get('filters') or {})
        self.spend()
        self.told.append((method, path, body if body is not None else query or {}))
        if path == '/containers/create':
            self.containers['made'] = {'Id': 'made', 'Name': '/made', 'Config': body, 'State': {'Status': 'created', 'Running': False}}
            return {'Id': 'made'}
        if kind == 'containers' and name not in self.containers:
            raise engine.Refused('No such container', 404)
        if kind == 'containers':
            self.change(method, self.containers[name], word, body, query)
        if kind in ('networks', 'volumes'):
            self.change_place(method, kind, name, word, body)
        return {'Id': 'made'}

    def spend(self):
        if self.left is not None:
            if self.left == 0:
                raise Killed
            self.left -= 1

    def output(self, _method, path, *_given, **_named):
        return self.logs.get(path.split('/')[2], '')

    def look(self, kind, name, filters):
        if kind == 'info':
            return self.info
        if kind == 'containers' and name == 'json':
            wanted = [label.partition('=') for label in filters.get('label', [])]
            return [
                {'Id': item['Id'], 'Labels': item['Config']['Labels']}
                for item in self.containers.values()
                if all(key in item['Config']['Labels'] and value in ('', item['Config']['Labels'][key]) for key, _, value in wanted)
            ]
        if kind in ('networks', 'volumes') and not name:
            wanted = [label.partition('=') for label in filters.get('label', [])]
            found = [item for item in getattr(self, kind).values() if all((item.get('Labels') or {}).get(key) == value for key, _, value in wanted)]
            return {'Volumes': found or None} if kind == 'volumes' else copy.deepcopy(found)
        found = getattr(self, kind, {}).get(name)
        if found is None:
            raise engine.Refused(f'No such thing: {kind} {name}', 404)
        return copy.deepcopy(found)

    def change(self, method, item, word, body, query):
        if method == 'DELETE':
            del self.containers[item['Id']]
        elif word in ('start', 'update') and item['State']['Status'] in ('removing', 'dead'):
            raise engine.Refused('container is marked for removal', 500)
        elif word in ('start', 'stop'):
            item['State'].update(Running=word == 'start', Status='running' if word == 'start' else 'exited')
        elif word == 'update':
            item['HostConfig'].update(body)
        elif word == 'rename':
            if any(other['Name'] == f'/{query["name"]}' for other in self.containers.values() if other is not item):
                raise engine.Refused('the name is in use', 409)
            item['Name'] = f'/{query["name"]}'

    def restart_host(self):
        """All end, with 0 as a database does; and those begin again that are to, but none that was told to stop."""
        for item in self.containers.values():
            if item['State']['Running'] and item['HostConfig']['RestartPolicy']['Name'] == 'no':
                item['State'].update(Running=False, Restarting=False, Status='exited')

    def change_place(self, method, kind, name, word, body):
        places = getattr(self, kind)
        if name == 'create':
            places[body['Name']] = {**body, 'Id': body['Name'], 'Containers': {}, **({'Options': body['DriverOpts']} if kind == 'volumes' else {})}
        elif name not in places:
            # Tests that are about containers have networks without making them.
            return
        elif method == 'DELETE':
            if places[name].get('Containers'):
                raise engine.Refused('it has active endpoints', 403)
            del places[name]
        elif word == 'connect':
            places[name]['Containers'][body['Container']] = {'Name': body['Container'].removeprefix('id-')}
        elif word == 'disconnect':
            places[name]['Containers'].pop(body['Container'])

    def killed_after(self, calls, act, *given):
        """Was it killed before it came to its end?"""
        self.left = calls
        try:
            act(*given)
        except Killed:
            return True
        finally:
            self.left = None
        return False

    def of(self, word):
        """What was told of that kind: {container: what}."""
        return {path.split('/')[2]: body for _, path, body in self.told if path.endswith(f'/{word}')}


class ContainersTest(PlaceTest):
    """A host with an Engine in `self.engine`."""

    def setUp(self):
        super().setUp()
        self.engine = Engine()
        self.replace(engine, 'ask', self.engine.ask)
        self.replace(engine, 'output', self.engine.output)

    def project(self, services, settings=None, **model_more):
        """What is read of a release with these services, all of its images pinned."""
        services = {name: {'image': f'{name}:1', 'networks': {'default': None}, **said} for name, said in services.items()}
        services = {name: {key: value for key, value in said.items() if value != ABSENT} for name, said in services.items()}
        rendered = {**model(**services), **model_more}
        found = reading.Project(self.layout, {**SETTINGS, **(settings or {})}, rendered, [], [], [], f'{self.layout.release("r")}/src')
        found.pins = {name: pin(name) for name in services}
        return found

    def activation(self, number, services, homes=None, **facts):
        """One of the project of these services; `homes`: of those that another activation has made."""
        project = self.project(services)
        whole = config(target='docker', supervisor='compose', compose=SETTINGS)
        whole['services'] = project.services()
        return acts.Activation(self.layout, {
            'number': number, 'config': whole, 'ports': {}, 'first': True, 'releaseId': 'r', 'version': 'v1',
            'project': preparing.facts(project, number, homes or {}), **facts})

    def stored(self, activation):
        self.write(f'{self.layout.activation(activation.number)}/activation.json', json.dumps(activation.facts))
        return activation


def no_health():
    """Everything is well as soon as it has been started."""
    return mock.patch('slipway.health.Starting', mock.Mock())
