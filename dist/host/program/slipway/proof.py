''
import secrets
import time

from . import asking, health, public, router, tls, units
from .failures import Failure, evidence
from .project import proving as ways_in

LIMIT = 10.0
PATIENCE = 1.0


def prove(activation, limit=LIMIT):
    ''
    host = public.host_header(activation.config)
    began = time.monotonic()
    deadline = began + limit

    patience = began + (min(limit, PATIENCE) if limit <= LIMIT else limit)
    last = 'nothing answered'
    while True:
        try:
            return _once(activation)
        except asking.NoAnswer as reason:
            last = str(reason)
        except Failure as failure:

            if time.monotonic() >= patience or failure.code == 'foreign-listener':
                raise
            last = failure.what
        if time.monotonic() >= deadline:
            raise Failure('not-proven', f'{host} does not lead to the new release: {last}.',
                          'What was switched to has to answer by its number through the public listener of this host.',
                          'Read the evidence below; if nginx itself is down: systemctl status nginx on the host.',
                          [evidence('nginx: journal', units.logs('nginx.service', 20))])
        time.sleep(0.05)


def _ask(activation, path, certificate):
    config = activation.config
    return asking.ask(public.address(config), path, public.host_header(config), certificate=certificate)


def _once(activation):
    nonce = secrets.token_hex(8)
    config = activation.config
    origin = public.origin(config)
    certificate = tls.expected(activation)
    path = f'{router.PROBE}/{activation.facts["token"]}?nonce={nonce}'
    if public.is_reached(config):
        status, body = _ask(activation, path, certificate)
        if status != 200 or body != f'{activation.number} {nonce}':
            raise asking.NoAnswer(f'the answer was {status}, not activation {activation.number}')
        seen = [f'{origin} is activation {activation.number}']
    else:
        seen = []
    if activation.in_containers():
        seen += ways_in.prove(activation, path, nonce)
    looks = activation.look()
    for name, stands in looks.items():
        if not stands.is_well():
            raise Failure('restarted', f'{name} did not stay up after the switch.', f'It is {stands.words()}.',
                          'Read its log below, correct it, and tag again.',
                          [evidence(f'{name}: log', activation.logs(name, health.LOG_LINES))])
    health.own_listeners(activation, looks)
    for service in activation.services():
        seen.append(_service(activation, service, certificate))
    place, port = public.address(activation.config)
    return {'number': activation.number, 'version': activation.facts['version'],
            'via': f'{origin}{router.PROBE} on {place}:{port}' if public.is_reached(config) else ways_in.via(activation), 'seen': seen, 'url': public.url(activation.config)}


def _service(activation, service, certificate):
    declared = (service['health'] or {}).get('kind') == 'path'
    path = service['health']['path'] if declared else service['route']
    if service['schedule'] is not None:
        return f'{service["name"]}: {"ended with 0" if service["schedule"]["kind"] == "once" else "runs at its times"}'
    if service['route'] is None:
        return f'{service["name"]}: up, not restarted'
    if leads_to(activation, path) != service['name']:

        return f'{service["name"]}: listens, asked privately'
    status, body = _ask(activation, path, certificate)
    asked = f'GET {public.origin(activation.config)}{path}'
    if not health.is_well(status, declared):
        raise Failure('unhealthy-in-public', f'{asked} answered {status} after the switch.', '',
                      'Read the answer below, correct it, and tag again.',
                      [evidence(asked, activation.redact(body))])
    return f'{service["name"]}: GET {path} answered {status}'


def leads_to(activation, path):
    ''
    best = None
    for service in activation.services():
        if service['route'] is None:

            continue
        prefix = service['route'].rstrip('/')
        bare = path.split('?')[0]
        if (bare == prefix or bare.startswith(f'{prefix}/')) and (best is None or len(prefix) > len(best['route'].rstrip('/'))):
            best = service
    return best and best['name']
