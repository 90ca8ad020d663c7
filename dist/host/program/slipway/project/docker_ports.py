''




from .. import listeners
from ..failures import Failure
from . import aside, listening, numbers
from .kinds import ALONE

_EVERYWHERE = ('', '0.0.0.0', '::')


def of_service(service, kind):
    ''
    return [numbers.port(port['published']) for port in _published(service, kind)]


def _published(service, kind):
    return [port for port in service.get('ports') or [] if kind.kind == ALONE and numbers.port(port.get('published')) is not None
            and port.get('protocol', 'tcp') == 'tcp']


def held(activation, counts=aside.runs):
    ''
    found = {}
    if activation is None or not activation.in_containers():
        return found

    own = {0, *(port for ports in activation.ports.values() for port in ports)}
    for name, item in activation.supervisor.containers(activation.names_of(activation.running())).items():

        bound = [*(item['NetworkSettings'].get('Ports') or {}).items(), *(item['HostConfig'].get('PortBindings') or {}).items()] if counts(item) else []
        for inside, bindings in bound:
            for number in {each.get('HostPort') or '' for each in bindings or []} if inside.endswith('/tcp') else ():
                if number.isdigit() and int(number) not in own:
                    found.setdefault(int(number), set()).add(name)
    return found


def wanted(activation):
    ''
    own = activation.facts['project']['services'].values() if activation.in_containers() else ()
    return {port for each in own for port in each.get('dockerPorts', ())}


def claimed(activation):
    ''
    return wanted(activation) | {way['port'] for way in listening.published(activation)} | set(held(activation, aside.is_to_begin_again))


def holders(holder, taker, ports, counts=aside.runs):
    ''
    kept = set(taker.names_of(taker.running()))
    return {name for port, names in held(holder, counts).items() if port in ports for name in names - kept}


def give_up(holder, taker, ports):
    ''
    names = sorted(holders(holder, taker, ports))
    if names:
        holder.supervisor.stop_these(names)


def services_that_gave_up(old, new):
    ''
    names = holders(old, new, claimed(new), aside.is_to_begin_again)
    return {service['name'] for service in old.running() if names & set(old.names_of([service]))}


def check(found, old):
    ''
    ours = {way['port'] for way in listening.published(old)} | set(held(old))

    replaced = {service['name'] for service in old.running()} if old is not None and old.in_containers() else set()

    bound = held(old, lambda _: True)
    _refuse_twice(found)
    for name, kind in found.kinds.items():
        for number in of_service(found.model['services'][name], kind):
            if number in bound and name not in replaced:
                raise Failure('port-taken', f'Port {number}, which {name} publishes, is that of {min(bound[number])}.',
                              f'{name} is new, and nothing of its name would end before it begins; it cannot run twice ({kind.why}), so Docker itself has to listen there.',
                              'Publish another port; or leave out what has it now in a release of its own, before this one.')
            taken = listeners.on(number) if number not in ours or name not in replaced else ''
            if taken:
                raise Failure('port-taken', f'Port {number}, which {name} publishes, is taken on this host.',
                              f'{listeners.who(taken)} {name} cannot run twice ({kind.why}), so Docker itself would have to listen there.',
                              f'Let it run beside itself (`x-slipway: {{ rollout: beside }}` in {name}, if it may), then it is reached through Slipway; or '
                              'publish another port.')


def _refuse_twice(found):
    ''
    seen = [(way['service'], way['port'], None) for way in found.published()]
    seen += [(name, numbers.port(port['published']), port.get('host_ip') or '') for name, kind in found.kinds.items() for port in _published(found.model['services'][name], kind)]
    for index, (name, number, address) in enumerate(seen):
        for other, its_number, its in seen[:index]:
            if other != name and its_number == number and (None in (address, its) or _meet(address, its)):
                raise Failure('port-twice', f'{other} and {name} both publish port {number}.', 'Only one of them can listen there.',
                              f'Publish another port for one of them (`ports` of {name}), and tag again.')


def _meet(one, other):
    ''
    same_family = '' in (one, other) or (':' in one) == (':' in other)
    return same_family and (one == other or one in _EVERYWHERE or other in _EVERYWHERE)


def moments(found, old):
    ''
    docker, nginx = held(old), {way['port'] for way in listening.published(old)}
    lines = [f'port {way["port"]}: closed for a moment while users are led over, for Docker itself listens there until then, and Slipway from then on'
             for way in found.published() if way['port'] in docker]
    return lines + [f'port {port}: closed until the new {name} listens, for Slipway listens there until then, and Docker itself from then on'
                    for name, kind in sorted(found.kinds.items()) for port in of_service(found.model['services'][name], kind) if port in nginx]
