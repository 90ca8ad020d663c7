"""Ports of the host that Docker itself listens on: of what cannot run twice, and of a project that was run by hand.

All others are our nginx's. One that goes over from Docker to nginx, or back, cannot have two listeners for a moment, as it has when
only containers change: so within the transaction who has it gives it up first. What was given up is called back on the way back.
"""
from .. import listeners
from ..failures import Failure
from . import aside, listening, numbers
from .kinds import ALONE

_EVERYWHERE = ('', '0.0.0.0', '::')


def of_service(service, kind):
    """Those that Docker is to listen on for it: TCP, with a number. Of what runs beside itself it is nginx that does."""
    return [numbers.port(port['published']) for port in _published(service, kind)]


def _published(service, kind):
    return [port for port in service.get('ports') or [] if kind.kind == ALONE and numbers.port(port.get('published')) is not None
            and port.get('protocol', 'tcp') == 'tcp']


def held(activation, counts=aside.runs):
    """{port: names of its containers} that Docker listens on for those that run or are about to again, or as `counts` says of a container."""
    found = {}
    if activation is None or not activation.in_containers():
        return found
    # By these our own nginx reaches them; at 0 the Engine chooses one.
    own = {0, *(port for ports in activation.ports.values() for port in ports)}
    for name, item in activation.supervisor.containers(activation.names_of(activation.running())).items():
        # Between two attempts it has no port, and takes it again with the next.
        bound = [*(item['NetworkSettings'].get('Ports') or {}).items(), *(item['HostConfig'].get('PortBindings') or {}).items()] if counts(item) else []
        for inside, bindings in bound:
            for number in {each.get('HostPort') or '' for each in bindings or []} if inside.endswith('/tcp') else ():
                if number.isdigit() and int(number) not in own:
                    found.setdefault(int(number), set()).add(name)
    return found


def wanted(activation):
    """Those that Docker is to listen on for an activation, whether its containers are there or not."""
    own = activation.facts['project']['services'].values() if activation.in_containers() else ()
    return {port for each in own for port in each.get('dockerPorts', ())}


def claimed(activation):
    """All that an activation listens on while it serves, by whomever."""
    return wanted(activation) | {way['port'] for way in listening.published(activation)} | set(held(activation, aside.is_to_begin_again))


def holders(holder, taker, ports, counts=aside.runs):
    """Names of containers of `holder` that have one of the ports and that `taker` does not go on with."""
    kept = set(taker.names_of(taker.running()))
    return {name for port, names in held(holder, counts).items() if port in ports for name in names - kept}


def give_up(holder, taker, ports):
    """Within the transaction: containers of `holder` end that have one of them. Until `taker` listens there nobody does."""
    names = sorted(holders(holder, taker, ports))
    if names:
        holder.supervisor.stop_these(names)


def services_that_gave_up(old, new):
    """Names of the services of `old` that ended, or were to end, because `new` listens where they do."""
    names = holders(old, new, claimed(new), aside.is_to_begin_again)
    return {service['name'] for service in old.running() if names & set(old.names_of([service]))}


def check(found, old):
    """A Failure when a port that Docker is to listen on will not be free. `old`: what serves, or what is taken over; None for neither."""
    ours = {way['port'] for way in listening.published(old)} | set(held(old))
    # Of what is replaced the old one ends before the new one begins. All else may begin before that.
    replaced = {service['name'] for service in old.running()} if old is not None and old.in_containers() else set()
    # Also of those that do not run: they may be started at any time.
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
    """One number for two services. Docker keeps addresses apart; a port of ours is known by its number alone, whoever else has that."""
    seen = [(way['service'], way['port'], None) for way in found.published()]
    seen += [(name, numbers.port(port['published']), port.get('host_ip') or '') for name, kind in found.kinds.items() for port in _published(found.model['services'][name], kind)]
    for index, (name, number, address) in enumerate(seen):
        for other, its_number, its in seen[:index]:
            if other != name and its_number == number and (None in (address, its) or _meet(address, its)):
                raise Failure('port-twice', f'{other} and {name} both publish port {number}.', 'Only one of them can listen there.',
                              f'Publish another port for one of them (`ports` of {name}), and tag again.')


def _meet(one, other):
    """Would the second find the port taken? '' is every address of both families."""
    same_family = '' in (one, other) or (':' in one) == (':' in other)
    return same_family and (one == other or one in _EVERYWHERE or other in _EVERYWHERE)


def moments(found, old):
    """What somebody should know before it is done, a line for each port that goes over."""
    docker, nginx = held(old), {way['port'] for way in listening.published(old)}
    lines = [f'port {way["port"]}: closed for a moment while users are led over, for Docker itself listens there until then, and Slipway from then on'
             for way in found.published() if way['port'] in docker]
    return lines + [f'port {port}: closed until the new {name} listens, for Slipway listens there until then, and Docker itself from then on'
                    for name, kind in sorted(found.kinds.items()) for port in of_service(found.model['services'][name], kind) if port in nginx]
