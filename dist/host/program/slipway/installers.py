"""What makes an environment, as scripts that run as the build user: uv, npm, pnpm and Yarn.

Where an installation has credentials, it is two steps wherever the installer can do that: packages are fetched with them, and
what packages run of their own (lifecycle scripts) is run without. uv builds what has no wheel as it goes, in the first.
"""
import os
import shlex

from . import tools

# What npm runs of the app's own package.json after `npm ci`, in that order.
_OWN_SCRIPTS = 'preinstall install postinstall prepublish preprepare prepare postprepare'
MANAGERS = {'pnpm-lock': 'pnpm', 'yarn-classic': 'yarn', 'yarn-berry': 'yarn'}


def steps(environment, build_home, secrets=()):
    """[(with the credentials?, lines)]."""
    if environment.runtime == 'python':
        return [(bool(secrets), _python(environment, build_home))]
    fetch, finish = _node(environment, build_home, bool(secrets))
    # A lock without packages makes no folder.
    folder = 'mkdir -p node_modules'
    before = [f'cd {shlex.quote(environment.source)}',
              (f'export PATH={shlex.quote(os.path.dirname(environment.executable))}:/usr/bin:/bin '
              f'npm_config_cache={shlex.quote(build_home)}/npm npm_config_update_notifier=false'),
              *manager_exports(environment, build_home)]
    if not secrets:
        return [(False, [*before, *fetch, folder])]
    return [(True, [*before, *fetch, folder]), (False, [*before, *unset(secrets), *finish])]


def unset(secrets):
    """Empty, for a configuration that names a variable which is not there is an error to some."""
    return [f'export {name}=' for name in sorted(secrets)]


def build_exports(environment, build_home):
    """What the build commands of a service need beside its variables and its environment."""
    if environment is None or environment.runtime == 'python':
        return []
    return [*manager_exports(environment, build_home), *unset(environment.secrets)]


def manager_exports(environment, build_home):
    """What pnpm and Yarn need in every script that calls them; Node has to be on the path."""
    quote = shlex.quote
    node_bin = os.path.dirname(environment.executable)
    tool = environment.install['tool']
    if tool not in MANAGERS:
        return []
    name, manager, shims = MANAGERS[tool], environment.install['manager'], f'{build_home}/shims.{environment.index}'
    # Corepack asks npm's registry, whatever that is on this host, and says nothing on the way.
    lines = [(f'export COREPACK_HOME={quote(build_home)}/corepack COREPACK_ENABLE_DOWNLOAD_PROMPT=0 COREPACK_ENABLE_PROJECT_SPEC=0 '
              'NODE_NO_WARNINGS=1'),
              'registry=$(npm config get registry --location=global)', 'export COREPACK_NPM_REGISTRY="${registry%/}"',
              # For scripts that call it by its name.
              f'mkdir -p {quote(shims)}',
              f"printf '#!/bin/sh\\nexec %s %s \"$@\"\\n' {quote(node_bin + '/corepack')} {quote(manager)} >{quote(shims)}/{name}",
              f'chmod 755 {quote(shims)}/{name}', f'export PATH={quote(shims)}:"$PATH"']
    if tool == 'pnpm-lock':
        # Copies: the builder could write to the inodes of its store later.
        lines.append(f'export npm_config_store_dir={quote(build_home)}/pnpm npm_config_package_import_method=copy '
                     'npm_config_enable_global_virtual_store=false')
    elif tool == 'yarn-classic':
        lines.append(f'export YARN_CACHE_FOLDER={quote(build_home)}/yarn-classic')
    else:
        lines.append(f'export YARN_GLOBAL_FOLDER={quote(build_home)}/yarn YARN_ENABLE_GLOBAL_CACHE=true YARN_NM_MODE=classic '
                     'YARN_NODE_LINKER=node-modules YARN_ENABLE_TELEMETRY=false YARN_ENABLE_PROGRESS_BARS=false '
                     'YARN_NPM_REGISTRY_SERVER="${YARN_NPM_REGISTRY_SERVER:-$COREPACK_NPM_REGISTRY}"')
    return lines


def _node(environment, build_home, apart):
    """(lines that fetch and, unless scripts are to run apart, do all; lines that run the scripts)."""
    everything = bool(environment.builds)
    tool = environment.install['tool']
    ignoring = ' --ignore-scripts' if apart else ''
    own = f'for script in {_OWN_SCRIPTS}; do npm run --if-present --ignore-scripts --silent "$script"; done'
    if tool == 'npm-lock':
        omit = '' if everything else ' --omit=dev'
        return [f'npm ci{omit}{ignoring} --no-audit --no-fund --loglevel=error'], ['npm rebuild --loglevel=error', own]
    if tool == 'pnpm-lock':
        omit = '' if everything else ' --prod'
        return [f'pnpm install --frozen-lockfile{omit}{ignoring} --reporter=append-only'], ['pnpm rebuild --pending']
    if tool == 'yarn-classic':
        omit = '' if everything else ' --production'
        return [f'yarn install --frozen-lockfile{omit}{ignoring} --non-interactive --silent'], ['npm rebuild --loglevel=error', own]
    scripts = ['export YARN_ENABLE_SCRIPTS=false'] if apart else []
    major = int(environment.install['manager'].split('@')[1].split('.')[0])
    if everything or major < 4:
        return [*scripts, 'yarn install --immutable'], ['yarn rebuild']
    # The second takes devDependencies out, and does not look whether the lock fits.
    return [*scripts, 'yarn install --immutable --mode=skip-build', 'yarn workspaces focus --production'], ['yarn rebuild']


def _python(environment, build_home):
    quote = shlex.quote
    uv = quote(tools.uv())
    location = quote(environment.location)
    lines = [f'cd {quote(environment.source)}']
    # Copies: the builder could write to the inodes of its cache later. Unchecked bytecode: nothing in a sealed release
    # changes, so the source need not be looked at on each import.
    lines.append(f'export UV_CACHE_DIR={quote(build_home)}/uv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 '
                 f'PYC_INVALIDATION_MODE=UNCHECKED_HASH UV_PROJECT_ENVIRONMENT={location} VIRTUAL_ENV={location}')
    if not environment.executable.startswith('/usr/bin/'):
        # It was built by another compiler than a distribution has, and would have packages built by that.
        lines.append('export CC=cc CXX=c++ AR=ar')
    lines.append(f'{uv} venv --quiet --no-project --python {quote(environment.executable)} {location}')
    install = environment.install
    extras = install.get('extras', [])
    into = f'--quiet --compile-bytecode --python {location}/bin/python'
    if install['tool'] == 'requirements':
        # As pip has it: where one requirement has a hash, all must.
        hashes = ' --require-hashes' if environment.hashed else ''
        lines.append(f'{uv} pip install {into}{hashes} -r {quote(install["file"])}')
    elif install['tool'] == 'uv-lock':
        chosen = [f'--extra {quote(name)}' for name in extras] + [f'--group {quote(name)}' for name in install.get('groups', [])]
        lines.append(' '.join([f'{uv} sync --locked --no-dev --no-editable {into}', *chosen]))
    elif install['tool'] == 'pyproject':
        named = f'.[{",".join(extras)}]' if extras else '.'
        lines.append(f'{uv} pip install {into} {quote(named)}')
    return lines
