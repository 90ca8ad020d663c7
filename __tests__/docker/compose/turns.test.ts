import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { ComposeApp, tinyWeb } from '../harness/compose-app'
import { eventually, jsonOf } from '../harness/examples'

/** A service that publishes a port is alone in one release, so that Docker listens there, and beside the old one in the next, so that nginx does. */
let host: Host
let app: ComposeApp
let minor = 0
beforeAll(async () => {
  host = await freshHost('turns', { image: 'docker' })
  app = await ComposeApp.tiny('turns', { host, config: { rollout: { drain: '2s', bake: '8s' } } })
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const release = async (one: object): Promise<string> => {
  const version = `1.${++minor}.0`
  await app.release(version, { files: { 'compose.yaml': JSON.stringify({ services: { one: tinyWeb({ ports: ['8090:80'], ...one }) } }, null, 2) } })
  return version
}
const alone = { container_name: 'the-one' }
const listens = (): Promise<string> => host.shell("ss -ltnpH 'sport = :8090' | grep -oE 'docker-proxy|nginx' | sort -u")
const serves = (version: string): Promise<unknown> => eventually(() => jsonOf(host, 8090, '/'), (told) => (told as { version?: string }).version === version)

it('goes over from Docker to nginx, is said beforehand, and goes back with a release that fails', async () => {
  await serves(await release(alone).then(async (version) => { succeeded(await app.up()); return version }))
  expect(await listens()).toBe('docker-proxy')
  const version = await release({})
  expect(succeeded(await app.up({ inputs: { 'dry-run': 'true' } })).log).toContain('port 8090: closed for a moment while users are led over')
  expect(succeeded(await app.up()).log).toContain('port 8090: closed for a moment while users are led over')
  await serves(version)
  expect(await listens()).toBe('nginx')
  await release({ ...alone, command: ['false'] })
  expect((await app.up()).code).toBe(1)
  await serves(version)
  expect(await listens()).toBe('nginx')
}, 300_000)

it('goes over from nginx to Docker, and back with a release that is withdrawn after its proof, and with a rollback', async () => {
  const version = await release(alone)
  expect(succeeded(await app.up()).log).toContain('port 8090: closed until the new one listens')
  await serves(version)
  expect(await listens()).toBe('docker-proxy')
  const id = await app.containers('one', '{{.Id}} {{.Name}}')
  await release({ command: ['sh', '-c', 'nginx & sleep 5'] })
  expect((await app.up()).code).toBe(1)
  await serves(version)
  expect(await listens()).toBe('docker-proxy')
  expect(await app.containers('one', '{{.Id}} {{.Name}}')).toEqual(id)
  succeeded(await app.rollback())
  await serves('1.2.0')
  expect(await listens()).toBe('nginx')
}, 300_000)
