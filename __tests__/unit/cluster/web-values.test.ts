import Ajv from 'ajv'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppConfig, ServiceConfig } from '../../../src/config/types'
import { failuresOf, type Failure } from '../../../src/errors'
import { webValues, type WebValues } from '../../../src/targets/cluster'
import { webChart } from '../../../src/targets/web-chart'
import { noClusterInputs } from '../../../src/config'
import { resolved } from '../config/commit'

const digest = (letter: string): string => `ghcr.io/acme/shop@sha256:${letter.repeat(64)}`
const release = { version: 'v1.4.2', commit: 'c'.repeat(40), drain: 20 }

async function configOf(yaml: string, images: Readonly<Record<string, string>> = { web: digest('a') }): Promise<AppConfig> {
  return (await resolved(`target: cluster\n${yaml}`, {}, { cluster: { ...noClusterInputs, images } })).config
}

const mapped = async (yaml: string, images?: Readonly<Record<string, string>>): Promise<WebValues> => webValues(await configOf(yaml, images), release)

const schema = new Ajv({ allErrors: true, strict: false }).compile(JSON.parse(readFileSync(join(webChart(), 'values.schema.json'), 'utf8')) as object)

function refused(config: AppConfig): readonly Failure[] {
  try {
    webValues(config, release)
  } catch (error) {
    return failuresOf(error)
  }
  return []
}

const whole = `
domain: [shop.example.com, shop.example.org]
services:
  web:
    start: gunicorn main:app --bind 0.0.0.0:$PORT
    route: /
    health: /healthz
    before: [python manage.py migrate, { run: 'cd x && seed', timeout: 5m }]
    env: { LOG_LEVEL: info, PRICE: '$5' }
    secrets: [DATABASE_URL]
    instances: 3
    memory: 512M
    stop: { timeout: 45s }
  api: { route: /api/, secrets: [DATABASE_URL, KEY], secrets-as: files, health: { command: 'check && run', timeout: 2m } }
  beat: { start: python beat.py, overlap: false, on: first }
  report: { start: python report.py, schedule: '30 6 * * mon-fri', timeout: 10m }
  seed: { start: 'python seed.py | tee /tmp/log', schedule: once }
`
const images = Object.fromEntries(['web', 'api', 'beat', 'report', 'seed'].map((name) => [name, digest('a')]))

test('services, commands, schedules and secrets', async () => {
  const { values, secretValues } = await mapped(whole, images)
  expect(values).toEqual({
    app: 'shop', version: 'v1.4.2', commit: 'c'.repeat(40), defaults: { drain: 20 },
    services: {
      web: {
        image: digest('a'), command: ['gunicorn', 'main:app', '--bind', '0.0.0.0:$(PORT)'], route: '/', health: { path: '/healthz' }, startupTimeout: 60, stopTimeout: 45, replicas: 3,
        env: { LOG_LEVEL: 'info', PRICE: '$5' }, secrets: ['DATABASE_URL'], secretsAs: 'env', resources: { requests: { cpu: '50m', memory: '512Mi' }, limits: { memory: '512Mi' } },
      },
      api: { image: digest('a'), route: '/api/', health: { command: ['sh', '-c', 'check && run'] }, startupTimeout: 120, stopTimeout: 30, secrets: ['DATABASE_URL', 'KEY'], secretsAs: 'files' },
      beat: { image: digest('a'), command: ['python', 'beat.py'], startupTimeout: 60, stopTimeout: 30, overlap: false },
      report: { image: digest('a'), command: ['python', 'report.py'], stopTimeout: 30, schedule: '30 6 * * 1,2,3,4,5', timeout: 600 },
      seed: { image: digest('a'), command: ['sh', '-c', 'python seed.py | tee /tmp/log'], stopTimeout: 30, once: true, timeout: 86_400 },
    },
    before: [
      { service: 'web', command: ['python', 'manage.py', 'migrate'], timeout: 600 },
      { service: 'web', command: ['sh', '-c', 'cd x && seed'], timeout: 300 },
    ],
    routing: { hosts: ['shop.example.com', 'shop.example.org'], tls: { kind: 'controller' } },
  })
  expect(secretValues).toEqual([{ path: ['secrets', 'DATABASE_URL'], secret: 'DATABASE_URL' }, { path: ['secrets', 'KEY'], secret: 'KEY' }])
})

test('what is mapped is what the schema of the chart takes', async () => {
  for (const yaml of [whole, 'route: /', 'route: /\ndomain: [a.example.com, "*.example.com"]\ntls: { certificate: CERT, key: CERT_KEY }', 'route: /a.b/\nstop: { timeout: 24h }\nhealth: { path: /x?y=1, timeout: 1h }\nmemory: 17.5M']) {
    const { values } = await mapped(yaml, yaml === whole ? images : undefined)
    expect({ yaml, valid: schema(values), errors: schema.errors }).toEqual({ yaml, valid: true, errors: null })
  }
  expect(schema({ services: { web: { image: 'shop:latest' } } })).toBe(false)
})

test('one instance of what serves users is left to the chart, which runs two', async () => {
  expect((await mapped('route: /')).values['services']).toEqual({ web: { image: digest('a'), route: '/', startupTimeout: 60, stopTimeout: 30 } })
})

test('a certificate of one\'s own goes into the values as secrets do', async () => {
  const { values, secretValues } = await mapped('route: /\ndomain: shop.example.com\ntls: { certificate: CERT, key: CERT_KEY }')
  expect(values['routing']).toEqual({ hosts: ['shop.example.com'], tls: { kind: 'own' } })
  expect(secretValues).toEqual([{ path: ['routing', 'tls', 'certificate'], secret: 'CERT' }, { path: ['routing', 'tls', 'key'], secret: 'CERT_KEY' }])
})

test('without a domain there is no TLS, whatever is said of it', async () => {
  const config = await configOf('route: /')
  expect(webValues({ ...config, tls: { kind: 'acme' } }, release).values['routing']).toEqual({ hosts: [], tls: { kind: 'off' } })
})

test('nobody asks how a run is that ends by itself', async () => {
  const config = await configOf('route: /')
  const [web] = config.services
  const { values } = webValues({ ...config, services: [{ ...web!, route: null, schedule: { kind: 'once' }, health: { kind: 'command', command: 'check' } }] }, release)
  expect(values['services']).toEqual({ web: { image: digest('a'), stopTimeout: 30, once: true, timeout: 86_400 } })
})

test('a secret in a file is no variable: a shell says what becomes of its name', async () => {
  const commandOf = async (as: string): Promise<unknown> =>
    ((await mapped(`route: /\nstart: app "$KEY"\nsecrets: [KEY]\nsecrets-as: ${as}`)).values['services'] as Record<string, { readonly command: unknown }>)['web']?.command
  expect(await commandOf('env')).toEqual(['app', '$(KEY)'])
  expect(await commandOf('files')).toEqual(['sh', '-c', 'exec app "$$KEY"'])
})

describe('what cannot be mapped', () => {
  const with_ = async (more: Partial<AppConfig>, service: Partial<ServiceConfig> = {}): Promise<AppConfig> => {
    const config = await configOf('route: /')
    return { ...config, ...more, services: config.services.map((one) => ({ ...one, ...service })) }
  }

  test.each<[string, Partial<AppConfig>]>([
    ['shared', { shared: ['uploads'] }], ['scratch', { scratch: ['tmp'] }], ['artifacts', { artifacts: ['dist'] }], ['packages', { packages: ['gcc'] }], ['open', { open: ['8443/tcp'] }],
    ['aliases', { aliases: ['www.example.com'] }], ['hsts', { hsts: 60 }], ['trusted-proxies', { trustedProxies: ['10.0.0.0/8'] }], ['pages', { pages: { error: 'x.html' } }],
  ])('%s', async (key, more) => {
    const [failure, ...others] = refused(await with_(more))
    expect(failure).toMatchObject({ code: 'cluster-unmapped', what: expect.stringContaining(`\`${key}\``), cure: expect.stringMatching(/\S/) })
    expect(others).toEqual([])
  })

  test.each<[string, Partial<ServiceConfig>]>([
    ['static', { static: { folder: 'public', fallback: null, cache: null } }], ['path', { path: 'api' }], ['build', { build: ['make'] }], ['install.secrets', { installSecrets: ['TOKEN'] }],
    ['protocol', { protocol: 'uwsgi' }], ['protocol', { protocol: 'fastcgi' }], ['listen', { listen: 'socket' }], ['tasks', { tasks: 5 }], ['sandbox', { sandbox: { namespaces: true, devices: false } }],
    ['after', { after: ['notify'] }], ['stop.signal', { stop: { signal: 'SIGQUIT', timeout: 5 } }], ['instances', { overlap: false, instances: 2 }],
    ['start', { start: 'gunicorn main:app --bind 127.0.0.1:$PORT' }], ['start', { start: 'node main.js --listen=localhost:${PORT}' }],
  ])('%s of a service', async (key, service) => {
    const [failure, ...others] = refused(await with_({}, service))
    expect(failure).toMatchObject({ code: 'cluster-unmapped', what: expect.stringContaining(`\`services.web.${key}\``) })
    expect(others).toEqual([])
  })

  test('an image that nobody names, a shell that would stay, a time without a cron: all at once', async () => {
    const config = await with_({ shared: ['uploads'] }, { start: 'cd api && app', schedule: null })
    const failures = refused({ ...config, cluster: { ...config.cluster!, images: {} }, services: [
      ...config.services, { ...config.services[0]!, name: 'job', route: null, start: 'x', schedule: { kind: 'times', calendar: ['*-*-* 6:00:00 UTC'] } },
    ] })
    expect(failures.map(({ code }) => code)).toEqual(['cluster-unmapped', 'cluster-image-missing', 'cluster-start', 'cluster-schedule'])
    expect(failures[1]?.cure).toContain('job=${{ steps.build.outputs.image }}')
    expect(failures[2]?.cure).toContain('exec')
  })
})

test('the chart is where a bundle two folders deep looks for it', () => {
  expect(existsSync(join(webChart(), 'Chart.yaml'))).toBe(true)
  const ignored = readFileSync(join(webChart(), '../../.gitattributes'), 'utf8')
  // It has to be in what `uses:` downloads.
  expect(ignored).not.toMatch(/^\/charts/m)
})
