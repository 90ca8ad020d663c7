import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, refilled } from '../texts'

const program = new Program('compose')
const web = {
  image: 'nginx', command: null, entrypoint: null, networks: { default: null }, ports: [{ mode: 'ingress', target: 80, published: '8080', protocol: 'tcp' }], depends_on: { db: { condition: 'service_healthy', required: true } },
  healthcheck: { test: ['CMD', 'true'], interval: '5s', timeout: '3s', retries: 3, start_period: '1m0s' }, deploy: { replicas: 2, resources: { limits: { memory: '268435456' } } }, labels: { a: 'b' }, 'x-slipway': { route: '/', health: '/up' }, restart: 'unless-stopped', stop_grace_period: '10s',
}
const db = { image: 'postgres', networks: { default: null }, volumes: [{ type: 'volume', source: 'data', target: '/data', volume: {} }, { type: 'bind', source: '/srv/x', target: '/x' }], environment: { A: 'b' } }
const job = { image: 'shop', networks: { default: null }, command: ['migrate'] }
const model = { name: 'notes', services: { web: { ...web, depends_on: { db: { condition: 'service_started' }, job: { condition: 'service_completed_successfully' } } }, db, job }, networks: { default: { name: 'notes_default', ipam: {} } }, volumes: { data: { name: 'notes_data' } } }
const settings = { files: ['compose.yaml'], project: 'notes', profiles: [], env: {}, images: { web: `nginx@sha256:${'0'.repeat(64)}` }, variables: [] }

/** A model as `docker compose config` prints it, and the settings of a project. */
export const surface = surfaceOf({
  inputs: fc.record({ model: refilled([model]), settings: fc.oneof({ weight: 3, arbitrary: fc.constant(settings) }, { weight: 1, arbitrary: altered([settings]) }) }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
