import { resolved } from './commit'

const DESIGN = `
app: shop
target: vm
domain: shop.example.com
services:
  api:
    path: src/py
    runtime: python@3.11
    start: gunicorn main:app -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:$PORT
    route: /
    protocol: http
    health: /healthz
    build: []
    before: [python manage.py migrate]
    env: { LOG_LEVEL: info, RATIO: 1.10, CODE: 08, ON: true, EMPTY: '', NAME: 'a "b" %n $HOME' }
    secrets: [DATABASE_URL]
    instances: 2
    stop: { signal: SIGQUIT, timeout: 1m }
    memory: 512M
  web: { path: src/js, start: node main.js, route: /js/, health: { command: node check.js, timeout: 90s }, build: npm run build }
  beat: { path: ./src/py/, start: python beat.py, overlap: false, on: first }
shared: [uploads]
scratch: [./tmp/]
artifacts: [dist/app]
keep: 7
supervisor: systemd
rollout: { canary: 2, wave: 3, failures: 1, absent: 2, bake: 10s, drain: 1m, warm: 0, timeout: 1h }
tag-prefix: shop-
environments:
  production: {}
  staging:
    domain: staging.example.com
    services:
      api: { instances: 1, secrets: [], env: { LOG_LEVEL: debug, RATIO: null }, memory: null }
      beat: null
      extra: { path: src/py, start: python extra.py, env: { A: b, C: null } }
    rollout: { wave: 50% }
    shared: null
`

const TREE = {
  'src/py/requirements.txt': 'fastapi\ngunicorn\n',
  'src/js/package.json': '{ "dependencies": { "express": "5" } }',
  'src/js/package-lock.json': '{}'
}

describe('a complete slipway.yml', () => {
  it('says everything, in the units of the config', async () => {
    const { config, rollout } = await resolved(DESIGN, TREE, { environment: 'production', repositoryName: 'acme/other' })
    const defaults = {
      runtime: { name: 'python', version: null }, install: { tool: 'requirements', file: 'requirements.txt' }, installSecrets: [], route: null,
        protocol: 'http',
      health: null, healthTimeout: 60, build: [], before: [], after: [], env: {}, secrets: [], secretsAs: 'env', instances: 1,
        stop: { signal: 'SIGTERM', timeout: 30 },
      overlap: true, on: 'all', memory: null, tasks: null,
      sandbox: { namespaces: false, devices: false }, schedule: null, timeout: 86_400, listen: 'port', static: null
    }
    expect(config).toEqual({
      app: 'shop', target: 'vm', domains: ['shop.example.com'], aliases: [], tls: { kind: 'acme' }, hsts: null, trustedProxies: [],
      services: [
        {
          ...defaults, name: 'api', path: 'src/py', runtime: { name: 'python', version: '3.11' },
          start: 'gunicorn main:app -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:$PORT', route: '/',
          health: { kind: 'path', path: '/healthz' }, before: ['python manage.py migrate'],
          env: { LOG_LEVEL: 'info', RATIO: '1.10', CODE: '08', ON: 'true', EMPTY: '', NAME: 'a "b" %n $HOME' },
          secrets: ['DATABASE_URL'], instances: 2, stop: { signal: 'SIGQUIT', timeout: 60 }, memory: 512 * 1024 * 1024
        },
        {
          ...defaults, name: 'web', path: 'src/js', runtime: { name: 'node', version: null }, install: { tool: 'npm-lock' }, installSecrets: [],
          start: 'node main.js', route: '/js/', health: { kind: 'command', command: 'node check.js' }, healthTimeout: 90,
            build: ['npm run build']
        },
        { ...defaults, name: 'beat', path: 'src/py', start: 'python beat.py', overlap: false, on: 'first' }
      ],
      shared: ['uploads'], scratch: ['tmp'], artifacts: ['dist/app'], open: [], keep: 7, packages: [], supervisor: 'systemd', pages: {},
      tagPrefix: 'shop-', rollbackFloor: false
    })
    expect(rollout).toEqual({ canary: 2, wave: { count: 3 }, failures: 1, absent: 2, bake: 10, drain: 60, warm: 0, maintenance: false,
      timeout: 3600 })
  })

  it('takes an overlay by key: lists are replaced, null removes', async () => {
    const { config, rollout } = await resolved(DESIGN, TREE, { environment: 'staging' })
    expect(config.domains).toEqual(['staging.example.com'])
    expect(config.services.map(({ name }) => name)).toEqual(['api', 'web', 'extra'])
    const [api, , extra] = config.services
    expect(api).toMatchObject({ instances: 1, secrets: [], memory: null, route: '/', before: ['python manage.py migrate'] })
    expect(api!.env).toEqual({ LOG_LEVEL: 'debug', CODE: '08', ON: 'true', EMPTY: '', NAME: 'a "b" %n $HOME' })
    expect(extra!.env).toEqual({ A: 'b' })
    expect(config.shared).toEqual([])
    expect(rollout).toMatchObject({ wave: { percent: 50 }, canary: 2 })
  })
})

describe('the shortest files', () => {
  it.each([
    ['a start line', 'start: gunicorn main:app', { 'requirements.txt': '' }, 'gunicorn main:app', 'python'],
    ['package.json alone', null, { 'package.json': '{"scripts":{"start":"node main.js"}}' }, 'node main.js', 'node'],
    ['an empty file beside it', '# nothing\n', { 'package.json': '{"scripts":{"start":"node main.js"}}' }, 'node main.js',
      'node'],
    ['a folder named at the top', 'path: js', { 'js/package.json': '{"scripts":{"start":"node x.js"}}' }, 'node x.js', 'node'],
    ['a Procfile with one line', null, { Procfile: 'web: gunicorn x:y\n' }, 'gunicorn x:y', 'python'],
    ['start beats a Procfile', 'start: node a.js', { Procfile: 'web: gunicorn x:y\nworker: z\n' }, 'node a.js', 'node'],
    ['a service without a start', 'services: { web: { route: / } }', { Procfile: 'web: python a.py' }, 'python a.py', 'python'],
    ['no runtime at all', 'start: ./server', {}, './server', undefined]
  ])('%s', async (_, yaml, tree, start, runtime) => {
    const { config, rollout } = await resolved(yaml, tree)
    expect(config).toMatchObject({ app: 'shop', target: 'vm', domains: [], tls: { kind: 'off' }, keep: 5, supervisor: 'systemd', tagPrefix: '' })
    expect(config.services).toHaveLength(1)
    expect(config.services[0]).toMatchObject({ name: 'web', route: '/', start })
    expect(config.services[0]!.runtime?.name).toBe(runtime)
    expect(rollout).toEqual({ canary: 1, wave: { percent: 25 }, failures: 0, absent: 0, bake: 0, drain: 30, warm: 0, maintenance: false,
      timeout: 600 })
  })

  it('a Procfile: web has the route, release runs before, keys at the top hold for all or for the routed one', async () => {
    const { config } = await resolved('env: { A: 1 }\nsecrets: [B]\nhealth: /up\n', {
      Procfile: '# how it runs\nworker: python w.py\r\nweb: gunicorn a:b\nrelease: python manage.py migrate\n',
        'requirements.txt': ''
    })
    expect(config.services).toMatchObject([
      { name: 'worker', start: 'python w.py', route: null, env: { A: '1' }, secrets: ['B'], health: null, before: [] },
      { name: 'web', start: 'gunicorn a:b', route: '/', env: { A: '1' }, secrets: ['B'], health: { path: '/up' },
        before: ['python manage.py migrate'] }
    ])
  })

  it('follows an explicit path, and takes the app\'s name from the repository in lower case', async () => {
    const { config } = await resolved(null, { 'deploy/app.yml': 'start: node a.js' },
      { configPath: './deploy/app.yml', repositoryName: 'Acme/My-Shop' })
    expect(config.app).toBe('my-shop')
  })

  it('keeps names that JavaScript knows apart from its own', async () => {
    const { config } = await resolved('start: x\nenv: { __proto__: a, constructor: b }\n')
    expect(Object.entries(config.services[0]!.env)).toEqual([['__proto__', 'a'], ['constructor', 'b']])
  })

  it('reads aliases as what they stand for', async () => {
    const { config } = await resolved('services:\n  a: { start: x, env: &env { A: 1.0 } }\n  b: { start: y, env: *env }\n')
    expect(config.services.map(({ env }) => env)).toEqual([{ A: '1.0' }, { A: '1.0' }])
  })
})
