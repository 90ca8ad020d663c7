import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { untilSeen } from '../../host/harness/load'
import { ComposeApp, tinyWeb } from '../harness/compose-app'
import { eventually, jsonOf } from '../harness/examples'

/** Kill the runner, cut the power, take the registry away: users are served, and the next run finishes or undoes what it finds. */
let host: Host
let app: ComposeApp
let minor = 0
beforeAll(async () => {
  host = await freshHost('interrupted', { image: 'docker' })
  app = await ComposeApp.tiny('tiny', { host, files: { 'compose.yaml': compose() } })
  await next()
  succeeded(await app.up())
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})

function compose(web: object = {}): string {
  return JSON.stringify({ services: { web: tinyWeb({ depends_on: ['db'], ...web }), db: { image: 'redis:7.0', volumes: ['data:/data'], restart: 'always' } }, volumes: { data: {} } }, null, 2)
}
const next = async (web: object = {}): Promise<string> => {
  const version = `1.${++minor}.0`
  await app.release(version, { files: { 'compose.yaml': compose(web) } })
  return version
}
const serves = (): Promise<unknown> => jsonOf(host, 80, '/').then(({ version }) => version)
const database = (): Promise<readonly string[]> => app.containers('db', '{{.Id}} {{.State.StartedAt}}')
/** Until a check lets it: a file on the host. */
const gated = { volumes: ['./conf:/etc/nginx/conf.d:ro', '/run/gate:/gate:ro'], healthcheck: { test: ['CMD', 'test', '-e', '/gate/open'], interval: '60s', retries: 5 } }

describe('a runner that dies', () => {
  it('while the newcomer starts: what it had begun goes, and nobody notices', async () => {
    const [before, db, load] = [await serves(), await database(), app.load({ requests: ['GET /'] })]
    await host.shell('mkdir -p /run/gate; rm -f /run/gate/open')
    const version = await next(gated)
    const run = await app.startUp()
    await eventually(() => app.containers('web', '{{.Id}}'), (found) => found.length === 2)
    run.kill('SIGKILL')
    await run.done
    await eventually(() => app.containers('web', '{{.Id}}'), (found) => found.length === 1)
    expect(await serves()).toBe(before)
    await host.shell('touch /run/gate/open')
    const again = succeeded(await app.up())
    expect(again.summary + again.log).toMatch(/ended before its cut-over \(start\)/)
    await untilSeen(load, version)
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(await database()).toEqual(db)
  }, 300_000)

  it('and a job that is cancelled', async () => {
    await host.shell('rm -f /run/gate/open')
    const [before, load] = [await serves(), app.load({ requests: ['GET /'] })]
    await next(gated)
    const run = await app.startUp()
    await eventually(() => app.containers('web', '{{.Id}}'), (found) => found.length === 2)
    run.cancel()
    const { outputs } = await run.done
    expect(outputs['status']).toBe('cancelled')
    await eventually(() => app.containers('web', '{{.Id}}'), (found) => found.length === 1)
    expect(await serves()).toBe(before)
    const { failed } = await load.stop()
    expect(failed).toBe(0)
    await host.shell('touch /run/gate/open')
  }, 300_000)
})

describe('a host that loses its power', () => {
  it('serves again by itself, the database with what it held', async () => {
    const before = await serves()
    await host.shell('docker exec $(docker ps -q --filter label=com.docker.compose.service=db) redis-cli set kept yes; docker exec $(docker ps -q --filter label=com.docker.compose.service=db) redis-cli save')
    await host.cutPower()
    expect(await eventually(serves, (version) => version === before)).toBe(before)
    expect(await eventually(() => host.shell('docker exec $(docker ps -q --filter label=com.docker.compose.service=db) redis-cli get kept'), (text) => text === 'yes')).toBe('yes')
  }, 300_000)

  it('while the newcomer starts: what served serves, and the newcomer is gone', async () => {
    await host.shell('mkdir -p /run/gate; rm -f /run/gate/open')
    const before = await serves()
    const version = await next(gated)
    const run = await app.startUp()
    await eventually(() => app.containers('web', '{{.Id}}'), (found) => found.length === 2)
    await host.cutPower()
    run.kill('SIGKILL')
    await run.done
    expect(await eventually(serves, (seen) => seen === before)).toBe(before)
    await eventually(() => app.containers('web', '{{.Id}}'), (found) => found.length === 1)
    await host.shell('mkdir -p /run/gate; touch /run/gate/open')
    succeeded(await app.up())
    expect(await serves()).toBe(version)
  }, 300_000)
})

describe('a registry that is off', () => {
  it('is not needed to go back, nor for a release whose images are here', async () => {
    await host.shell('iptables -I OUTPUT -p tcp -d 10.231.0.1 --dport 5000:5001 -j REJECT')
    try {
      const before = await serves()
      const run = succeeded(await app.rollback())
      expect(run.outputs['status']).toBe('rolled-back')
      expect(await serves()).not.toBe(before)
      const version = await next()
      succeeded(await app.up())
      expect(await serves()).toBe(version)
    } finally {
      await host.shell('iptables -D OUTPUT -p tcp -d 10.231.0.1 --dport 5000:5001 -j REJECT')
    }
  }, 300_000)
})

describe('a database whose definition changes', () => {
  it('is ended and begins anew with its data, said beforehand; put back when the newcomer is broken', async () => {
    const redis = (...words: string[]): Promise<string> => host.shell(`docker exec $(docker ps -q --filter label=com.docker.compose.service=db) redis-cli ${words.join(' ')}`)
    await redis('set', 'kept', 'still')
    const change = (command: string[]): string => compose().replace('"image": "redis:7.0",', `"image": "redis:7.0", "command": ${JSON.stringify(command)},`)
    const [before, old] = [await serves(), await database()]
    await app.release(`1.${++minor}.0`, { files: { 'compose.yaml': change(['redis-server', '--no-such-option', 'x']) } })
    const broken = await app.up()
    expect(broken.code).toBe(1)
    expect(broken.log).toMatch(/db: ended, then started anew \(not both at once: it writes to the volume data\)/)
    expect(await serves()).toBe(before)
    expect((await database())[0]?.split(' ')[0]).toBe(old[0]?.split(' ')[0])
    expect(await redis('get', 'kept')).toBe('still')
    const version = `1.${++minor}.0`
    await app.release(version, { files: { 'compose.yaml': change(['redis-server', '--maxmemory', '64mb']) } })
    succeeded(await app.up())
    expect(await serves()).toBe(version)
    expect(await redis('get', 'kept')).toBe('still')
    expect(await redis('config', 'get', 'maxmemory')).toContain('67108864')
  }, 300_000)
})
