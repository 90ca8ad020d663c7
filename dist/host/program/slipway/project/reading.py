''
from .. import files, manifest
from ..failures import Failure
from ..release import stored
from . import (
    definition,
    describing,
    docker_ports,
    engine,
    images,
    kinds,
    networks,
    rendering,
)
from .mounts import Mounts


class Project:
    ''

    def __init__(self, layout, settings, model, blank, rows, shared, source):
        self.layout = layout
        self.settings = settings
        self.model = model

        self.blank = blank
        self.mounts = Mounts(layout, source, rows, shared)
        self.mounts.settle(model)
        _alias_links(model)
        _refuse_strangers(settings, model)
        self.kinds = kinds.of_model(model)
        self.renewed = kinds.renewed(self.kinds, model, settings['images'])
        self.references = images.references(model, settings)

        self.pins = {}

        self.pausing = False

        self.unlike = []

        self.adopted = None
        _give_variables(model)

    def pin(self, pins):
        ''
        self.pins = pins
        for name, kind in self.kinds.items():
            self.kinds[name] = kinds.with_data(kind, self.model['services'][name], pins.get(name, {}).get('data', []))
        self.renewed = kinds.renewed(self.kinds, self.model, self.settings['images'])

    def services(self):
        return describing.services(self.model, self.kinds, self.pins)

    def jobs(self):
        ''
        return [name for level in kinds.order(self.kinds) for name in level if self.kinds[name].kind == kinds.JOB]

    def published(self):
        return [way._asdict() for name in sorted(self.kinds) for way in self.kinds[name].published]

    def has_check(self, name):
        ''
        test = (self.model['services'][name].get('healthcheck') or {}).get('test')
        return test != ['NONE'] if test else bool(self.pins.get(name, {}).get('check'))

    def digest(self, name):
        ''
        pin = self.pins.get(name)
        if pin is None:
            return None
        inside = [self.digest(leader) for leader in kinds.leaders(self.model['services'][name]) if leader in self.pins]
        return definition.digest(self.model, name, [pin['id'], *inside])

    def carried(self, serving):
        ''
        if serving is None or 'project' not in serving.facts:
            return {name: 0 for name in self.adopted['unchanged'] if self._may_stay(name)} if self.adopted else {}
        if serving.facts['project']['name'] != self.settings['project']:
            return {}
        former, found = serving.facts['project']['services'], {}
        looks = serving.look(serving.names_of(serving.running()))
        for service in serving.running():
            name = service['name']
            before = former.get(name)
            if not self._may_stay(name) or before is None or self._is_published_otherwise(name, before['kind']):
                continue
            if before['definition'] == self.digest(name) and all(looks[each].is_up() for each in serving.names_of([service])):
                found[name] = before['home']
        return found

    def _may_stay(self, name):
        if name not in self.kinds or name in self.renewed or self.kinds[name].kind == kinds.JOB:
            return False
        return not (self.pausing and self.kinds[name].kind == kinds.BESIDE and self._is_own(name))

    def _is_published_otherwise(self, name, before):
        ''
        return bool(self.model['services'][name].get('ports')) and before != self.kinds[name].kind

    def _is_own(self, name):
        return name in self.settings['images'] or bool(self.model['services'][name].get('build'))

    def facts(self, number, carried):
        ''
        services = {}
        for name, kind in self.kinds.items():
            service = self.model['services'][name]
            services[name] = {
                'kind': kind.kind, 'needs': kind.needs, 'home': carried.get(name, number), 'definition': self.digest(name),
                'own': self._is_own(name),
                'dockerPorts': docker_ports.of_service(service, kind),
                'kept': name not in self.renewed and kind.kind != kinds.JOB, 'restart': describing.restart_policy(service, kind),
                'ends': describing.may_end(service, kind), 'networks': service.get('networks') or {}, 'targets': describing.targets(kind),
                'instances': describing.instances(service)}
        return {'name': self.settings['project'], 'services': services, 'published': self.published(), 'jobs': self.jobs(),
                'order': kinds.order(self.kinds), 'networks': networks.plan(self.model, self.settings['project'], number)}


def of_source(layout, wanted, texts, values):
    ''
    base_rows = manifest.load(f'{layout.release(wanted["base"])}/manifest.json') if wanted['base'] else []
    rows = manifest.assemble(base_rows, wanted['removed'], wanted['manifest'], wanted['digest'])
    config = wanted['config']
    source = f'{layout.release(wanted["id"])}/src'
    model, blank = rendering.of_texts(texts, source, config['compose'], values, wanted['version'], layout)
    model['x-values'] = rendering.variables(config['compose'], values, wanted['version'])
    return Project(layout, config['compose'], model, blank, rows, config['shared'], source)


def of_release(release, values):
    ''
    config = release.info['config']
    source = f'{release.folder}/src'
    model, blank = rendering.of_folder(source, config['compose'], values, release.info['version'])
    model['x-values'] = rendering.variables(config['compose'], values, release.info['version'])
    rows = manifest.load(f'{release.folder}/manifest.json')
    project = Project(release.layout, config['compose'], model, blank, rows, config['shared'], source)
    project.pin(pins_of(release))
    return project


def former_pins(layout, serving):
    ''
    release = stored(layout, serving.facts['releaseId']) if serving is not None else None
    return pins_of(release) if release is not None else {}


def pins_of(release):
    ''
    return files.read_json(f'{release.folder}/images.json') or {}


def _alias_links(model):
    ''
    for service in model['services'].values():
        for link in service.get('links') or []:
            name, _, alias = link.partition(':')
            for said in (model['services'].get(name) or {}).get('networks', {}).items() if alias else ():
                key, value = said
                model['services'][name]['networks'][key] = {**(value or {}), 'aliases': [*((value or {}).get('aliases') or []), alias]}


def _refuse_strangers(settings, model):
    strange = sorted(set(settings['images']) - set(model['services']))
    if strange:
        raise Failure('image-unknown', f'`images` names {", ".join(strange)}, and the Compose file has no such service.',
                      f'It has {", ".join(sorted(model["services"]))}.' if model['services'] else 'It has none at all.',
                      'Correct the names in `images`, or choose its profile with `profiles`; then deploy again.')
    if not model['services']:
        raise Failure('compose-file-invalid', 'The Compose file has no service to run.', 'Perhaps all belong to profiles.',
                      'Choose a profile with `profiles`, and tag again.')


def _give_variables(model):
    ''
    values = model.pop('x-values', {})
    model['x-given'] = {
        name: {item['source']: values.get(((model.get(kind) or {}).get(item['source']) or {}).get('environment'))
               for kind in ('configs', 'secrets') for item in service.get(kind) or []}
        for name, service in model['services'].items()}


def check_engine():
    ''
    engine.get('/version')
