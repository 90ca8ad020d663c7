''
import os

from .. import layout as places
from .. import public
from ..activation import Activation
from ..failures import Failure
from . import (
    adopting,
    differences,
    docker_ports,
    images,
    jobs,
    kinds,
    listening,
    networks,
    reading,
    volumes,
    wanted,
    writers,
)


def project(layout, known, release, config, values, given, serving):
    ''
    if not os.path.isfile(allowed(layout)):
        raise Failure('not-for-docker', f'{layout.app} was not set up for containers on this host.', 'Who may start a container may do everything on the host, so setup-vm says of which app that is wished for.',
                      'Run setup-vm with this slipway.yml (`target: docker`), then deploy again.')
    reading.check_engine()
    if known is not None:
        found = reading.of_release(known, values)
    else:
        found = reading.of_source(layout, release, wanted.texts(given.get('project')), values)
    config = {**config, 'services': found.services()}
    if public.names(config) and not public.is_reached(config):
        raise Failure('domain-unrouted', f'Nothing of the project is reached by {public.names(config)[0]}.', 'No service publishes port 80, and none has a route.',
                      "Publish the web service there (`ports: ['80:8000']`, with the port that it listens on), or write `x-slipway: { route: / }` in it; or leave `domain` out.")
    if serving is None or not serving.in_containers():
        found.adopted = adopting.found(found, config)
        if found.adopted is not None and serving is not None:
            raise Failure('project-in-the-way', f'A Compose project {found.settings["project"]} runs on this host that Slipway did not start, beside what serves of {layout.app}.',
                          'What serves is no project, so there are two to take the place of.', f'End it first: sudo docker compose -p {found.settings["project"]} down (volumes stay); then deploy again.')
        if found.adopted is not None:
            found.adopted['unchanged'] = sorted(adopting.unchanged(found, found.adopted))
    return found, config


def allowed(layout):
    ''
    return f'{places.STATE}/docker/{layout.app}'


def check(layout, found, serving, stored=False):
    ''
    adopting.check_name(layout, found.settings['project'])
    old = before(layout, found, serving)
    listening.check(layout, found.published(), serving, docker_ports.held(old))
    docker_ports.check(found, old)
    writers.check(found, old)
    found.unlike = []
    for place in (networks, volumes):
        for different in place.check(found.model, found.settings['project']):
            if not stored:
                raise different
            found.unlike.append(f'{different.what} It is used as it is.')


def before(layout, found, serving):
    ''
    if found.adopted:
        return Activation(layout, found.adopted)
    return serving if serving is not None and serving.in_containers() else None


def never_two(layout, found, serving):
    ''
    _look_for_images(layout, found, serving)
    there = {service['name'] for service in (serving.running() if serving is not None else [])} | set(found.adopted['project']['services'] if found.adopted else ())
    return {*found.carried(serving), *(name for name, kind in found.kinds.items() if kind.kind == kinds.ALONE and name in there)}


def notes(layout, found, serving):
    ''
    lines = [how(found, name, found.carried(serving), serving) for name, kind in sorted(found.kinds.items()) if kind.kind == kinds.ALONE]
    lines = [*(line for line in lines if 'ended, then' in line), *docker_ports.moments(found, before(layout, found, serving))]
    if found.blank:
        lines.append(f'variables without a value came out empty: {", ".join(found.blank)}')
    return [*lines, *found.unlike, *found.mounts.notes]


def tasks(found):
    return [jobs.title(name) for name in found.jobs()]


def lines(layout, found, serving):
    ''
    _look_for_images(layout, found, serving)
    stage = [f'{name}: {"image" if name in found.pins else "pull"} {reference}' for name, reference in sorted(found.references.items())]
    stage += [*found.unlike, *found.mounts.notes]
    stage += [f'variable without a value: {name}' for name in found.blank]
    carried = found.carried(serving)
    return stage, [*(how(found, name, carried, serving) + _changed(layout, found, name, carried, serving) for name in sorted(found.kinds)), *_gone(found, serving),
                   *docker_ports.moments(found, before(layout, found, serving))]


def _changed(layout, found, name, carried, serving):
    if name in carried:
        return ''
    former = reading.former_pins(layout, serving)
    references = {each: (former[each]['reference'], reference) for each, reference in found.references.items() if each in former}
    told = differences.of(name, found.model, serving, references)
    return f'; changed: {told}' if told else ''


def _gone(found, serving):
    there = [service['name'] for service in serving.running()] if serving is not None and serving.in_containers() else []
    return [f'{name}: ended, the Compose file does not have it any more' for name in there if name not in found.kinds]


def _look_for_images(layout, found, serving):
    ''
    if not found.pins:
        found.pin(images.known(found.references, reading.former_pins(layout, serving)))


def how(found, name, carried, serving):
    ''
    kind = found.kinds[name]
    ways = [*([f'route {kind.route}'] if kind.route is not None else []), *(f'port {way.port} ({way.protocol})' for way in kind.published)]
    reached = f', {" and ".join(ways)}' if ways else ''
    if kind.kind == 'job':
        return f'{name}: runs to its end, before anything is switched'
    if name in carried:
        return f'{name}: unchanged, is not touched'
    there = name in found.adopted['project']['services'] if found.adopted else serving is not None and any(
        service['name'] == name for service in serving.running())
    if kind.kind == 'alone':
        return f'{name}: {"ended, then started anew (not both at once: " if there else "started (never two at once: "}{kind.why})'
    return f'{name}: started{" beside the old one" if there else ""}{reached}'
