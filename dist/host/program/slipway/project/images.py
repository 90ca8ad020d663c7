''
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from ..capacity import check_disk
from ..failures import Failure
from . import engine, pulling

AT_ONCE = 3
_PROCESSORS = {'x86_64': 'amd64', 'aarch64': 'arm64', 'armv7l': 'arm', 'i686': '386'}


def references(model, settings):
    ''
    found = {}
    for name, service in model['services'].items():
        reference = settings['images'].get(name) or service.get('image')
        if not reference:
            raise Failure('image-missing', f'{name} has a `build` and no image.', 'A host runs images, it builds none.',
                          f'Let build-image run before, and give its output: images: ${{{{ steps.build.outputs.images }}}} (it has to have {name}).')
        found[name] = reference
    return found


def known(references, former, brought=()):
    ''
    pins = {}
    for name, reference in references.items():
        before = former.get(name)
        image = engine.find(f'/images/{before["id"]}/json') if before and before['reference'] == reference else None
        if image is None and reference in brought:
            image = engine.find(f'/images/{brought[reference]}/json')
        image = image or engine.image(reference)
        if image is not None:
            pins[name] = _pin(reference, image, bool(before and before.get('pulled')))
    return pins


def _pin(reference, image, pulled):
    ''
    test = ((image.get('Config') or {}).get('Healthcheck')) or {}
    declared = test.get('Test') and test['Test'][0] != 'NONE'
    patience = ((test.get('StartPeriod') or 0) + (test.get('Interval') or 30e9) * (test.get('Retries') or 3)) / 1e9

    data = sorted((image.get('Config') or {}).get('Volumes') or {})
    return {'reference': reference, 'id': image['Id'], 'pulled': pulled, 'check': patience if declared else None, 'data': data}


def bring(layout, model, references, former, registries, conversation, brought=()):
    ''
    again = {name for name, service in model['services'].items() if service.get('pull_policy') == 'always'}
    pins = known({name: reference for name, reference in references.items() if name not in again or '@' in reference}, former, brought)
    missing = {}
    for name, reference in references.items():
        if name not in pins:
            missing.setdefault((reference, model['services'][name].get('platform') or ''), []).append(name)
    if missing:
        check_disk(engine.get('/info')['DockerRootDir'], 64 << 20, 0)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [(names, reference, pool.submit(pulling.pull, names[0], reference, platform, registries, conversation))
                    for (reference, platform), names in missing.items()]
            for names, reference, job in jobs:
                image = job.result()
                for name in names:
                    pins[name] = _pin(reference, image, True)
    _check_processors(model, pins)
    for pin in pins.values():
        engine.post(f'/images/{pin["id"]}/tag', repo=_repository(layout), tag=_tag(pin))
    return pins


def again(layout, model, pins, registries, conversation):
    ''
    for name, pin in pins.items():
        image = engine.find(f'/images/{pin["id"]}/json')
        if image is None:
            platform = (model['services'].get(name) or {}).get('platform') or ''
            image = pulling.pull(name, pin['reference'], platform, registries, conversation)
        if image['Id'] != pin['id']:
            raise Failure('image-changed', f'The image of {name} that this release ran was removed from the host, and {pin["reference"]} is another now.',
                          'A release is what it was, or it is another.', 'Deploy that version again as a new one, or go back to another.')
        engine.post(f'/images/{pin["id"]}/tag', repo=_repository(layout), tag=_tag(pin))


def ours(layout, pin):
    ''
    return f'{_repository(layout)}:{_tag(pin)}'


def _repository(layout):
    return f'slipway/{layout.app}'


def _tag(pin):
    return f'id-{pin["id"].removeprefix("sha256:")[:12]}'


def _check_processors(model, pins):
    machine = engine.get('/info')['Architecture']
    here = _PROCESSORS.get(machine, machine)
    for name, pin in pins.items():
        image = engine.find(f'/images/{pin["id"]}/json') or {}
        made_for = image.get('Architecture') or here
        if made_for != here and not model['services'][name].get('platform'):
            raise Failure('wrong-architecture', f'The image of {name} is made for {made_for}, and this host is {here}.', pin['reference'],
                          f'Build it for this host: build-image with `platforms: linux/{here}`; or, where it is emulated, write '
                          f'`platform: linux/{made_for}` in {name}. Then tag again.')


def prune(layout, kept):
    ''
    tags = {ours(layout, pin) for pins in kept for pin in pins.values()}
    removed = 0
    for image in engine.get('/images/json', filters={'reference': [_repository(layout)]}):
        for tag in image.get('RepoTags') or []:
            if tag.startswith(f'{_repository(layout)}:') and tag not in tags:
                _remove(tag)
                removed += 1
    return removed


def forget(pins, kept):
    ''
    needed = {pin['id'] for others in kept for pin in others.values()}
    for pin in pins.values():

        if pin.get('pulled') and pin['id'] not in needed and (engine.image(pin['reference']) or {}).get('Id') == pin['id']:
            _remove(pin['reference'])


def _remove(reference):
    try:
        engine.delete(f'/images/{urllib.parse.quote(reference, safe="")}')
    except engine.Refused:

        pass
