''
from .. import asking, public
from ..failures import Failure, evidence
from ..last_words import last_words, missing
from . import own_check

_ATTEMPT = 5.0


def ask(activation, service, instance):
    ''
    own = activation.facts['project']['services'][service['name']]
    name = activation.name_of(service, instance)
    container = activation.supervisor.containers([name]).get(name)
    if container is None or not container['State']['Running']:
        return False, 'it does not run'
    check = own_check.check_of(container)
    if check is not None:
        code, said = own_check.run_check(container)
        if code != 0:

            words, heard = (activation.redact(' '.join(text.split())) for text in (' '.join(check), said))
            return False, f'`{words[:100]}`' + (f' ended with {code}: {heard[-300:]}' if code is not None else f': {heard}')
    for target in own['targets']:
        if not own_check.listens(container, target):
            return False, f'nothing listens on port {target} of the container'
    if not own['targets']:
        return (True, 'its own check ended with 0') if check is not None else (None, '')
    http = _asked_by_http(activation, service, own)
    if http is None or (check is not None and service['health'] is None):
        return True, ''
    path = (service['health'] or {}).get('path') or service['route'] or '/'
    port = activation.addresses(service)[instance - 1]
    try:
        status, body = asking.ask(port.where, path, public.host_header(activation.config), _ATTEMPT)
    except asking.NoAnswer as reason:
        return False, f'GET {path}: {reason}'
    return (200 <= status < 400 if service['health'] else status < 500), f'GET {path}: {status} {body}'


def _asked_by_http(activation, service, own):
    ''
    if service['route'] is not None:
        return own['targets'][0]
    return next((way['target'] for way in activation.facts['project']['published']
                 if way['service'] == service['name'] and way['protocol'] == 'http'), None)


def tells_nothing(activation, service):
    ''
    own = activation.facts['project']['services'][service['name']]
    return not own['targets'] and not own['checked']


def doomed(activation, service, stands, log, texts):
    name = service['name']
    if stands.out_of_memory:
        limit = f' of {service["memory"]} bytes' if service['memory'] else ''
        return Failure('out-of-memory', f'{name} was killed because memory ran out.', f'Its containers have a limit{limit}, or the host has no more.',
                       f'Raise the memory limit of {name} in the Compose file, or let it use less; then tag again.', texts)
    if stands.exit is None and stands.signal is None:
        return Failure('container-not-started', f'Docker does not start {name}: {stands.said[:300]}', '',
                       'Correct that in the Compose file or the image, and tag again.', texts)
    said = last_words(log, activation.name_of(service, 1))
    if 'exec format error' in log:
        return Failure('wrong-architecture', f'What {name} starts is not made for the processor of this host.', 'exec format error',
                       'Build it for this host (build-image with `platforms`), then deploy that.', texts)
    return Failure('exits-at-start', f'{name} {stands.ending()} right after its start{": " if said else "."}{said}',
                   'A service has to stay in the foreground and serve.',
                   f'{missing(log)}Read its log below, correct the image or its `command`, and tag again.', texts)


def never_well(service, last, texts):
    name = service['name']
    texts = [evidence(f'{name}: last check', last), *texts]
    hint = ''
    if 'nothing listens on port' in last:
        hint = f'Correct the container port under `ports` of {name}, or let it listen there, on all addresses. '
    return Failure('never-healthy', f'{name} did not become healthy within {service["healthTimeout"]:g} s. Last check: {last[:200].rstrip(".")}.',
                   'That is as long as its own check may fail (start_period, and retries times interval).' if last.startswith('`') else '',
                   f'{hint}Correct what its log below says; if it only needs longer, raise `start_period` of its healthcheck, or write '
                   '`x-slipway: { timeout: 120 }`.', texts)


def hold_their_addresses(activation):
    ''
    for service in activation.routed():
        there = activation.supervisor.containers(activation.names_of([service])).values()
        held = {int(binding['HostPort']) for container in there for bindings in (container['NetworkSettings'].get('Ports') or {}).values()
                for binding in bindings or []}
        for name, ports in activation.ports.items():
            if name.partition(':')[0] == service['name'] and not set(ports) <= held:
                raise Failure('not-listening', f'{service["name"]} is not reached on port {", ".join(map(str, set(ports) - held))} of the host.', '',
                              'See docker ps on the host, then deploy again.')
