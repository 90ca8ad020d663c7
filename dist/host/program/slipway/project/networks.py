''
import contextlib
import ipaddress
import urllib.parse

from .. import polling
from ..failures import Failure
from . import engine, labels, options


PATIENCE = 5.0
_IPAM = {'subnet': 'Subnet', 'gateway': 'Gateway', 'ip_range': 'IPRange', 'aux_addresses': 'AuxiliaryAddresses'}


def plan(model, project, number):
    ''
    found = {}
    for key, network in (model.get('networks') or {}).items():
        network = network or {}

        fixed = network.get('external') or 'com.docker.network.bridge.name' in (network.get('driver_opts') or {}) or (network.get('ipam') or {}).get('config') or network.get('driver', 'bridge') != 'bridge'
        found[key] = {'stable': network.get('name') or f'{project}_{key}', 'own': None if fixed else f'{project}--{number}_{key}',
                      'external': bool(network.get('external'))}
    return found


def check(model, project):
    ''
    found = []
    used = {key for service in model['services'].values() for key in service.get('networks') or {}}
    for key, names in plan(model, project, 0).items():
        network, name = model['networks'][key] or {}, names['stable']
        there = _find(name)
        if names['external']:
            if there is None and key in used:
                raise Failure('network-missing', f'The network {name} is not on this host.', f'The Compose file says that {key} is `external`: somebody else makes it.',
                              f'Make it on the host (sudo docker network create {name}), or remove `external` from it; then deploy again.')
        elif there is not None:
            _refuse_stranger(there, name, _of_project(project, key))
            different = options.changed(_said(network), _as_said(there, network), there.get('Labels'))
            if different:
                found.append(_changed(key, there, different))
    return found


def _changed(key, there, different):
    name = there['Name']

    return Failure('network-changed', f'The network {name} is there with other options than the Compose file has: {"; ".join(different)}.',
                   'Docker takes them when it makes a network, and never again.',
                   f'Give it another name (`networks: {{ {key}: {{ name: {name}-2 }} }}`), and tag again: that is a new one, and the releases that are here go back to '
                   'theirs.')


def _said(network):
    ''
    said = {'internal': bool(network.get('internal')), 'driver': network.get('driver') or 'bridge',
            **{f'driver_opts.{key}': str(value) for key, value in (network.get('driver_opts') or {}).items()}}
    if network.get('enable_ipv6') is not None:
        said['enable_ipv6'] = bool(network['enable_ipv6'])
    for at, config in enumerate((network.get('ipam') or {}).get('config') or []):
        said.update({f'ipam.{at}.{key}': _address(value) for key, value in config.items() if key in ('subnet', 'gateway', 'ip_range') and value})
    return said


def _as_said(there, network):
    ''
    found = {'internal': bool(there.get('Internal')), 'driver': there.get('Driver'), 'enable_ipv6': bool(there.get('EnableIPv6')),
             **{f'driver_opts.{key}': value for key, value in (there.get('Options') or {}).items()}}
    left = list((there.get('IPAM') or {}).get('Config') or [])
    said = (network.get('ipam') or {}).get('config') or []
    for at, config in enumerate([*said, *({} for _ in left[len(said):])]):
        same = next((each for each in left if _address(each.get('Subnet')) == _address(config.get('subnet'))), left[0] if left else {})
        left = [each for each in left if each is not same]
        found.update({f'ipam.{at}.{key}': _address(same.get(_IPAM[key])) for key in ('subnet', 'gateway', 'ip_range')})
    return found


def _address(text):
    ''
    try:
        return str(ipaddress.ip_network(text, strict=False) if '/' in text else ipaddress.ip_address(text))
    except (ValueError, TypeError):
        return text or None


def make(model, planned, project, labelled, own):
    ''
    for key, names in planned.items():
        if not names['external']:
            _make(names['stable'], model['networks'][key] or {}, _of_project(project, key), {labels.APP: labelled[labels.APP]})
        if own and names['own']:
            _make(names['own'], model['networks'][key] or {}, labelled)


def _of_project(project, key):
    return {'com.docker.compose.project': project, 'com.docker.compose.network': key}


def _find(name):
    return engine.find(f'/networks/{urllib.parse.quote(name, safe="")}')


def _refuse_stranger(there, name, labelled):
    if any((there.get('Labels') or {}).get(key, value) != value for key, value in labelled.items()):
        raise Failure('network-taken', f'The network {name} of this host is not of this project.', 'Names in it would lead to containers of others.',
                      f'Remove or rename it (docker network inspect {name}), or write another `name:` in the Compose file; then deploy again.')


def _make(name, network, labelled, more=None):
    ''
    there = _find(name)
    if there is not None:
        _refuse_stranger(there, name, labelled)
        return
    body = {'Name': name, 'CheckDuplicate': True, 'Driver': network.get('driver') or 'bridge', 'Internal': bool(network.get('internal')),
            'Attachable': bool(network.get('attachable')), 'EnableIPv6': bool(network.get('enable_ipv6')),
            'Options': {key: str(value) for key, value in (network.get('driver_opts') or {}).items()},
            'Labels': {**(network.get('labels') or {}), **options.mark(_said(network)), **labelled, **(more or {})}}
    ipam = network.get('ipam') or {}
    if ipam.get('config'):
        body['IPAM'] = {'Driver': ipam.get('driver') or 'default',
                        'Config': [{_IPAM.get(key, key): value for key, value in config.items()} for config in ipam['config']]}
    engine.post('/networks/create', body)


def connect(name, container, service, said):
    ''
    aliases = [service, *((said or {}).get('aliases') or [])]
    try:
        engine.post(f'/networks/{name}/connect', {'Container': container, 'EndpointConfig': {'Aliases': aliases}})
    except engine.Refused as refused:
        if 'already exists' not in refused.said:
            raise


def drop(app, number):
    ''




    for found in labels.networks(labels.of(app, number)):
        polling.wait_until(lambda network=found['Id']: _gone(network), PATIENCE)


def _gone(network):
    for container in (engine.find(f'/networks/{network}') or {}).get('Containers') or {}:
        with contextlib.suppress(engine.Refused):
            engine.post(f'/networks/{network}/disconnect', {'Container': container, 'Force': True})
    try:
        engine.delete(f'/networks/{network}')
    except engine.Refused as refused:
        return refused.status == 404
    return True


def drop_left(app, activations):
    ''
    there = {(found.get('Labels') or {}).get(labels.ACTIVATION) for found in labels.networks({labels.APP: app})}
    for number in sorted(there - {None, *activations}):
        drop(app, number)
