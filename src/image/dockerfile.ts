import { Failure } from '../errors'
import type { Hook, Install, ServiceConfig } from '../config/types'

/** What of a service a Dockerfile is made from. */
export type MadeFor = Pick<ServiceConfig,
  'name' | 'runtime' | 'install' | 'installSecrets' | 'start' | 'build' | 'env' | 'listen' | 'route' | 'stop'>

export interface MadeDockerfile {
  readonly dockerfile: string
  /** For a context that has no .dockerignore. */
  readonly ignore: string
  /** What was chosen because nothing says it. */
  readonly notes: readonly string[]
}

/** Where nothing names a version. A test holds them to be versions that setup-vm brings to hosts as well. */
export const usualVersions = { python: '3.13', node: '24' } as const
/** What installs Python's packages; the same that hosts have. */
export const uvVersion = '0.12.5'

/** Nobody's on any machine, so that a volume of the host that comes in is not writable by accident. */
const user = '10001:10001'
const port = 8000

/**
 * A Dockerfile for an app without one: what is needed to build stays behind in a stage of its own, locks decide the versions, and
 * the process is not root's. Throws a `Failure`: `dockerfile-not-made`.
 */
export function makeDockerfile(service: MadeFor): MadeDockerfile {
  const { runtime, start, listen } = service
  if (runtime === null || start === '') throw notMade(service, 'it is not known what runs it', 'Write `runtime` and `start` in slipway.yml')
  if (listen === 'socket') throw notMade(service, 'it listens at a Unix socket, which no other container reaches', 'Let `start` listen on `$PORT`')
  const version = runtime.version ?? usualVersions[runtime.name]
  const said = runtime.name === 'python' ? { name: 'Python', file: '.python-version' } : { name: 'Node', file: '.nvmrc' }
  const stages = runtime.name === 'python' ? python(service, version) : node(service, version)
  return {
    dockerfile: `# Made by Slipway. Commit it as Dockerfile to change it.\n${stages.join('\n')}\n`,
    ignore: ignored.join('\n') + '\n',
    notes: [
      'There is no Dockerfile, so one was made; it is below.',
      ...(runtime.version === null ? [`Nothing says which ${said.name}: ${version} was taken. Commit a ${said.file} to decide it.`] : []),
    ],
  }
}

const ignored = ['.git', '.github', '.venv', '**/node_modules', '**/__pycache__', '**/*.pyc', '**/*.log', '.env', '.env.*', 'Dockerfile*']

function python(service: MadeFor, version: string): readonly string[] {
  const { install, build } = service
  const uv = `/uv/bin/uv`
  const cache = '--mount=type=cache,target=/root/.cache/uv'
  const needed = install.tool === 'none' ? [] : [
    `RUN python -m venv /uv && /uv/bin/pip install --quiet --no-cache-dir uv==${uvVersion}`,
    // A link into the cache would be a copy all the same: the cache is no part of the image.
    'ENV UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/venv UV_PYTHON_DOWNLOADS=never',
    ...pythonInstall(service, uv, cache),
    // By content and not by time, so that it is the same each time it is built, and valid when times are rewritten.
    'RUN python -m compileall -q --invalidation-mode unchecked-hash /venv',
  ]
  return [
    `FROM python:${version}-slim AS build`, 'WORKDIR /app', ...needed,
    ...(build.length === 0 ? [] : ['ENV PATH=/venv/bin:$PATH', 'COPY . .', ...build.map(run)]), '',
    `FROM python:${version}-slim`, 'WORKDIR /app',
    ...(install.tool === 'none' ? [] : ['COPY --from=build /venv /venv']),
    build.length === 0 ? 'COPY . .' : 'COPY --from=build /app /app',
    `ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1${envOf(service)}`, ...last(service),
  ]
}

function pythonInstall(service: MadeFor, uv: string, cache: string): readonly string[] {
  const { install } = service
  const secrets = mounts(service)
  const pip = `RUN ${cache}${secrets} ${uv} venv --quiet /venv && VIRTUAL_ENV=/venv ${uv} pip install`
  switch (install.tool) {
    case 'requirements': return [`COPY ${install.file} ./`, `${pip} --requirement ${install.file}`]
    case 'uv-lock': return [
      'COPY pyproject.toml uv.lock ./',
      `RUN ${cache}${secrets} ${uv} sync --locked --no-dev --no-install-project${[
        ...(install.extras ?? []).map((extra) => ` --extra ${extra}`), ...(install.groups ?? []).map((group) => ` --group ${group}`),
      ].join('')}`,
    ]
    case 'pyproject': return ['COPY . .', `${pip} .${install.extras === undefined ? '' : `[${install.extras.join(',')}]`}`]
    default: throw notMade(service, `its packages are locked for ${install.tool}`, 'Write a Dockerfile')
  }
}

function node(service: MadeFor, version: string): readonly string[] {
  const { install, build } = service
  const all = build.length > 0
  return [
    `FROM node:${version}-slim AS build`, 'WORKDIR /app', ...nodeInstall(service, install, all),
    ...(all ? ['COPY . .', ...build.map(run), ...(install.tool === 'npm-lock' ? ['RUN npm prune --omit=dev'] : [])] : []), '',
    `FROM node:${version}-slim`, 'WORKDIR /app',
    ...(all ? ['COPY --from=build /app /app']
      : [...(install.tool === 'none' ? [] : ['COPY --from=build /app/node_modules ./node_modules']), 'COPY . .']),
    `ENV NODE_ENV=production${envOf(service)}`, ...last(service),
  ]
}

function nodeInstall(service: MadeFor, install: Install, all: boolean): readonly string[] {
  const secrets = mounts(service)
  const omit = all ? '' : ' --omit=dev'
  switch (install.tool) {
    case 'none': return []
    case 'npm-lock': return [
      'COPY package.json package-lock.json* npm-shrinkwrap.json* ./',
      // Without dependencies npm makes no folder, and the next stage copies it.
      `RUN --mount=type=cache,target=/root/.npm${secrets} npm ci --no-audit --no-fund${omit} && mkdir -p node_modules`,
    ]
    case 'pnpm-lock': return [
      `RUN corepack enable && corepack prepare ${install.manager} --activate`, 'COPY package.json pnpm-lock.yaml ./',
      `RUN --mount=type=cache,target=/root/.local/share/pnpm/store${secrets} pnpm install --frozen-lockfile${all ? '' : ' --prod'}`,
    ]
    case 'yarn-classic': return [
      'COPY package.json yarn.lock ./', `RUN${secrets} yarn install --frozen-lockfile --non-interactive${all ? '' : ' --production'}`,
    ]
    default: throw notMade(service, `its packages are locked for ${install.tool}`, 'Write a Dockerfile')
  }
}

function last({ start, route, stop }: MadeFor): readonly string[] {
  // Hosts put a router before it; of a container only what listens on all addresses is reached.
  const command = start.replace(/\b127\.0\.0\.1\b/g, '0.0.0.0')
  return [
    ...(route === null ? [] : [`ENV PORT=${port}`, `EXPOSE ${port}`]),
    ...(stop.signal === 'SIGTERM' ? [] : [`STOPSIGNAL ${stop.signal}`]), `USER ${user}`,
    // A shell for the variables, which then gives its place to the process, so that signals reach that.
    `CMD ${JSON.stringify(['/bin/sh', '-c', `exec ${command}`])}`,
  ]
}

const run = (hook: Hook): string => `RUN ${(typeof hook === 'string' ? hook : hook.run).replaceAll('\n', ' ')}`

/** Docker would read a dollar as a variable, and a quote or backslash as its own. */
function envOf({ env }: MadeFor): string {
  return Object.entries(env).map(([name, value]) => ` ${name}="${value.replace(/[\\"$]/g, '\\$&')}"`).join('')
}

/** Secrets of the installation are mounted as variables, and are in no layer. */
function mounts({ installSecrets }: MadeFor): string {
  return installSecrets.map((name) => ` --mount=type=secret,id=${name},env=${name}`).join('')
}

function notMade({ name }: MadeFor, why: string, cure: string): Failure {
  return new Failure({
    code: 'dockerfile-not-made', what: `There is no Dockerfile, and none can be made for \`${name}\`: ${why}.`,
    cure: `${cure}; or commit a Dockerfile, or name one by the input \`file\`.`,
  })
}
