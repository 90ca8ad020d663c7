''






import hashlib
import json
import os
import posixpath
import re
import stat
import subprocess

from . import files, hooks, manifest, tools
from .failures import Failure
from .processes import run
from .requirements import Requirements


_REWRITABLE = re.compile(r'(bin/[^/]+|pyvenv\.cfg|lib/[^/]+/site-packages/[^/]+\.dist-info/(RECORD|direct_url\.json))\Z')
_LOCAL_SOURCE = re.compile(r'source = \{ (?:editable|directory|path) = "([^"]*)"')


class Environment:
    ''

    def __init__(self, index, folder, runtime, install, release_folder, executable, version, builds, asked=None):
        self.index = index
        self.folder = folder
        self.runtime = runtime
        self.install = install
        self.executable = executable
        self.version = version

        self.asked = asked

        self.builds = builds
        self.root = release_folder
        self.source = f'{release_folder}/src' if folder == '.' else f'{release_folder}/src/{folder}'
        if runtime == 'python':
            self.location = f'{release_folder}/env/{index}'
        else:
            self.location = f'{self.source}/node_modules'
        self.key = None

        self.packages = ()

        self.secrets = set()

        self.hashed = False

        self.beside = False

    def made(self):
        ''
        return self.runtime == 'python' or self.install['tool'] != 'none'

    def path_entries(self):
        if self.runtime == 'python':
            return [f'{self.location}/bin']
        return [f'{self.location}/.bin', os.path.dirname(self.executable)]


def environments(config, release_folder):
    ''
    found = {}
    for service in config['services']:
        runtime = service['runtime']
        if runtime is None:
            continue
        where = (service['path'], runtime['name'], runtime['version'])

        builds = [hooks.line(hook) for hook in service['build']]
        if where in found:
            found[where].builds = found[where].builds + builds
            found[where].secrets.update(service['installSecrets'])
            continue
        if runtime['name'] == 'python':
            executable, version = tools.python(runtime['version'])
        else:
            folder, version = tools.node(runtime['version'])
            executable = f'{folder}/bin/node'
        found[where] = Environment(len(found), service['path'], runtime['name'], service['install'], release_folder,
                                   executable, version, builds, runtime['version'])
        found[where].secrets.update(service['installSecrets'])
        found[where].packages = config.get('packages', [])
    return list(found.values())


def identify(environment, rows, read):
    ''
    install = environment.install
    base = '' if environment.folder == '.' else f'{environment.folder}/'
    parts = [environment.runtime, environment.version, json.dumps(install, sort_keys=True), json.dumps(environment.builds)]
    names, local = [], []
    if install['tool'] == 'requirements':
        given = Requirements(read, base + install['file'])
        names, local, environment.hashed = [posixpath.relpath(name, environment.folder) for name in given.names], given.local, given.hashed
    elif install['tool'] == 'uv-lock':
        names = ['pyproject.toml', 'uv.lock', 'uv.toml']
        local = _LOCAL_SOURCE.findall(read(base + 'uv.lock') or '')
        if 'build-system' in (read(base + 'pyproject.toml') or ''):
            local.append('.')
    elif install['tool'] == 'pyproject':
        names = ['pyproject.toml']
        local = ['.', read(base + 'pyproject.toml') or '']
    elif install['tool'] == 'npm-lock':
        names = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc']
        local = _local_parts(read(base + 'package.json') or '{}')
    elif install['tool'] in ('pnpm-lock', 'yarn-classic', 'yarn-berry'):
        names = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.cjs', 'yarn.lock', '.npmrc', '.yarnrc', '.yarnrc.yml']
        local = _local_parts(read(base + 'package.json') or '{}')

        texts = ''.join(read(base + name) or '' for name in ('package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', 'yarn.lock', '.yarnrc.yml'))
        local += re.findall(r'patchedDependencies|patch:|portal:|link:[^\s"]*|yarnPath|plugins:', texts)
    parts += [f'{name} {manifest.key_of(rows, posixpath.normpath(base + name))}' for name in names]
    if local:

        environment.beside = any('..' in item for item in local)
        parts.append(manifest.folder_digest(rows, '.' if environment.beside else environment.folder))
    if environment.runtime == 'python':
        parts.append(tools.uv())
    if environment.packages:

        parts.append(f'packages {" ".join(sorted(environment.packages))}')
    environment.key = hashlib.sha256('\n'.join(parts).encode()).hexdigest()
    return environment


def _local_parts(package):
    ''
    try:
        value = json.loads(package)
        scripts = value.get('scripts') or {}
        found = [scripts[name] for name in ('preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare',
                                            'postprepare') if name in scripts]
        if 'workspaces' in value:
            found.append('.')
        for group in ('dependencies', 'devDependencies', 'optionalDependencies'):
            found += [spec for spec in (value.get(group) or {}).values() if spec.startswith(('file:', 'link:', '.', '/', '~'))]
        return [str(item) for item in found]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ['..']


def find_twin(layout, environment, release_ids):
    ''
    for release_id in reversed(release_ids):
        info = files.read_json(f'{layout.release(release_id)}/release.json') or {}
        for other in info.get('environments', []):
            root = layout.release(release_id)
            within = other['location'][len(root) + 1:]
            if other['key'] == environment.key and other['relocatable'] and stat.S_ISDIR(files.plain_mode(root, within)):
                return {**other, 'root': root}
    return None


def clone(twin, environment, link):
    ''
    os.makedirs(os.path.dirname(environment.location), exist_ok=True)
    if os.path.lexists(environment.location):

        raise Failure('environment-in-the-way', f'The release holds {environment.location[len(environment.root) + 1:]} already.',
                      'What packages are installed into is made by the installation alone.',
                      'Remove it from the repository (git rm -r --cached), name it in .gitignore, and tag again.')

    how = ['-alT'] if link else ['-aT', '--reflink=auto']
    copied = run(['/bin/cp', *how, twin['location'], environment.location], timeout=600)
    if copied.code != 0:
        raise Failure('environment-not-cloned', 'The environment could not be cloned.', copied.output[-300:],
                      'Free space or inodes on the host (df -h, df -i), then deploy again.')

    moves = ((twin['location'], environment.location), (twin['root'], environment.root))
    for name in twin['rewrite']:
        path = f'{environment.location}/{name}'
        if os.path.islink(path):
            target = os.readlink(path)
            os.unlink(path)
            for old, new in moves:
                target = target.replace(old, new)
            os.symlink(target, path)
            continue
        with open(path, 'rb') as file:
            data = file.read()
        mode = os.stat(path).st_mode & 0o777

        os.unlink(path)
        for old, new in moves:
            data = data.replace(old.encode(), new.encode())
        files.write(path, data, mode=mode)


def survey(environment):
    ''
    location = environment.location


    found = subprocess.run(['/bin/grep', '-rlF', '--null', '--exclude=*.pyc', '--', f'{environment.root}/', location],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    names = [os.fsdecode(name)[len(location) + 1:] for name in found.split(b'\0') if name]
    count = size = 0
    for folder, folders, entries in os.walk(location):
        count += len(folders) + len(entries)
        for name in folders + entries:
            full = f'{folder}/{name}'
            if os.path.islink(full):
                if os.readlink(full).startswith(f'{environment.root}/'):
                    names.append(full[len(location) + 1:])
            elif name in entries:
                size += os.lstat(full).st_size
    relocatable = all(_REWRITABLE.match(name) for name in names)
    if environment.runtime == 'python':
        for name in names:
            path = f'{location}/{name}'
            if not os.path.islink(path):
                with open(path, 'rb') as file:

                    relocatable = relocatable and b'\0' not in file.read(1 << 20)
    return {'relocatable': relocatable, 'rewrite': sorted(names), 'files': count, 'bytes': size}
