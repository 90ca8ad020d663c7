"""A configuration, and what of it becomes units, scripts, variables and text for nginx."""

import ground
from judging import claim
from place import config as place_config
from place import service as place_service
from slipway import activation_router, configuration, fields, nginx_text, shellwords
from slipway.addresses import Port
from slipway.supervisors import Definition
from slipway.supervisors.systemd import unit

place = ground.host()


def attempt(given):
    judged = configuration.config(given['config'], 'shop')
    taken = fields.secret_map(given['secrets'])
    for service in judged['services']:
        if service['static'] is not None:
            continue
        for simple in (True, False):
            for line in unit(Definition(place.layout, 7, service, 0, f'{place.layout.release("v1-00000000")}/src', simple, ('NoNewPrivileges=yes',))).splitlines():
                claim(not line or line.startswith('[') or line.partition('=')[0].isalnum(), 'a line of a unit is not ours:', line)
                claim(not line.startswith('ExecStart=') or line == f'ExecStart=/bin/sh {place.layout.activation(7)}/{service["name"]}.start', 'a unit starts something else:', line)
        script = shellwords.start_script(service['start'], service['path']).splitlines()
        claim(len(script) == 4 and script[:2] == ['#!/bin/sh', 'set -e'] and script[2].startswith('cd '), 'a script has other lines:', script)
        values = {**service['env'], **{name: value for name, value in taken.items() if name in service['secrets']}}
        claim(shellwords.read_environment_file(shellwords.environment_file(values)) == values, 'variables are not what they were:', values)
    if judged['target'] == 'vm':
        found = nginx_text.parse(routed(judged))
        claim(found is not None, 'what nginx is to read is broken')
        claim(names_of(found) <= OURS, 'nginx is told something that is not ours:', sorted(names_of(found) - OURS))


def routed(judged):
    """What nginx is told of an app, but for its files."""
    ports = {service['name']: [Port(20001 + number) for number in range(service['instances'])] for service in judged['services'] if service['static'] is None}
    return activation_router.configuration(place.layout, 7, judged, ports, 'a' * 32, pages=tuple(judged['pages']))


def names_of(directives):
    """Names of directives. In these blocks they are values, such as the networks of trusted proxies."""
    return {item.name for item in directives} | {name for item in directives if item.block and item.name not in ('map', 'geo', 'types') for name in names_of(item.block)}


OURS = {name for protocol in ('http', 'uwsgi', 'fastcgi') for more in (
    {}, {'services': [place_service('api'), place_service('files', route='/files', start='', instances=0, static={'folder': 'public', 'fallback': None, 'cache': 60})]},
    {'aliases': ['www.example.com'], 'tls': {'kind': 'own', 'certificate': 'A', 'key': 'B'}, 'hsts': 60, 'pages': {'error': 'e', 'maintenance': 'm'}, 'trustedProxies': ['10.0.0.0/8']})
    for route in ('/', '/api') for name in names_of(nginx_text.parse(routed(configuration.config({**place_config(place_service('api', route=route, protocol=protocol, instances=2)), **more}, 'shop'))))}
