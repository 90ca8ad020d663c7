import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, text } from '../texts'

const program = new Program('config')
const service = {
  name: 'api', path: '.', runtime: null, install: { tool: 'none' }, installSecrets: [], start: 'node main.js', route: '/', protocol: 'http', health: null, healthTimeout: 60,
  build: ['make'], before: ['./migrate', { run: 'x', timeout: 60 }], after: [], env: { LOG_LEVEL: 'info' }, secrets: ['DATABASE_URL'], secretsAs: 'env', instances: 2, stop: { signal: 'SIGTERM', timeout: 30 },
  overlap: true, on: 'all', memory: 1 << 28, tasks: null, sandbox: { namespaces: false, devices: false }, schedule: null, timeout: 86400, listen: 'port', static: null,
}
const beat = { ...service, name: 'beat', route: null, schedule: { kind: 'times', calendar: ['*-*-* 06:00:00'] }, health: null, instances: 1 }
const site = { ...service, name: 'files', route: '/static', start: '', instances: 0, static: { folder: 'public', fallback: null, cache: 60 }, secrets: [], build: [], before: [] }
const app = {
  app: 'shop', target: 'vm', domains: ['shop.example.com', '*.example.com'], aliases: ['www.example.com'], tls: { kind: 'own', certificate: 'CERT', key: 'KEY' }, hsts: null, trustedProxies: ['10.0.0.0/8'], services: [service], shared: ['uploads'],
  scratch: ['tmp'], artifacts: ['dist'], keep: 5, packages: ['libpq-dev'], supervisor: 'systemd', pages: { error: 'error.html' }, tagPrefix: 'v', open: ['8443/tcp'], rollbackFloor: false,
}
const docker = { ...app, target: 'docker', services: [], supervisor: 'compose', scratch: [], compose: { files: ['compose.yaml'], project: 'shop', profiles: [], env: { A: 'b' }, images: {}, variables: ['B'] } }

/** The configuration of an app as a host is given it: what of it becomes units, scripts, variables and routes. */
export const surface = surfaceOf({
  inputs: fc.record({ config: altered([app, { ...app, services: [service, beat] }, { ...app, services: [service, site] }, docker]), secrets: fc.oneof(fc.constant({ DATABASE_URL: 'postgres://x"$`\\' }), fc.dictionary(fc.constantFrom('DATABASE_URL', 'A', 'PORT', 'a-b'), text, { maxKeys: 2 })) }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
