''
import copy

from . import images, labels, volumes
from .describing import port_key, targets
from .kinds import ALONE, JOB, SHARED


_APART = ('build', 'depends_on', 'profiles', 'x-slipway', 'develop', 'links')


def text_for(project, activation, names, there=None, handed=None):
    ''




    model, facts = project.model, activation.facts
    services = {name: _in_carried(_service(project, activation, name), there or {}) for name in names}
    given = _hand_on(services, handed or {})
    used = {key for service in services.values() for key in service.get('networks') or {}}
    mounted = {mount['source'] for service in services.values() for mount in service.get('volumes') or []
               if mount.get('type') == 'volume' and mount.get('source') and mount['source'] not in given}
    networks = {}
    for key, planned in facts['project']['networks'].items():
        for suffix in ('stable', 'own'):
            name = f'{key}.{suffix}'
            if name in used:
                networks[name] = {'name': planned[suffix], 'external': True}
    return {
        'name': activation.supervisor.project(activation.number),
        'services': services,
        'networks': networks,
        'volumes': {**{key: {'name': volumes.name_of(model, project.settings['project'], key), 'external': True} for key in mounted},
                    **{key: {'name': volume, 'external': True} for key, volume in given.items()}},
        **{kind: {key: {**value, 'name': f'{project.settings["project"]}_{key}'} if not value.get('external') else value
                  for key, value in (model.get(kind) or {}).items()} for kind in ('configs', 'secrets') if model.get(kind)},
    }


def _service(project, activation, name):
    service = {key: copy.deepcopy(value) for key, value in project.model['services'][name].items() if key not in _APART and value is not None}
    kind, own = project.kinds[name], activation.facts['project']['services'][name]
    service.update(image=images.ours(activation.layout, project.pins[name]), pull_policy='never', restart='no')
    (service.get('deploy') or {}).pop('restart_policy', None)
    if kind.kind == JOB:

        service.pop('container_name', None)
    service['labels'] = {**(service.get('labels') or {}), **labels.of(activation.layout.app, activation.number)}
    if kind.kind != ALONE:
        service['ports'] = [_port(activation.facts['ports'][port_key(name, target, kind)], target) for target in targets(kind)]
        if not service['ports']:
            del service['ports']
    if service.get('networks'):
        which = 'stable' if own['kept'] else 'own'
        planned = activation.facts['project']['networks']
        service['networks'] = {f'{key}.{which if planned[key]["own"] else "stable"}': said for key, said in service['networks'].items()}
    return service


def _hand_on(services, handed):
    ''
    given = {}
    for name, places in handed.items():
        for place, volume in places.items():
            key = f'handed-on.{len(given)}'
            given[key] = volume
            kept = [mount for mount in services[name].get('volumes') or [] if mount.get('target') != place]
            services[name]['volumes'] = [*kept, {'type': 'volume', 'source': key, 'target': place}]
    return given


def _in_carried(service, there):
    for key in SHARED:
        leader = str(service.get(key) or '').removeprefix('service:')
        if service.get(key) == f'service:{leader}' and leader in there:
            service[key] = f'container:{there[leader]}'
    if service.get('volumes_from'):
        service['volumes_from'] = [_volumes_of(str(said), there) for said in service['volumes_from']]
    return service


def _volumes_of(said, there):
    name, _, rights = said.partition(':')
    return f'container:{there[name]}{rights and f":{rights}"}' if name in there else said


def _port(numbers, target):
    published = str(numbers[0]) if len(numbers) == 1 else f'{numbers[0]}-{numbers[-1]}'
    return {'mode': 'host', 'host_ip': '127.0.0.1', 'target': target, 'published': published, 'protocol': 'tcp'}
