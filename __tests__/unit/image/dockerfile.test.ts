import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDockerfile, usualVersions, uvVersion, type MadeFor } from '../../../src/image/dockerfile'

const service: MadeFor = {
  name: 'web', runtime: { name: 'python', version: '3.12' }, install: { tool: 'requirements', file: 'requirements.txt' }, installSecrets: [],
  start: 'gunicorn main:app --bind 127.0.0.1:$PORT', build: [], env: {}, listen: 'port', route: '/', stop: { signal: 'SIGTERM', timeout: 30 },
}
const made = (more: Partial<MadeFor> = {}): string => makeDockerfile({ ...service, ...more }).dockerfile
const node: Partial<MadeFor> = { runtime: { name: 'node', version: '22' }, install: { tool: 'npm-lock' }, start: 'node main.js' }

describe('a Dockerfile that is made', () => {
  it('for Python', () => {
    expect(made()).toBe(`# Made by Slipway. Commit it as Dockerfile to change it.
FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv /uv && /uv/bin/pip install --quiet --no-cache-dir uv==${uvVersion}
ENV UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/venv UV_PYTHON_DOWNLOADS=never
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/uv /uv/bin/uv venv --quiet /venv && VIRTUAL_ENV=/venv /uv/bin/uv pip install --requirement requirements.txt
RUN python -m compileall -q --invalidation-mode unchecked-hash /venv

FROM python:3.12-slim
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV PORT=8000
EXPOSE 8000
USER 10001:10001
CMD ["/bin/sh","-c","exec gunicorn main:app --bind 0.0.0.0:$PORT"]
`)
  })

  it('for Node', () => {
    expect(made(node)).toBe(`# Made by Slipway. Commit it as Dockerfile to change it.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json* npm-shrinkwrap.json* ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --omit=dev && mkdir -p node_modules

FROM node:22-slim
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY . .
ENV NODE_ENV=production
ENV PORT=8000
EXPOSE 8000
USER 10001:10001
CMD ["/bin/sh","-c","exec node main.js"]
`)
  })

  it('takes a lock at its word', () => {
    expect(made({ install: { tool: 'uv-lock', extras: ['web'], groups: ['jobs'] } })).toContain('uv sync --locked --no-dev --no-install-project --extra web --group jobs\n')
    expect(made({ ...node, install: { tool: 'pnpm-lock', manager: 'pnpm@10.1.0' } })).toMatch(/corepack prepare pnpm@10\.1\.0 --activate[^]*pnpm install --frozen-lockfile --prod/)
    expect(made({ ...node, install: { tool: 'yarn-classic', manager: 'yarn@1.22.22' } })).toContain('yarn install --frozen-lockfile')
  })

  it('builds in the first stage, with what only builds need, and leaves that behind', () => {
    const text = made({ ...node, build: ['npm run build', { run: 'node more.js', timeout: 60 }] })
    expect(text).toMatch(/npm ci --no-audit --no-fund && mkdir[^]*COPY \. \.\nRUN npm run build\nRUN node more\.js\nRUN npm prune --omit=dev\n\nFROM/)
    expect(text.split('\n\n')[1]).not.toContain('RUN')
  })

  it('mounts secrets of the installation, and has their names alone', () => {
    expect(made({ ...node, installSecrets: ['NPM_TOKEN'] })).toContain('--mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN npm ci')
  })

  it('keeps values of variables as they are', () => {
    expect(made({ ...node, env: { A: 'a "b" $C \\d' } })).toContain('NODE_ENV=production A="a \\"b\\" \\$C \\\\d"')
  })

  it('gives a worker no port, and another signal where one is wanted', () => {
    const text = made({ route: null, stop: { signal: 'SIGINT', timeout: 30 } })
    expect(text).not.toMatch(/PORT=|EXPOSE/)
    expect(text).toContain('STOPSIGNAL SIGINT\n')
  })

  it('says which version it took where nothing names one', () => {
    const { dockerfile, notes } = makeDockerfile({ ...service, runtime: { name: 'python', version: null } })
    expect(dockerfile).toContain(`FROM python:${usualVersions.python}-slim`)
    expect(notes.join()).toContain(`${usualVersions.python} was taken. Commit a .python-version`)
  })

  it.each<[Partial<MadeFor>, RegExp]>([
    [{ runtime: null }, /not known what runs it/],
    [{ listen: 'socket' }, /Unix socket/],
    [{ ...node, install: { tool: 'yarn-berry', manager: 'yarn@4.0.0' } }, /locked for yarn-berry/],
  ])('is not made where it would be no good one: %j', (more, why) => {
    expect(() => made(more)).toThrow(why)
  })

  it('takes what hosts have', () => {
    const tools = JSON.parse(readFileSync(join(import.meta.dirname, '../../../src/targets/host/setup/tools.json'), 'utf8')) as { uv: string; node: object; python: object }
    expect(uvVersion).toBe(tools.uv)
    expect(Object.keys(tools.node)).toContain(usualVersions.node)
    expect(Object.keys(tools.python)).toContain(usualVersions.python)
  })
})
