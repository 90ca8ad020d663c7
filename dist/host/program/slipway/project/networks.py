"""Networks: each activation has its own, so that names lead to its own containers; what is kept lives in the project's, and is in both."""
import urllib.parse

from ..failures import Failure
from . import engine, labels


def plan(model, project, number):
    """{key: {stable, own}}: the project's name of each network, and the activation's; `own` None where there can be only one."""
    found = {}
    for key, network in (model.get('networks') or {}).items():
        network = network or {}
        # A bridge of a name of its own is one device of the host.
        fixed = network.get('external') or 'com.docker.network.bridge.name' in (network.get('driver_opts') or {}) or (network.get('ipam') or {}).get('config') or network.get('driver', 'bridge') != 'bridge'
        found[key] = {'stable': network.get('name') or f'{project}_{key}', 'own': None if fixed else f'{project}--{number}_{key}',
                      'external': bool(network.get('external'))}
    return found


def make(model, planned, project, labelled, own):
    """Makes those that are missing: the project's, and with `own` the activation's."""
    for key, names in planned.items():
        if not names['external']:
            _make(names['stable'], model['networks'][key] or {}, {'com.docker.compose.project': project, 'com.docker.compose.network': key})
        if own and names['own']:
            _make(names['own'], model['networks'][key] or {}, labelled)


def _make(name, network, labelled):
    there = engine.find(f'/networks/{urllib.parse.quote(name, safe="")}')
    if there is not None:
        if any((there.get('Labels') or {}).get(key, value) != value for key, value in labelled.items()):
            raise Failure('network-taken', f'The network {name} of this host is not of this project.', 'Names in it would lead to containers of others.',
                          f'Remove or rename it (docker network inspect {name}), or write another `name:` in the Compose file; then deploy again.')
        return
    body = {'Name': name, 'CheckDuplicate': True, 'Driver': network.get('driver') or 'bridge', 'Internal': bool(network.get('internal')),
            'Attachable': bool(network.get('attachable')), 'EnableIPv6': bool(network.get('enable_ipv6')),
            'Options': {key: str(value) for key, value in (network.get('driver_opts') or {}).items()},
            'Labels': {**(network.get('labels') or {}), **labelled}}
    ipam = network.get('ipam') or {}
    if ipam.get('config'):
        body['IPAM'] = {'Driver': ipam.get('driver') or 'default',
                        'Config': [{{'subnet': 'Subnet', 'gateway': 'Gateway', 'ip_range': 'IPRange'}.get(key, key): value
                                    for key, value in config.items()} for config in ipam['config']]}
    engine.post('/networks/create', body)


def connect(name, container, service, said):
    """`said`: what its service says of the network: aliases."""
    aliases = [service, *((said or {}).get('aliases') or [])]
    try:
        engine.post(f'/networks/{name}/connect', {'Container': container, 'EndpointConfig': {'Aliases': aliases}})
    except engine.Refused as refused:
        if 'already exists' not in refused.said:
            raise


def drop(app, number):
    """Removes an activation's own; what is kept of others' containers in them is let go first."""
    for found in labels.networks(labels.of(app, number)):
        network = engine.find(f'/networks/{found["Id"]}')
        for container in (network or {}).get('Containers') or {}:
            try:
                engine.post(f'/networks/{found["Id"]}/disconnect', {'Container': container, 'Force': True})
            except engine.Refused:
                # It has gone meanwhile.
                pass
        try:
            engine.delete(f'/networks/{found["Id"]}')
        except engine.Refused:
            # Somebody has just come in. What is left is found by its labels, and goes with the next that is removed.
            pass
