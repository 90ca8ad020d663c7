''




import os
import shlex
from typing import NamedTuple

from . import tools
from .caches import Ground, manager_key, of_installer


_OWN_SCRIPTS = 'preinstall install postinstall prepublish preprepare prepare postprepare'
MANAGERS = {'pnpm-lock': 'pnpm', 'yarn-classic': 'yarn', 'yarn-berry': 'yarn'}


class Step(NamedTuple):
    lines: list
    ground: Ground

    given: tuple = ()


def bringing(environment, caches):
    ''
    credentials = tuple(name for name in sorted(environment.secrets) if name.startswith('COREPACK_'))
    lines = ['cd "$HOME"', *_node_exports(environment), *manager_exports(environment, caches), f'{MANAGERS[environment.install["tool"]]} --version']
    return Step(lines, Ground(writes=None, manager=manager(environment), brings=True), credentials)


def manager(environment):
    ''
    if environment is None or environment.install['tool'] not in MANAGERS:
        return None
    return manager_key(environment.install['manager'], environment.version)


def steps(environment, caches):
    secrets = tuple(sorted(environment.secrets))
    own = of_installer(environment.install['tool'], secrets)
    if environment.runtime == 'python':
        return [Step(_python(environment), Ground(own), secrets)]
    fetch, finish = _node(environment, bool(secrets))
    before = [f'cd {shlex.quote(environment.source)}', *_node_exports(environment), *manager_exports(environment, caches)]

    first = Step([*before, *fetch, 'mkdir -p node_modules'], Ground(own, manager=manager(environment)), secrets)
    if not secrets:
        return [first]
    return [first, Step([*before, *unset(secrets), *finish], Ground(reads=own, manager=manager(environment)))]


def _node_exports(environment):
    return [f'export PATH={shlex.quote(os.path.dirname(environment.executable))}:/usr/bin:/bin npm_config_update_notifier=false']


def unset(secrets):
    ''
    return [f'export {name}=' for name in sorted(secrets)]


def build_ground(environment):
    return Ground(manager=manager(environment))


def build_exports(environment, caches):
    ''
    if environment is None or environment.runtime == 'python':
        return []
    return [*manager_exports(environment, caches), *unset(environment.secrets)]


def manager_exports(environment, caches):
    ''
    quote = shlex.quote
    node_bin = os.path.dirname(environment.executable)
    tool = environment.install['tool']
    if tool not in MANAGERS:
        return []
    name, spec = MANAGERS[tool], environment.install['manager']

    lines = [(f'export COREPACK_HOME={caches.manager} COREPACK_ENABLE_DOWNLOAD_PROMPT=0 COREPACK_ENABLE_PROJECT_SPEC=0 '
              'NODE_NO_WARNINGS=1'),
              'registry=$(npm config get registry --location=global)', 'export COREPACK_NPM_REGISTRY="${registry%/}"',

              'mkdir "$HOME/shims"',
              f"printf '#!/bin/sh\\nexec %s %s \"$@\"\\n' {quote(node_bin + '/corepack')} {quote(spec)} >\"$HOME/shims/{name}\"",
              f'chmod 755 "$HOME/shims/{name}"', 'export PATH="$HOME/shims:$PATH"']
    if tool == 'pnpm-lock':

        lines.append(f'export npm_config_store_dir={caches.packages}/pnpm npm_config_package_import_method=copy '
                     'npm_config_enable_global_virtual_store=false')
    elif tool == 'yarn-classic':
        lines.append('export YARN_CACHE_FOLDER="$HOME/.cache/yarn-classic"')
    else:
        lines.append(f'export YARN_GLOBAL_FOLDER={caches.packages}/yarn YARN_ENABLE_GLOBAL_CACHE=true YARN_NM_MODE=classic '
                     'YARN_NODE_LINKER=node-modules YARN_ENABLE_TELEMETRY=false YARN_ENABLE_PROGRESS_BARS=false '
                     'YARN_NPM_REGISTRY_SERVER="${YARN_NPM_REGISTRY_SERVER:-$COREPACK_NPM_REGISTRY}"')
    return lines


def _node(environment, apart):
    ''
    everything = bool(environment.builds)
    tool = environment.install['tool']
    ignoring = ' --ignore-scripts' if apart else ''
    own = f'for script in {_OWN_SCRIPTS}; do npm run --if-present --ignore-scripts --silent "$script"; done'
    if tool == 'npm-lock':
        omit = '' if everything else ' --omit=dev'
        return [f'npm ci{omit}{ignoring} --no-audit --no-fund --loglevel=error'], ['npm rebuild --loglevel=error', own]
    if tool == 'pnpm-lock':
        omit = '' if everything else ' --prod'

        home = ['[ ! -f .npmrc ] || cp .npmrc "$HOME/.npmrc"'] if apart else []
        return ([*home, f'pnpm install --frozen-lockfile{omit}{ignoring} --reporter=append-only'],
                ['npm_config_side_effects_cache=false pnpm rebuild --pending'])
    if tool == 'yarn-classic':
        omit = '' if everything else ' --production'
        return [f'yarn install --frozen-lockfile{omit}{ignoring} --non-interactive --silent'], ['npm rebuild --loglevel=error', own]
    scripts = ['export YARN_ENABLE_SCRIPTS=false'] if apart else []
    major = int(environment.install['manager'].split('@')[1].split('.')[0])
    if everything or major < 4:
        return [*scripts, 'yarn install --immutable'], ['yarn rebuild']

    return [*scripts, 'yarn install --immutable --mode=skip-build', 'yarn workspaces focus --production'], ['yarn rebuild']


def _python(environment):
    quote = shlex.quote
    uv = quote(tools.uv())
    location = quote(environment.location)
    lines = [f'cd {quote(environment.source)}']


    lines.append('export UV_CACHE_DIR="$HOME/.cache/uv" UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 '
                 f'PYC_INVALIDATION_MODE=UNCHECKED_HASH UV_PROJECT_ENVIRONMENT={location} VIRTUAL_ENV={location}')
    if not environment.executable.startswith('/usr/bin/'):

        lines.append('export CC=cc CXX=c++ AR=ar')
    lines.append(f'{uv} venv --quiet --no-project --python {quote(environment.executable)} {location}')
    install = environment.install
    extras = install.get('extras', [])
    into = f'--quiet --compile-bytecode --python {location}/bin/python'
    if install['tool'] == 'requirements':

        hashes = ' --require-hashes' if environment.hashed else ''
        lines.append(f'{uv} pip install {into}{hashes} -r {quote(install["file"])}')
    elif install['tool'] == 'uv-lock':
        chosen = [f'--extra {quote(name)}' for name in extras] + [f'--group {quote(name)}' for name in install.get('groups', [])]
        lines.append(' '.join([f'{uv} sync --locked --no-dev --no-editable {into}', *chosen]))
    elif install['tool'] == 'pyproject':
        named = f'.[{",".join(extras)}]' if extras else '.'
        lines.append(f'{uv} pip install {into} {quote(named)}')
    return lines
