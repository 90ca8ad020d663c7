''
import os
import urllib.parse

from .. import files, units
from ..activation import load
from ..failures import Failure
from ..processes import run
from . import belongings, engine, images, known_projects, labels, listening, tidying


CLEARING = 600.0

PATIENCE = 10.0


def end_taken_over(layout):
    ''
    if not os.path.exists(engine.SOCKET) or not os.path.isdir(layout.run):
        return
    for number in sorted(int(entry) for entry in os.listdir(layout.run) if entry.isdigit()):
        if not _has_taken_over(layout, number):
            continue
        activation = load(layout, number)

        if activation.facts.get('adopted') and not os.path.exists(layout.taken_over(number)):
            continue
        own = activation.facts['project']['services']
        names = activation.names_of([service for service in activation.running() if own[service['name']]['home'] == 0])
        if names:
            activation.supervisor.stop_these(names)
            activation.supervisor.remove_these(names)


def _has_taken_over(layout, number):
    ''
    try:
        facts = files.read_json(f'{layout.activation(number)}/activation.json') or {}
    except ValueError:
        return False
    return any(own['home'] == 0 for own in facts.get('project', {}).get('services', {}).values())


def foretell(layout, with_data):
    ''
    if not _had_any(layout) or not os.path.exists(engine.SOCKET):
        return []
    try:
        found = belongings.volumes(layout)
    except (Failure, OSError) as error:
        return [f'Which volumes it has is not known: {getattr(error, "what", error)}']
    own = [*found.own, *found.shared]
    return [*([f'Its volumes {", ".join(own)} {"go too, but those that others use" if with_data else "stay"}.'] if own else []),
            *([f'The volumes {", ".join(found.loose)}, which Slipway did not mark as its own, stay.'] if found.loose else [])]


def leave(layout, with_data):
    ''
    if not _had_any(layout):
        return
    if not os.path.exists(engine.SOCKET):
        files.remove(tidying.known(layout))
        if with_data:
            known_projects.forget(layout)
        yield 'there is no Docker Engine any more: what it had there, volumes among it, is not touched'
        return
    listening.close_ways(layout, None)
    run([units.SYSTEMCTL, 'daemon-reload'], timeout=60)
    kept = tidying.pins(layout)
    images.prune(layout, [])
    for pins in kept:
        images.forget(pins, [])
    _drop_networks(layout)
    yield 'its networks and images are gone'
    for line in _of_others('network', belongings.networks(layout)):
        yield line
    found = belongings.volumes(layout)
    gone = [name for name in found.own if with_data and _is_removed(name)]
    if gone:
        yield f'its volumes {", ".join(gone)} are gone'
    left = {name: volume for name, volume in found.own.items() if name not in gone}
    if left and not with_data:
        yield _stay(left)
    for line in _of_others('volume', found._replace(shared={**found.shared, **left} if with_data else found.shared)):
        yield line

    for volume in (*left.values(), *found.shared.values()):
        known_projects.note(layout, volume['Labels'][labels.PROJECT])
    if not left and not found.shared and (with_data or not found.loose):
        known_projects.forget(layout)
    files.remove(tidying.known(layout))


def turn_away(layout, now):
    ''



    if not _had_any(layout) or not os.path.exists(engine.SOCKET):
        return []
    try:
        with engine.at_most(PATIENCE):
            return _turned_away(layout, now)
    except (Failure, OSError) as error:

        return [f'what it had in containers is not tidied: {getattr(error, "what", error)}']


def _turned_away(layout, now):
    lines = tidying.tidy(layout)
    dropped = _drop_networks(layout)
    lines += [f'removed {dropped} network{"" if dropped == 1 else "s"}'] if dropped else []
    networks, volumes = belongings.networks(layout), belongings.volumes(layout)
    if now:
        lines += [*([_stay(volumes.own)] if volumes.own else []), *_of_others('network', networks), *_of_others('volume', volumes)]
    if not any((*networks, *volumes)) and not tidying.pins(layout):

        known_projects.forget(layout)
        files.remove(tidying.known(layout))
    return lines


def _had_any(layout):
    ''
    return bool(known_projects.of(layout)) or os.path.exists(tidying.known(layout))


def _stay(volumes):
    return f'its volumes {", ".join(volumes)} stay: sudo docker volume rm {" ".join(volumes)}'


def _of_others(kind, found):
    ''
    if found.shared:
        yield f'the {kind}s {", ".join(found.shared)} stay, for others use them or have their project: sudo docker {kind} rm {" ".join(found.shared)} if nobody needs them'
    if found.loose:
        yield f'the {kind}s {", ".join(found.loose)} stay, which were not made for it: sudo docker {kind} rm {" ".join(found.loose)} if nobody needs them'


def _is_removed(volume):
    try:
        engine.delete(f'/volumes/{urllib.parse.quote(volume, safe="")}', timeout=CLEARING)
    except engine.Refused:

        return False
    return True


def _drop_networks(layout):
    ''
    dropped = 0
    for network in belongings.networks(layout).own.values():
        try:
            engine.delete(f'/networks/{network["Id"]}')
            dropped += 1
        except engine.Refused:

            pass
    return dropped
