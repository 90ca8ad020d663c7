''




from __future__ import annotations

from typing import NamedTuple

from .. import fields
from ..failures import Failure
from ..service_fields import ROUTE, URL_PATH
from . import numbers

BESIDE, ALONE, JOB = 'beside', 'alone', 'job'
DONE, STARTED = 'service_completed_successfully', 'service_started'

HTTP_PORTS = {80, 3000, 3001, 4000, 5000, 5173, 8000, 8001, 8008, 8080, 8081, 8088, 8888, 9292}
_EVERYWHERE = {'', '0.0.0.0', '::'}
_OWN_KEYS = ('route', 'protocol', 'rollout', 'health', 'timeout')



SHARED = ('network_mode', 'pid', 'ipc')


class Published(NamedTuple):
    ''
    service: str

    target: int

    address: str
    port: int
    protocol: str


class Kind(NamedTuple):
    name: str
    kind: str

    why: str

    needs: dict

    route: str | None

    target: int | None
    published: tuple
    health: dict | None
    timeout: float | None


def of_model(model):
    ''
    services = model['services']
    awaited = {need for service in services.values() for need, said in (service.get('depends_on') or {}).items()
               if said.get('condition') == DONE}
    found = {name: _kind(name, service, services, awaited) for name, service in services.items()}
    _refuse_same_route(found)
    return found


def _refuse_same_route(found):
    seen = {}
    for name, kind in found.items():
        route = None if kind.route is None else kind.route.rstrip('/')
        if route is not None and seen.setdefault(route, name) != name:
            raise Failure('route-twice', f'{seen[route]} and {name} both have the route {kind.route}.',
                          'A published port 80 is the route /, as `x-slipway: { route: / }` is. A prefix leads to one service.',
                          'Give one of them another (`x-slipway: { route: /api/ }`), or another published port; then tag again.')


def _kind(name, service, services, awaited):
    own = _own(name, service)
    needs = {need: said.get('condition', STARTED) for need, said in (service.get('depends_on') or {}).items() if need in services}
    why = _alone(name, service, services)
    wished = own.get('rollout')
    if wished == BESIDE and why and not why.startswith(('it writes', 'it keeps')):
        raise Failure('cannot-run-twice', f'{name} cannot run beside itself: {why}.', '`x-slipway: { rollout: beside }` asks for that.',
                      f'Remove what stands in the way from {name}, or write `rollout: alone`.')
    kind = wished or (JOB if name in awaited else ALONE if why else BESIDE)
    route, target, published = (None, None, ()) if kind != BESIDE else _ways_in(name, service, own)
    health = own.get('health')
    return Kind(name, kind, why if kind == ALONE else '', needs, route, target, published,
                None if health is None else {'kind': 'path', 'path': health}, own.get('timeout'))


def _own(name, service):
    own = service.get('x-slipway') or {}
    strange = sorted(set(own) - set(_OWN_KEYS)) if isinstance(own, dict) else [own]
    if strange:
        raise Failure('x-slipway-unknown', f'x-slipway of {name} has {strange[0]!r}, which means nothing.',
                      f'Known are {", ".join(_OWN_KEYS)}.', 'Remove it, and tag again.')
    if own.get('rollout') not in (None, BESIDE, ALONE, JOB) or own.get('protocol') not in (None, 'http', 'tcp'):
        raise Failure('x-slipway-unknown', f'x-slipway of {name} is {own}.', 'rollout is beside, alone or job; protocol is http or tcp.',
                      'Correct it, and tag again.')
    fields.optional(own.get('route'), lambda v: fields.text(v, f'x-slipway.route of {name}', ROUTE))
    fields.optional(own.get('health'), lambda v: fields.text(v, f'x-slipway.health of {name}', URL_PATH))
    fields.optional(own.get('timeout'), lambda v: fields.number(v, f'x-slipway.timeout of {name}', 1, 3600))
    return own


def _alone(name, service, services):
    ''
    if service.get('container_name'):
        return f'it has the container_name {service["container_name"]}'
    mode = service.get('network_mode') or ''
    if mode and mode not in ('bridge', 'none', 'default'):
        return f'its network_mode is {mode}'
    if any((said or {}).get('ipv4_address') or (said or {}).get('ipv6_address') or (said or {}).get('mac_address')
           for said in (service.get('networks') or {}).values()):
        return 'it has an address of its own in a network'
    if service.get('devices'):
        return 'it uses devices of the host'
    for what in ('pid', 'ipc'):
        if service.get(what) and service[what] != 'private':
            return f'its {what} is {service[what]}'
    if any(port.get('protocol', 'tcp') != 'tcp' for port in service.get('ports') or []):
        return 'it publishes a port that is not TCP'
    followers = [other for other, its in services.items() if name in leaders(its)]
    if followers:
        return f'{followers[0]} lives in its network or files'
    for mount in service.get('volumes') or []:
        if mount.get('type') == 'volume' and not mount.get('source'):
            return f'it keeps data in {mount["target"]}, in a volume without a name'
        if mount.get('type') == 'volume' and mount.get('source') and not mount.get('read_only'):
            return f'it writes to the volume {mount["source"]}'
        if mount.get('type') == 'bind' and not mount.get('read_only'):
            return f'it writes to {mount["source"]} of the host'
    return ''


def with_data(kind, service, places):
    ''
    named = {mount.get('target') for mount in service.get('volumes') or []} | {str(said).partition(':')[0] for said in service.get('tmpfs') or []}
    without = [place for place in places if place not in named]
    if kind.kind != BESIDE or not without or (service.get('x-slipway') or {}).get('rollout') == BESIDE:
        return kind
    return kind._replace(kind=ALONE, why=f'its image keeps data in {without[0]}, in a volume without a name', route=None, target=None, published=())


def leaders(service):
    ''
    found = [str(service.get(key) or '') for key in SHARED]
    return [said.removeprefix('service:') for said in found if said.startswith('service:')] + [
        str(said).partition(':')[0] for said in service.get('volumes_from') or [] if not str(said).startswith('container:')]


def _ways_in(name, service, own):
    ''
    listed = [port for port in service.get('ports') or [] if str(port.get('published') or '').isdigit()]
    route, target, found = own.get('route'), None, []
    for port in listed:
        number, inside = _port(name, port['published']), _port(name, port['target'])
        _check_address(name, port.get('host_ip') or '')
        protocol = own.get('protocol') or _protocol(port, number, inside)
        if number == 80 and protocol == 'http' and port.get('host_ip', '') in _EVERYWHERE:
            route, target = route or '/', inside
            continue
        _add(found, Published(name, inside, port.get('host_ip') or '', number, protocol))
    if route is not None and target is None:
        target = next((way.target for way in found if way.protocol == 'http'), None) or _exposed(name, service)
    return route, target, tuple(found)


def _add(found, way):
    ''
    twice = next((other for other in found if other.port == way.port), None)
    if twice is None:
        found.append(way)
    elif twice._replace(address='') == way._replace(address='') and {twice.address, way.address} <= _EVERYWHERE:
        found[found.index(twice)] = way._replace(address=way.address if way.address == twice.address else '')
    elif twice != way:
        raise Failure('port-twice', f'{way.service} publishes port {way.port} twice.', f'Once at {twice.address or "all addresses"}, and at {way.address or "all addresses"}.',
                      'Publish it once, without an address or with one, or on two ports; then tag again.')


def _port(name, said):
    number = numbers.port(said)
    if number is None:
        raise Failure('compose-file-invalid', f'{name} publishes the port {str(said)[:20]}, which is none.', 'Ports are numbers up to 65535.', 'Correct it in its `ports`, then tag again.')
    return number


def _check_address(name, address):
    ''
    import ipaddress
    try:
        if address:
            ipaddress.ip_address(address)
    except ValueError:
        raise Failure('compose-file-invalid', f'{name} publishes a port on {address[:80]!r}, which is no address.', '',
                      'Write one as 127.0.0.1, or none; then tag again.') from None


def _protocol(port, number, inside):
    said = port.get('app_protocol')
    if said:
        return 'http' if said.lower() in ('http', 'ws', 'wss', 'http/1.1') else 'tcp'
    return 'http' if number == 80 or inside in HTTP_PORTS else 'tcp'


def _exposed(name, service):
    listed = [str(port).partition('/')[0] for port in service.get('expose') or []]
    if len(listed) == 1 and numbers.port(listed[0]) is not None:
        return numbers.port(listed[0])
    raise Failure('port-unknown', f'x-slipway gives {name} the route {service["x-slipway"]["route"]}, and nothing says on which port it listens.',
                  'A container has many ports; the one that it serves the route on has to be named.',
                  f'Write `expose: [8000]` with that port in {name}, and tag again.')


def renewed(kinds, model, images):
    ''



    ways_in = [name for name, kind in kinds.items() if kind.route is not None or kind.published]
    return {name for name in all_needs({name: kind.needs for name, kind in kinds.items()}, ways_in)
            if kinds[name].kind == BESIDE and (name in ways_in or name in images or model['services'][name].get('build'))}


def order(kinds):
    ''
    levels, placed = [], set()
    while len(placed) < len(kinds):
        level = sorted(name for name, kind in kinds.items() if name not in placed and set(kind.needs) <= placed)
        if not level:
            raise Failure('compose-file-invalid', 'depends_on goes in a circle.', '', 'Break it, and tag again.')
        levels.append(level)
        placed.update(level)
    return levels


def all_needs(needs, names):
    ''
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in needs and name not in found:
            found.add(name)
            waiting.extend(needs[name])
    return found
