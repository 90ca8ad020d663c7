"""A release's project: read once, its services judged, its mounts and images found. Decided before anything is touched."""
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
    """One release's project with one set of values."""

    def __init__(self, layout, settings, model, blank, rows, shared, source):
        self.layout = layout
        self.settings = settings
        self.model = model
        # Variables that nobody gave a value, and that came out empty.
        self.blank = blank
        self.mounts = Mounts(layout, source, rows, shared)
        self.mounts.settle(model)
        _alias_links(model)
        _refuse_strangers(settings, model)
        self.kinds = kinds.of_model(model)
        self.renewed = kinds.renewed(self.kinds, model, settings['images'])
        self.references = images.references(model, settings)
        # {service: {reference, id, pulled}}, as soon as they are known.
        self.pins = {}
        # Are its own workers to begin anew in any case? Then none is carried.
        self.pausing = False
        # Lines that say which networks and volumes are there with other options than it has.
        self.unlike = []
        # Facts of a project of that name that was run by hand, when nothing of ours serves.
        self.adopted = None
        _give_variables(model)

    def pin(self, pins):
        """From here on its images are known, and with them what keeps data in a place that the Compose file does not name."""
        self.pins = pins
        for name, kind in self.kinds.items():
            self.kinds[name] = kinds.with_data(kind, self.model['services'][name], pins.get(name, {}).get('data', []))
        self.renewed = kinds.renewed(self.kinds, self.model, self.settings['images'])

    def services(self):
        return describing.services(self.model, self.kinds, self.pins)

    def jobs(self):
        """Names of those that run to their end, in order."""
        return [name for level in kinds.order(self.kinds) for name in level if self.kinds[name].kind == kinds.JOB]

    def published(self):
        return [way._asdict() for name in sorted(self.kinds) for way in self.kinds[name].published]

    def has_check(self, name):
        """Has it one of its own, be it in the Compose file or in its image?"""
        test = (self.model['services'][name].get('healthcheck') or {}).get('test')
        return test != ['NONE'] if test else bool(self.pins.get(name, {}).get('check'))

    def digest(self, name):
        """What tells whether its containers would be the same; None as long as its image is not known."""
        pin = self.pins.get(name)
        if pin is None:
            return None
        inside = [self.digest(leader) for leader in kinds.leaders(self.model['services'][name]) if leader in self.pins]
        return definition.digest(self.model, name, [pin['id'], *inside])

    def carried(self, serving):
        """Services that stay as they run: not renewed, and unchanged in what serves. {name: number that made them}."""
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
        """Is it another now who listens on its ports? The containers differ in that, and their definition does not."""
        return bool(self.model['services'][name].get('ports')) and before != self.kinds[name].kind

    def _is_own(self, name):
        return name in self.settings['images'] or bool(self.model['services'][name].get('build'))

    def facts(self, number, carried):
        """What an activation keeps of it."""
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
    """Of a release that is to be made: its files are not here yet, the texts that Compose reads are."""
    base_rows = manifest.load(f'{layout.release(wanted["base"])}/manifest.json') if wanted['base'] else []
    rows = manifest.assemble(base_rows, wanted['removed'], wanted['manifest'], wanted['digest'])
    config = wanted['config']
    source = f'{layout.release(wanted["id"])}/src'
    model, blank = rendering.of_texts(texts, source, config['compose'], values, wanted['version'], layout)
    model['x-values'] = rendering.variables(config['compose'], values, wanted['version'])
    return Project(layout, config['compose'], model, blank, rows, config['shared'], source)


def of_release(release, values):
    """Of one that is here."""
    config = release.info['config']
    source = f'{release.folder}/src'
    model, blank = rendering.of_folder(source, config['compose'], values, release.info['version'])
    model['x-values'] = rendering.variables(config['compose'], values, release.info['version'])
    rows = manifest.load(f'{release.folder}/manifest.json')
    project = Project(release.layout, config['compose'], model, blank, rows, config['shared'], source)
    project.pin(pins_of(release))
    return project


def former_pins(layout, serving):
    """Those of what serves: what it names is what it was, whatever a tag leads to since."""
    release = stored(layout, serving.facts['releaseId']) if serving is not None else None
    return pins_of(release) if release is not None else {}


def pins_of(release):
    """The images that were pinned when it was made."""
    return files.read_json(f'{release.folder}/images.json') or {}


def _alias_links(model):
    """`links: [db:database]` is another name of db; all that links are besides, networks do by themselves."""
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
    """Configs and secrets that come from variables differ by their values: those are told apart by what the values come to."""
    values = model.pop('x-values', {})
    model['x-given'] = {
        name: {item['source']: values.get(((model.get(kind) or {}).get(item['source']) or {}).get('environment'))
               for kind in ('configs', 'secrets') for item in service.get(kind) or []}
        for name, service in model['services'].items()}


def check_engine():
    """A Failure when this host has no Engine that answers."""
    engine.get('/version')
