"""Makes a release on this host: receives what is missing, lays out the tree, makes environments, builds, seals."""
import json
import os
import posixpath
import shutil
import stat
import subprocess

from . import builder as building
from . import (
    bytecode,
    capacity,
    configuration,
    fields,
    files,
    hooks,
    installing,
    manifest,
    outside,
    packages,
    static_sites,
    tls,
)
from . import environment as envs
from . import layout as places
from .content import Store
from .failures import Failure
from .processes import identity, own_tree
from .seal import still_written


class Release:
    """A sealed release, or one that is being made. `info` is what release.json holds."""

    def __init__(self, layout, release_id, info=None):
        self.layout = layout
        self.id = release_id
        self.folder = layout.release(release_id)
        self.info = info
        self._disk = None

    def environment_of(self, service):
        """The (runtime, location, executable) of a service; None when it has no runtime."""
        runtime = service['runtime']
        for item in self.info['environments']:
            # One folder of an earlier version's release had one of each runtime.
            if runtime and item['folder'] == service['path'] and item['runtime'] == runtime['name'] and item.get(
                    'asked', runtime['version']) == runtime['version']:
                return item
        return None

    def begin_sync(self):
        """Brings the files to disk while the app boots, those of the activation and its units with them. Only then is the
        release called sealed: a power cut leaves none half."""
        self._disk = subprocess.Popen(['/bin/sync', '-f', self.folder, places.UNITS, places.PORTS], stdin=subprocess.DEVNULL, cwd='/')

    def settle_on_disk(self):
        if self._disk is None:
            return
        code = self._disk.wait()
        self._disk = None
        if code != 0:
            raise Failure('disk-not-written', 'The files of the release could not be brought to the disk.',
                          'After a power cut it would be half of a release. Nothing was switched.',
                          'Look at the disk of the host (dmesg | tail, df -h), then deploy again.')
        if os.path.exists(f'{self.folder}/release.json.unsealed'):
            os.rename(f'{self.folder}/release.json.unsealed', f'{self.folder}/release.json')
            files.sync_folder(self.folder)


def stored(layout, release_id):
    """A sealed release, its configuration as if this version had stored it; None when it is not there."""
    info = files.read_json(f'{layout.release(release_id)}/release.json')
    if info is None:
        return None
    return Release(layout, release_id, {**info, 'config': configuration.config(info['config'], layout.app)})


def listed(layout):
    out = []
    for release_id in places.release_ids(layout):
        info = files.read_json(f'{layout.release(release_id)}/release.json')
        secrets = tls.secret_names(info['config'])
        secrets = sorted({*secrets, *(name for service in info['config']['services'] for name in service['secrets'])})
        out.append({**{key: info[key] for key in ('id', 'version', 'commit', 'digest')}, 'secrets': secrets})
    return out


def remove_unsealed(layout):
    """Removes what a dead session left; sealed releases have a release.json."""
    for name in os.listdir(layout.releases):
        folder = f'{layout.releases}/{name}'
        if os.path.isdir(folder) and not os.path.exists(f'{folder}/release.json'):
            files.clear(folder)
    for name in os.listdir(layout.scratch):
        if not os.path.isdir(layout.release(name)):
            files.clear(f'{layout.scratch}/{name}')
    # Left alone when it is empty: looking at an app, a dry run too, changes nothing.
    if not os.path.isdir(layout.incoming) or os.listdir(layout.incoming):
        files.clear(layout.incoming)
        os.makedirs(layout.incoming, mode=0o700, exist_ok=True)


class Staging:
    """One release in the making. The steps are in the order of their methods."""

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
        # What build commands printed, a piece each.
        self.said = []
        self.environments = []

    def make(self, inline_keys):
        """Everything; `inline_keys` is what the runner sends without being asked, None to be asked."""
        self._receive(inline_keys)
        self._plan_environments()
        self._check_capacity()
        files.remove(self.folder)
        # From its first moment only the builder may look in; whoever had it open now would see all that follows.
        os.mkdir(self.folder, 0o750)
        os.chown(self.folder, 0, identity(self.layout.build_user)[1])
        os.mkdir(f'{self.folder}/src', 0o755)
        origin = self._lay_out()
        outside.place(self.layout, self.folder, self.config, self.rows, self.conversation)
        self._make_environments()
        self._build()
        self._seal(origin)
        return self.release

    def plan(self):
        """What `make` would do, a line each. Requirements that have not travelled yet are judged by their hashes alone."""
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
            # What the runner counted on is not as it was any more, for instance because a build wrote over it.
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
        """What is not there is said before anything is made."""
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

    def _lay_out(self):
        """Writes the tree; gives for each path the file of a sealed release that it is the same as."""
        links = {row[0]: self.store.link_text(row[2]) for row in self.rows if row[1] == '120000'}
        for path, target in links.items():
            if not manifest.link_stays(path, target, links):
                raise Failure('link-escapes', f'The symbolic link {path} leads out of the release (to {target[:200]}).',
                              'A release is complete in itself, and what lies outside of it may differ tomorrow.',
                              'Replace the link by the file, or put the data under `shared:` in slipway.yml, and tag again.')
        outside.refuse_behind_links(self.config, links)
        origin = {}
        sealed_root = f'{self.layout.releases}/'
        made = set()
        for path, mode, key, _ in self.rows:
            full = f'{self.folder}/src/{path}'
            parent = posixpath.dirname(full)
            if parent not in made:
                os.makedirs(parent, mode=0o755, exist_ok=True)
                made.add(parent)
            if mode == '120000':
                os.symlink(links[path], full)
                continue
            source = self.store.sources.get(key)
            if source is None:
                # The same bytes are the text of a link in another release.
                files.write(full, os.fsencode(self.store.link_text(key)), mode=0o755 if mode == '100755' else 0o644)
                continue
            permissions = 0o755 if mode == '100755' else 0o644
            if source.startswith(sealed_root):
                origin[path] = source
                # Root's on both sides, and no builder will own this tree: the inode may be the same.
                if not self.building and os.lstat(source).st_mode & 0o777 == permissions:
                    os.link(source, full)
                    continue
            shutil.copyfile(source, full)
            os.chmod(full, permissions)
        return origin

    def _make_environments(self):
        made = [item for item in self.environments if item.made()]
        # Before the tree is the builder's, who could put links in the way of what we do there as root.
        for item in made:
            if self.twins[item.index] is not None:
                self._clone_environment(item, self.twins[item.index])
        if not self.building:
            return
        credentials = {name: self.given[name] for item in made for name in item.secrets if name in self.given}
        self.builder = building.Builder(self.layout, self.folder, self.conversation, self.timeout, credentials)
        # The folder around them stays ours: what says that a release is sealed is not for the builder to write.
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

    def _seal(self, origin):
        _, app_group = identity(self.layout.app_user)
        linked = set(self.config['shared']) | set(self.config['scratch'])
        altered = []
        if self.building:
            own_tree(self.folder, 0, 0, seal=True)
            still_written(self.folder)
            altered = manifest.altered([row for row in self.rows if not manifest.is_within(row[0], linked)], f'{self.folder}/src')
        self._check_environments()
        self._check_served()
        python_folders = [item.folder for item in self.environments if item.runtime == 'python']
        sources = [row[0] for row in self.rows if row[0].endswith('.py') and row[1] != '120000' and any(
            folder == '.' or row[0].startswith(f'{folder}/') for folder in python_folders)]
        sources = [path for path in sources if not manifest.is_within(path, linked)]
        bytecode.compile_changed(f'{self.folder}/src', sources, origin)
        described = []
        for item in self.environments:
            if item.made():
                survey = getattr(item, 'survey', None) or envs.survey(item)
            else:
                survey = {'relocatable': False, 'rewrite': [], 'files': 0, 'bytes': 0}
            described.append({'folder': item.folder, 'runtime': item.runtime, 'asked': item.asked, 'version': item.version, 'key': item.key,
                              'location': item.location, 'path': item.path_entries(), **survey})
        self.release.info = {'id': self.id, 'version': self.version, 'commit': self.commit, 'digest': self.digest,
                             'config': self.config, 'environments': described, 'altered': altered}
        files.write(f'{self.folder}/manifest.json', json.dumps(self.rows, separators=(',', ':')))
        files.write(f'{self.folder}/release.json.unsealed', json.dumps(self.release.info))
        # Other apps' users have no business in here.
        os.chown(self.folder, 0, app_group)
        os.chmod(self.folder, 0o750)
        files.remove(f'{self.layout.incoming}/{self.id}')

    def _check_served(self):
        source = f'{self.folder}/src'
        static_sites.check(source, self.config)
        static_sites.settle_times(source, self.config)
        for name, path in self.config['pages'].items():
            static_sites.page(source, path, name)

    def _check_environments(self):
        """What a build put a link in the place of is nothing that root should look into."""
        for item in self.environments:
            if item.made() and not stat.S_ISDIR(files.plain_mode(self.folder, item.location[len(self.folder) + 1:])):
                raise Failure('environment-moved', f'After the build the {item.runtime} environment of {item.folder} is not where '
                              'it was made.', f'{item.location[len(self.folder) + 1:]} is missing, or a symbolic link is in its place.',
                              'Let the build commands leave it alone, and tag again.')
