''
import json
import os

from . import (
    activation_router,
    addresses,
    configuration,
    files,
    given,
    notify,
    schedule,
    shellwords,
    static_sites,
    supervisors,
    units,
    variables,
)
from . import ports as port_book
from . import release as releases
from .activation import Activation
from .addresses import Socket
from .failures import Failure
from .processes import identity
from .project import adopting
from .project import preparing as projects
from .router_unit import router_unit


def prepare(layout, number, release, config, secrets, first, serving=None, kept=None, project=None):
    ''


    folder = layout.activation(number)
    files.remove(folder)
    os.makedirs(folder, mode=0o711)
    os.chmod(folder, 0o711)
    ports = {}
    facts = {'number': number, 'releaseId': release.id, 'version': release.info['version'], 'commit': release.info['commit'],
             'config': config, 'ports': ports, 'first': first, 'formerRelease': _former_release(release.id, serving), **(kept or {})}
    if project is not None:
        facts['project'] = projects.facts(project, number, project.carried(serving))
        if project.adopted is not None:
            facts['adopted'] = project.adopted
        elif serving is not None and adopting.is_held(serving):

            facts['adopted'] = serving.facts['adopted']
    activation = Activation(layout, facts)
    app_user, app_group = identity(layout.app_user)
    if project is not None:
        ports.update(projects.allocate(project, activation))
    for service in activation.services() if project is None else ():
        if service['listen'] == 'port' and not service['static']:
            ports[service['name']] = port_book.allocate(f'{layout.app} {number} {service["name"]}', service['instances'])
    _make_socket_folders(activation, app_user, app_group)
    source = f'{release.folder}/src'
    facts['token'] = activation_router.prepare(
        layout, number, config, {service['name']: activation.addresses(service) for service in activation.routed()},
        static_sites.sites(layout, release.id, config, _of_former(layout, facts['formerRelease'])),
        {name: static_sites.page(source, path, name) for name, path in config['pages'].items()},
        (facts['project'], projects.addresses(activation)) if project is not None else None)
    files.write(f'{folder}/secrets.json', json.dumps(secrets), mode=0o600)
    os.mkdir(f'{folder}/home', 0o700)
    os.chown(f'{folder}/home', app_user, app_group)
    if project is not None:
        projects.write(project, activation, serving)
    for service in activation.services() if project is None else ():
        if service['static']:
            continue
        script = shellwords.start_script(service['start'], service['path'], [*given.lines(service), *addresses.lines(service)])
        files.write(f'{folder}/{service["name"]}.start', script, mode=0o640, owner=(0, app_group))
        given.write(layout, number, service, secrets)
        simple = shellwords.is_simple(service['start'])
        for instance in range(1, service['instances'] + 1):
            values = variables.of(layout, activation, release, service, instance, secrets)
            files.write(f'{folder}/{service["name"]}.{instance}.env', shellwords.environment_file(values), mode=0o600)
            definition = supervisors.Definition(layout, number, service, instance, source, simple, activation.sandbox(service),
                                                notify.notifies(release, service, simple))
            if service['schedule'] is None:
                activation.supervisor.write(definition)
            else:
                schedule.write(definition)
    units.write(activation.router_unit(), router_unit(layout, number, joins=any(
        service['static'] or service['listen'] == 'socket' for service in config['services'])))
    files.write(f'{folder}/activation.json', json.dumps(facts), mode=0o600, durable=True)
    return activation


def _former_release(release_id, serving):
    ''
    if serving is None:
        return None
    former = serving.facts['releaseId']
    return serving.facts.get('formerRelease') if former == release_id else former


def _of_former(layout, release_id):
    former = releases.stored(layout, release_id) if release_id else None
    if former is None:
        return None
    try:
        return release_id, configuration.again(former)
    except Failure:

        return None


def _make_socket_folders(activation, uid, gid):
    ''
    for service in activation.services():
        for address in activation.addresses(service):
            if isinstance(address, Socket):
                folder = os.path.dirname(address.path)
                os.makedirs(folder, mode=0o711)
                os.chmod(os.path.dirname(folder), 0o711)
                os.chown(folder, uid, gid)
                os.chmod(folder, 0o710)
