''





import os

from . import installers, sandbox
from .install_failures import judge


def bring_managers(builder, environments, packages):
    ''
    wanted = {installers.manager(item): item for item in reversed(environments) if installers.manager(item)}
    for key, item in wanted.items():
        if not builder.caches.has_manager(key):
            _run(builder, item, f'{item.index}-manager', installers.bringing(item, builder.caches), packages)
            builder.caches.keep_manager(key)
    if wanted:
        builder.caches.forget_managers(but=wanted)


def make(builder, environments, packages):
    ''
    later = []
    for item in environments:
        steps = list(enumerate(installers.steps(item, builder.caches)))
        while steps and steps[0][1].given:
            number, step = steps.pop(0)
            builder.conversation.progress(f'fetching the {item.runtime} packages of {item.folder}')
            _run(builder, item, f'{item.index}-{number}', step, packages)
        if steps:
            later.append((item, steps))

    for item, steps in later:
        builder.conversation.progress(f'making the {item.runtime} environment of {item.folder}')
        for number, step in steps:
            _run(builder, item, f'{item.index}-{number}', step, packages)


def _run(builder, item, name, step, packages):
    given = [credential for credential in step.given if credential in builder.credentials]
    code, output = builder.run(name, step.lines, given=given, ground=step.ground, writable=_own_places(builder, item) if given else None)
    if code != 0:
        raise judge(item, code, output, packages)


def _own_places(builder, item):
    ''
    places = [item.source] if item.location.startswith(f'{item.source}/') else [item.source, item.location]
    if item.beside or not all(sandbox.can_name(place) for place in places):
        return None
    for place in places:
        if not os.path.isdir(place):
            os.makedirs(place)
            os.chown(place, *builder.caches.owner)
    return places
