''
import os
import stat

from . import builder as building
from . import (
    capacity,
    fields,
    files,
    hooks,
    installing,
    manifest,
    outside,
    packages,
    release_tree,
    seal,
)
from . import environment as envs
from . import layout as places
from .content import Store
from .failures import Failure
from .processes import identity, own_tree
from .release import Release


class Staging:
    ''

    def __init__(self, layout, conversation, wanted, timeout, secrets=None):
        self.layout = layout
        self.conversation = conversation
        self.id = wanted['id']
        self.version = wanted['version']
        self.commit = wanted['commit']
        self.config = wanted['config']
        self.release = Release(layout, self.id)
        self.folder = self.release.folder
        self.base = wanted['base']
        base_rows = manifest.load(f'{layout.release(self.base)}/manifest.json') if self.base else []
        self.digest = wanted['digest']
        self.rows = manifest.assemble(base_rows, wanted['removed'], wanted['manifest'], self.digest)
        self.store = Store(layout, f'{layout.incoming}/{self.id}')
        self.timeout = timeout
        self.given = secrets or {}
        self.detail = []

        self.said = []
        self.environments = []

    def make(self, inline_keys):
        ''
        self._receive(inline_keys)
        self._plan_environments()
        self._check_capacity()
        files.remove(self.folder)

        os.mkdir(self.folder, 0o750)
        os.chown(self.folder, 0, identity(self.layout.build_user)[1])
        os.mkdir(f'{self.folder}/src', 0o755)
        origin = release_tree.lay_out(self)
        outside.place(self.layout, self.folder, self.config, self.rows, self.conversation)
        self._make_environments()
        self._build()
        seal.close(self, origin)
        return self.release

    def plan(self):
        ''
        missing = self.store.missing(self.rows, self.base)
        sizes = {row[2]: row[3] for row in self.rows}
        self._plan_environments()
        self._check_capacity()
        return [f'{len(missing)} of {len(sizes)} files travel, {capacity.human(sum(sizes[key] for key in missing))}',
                *(f'{item.runtime} environment of {item.folder}: {"cloned" if self.twins[item.index] else "made anew"}'
                  for item in self.environments if item.made()),
                *(f'build {service["name"]}: {hooks.line(hook)}' for service in self.config['services'] for hook in service['build'])]

    def _receive(self, inline_keys):
        keys = self.store.missing(self.rows, self.base) if inline_keys is None else inline_keys
        sizes = {row[2]: row[3] for row in self.rows}
        for key in keys:
            if key not in sizes:
                fields.refuse('keys', key)
        sizes = {key: sizes[key] for key in keys}
        capacity.check_disk(self.layout.releases, sum(sizes.values()), len(sizes))
        if inline_keys is None:
            self.conversation.send('need', keys=keys)
        received = self.store.receive(self.conversation.content(), sizes)
        missing = self.store.missing(self.rows, self.base) if inline_keys is not None else []
        if missing:

            sizes = {row[2]: row[3] for row in self.rows if row[2] in missing}
            self.conversation.send('need', keys=missing)
            received += self.store.receive(self.conversation.content(), sizes)
        count = len(keys) + len(missing)
        self.detail.append(f'{count} file{"" if count == 1 else "s"}, {capacity.human(received)}')

    def _text(self, path):
        key = manifest.key_of(self.rows, path)
        if key is None or key not in self.store.sources:
            return None
        with open(self.store.sources[key], encoding='utf-8', errors='replace') as file:
            return file.read()

    def _plan_environments(self):
        self.environments = envs.environments(self.config, self.folder)
        sealed = places.release_ids(self.layout)
        self.twins = {}
        for item in self.environments:
            if item.made():
                envs.identify(item, self.rows, self._text)
                self.twins[item.index] = envs.find_twin(self.layout, item, sealed)
        fresh = [item for item in self.environments if item.made() and self.twins[item.index] is None]
        self._check_needs(fresh)
        self.building = bool(fresh) or any(service['build'] for service in self.config['services'])

    def _check_needs(self, fresh):
        ''
        packages.check(self.config['packages'])
        lacking = sorted({name for item in fresh for name in item.secrets if name not in self.given})
        if lacking:
            raise Failure('secret-not-given', f'Secrets of the installation are missing: {", ".join(lacking)}.',
                          'They were not given in this run, and a host does not keep them.',
                          'Add to the step: ' + '; '.join(f'env: {{ {name}: ${{{{ secrets.{name} }}}} }}' for name in lacking))

    def _check_capacity(self):
        need_bytes, need_files = sum(row[3] for row in self.rows), len(self.rows)
        for item in self.environments:
            if not item.made():
                continue
            twin = self.twins[item.index]
            need_files += twin['files'] if twin else capacity.NEW_ENVIRONMENT_FILES
            if twin is None:
                need_bytes += capacity.NEW_ENVIRONMENT_BYTES
            elif self.building:
                need_bytes += twin['bytes']
        capacity.check_disk(self.layout.releases, need_bytes, need_files)

    def _make_environments(self):
        made = [item for item in self.environments if item.made()]

        for item in made:
            if self.twins[item.index] is not None:
                self._clone_environment(item, self.twins[item.index])
        if not self.building:
            return
        credentials = {name: self.given[name] for item in made for name in item.secrets if name in self.given}
        self.builder = building.Builder(self.layout, self.folder, self.conversation, self.timeout, credentials)

        for name in ('src', 'env'):
            os.makedirs(f'{self.folder}/{name}', exist_ok=True)
            own_tree(f'{self.folder}/{name}', *identity(self.layout.build_user))
        fresh = [item for item in made if self.twins[item.index] is None]
        installing.bring_managers(self.builder, [item for item in made if item in fresh or item.builds], self.config['packages'])
        installing.make(self.builder, fresh, self.config['packages'])
        for item in fresh:
            item.survey = None
            self.detail.append(f'{item.runtime} {item.version} environment new')

    def _clone_environment(self, item, twin):
        around = os.path.dirname(item.location)[len(self.folder) + 1:]
        if item.runtime == 'node' and not stat.S_ISDIR(files.plain_mode(self.folder, around)):
            fields.refuse('path', item.folder)
        envs.clone(twin, item, link=not self.building)
        item.survey = {key: twin[key] for key in ('relocatable', 'rewrite', 'files', 'bytes')}
        self.detail.append(f'{item.runtime} environment reused')

    def _build(self):
        for index, service in enumerate(self.config['services']):
            environment = next((item for item in self.environments if item.folder == service['path'] and service['runtime']
                                and item.runtime == service['runtime']['name']
                                and item.asked == service['runtime']['version']), None)
            source = f'{self.folder}/src' if service['path'] == '.' else f'{self.folder}/src/{service["path"]}'
            if service['build']:
                self.said += building.build_commands(self.builder, f's{index}', service, environment, source, service['env'])
