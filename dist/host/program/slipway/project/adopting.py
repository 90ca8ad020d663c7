''




import json
import os

from .. import activation as acts
from .. import files, sandbox
from ..failures import Failure
from . import aside, describing, engine, labels, networks, rendering

_PROJECT, _SERVICE, _NUMBER = (f'com.docker.compose.{what}' for what in ('project', 'service', 'container-number'))


def found(project, config):
    ''
    by_service = {}
    for item in labels.containers(labels.of_compose(project.settings['project'])):

        if item['Labels'].get('com.docker.compose.oneoff') != 'True' and labels.APP not in item['Labels'] \
                and item['Labels'].get(_SERVICE) in project.model['services']:
            by_service.setdefault(item['Labels'].get(_SERVICE, ''), []).append(engine.get(f'/containers/{item["Id"]}/json'))
    if not by_service:
        return None
    names = {name: max(int(item['Config']['Labels'].get(_NUMBER) or 1) for item in items) for name, items in by_service.items()}
    keys = {told['stable']: key for key, told in networks.plan(project.model, project.settings['project'], 0).items()}
    services = {name: _facts(items, names[name], keys) for name, items in by_service.items()}
    listed = {service['name']: service for service in describing.services(project.model, project.kinds, project.pins)}
    return {'number': 0, 'releaseId': '', 'version': '', 'commit': '', 'first': True, 'ports': {}, 'hashes': _hashes(by_service),
            'config': {**config, 'services': [{**(listed.get(name) or _plain(name)), 'instances': names[name], 'route': None,
                                               'overlap': project.kinds[name].kind == 'beside' if name in project.kinds else True}
                                              for name in sorted(services)]},
            'project': {'name': project.settings['project'], 'services': services, 'published': [], 'jobs': [], 'order': [sorted(services)],
                        'networks': {}, 'ownNetworks': False}}


def _facts(items, instances, keys):
    ''
    item = items[0]
    joined = {keys[name]: None for name in item['NetworkSettings'].get('Networks') or {} if name in keys}
    return {'kind': 'beside', 'needs': {}, 'home': 0, 'definition': None, 'own': False, 'kept': True, 'targets': [], 'checked': False,
            'restart': item['HostConfig'].get('RestartPolicy') or {'Name': 'no'}, 'ends': not item['State']['Running'], 'networks': joined,
            'instances': instances}


def _hashes(by_service):
    return {name: items[0]['Config']['Labels'].get('com.docker.compose.config-hash') for name, items in by_service.items()
            if all(item['State']['Running'] for item in items)}


def _plain(name):
    ''
    return {'name': name, 'path': '.', 'runtime': None, 'protocol': 'http', 'health': None, 'healthTimeout': 60, 'build': [], 'before': [], 'after': [],
            'env': {}, 'secrets': [], 'secretsAs': 'env', 'stop': {'signal': 'SIGTERM', 'timeout': 10.0}, 'on': 'all', 'memory': None, 'tasks': None,
            'sandbox': sandbox.NARROW, 'schedule': None, 'timeout': 86400, 'listen': 'port', 'static': None, 'install': {'tool': 'none'},
            'installSecrets': [], 'start': ''}


def unchanged(project, adopted):
    ''
    model = {key: value for key, value in project.model.items() if not key.startswith('x-')}
    code, output, _ = rendering.compose(['--project-name', project.settings['project'], '--file', '-', 'config', '--hash', '*'], {}, given=json.dumps(model))
    wanted = dict(line.split() for line in output.splitlines() if len(line.split()) == 2) if code == 0 else {}
    return {name for name, told in adopted['hashes'].items() if told and wanted.get(name) == told}


def of(new):
    ''
    return acts.Activation(new.layout, new.facts['adopted']) if new.facts.get('adopted') else None


def before(new, number):
    ''
    return acts.load(new.layout, number) if number is not None else of(new)


def call_back(adopted):
    ''
    there = adopted.supervisor.containers(adopted.names_of(adopted.running()))
    adopted.supervisor.begin_again([name for name, item in there.items() if aside.is_aside(item)])


def is_held(activation):
    ''
    return bool(activation.facts.get('adopted')) and not os.path.exists(activation.layout.taken_over(activation.number))


def let_go(serving):
    ''
    if not is_held(serving):
        return 0
    adopted = of(serving)
    kept = set(serving.names_of([service for service in serving.running()]))
    names = [name for name in adopted.supervisor.containers(adopted.names_of(adopted.running())) if name not in kept]
    adopted.supervisor.stop_these(names)
    adopted.supervisor.remove_these(names)
    files.write(serving.layout.taken_over(serving.number), '')
    return len(names)


def check_name(layout, project):
    ''
    for item in engine.get('/containers/json', all='true', filters={'label': [labels.APP]}):
        name, app = item['Labels'].get(_PROJECT, ''), item['Labels'].get(labels.APP)
        if app != layout.app and name.rpartition('--')[0] == project and name.rpartition('--')[2].isdigit():
            raise Failure('project-taken', f'The app {app} of this host runs a Compose project {project} too.',
                          'Volumes are called after the project, so the two would write to the same.',
                          f'Write another `name:` in the Compose file, or `compose: {{ project: {layout.app} }}` in slipway.yml.')
