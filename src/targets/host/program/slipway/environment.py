"""Environments: a virtualenv or node_modules for each release, at its final path.

A new one is made by uv or npm, as the build user, in a unit without secrets. When nothing that goes into it has changed,
the environment of a sealed release is cloned instead: its own tree at its own path, files linked (both are root's, nobody
else can write to the inode), every text file that names the old path written anew. The bytecode comes along, which is
most of an app's boot. Whether an environment may be cloned is found out by looking for its path in all of its files.
"""
import hashlib
import json
import os
import re
import shlex
import stat
import subprocess

from . import files, hooks, manifest, tools
from .failures import Failure, evidence
from .processes import run
from .words import decisive

# Where an installer itself writes the environment's path, and where it can be written anew.
_REWRITABLE = re.compile(r'(bin/[^/]+|pyvenv\.cfg|lib/[^/]+/site-packages/[^/]+\.dist-info/(RECORD|direct_url\.json))\Z')
_LOCAL_REQUIREMENT = re.compile(r'\s*(-[rcef]|--(requirement|constraint|editable|find-links)\b|\.{0,2}/|\.\s*$|\.\['
                                r'|\S+\s*@\s*file:|(?!https?:)[^#\s]+\.(whl|zip|tar\.gz)\b)')
_LOCAL_SOURCE = re.compile(r'source = \{ (?:editable|directory|path) = "([^"]*)"')


class Environment:
    """One environment of a release: `folder` of the repository, its runtime, and where it lies."""

    def __init__(self, index, folder, runtime, install, release_folder, executable, version, builds):
        self.index = index
        self.folder = folder
        self.runtime = runtime
        self.install = install
        self.executable = executable
        self.version = version
        # Build commands may change the environment, and need what is only for development.
        self.builds = builds
        self.root = release_folder
        self.source = f'{release_folder}/src' if folder == '.' else f'{release_folder}/src/{folder}'
        if runtime == 'python':
            self.location = f'{release_folder}/env/{index}'
        else:
            self.location = f'{self.source}/node_modules'
        self.key = None

    def made(self):
        """Is there anything to make? A Node app without dependencies has no node_modules."""
        return self.runtime == 'python' or self.install['tool'] != 'none'

    def installer(self):
        return 'uv' if self.runtime == 'python' else 'npm'

    def path_entries(self):
        if self.runtime == 'python':
            return [f'{self.location}/bin']
        return [f'{self.location}/.bin', os.path.dirname(self.executable)]


def environments(config, release_folder):
    """The environments that the services of a configuration need; services of one folder and runtime share one."""
    found = {}
    for service in config['services']:
        runtime = service['runtime']
        if runtime is None:
            continue
        where = (service['path'], runtime['name'])
        # How long they may take makes no other environment.
        builds = [hooks.line(hook) for hook in service['build']]
        if where in found:
            found[where].builds = found[where].builds + builds
            continue
        if runtime['name'] == 'python':
            executable, version = tools.python(runtime['version'])
        else:
            folder, version = tools.node(runtime['version'])
            executable = f'{folder}/bin/node'
        found[where] = Environment(len(found), service['path'], runtime['name'], service['install'], release_folder,
                                   executable, version, builds)
    return list(found.values())


def identify(environment, rows, read):
    """Sets the key: a hash over all that goes into the environment. `read(path)` gives a file's text."""
    install = environment.install
    base = '' if environment.folder == '.' else f'{environment.folder}/'
    parts = [environment.runtime, environment.version, json.dumps(install, sort_keys=True), json.dumps(environment.builds)]
    names, local = [], []
    if install['tool'] == 'requirements':
        names = [install['file']]
        local = [line for line in (read(base + install['file']) or '').splitlines() if _LOCAL_REQUIREMENT.match(line)]
    elif install['tool'] == 'uv-lock':
        names = ['pyproject.toml', 'uv.lock']
        local = _LOCAL_SOURCE.findall(read(base + 'uv.lock') or '')
        if 'build-system' in (read(base + 'pyproject.toml') or ''):
            local.append('.')
    elif install['tool'] == 'pyproject':
        names = ['pyproject.toml']
        local = ['.', read(base + 'pyproject.toml') or '']
    elif install['tool'] == 'npm-lock':
        names = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc']
        local = _local_parts(read(base + 'package.json') or '{}')
    parts += [f'{name} {manifest.key_of(rows, base + name)}' for name in names]
    if local:
        # What is installed is, or may be, made from the folder itself, or from what lies beside it.
        beside = any('..' in item for item in local)
        parts.append(manifest.folder_digest(rows, '.' if beside else environment.folder))
    if environment.runtime == 'python':
        parts.append(tools.uv())
    environment.key = hashlib.sha256('\n'.join(parts).encode()).hexdigest()
    return environment


def _local_parts(package):
    """What in a package.json is made of files of the repository; its scripts may read any of them."""
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
    except (ValueError, TypeError, AttributeError):
        return ['..']


def find_twin(layout, environment, release_ids):
    """A sealed release's environment that may be cloned: {location, rewrite}; None when there is none."""
    for release_id in reversed(release_ids):
        info = files.read_json(f'{layout.release(release_id)}/release.json') or {}
        for other in info.get('environments', []):
            root = layout.release(release_id)
            within = other['location'][len(root) + 1:]
            if other['key'] == environment.key and other['relocatable'] and stat.S_ISDIR(files.plain_mode(root, within)):
                return {**other, 'root': root}
    return None


def clone(twin, environment, link):
    """Clones an environment to its own final path. Without `link` the files are copies, for a builder may write to them."""
    os.makedirs(os.path.dirname(environment.location), exist_ok=True)
    how = ['-al'] if link else ['-a', '--reflink=auto']
    copied = run(['/bin/cp', *how, twin['location'], environment.location], timeout=600)
    if copied.code != 0:
        raise Failure('environment-not-cloned', 'The environment could not be cloned.', copied.output[-300:],
                      'Free space or inodes on the host (df -h, df -i), then deploy again.')
    # The environment's own path first: its number may differ.
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
        # A new inode: the old one belongs to the other release.
        os.unlink(path)
        for old, new in moves:
            data = data.replace(old.encode(), new.encode())
        files.write(path, data, mode=mode)


def survey(environment):
    """What a later release must know to clone it: {relocatable, rewrite, files, bytes}."""
    location = environment.location
    # What names the release's source is as bound to this release as what names the environment.
    # grep looks through hundreds of megabytes in the time that it takes to read them.
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
                    # A compiled program that knows its path cannot be rewritten: lengths would change.
                    relocatable = relocatable and b'\0' not in file.read(1 << 20)
    return {'relocatable': relocatable, 'rewrite': sorted(names), 'files': count, 'bytes': size}


def install_script(environment, build_home):
    """What makes the environment, as a script that runs as the build user with the service's folder as its own."""
    quote = shlex.quote
    lines = [f'cd {quote(environment.source)}']
    if environment.runtime == 'node':
        node_bin = os.path.dirname(environment.executable)
        lines.append(f'export PATH={quote(node_bin)}:/usr/bin:/bin npm_config_cache={quote(build_home)}/npm '
                     'npm_config_update_notifier=false')
        omit = '' if environment.builds else ' --omit=dev'
        lines.append(f'npm ci{omit} --no-audit --no-fund --loglevel=error')
        # A lock without packages makes no folder.
        lines.append('mkdir -p node_modules')
        return lines
    uv = quote(tools.uv())
    location = quote(environment.location)
    # Copies: the builder could write to the inodes of its cache later. Unchecked bytecode: nothing in a sealed release
    # changes, so the source need not be looked at on each import.
    lines.append(f'export UV_CACHE_DIR={quote(build_home)}/uv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 '
                 f'PYC_INVALIDATION_MODE=UNCHECKED_HASH UV_PROJECT_ENVIRONMENT={location} VIRTUAL_ENV={location}')
    lines.append(f'{uv} venv --quiet --no-project --python {quote(environment.executable)} {location}')
    install = environment.install
    if install['tool'] == 'requirements':
        lines.append(f'{uv} pip install --quiet --compile-bytecode --python {location}/bin/python -r {quote(install["file"])}')
    elif install['tool'] == 'uv-lock':
        lines.append(f'{uv} sync --quiet --locked --no-dev --no-editable --compile-bytecode --python {location}/bin/python')
    elif install['tool'] == 'pyproject':
        lines.append(f'{uv} pip install --quiet --compile-bytecode --python {location}/bin/python .')
    return lines


_VERDICTS = (
    # The first that fits is told: a full disk breaks downloads and builds, too.
    ('disk-full', r'No space left on device|ENOSPC|os error 28',
     'The disk became full while the environment was made.', 'Free space on the host (df -h, df -i), then deploy again.'),
    ('lock-out-of-step', r'lockfile at .* needs to be updated|npm ci. can only install|npm (?:error|ERR!) code EUSAGE',
     '{lock} does not fit {what}.',
     'Run `{relock}`{where} at home, commit {lock}, and tag again.'),
    ('index-unreachable', r'Could not connect|error sending request|dns error|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|Connection refused',
     'The package index does not answer from this host.',
     'Check from the host: `curl -I` the address that {installer} names below; open the firewall or set a mirror, then deploy again.'),
    ('requirements-unresolvable', r'No solution found|was not found in the package registry|npm (?:error|ERR!) code (?:ETARGET|E404)|no versions of',
     'What {what} asks for cannot be resolved.',
     'Correct the names and versions in {what}, try it at home with `{attempt}`{where}, commit, and tag again.'),
    ('package-build-failed', r'Failed to build|Failed to download and build|build backend|gyp ERR|command .gcc. failed|node-gyp|npm (?:error|ERR!) code 1\b',
     'A package could not be built on this host.',
     ('Read what its build says below. If a compiler or a header is missing, install it on the host (often '
      '`apt-get install build-essential python3-dev`) or use a version that comes as a wheel or prebuilt binary; '
      'if the package is your own, correct it. Then tag again.')),
)


def judge(environment, code, output):
    """The failure that an installer's exit code and words mean."""
    folder = environment.folder
    python = environment.runtime == 'python'
    what = environment.install.get('file', 'pyproject.toml' if python else 'package.json')
    facts = {'what': what if folder == '.' else f'{folder}/{what}', 'where': '' if folder == '.' else f' in {folder}',
             'installer': environment.installer(), 'lock': 'uv.lock' if python else 'package-lock.json',
             'relock': 'uv lock' if python else 'npm install',
             'attempt': f'uv pip compile {what}' if python else 'npm install'}
    found = ('install-failed', 'The environment could not be made.', 'Read what {installer} says below, correct it, and tag again.')
    if code in (137, 247) or re.search('out of memory', output, re.IGNORECASE):
        found = ('out-of-memory', '{installer} was killed: the host ran out of memory.',
                 'Give the host more memory or swap, or build wheels elsewhere, then deploy again.')
    else:
        for verdict, pattern, words, cure in _VERDICTS:
            if re.search(pattern, output, re.IGNORECASE):
                found = (verdict, words, cure)
                break
    verdict, words, cure = found
    said = decisive(output)
    return Failure(verdict, words.format(**facts), f'{environment.installer()} says: {said}' if said else '', cure.format(**facts),
                   [evidence(f'{environment.runtime} environment of {"the root" if folder == "." else folder}', output)])
