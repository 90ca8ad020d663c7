import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { untilSeen } from '../../host/harness/load'
import { ComposeApp } from '../harness/compose-app'
import { jsonOf } from '../harness/examples'

/** The ports that a project publishes are another in the next release. */
let host: Host
let app: ComposeApp
beforeAll(async () => {
  host = await freshHost('ports', { image: 'docker' })
  app = await ComposeApp.on('compose-gateway', { host })
  await app.release('1.0.0')
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const inputs = (): Record<string, string> => ({ images: `catalog=${app.images['catalog']}` })
const listening = (): Promise<string> => host.shell("ss -ltnH | awk '{ print $4 }' | grep -oE '^0.0.0.0:(8080|8081)$' | sort | paste -sd' '")

it('one comes and goes, and those that stay close no connection, kept ones either', async () => {
  succeeded(await app.up({ inputs: inputs() }))
  expect(await listening()).toBe('0.0.0.0:8080')
  const load = app.load({ port: 8080, requests: ['GET /', 'GET /proxy'] })
  await untilSeen(load, '1.0.0')
  await app.release('1.1.0', { files: { 'compose.override.yaml': "services: { proxy: { ports: ['8081:80'] } }\n" } })
  succeeded(await app.up({ inputs: inputs() }))
  expect(await listening()).toBe('0.0.0.0:8080 0.0.0.0:8081')
  expect(await jsonOf(host, 8081, '/')).toEqual({ service: 'catalog', version: '1.1.0' })
  succeeded(await app.rollback())
  expect(await listening()).toBe('0.0.0.0:8080')
  const { failed, failures, versions } = await load.stop()
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
  expect(Object.keys(versions).sort()).toEqual(['1.0.0', '1.1.0'])
}, 300_000)
