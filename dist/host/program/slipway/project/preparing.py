''
import json

from .. import files
from .. import ports as port_book
from ..addresses import Port
from . import (
    adopting,
    composing,
    describing,
    differences,
    handing_on,
    images,
    kinds,
    labels,
    networks,
    reading,
    tidying,
    volumes,
)


def facts(project, number, carried):
    ''
    found = project.facts(number, carried)
    for name, own in found['services'].items():
        own['checked'] = project.has_check(name)
    found['ownNetworks'] = bool(project.renewed) or bool(project.jobs())
    return found


def allocate(project, activation):
    ''
    app, number = activation.layout.app, activation.number
    found = {}
    for name, kind in project.kinds.items():
        if name in project.renewed:
            for target in describing.targets(kind):
                key = describing.port_key(name, target, kind)
                found[key] = port_book.allocate(f'{app} {number} {key}', describing.instances(project.model['services'][name]), in_a_row=True)
    return found


def addresses(activation):
    ''
    def of(name, target):
        key = name if target == activation.facts['project']['services'][name]['targets'][0] else f'{name}:{target}'
        return [Port(number) for number in activation.facts['ports'].get(key, [])]
    return of


def write(project, activation, serving):
    ''
    layout, own = activation.layout, activation.facts['project']
    made = [name for name in project.model['services'] if own['services'][name]['home'] == activation.number
            and (describing.instances(project.model['services'][name]) or project.kinds[name].kind == kinds.JOB)]
    project.mounts.make()
    volumes.make(project.model, project.settings['project'], layout.app)
    networks.make(project.model, own['networks'], project.settings['project'], labels.of(layout.app, activation.number), own['ownNetworks'])
    former = serving if serving is not None else adopting.of(activation)
    if former is not None:
        _note_restarts(activation, former)
    text = json.dumps(composing.text_for(project, activation, made, _carried_leaders(project, activation, made), _handed(project, made, former)))
    files.write(f'{layout.activation(activation.number)}/compose.json', text, mode=0o600)

    files.write(differences.file(activation), json.dumps(project.model['services']), mode=0o600)


def _handed(project, made, former):
    ''
    if former is None or not former.in_containers():
        return {}
    old = {service['name']: former.supervisor.containers(former.names_of([service])).values() for service in former.running() if service['name'] in made}
    found = {name: handing_on.volumes(name, project.model['services'][name], list(items), describing.instances(project.model['services'][name]))
             for name, items in old.items() if project.kinds[name].kind == kinds.ALONE}
    return {name: places for name, places in found.items() if places}


def _carried_leaders(project, activation, made):
    ''
    wanted = {leader for name in made for leader in kinds.leaders(project.model['services'][name])} - set(made)
    found = {}
    for service in activation.running():
        if service['name'] in wanted:
            for item in activation.supervisor.containers(activation.names_of([service])[:1]).values():
                found[service['name']] = item['Id']
    return found


def _note_restarts(activation, serving):
    ''
    for service in activation.running():
        own = activation.facts['project']['services'][service['name']]
        if own['home'] != activation.number:
            there = serving.supervisor.containers(serving.names_of([service]))
            own['restarts'] = {name: item['RestartCount'] for name, item in there.items()}


def pin(layout, release, project, serving, brought, registries, conversation):
    ''
    former = reading.former_pins(layout, serving)
    pins = images.bring(layout, project.model, project.references, former, registries, conversation, brought)

    tidying.note(layout, pins)
    project.pin(pins)
    files.write(f'{release.folder}/images.json', json.dumps(project.pins), mode=0o644)
