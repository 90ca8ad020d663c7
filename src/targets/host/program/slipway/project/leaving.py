"""What an app leaves with the Engine that is removed, or runs as processes from now on: networks and images go, volumes are its users'."""
import os

from .. import files, units
from ..activation import load
from ..failures import Failure
from ..processes import run
from . import engine, images, known_projects, labels, listening, tidying


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


def leave(layout, with_data):
    """After its containers are gone: lines that say what was removed, and what stays."""
    names = known_projects.of(layout)
    if not names:
        return
    if not os.path.exists(engine.SOCKET):
        files.remove(tidying.known(layout))
        yield 'there is no Docker Engine any more: what it had there, volumes among it, is not touched'
        return
    listening.close_ways(layout, None)
    run([units.SYSTEMCTL, 'daemon-reload'], timeout=60)
    kept = tidying.pins(layout)
    images.prune(layout, [])
    for pins in kept:
        images.forget(pins, [])
    files.remove(tidying.known(layout))
    _drop_networks(names)
    yield 'its networks and images are gone'
    volumes = _volumes(names)
    if with_data:
        for volume in volumes:
            engine.delete(f'/volumes/{volume}')
    if volumes:
        yield f'its volumes {", ".join(volumes)} are gone' if with_data else _stay(volumes)
    if with_data or not volumes:
        known_projects.forget(layout)


def turn_away(layout, now):
    """The app runs as processes: its releases of containers go as they get old, and their images with them; lines that say what became of the rest.

    `now`: is it the first time? Then it is said that there are volumes.
    """
    names = known_projects.of(layout)
    if not names or not os.path.exists(engine.SOCKET):
        return []
    try:
        lines = tidying.tidy(layout)
        dropped = _drop_networks(names)
        lines += [f'removed {dropped} network{"" if dropped == 1 else "s"}'] if dropped else []
        volumes = _volumes(names) if now else []
        return lines + ([_stay(volumes)] if volumes else [])
    except Failure as failure:
        # The app needs no Engine any more.
        return [f'what it had in containers is not tidied: {failure.what}']


def _stay(volumes):
    return f'its volumes {", ".join(volumes)} stay: sudo docker volume rm {" ".join(volumes)}'


def _volumes(names):
    return [volume['Name'] for name in names for volume in engine.get('/volumes', filters={'label': [f'com.docker.compose.project={name}']})['Volumes'] or []]


def _drop_networks(names):
    """Gives how many."""
    dropped = 0
    for name in names:
        for network in labels.networks(labels.of_compose(name)):
            try:
                engine.delete(f'/networks/{network["Id"]}')
                dropped += 1
            except engine.Refused:
                # Somebody else's container is in it.
                pass
    return dropped
