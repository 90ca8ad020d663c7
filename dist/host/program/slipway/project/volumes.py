''
import urllib.parse

from ..failures import Failure
from . import engine, labels, options


def name_of(model, project, key):
    return ((model.get('volumes') or {}).get(key) or {}).get('name') or f'{project}_{key}'


def check(model, project):
    ''
    found = []
    used = {mount.get('source') for service in model['services'].values() for mount in service.get('volumes') or [] if mount.get('type') == 'volume'}
    for key, volume in (model.get('volumes') or {}).items():
        volume, name = volume or {}, name_of(model, project, key)
        there = _find(name)
        if volume.get('external'):
            if there is None and key in used:
                raise Failure('volume-missing', f'The volume {name} is not on this host.', f'The Compose file says that {key} is `external`: somebody else makes it.',
                              f'Make it on the host (sudo docker volume create {name}), or remove `external` from it; then deploy again.')
        elif there is not None:
            has = {'driver': there.get('Driver'), **{f'driver_opts.{option}': value for option, value in (there.get('Options') or {}).items()}}
            different = options.changed(_said(volume), has, there.get('Labels'))
            if different:
                found.append(Failure('volume-changed', f'The volume {name} is there with other options than the Compose file has: {"; ".join(different)}.',
                                     'Docker takes them when it makes a volume, and never again. What is in it is data: nothing here removes it.',
                                     f'Put them back as they were. Or give it another name (`volumes: {{ {key}: {{ name: {name}-2 }} }}`), which is a new one, empty, and tag '
                                     f'again. Or, if nothing in it is needed, remove what uses it, then: sudo docker volume rm {name}'))
    return found


def _said(volume):
    return {'driver': volume.get('driver') or 'local', **{f'driver_opts.{key}': str(value) for key, value in (volume.get('driver_opts') or {}).items()}}


def _find(name):
    return engine.find(f'/volumes/{urllib.parse.quote(name, safe="")}')


def make(model, project, app):
    ''
    for key, volume in (model.get('volumes') or {}).items():
        volume, name = volume or {}, name_of(model, project, key)
        if volume.get('external') or _find(name) is not None:
            continue
        engine.post('/volumes/create', {
            'Name': name, 'Driver': volume.get('driver') or 'local',
            'DriverOpts': {key: str(value) for key, value in (volume.get('driver_opts') or {}).items()},
            'Labels': {**(volume.get('labels') or {}), **options.mark(_said(volume)), **labels.of_compose(project), 'com.docker.compose.volume': key,
                       labels.APP: app}})
