"""What an app that is removed leaves with the Engine: networks and images go, volumes are its users'."""
import os

from .. import files, units
from .. import layout as places
from ..activation import load
from ..processes import run
from . import engine, images, labels, listening, tidying


def projects(layout):
    """What Compose calls the app's project: by what its releases say."""
    found = set()
    for release_id in places.release_ids(layout):
        config = (files.read_json(f'{layout.release(release_id)}/release.json') or {}).get('config') or {}
        if config.get('compose'):
            found.add(config['compose']['project'])
    return sorted(found)


def end_taken_over(layout):
    """Containers that people ran by hand once, and that are the app's since: no label of ours tells of them."""
    if not os.path.exists(engine.SOCKET) or not os.path.isdir(layout.run):
        return
    for number in sorted(int(entry) for entry in os.listdir(layout.run) if entry.isdigit()):
        if not _has_taken_over(layout, number):
            continue
        activation = load(layout, number)
        # Until then they are those of whoever ran them.
        if activation.facts.get('adopted') and not os.path.exists(layout.taken_over(number)):
            continue
        own = activation.facts['project']['services']
        names = activation.names_of([service for service in activation.running() if own[service['name']]['home'] == 0])
        if names:
            activation.supervisor.stop_these(names)
            activation.supervisor.remove_these(names)


def _has_taken_over(layout, number):
    """Seen without loading it: whatever is left of an activation, a removal goes on."""
    try:
        facts = files.read_json(f'{layout.activation(number)}/activation.json') or {}
    except ValueError:
        return False
    return any(own['home'] == 0 for own in facts.get('project', {}).get('services', {}).values())


def leave(layout, names, with_data):
    """After its containers are gone: lines that say what was removed, and what stays."""
    if not names or not os.path.exists(engine.SOCKET):
        return
    listening.close_ways(layout, None)
    run([units.SYSTEMCTL, 'daemon-reload'], timeout=60)
    kept = tidying.pins(layout)
    images.prune(layout, [])
    for pins in kept:
        images.forget(pins, [])
    files.remove(tidying.known(layout))
    yield 'its networks and images are gone'
    for name in names:
        for network in labels.networks(labels.of_compose(name)):
            _quietly(f'/networks/{network["Id"]}')
        volumes = [volume['Name'] for volume in engine.get('/volumes', filters={'label': [f'com.docker.compose.project={name}']})['Volumes'] or []]
        if with_data:
            for volume in volumes:
                engine.delete(f'/volumes/{volume}')
        if volumes:
            yield f'its volumes {", ".join(volumes)} are gone' if with_data else f'its volumes {", ".join(volumes)} stay: sudo docker volume rm {" ".join(volumes)}'


def _quietly(path):
    try:
        engine.delete(path)
    except engine.Refused:
        # Somebody else's container is in it.
        pass
