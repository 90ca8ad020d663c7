''
from .. import health
from . import docker_ports, jobs, kinds, listening, networks


def facts_of(activation):
    return activation.facts['project']


def needs_of(project, names):
    ''
    return kinds.all_needs({name: own['needs'] for name, own in project['services'].items()}, names)


def ways_in(project):
    return [name for name, own in project['services'].items() if own['targets']]


def replaced(new, old):
    ''
    if old is None or 'project' not in old.facts:
        return []
    before = {service['name'] for service in old.running()}
    return [service for service in new.running() if not service['overlap'] and service['name'] in before
            and not shared(new, old, service['name'])]


def shared(new, old, name):
    ''
    ours, theirs = (facts_of(each)['services'].get(name) for each in (new, old))
    return ours is not None and theirs is not None and ours['home'] == theirs['home']


def early(new, old, release, conversation, actor=None, records=None):
    ''
    project = facts_of(new)

    _by_levels(new, old, release, conversation, {name for name, own in project['services'].items() if own['kept'] and not own['own'] and not own['needs']})
    _by_levels(new, old, release, conversation, needs_of(project, [*ways_in(project), *jobs.here(new)]), records, actor)


def needs_of_job(new, old, release, conversation, name):
    ''
    wanted = needs_of(facts_of(new), facts_of(new)['services'][name]['needs'])
    _by_levels(new, old, release, conversation, wanted)


def late(new, old, release, conversation, end):
    ''
    services, by_docker = replaced(new, old), docker_ports.wanted(new)

    listening.close(new.layout, by_docker)
    if services:
        end(old, old.names_of([service for service in old.running() if service['name'] in {other['name'] for other in services}]))
    docker_ports.give_up(old, new, by_docker)
    _by_levels(new, None, release, conversation, set(facts_of(new)['services']))
    if old is not None and 'project' in old.facts:

        _connect(new, [service['name'] for service in services], old)


def _by_levels(new, old, release, conversation, wanted, records=None, actor=None):
    ''
    project = facts_of(new)
    waiting = {service['name'] for service in replaced(new, old)}
    services = {service['name']: service for service in new.running()}
    connect_kept(new, old, waiting)
    for level in project['order']:
        for name in (each for each in level if each in wanted and records is not None and each in jobs.here(new)):
            jobs.run(new, conversation, records, actor, name, jobs.PATIENCE)
        begun = [services[name] for name in level if name in wanted and name in services and name not in waiting
                 and project['services'][name]['home'] == new.number]
        looks = new.look(new.names_of(begun)) if begun else {}
        begun = [service for service in begun if not all(looks[name].is_up() for name in new.names_of([service]))]
        if not begun:
            continue
        new.start(new.names_of(begun))
        _connect(new, [service['name'] for service in begun if project['services'][service['name']]['kept']], new)
        health.Starting(new, release, begun, conversation).wait()


def connect_kept(new, old=None, waiting=()):
    ''
    kept = [name for name, own in facts_of(new)['services'].items() if own['kept'] and name not in waiting]
    _connect(new, kept, new)
    if old is not None and waiting:
        _connect(old, waiting, new)


def _connect(activation, names, into):
    ''
    project, ways = facts_of(activation), facts_of(into)['networks']
    if not facts_of(into)['ownNetworks']:
        return
    services = {service['name']: service for service in activation.running()}
    for name in names:
        if name not in services:
            continue
        there = activation.supervisor.containers(activation.names_of([services[name]]))
        for key, said in project['services'][name]['networks'].items():
            own = (ways.get(key) or {}).get('own')
            for container in there.values():
                if own and own not in (container['NetworkSettings'].get('Networks') or {}):
                    networks.connect(own, container['Id'], name, said)
