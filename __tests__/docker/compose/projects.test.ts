import { succeeded } from '../../host/harness/deploy'
import { freshHost, type Host } from '../../host/harness/hosts'
import { untilSeen } from '../../host/harness/load'
import { ComposeApp } from '../harness/compose-app'
import { eventually, jsonOf } from '../harness/examples'
import { linesLoad } from '../harness/lines'

/** Four projects of different shapes, as their people wrote them: deployed, redeployed, broken, and rolled back under load. */
let host: Host
beforeAll(async () => { host = await freshHost('projects', { image: 'docker' }) }, 600_000)
afterAll(async () => { await host?.remove() })

const started = '{{.Id}} {{.State.StartedAt}} {{.RestartCount}}'

describe('web, database and migration', () => {
  let app: ComposeApp
  let database: readonly string[]
  beforeAll(async () => {
    app = await ComposeApp.on('compose-notes', { host, env: { POSTGRES_PASSWORD: 'correct horse' } })
    await app.release('1.0.0')
  }, 600_000)
  afterAll(() => app?.[Symbol.dispose]())
  const migrated = (): Promise<string> => host.shell('docker exec $(docker ps -q --filter label=com.docker.compose.service=db) psql --user=notes --tuples-only --no-align --command="SELECT string_agg(version, \' \' ORDER BY version) FROM migrations"')

  it('is deployed: migrated first, then served', async () => {
    const run = succeeded(await app.up())
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: '1.0.0' })
    expect(await jsonOf(host, 80, '/healthz')).toEqual({ healthy: true, version: '1.0.0' })
    expect(await migrated()).toBe('1.0.0')
    database = await app.containers('db', started)
    expect(database).toHaveLength(1)
    await jsonOf(host, 80, '/notes', { text: 'kept' })
  }, 300_000)

  it('is redeployed and rolled back under load, and the database is not touched', async () => {
    await app.release('1.1.0')
    const load = app.load({ requests: ['GET /', 'POST /notes'] })
    await untilSeen(load, '1.0.0')
    const run = succeeded(await app.up())
    await untilSeen(load, '1.1.0')
    expect(run.log).toContain('migrated to 1.1.0')
    expect(succeeded(await app.rollback()).outputs).toMatchObject({ status: 'rolled-back', serving: '1.0.0', previous: '1.1.0' })
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(Object.keys(versions).sort()).toEqual(['1.0.0', '1.1.0'])
    expect(await app.containers('db', started)).toEqual(database)
    // A rollback runs no job.
    expect(await migrated()).toBe('1.0.0 1.1.0')
  }, 300_000)

  it('says that there is nothing to do when it serves already', async () => {
    await app.repository.git('checkout', '--quiet', 'v1.1.0')
    succeeded(await app.up())
    const run = succeeded(await app.up())
    expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
    await app.repository.git('checkout', '--quiet', 'main')
  }, 300_000)

  it.each([['crash', /ended with exit code 3/], ['sick', /did not become healthy/]] as const)('is put back when its image is broken: %s', async (variant, said) => {
    const version = `1.2.0-${variant}`
    await app.release(version, { variant, files: { 'compose.override.yaml': 'services: { web: { healthcheck: { interval: 2s, retries: 2, start_period: 1s } } }\n' } })
    // The migration is the same image, and would be the one to fail.
    const load = app.load({ requests: ['GET /'] })
    const run = await app.up({ inputs: { images: `web=${app.images['web']}\nmigrate=${app.images['migrate']?.replace(/@.*/, '')}@${(await digestOfGood())}` } })
    const { failed, failures, versions } = await load.stop()
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', serving: '1.1.0' })
    expect(run.log).toMatch(said)
    expect(run.log).toContain(variant === 'crash' ? 'the setting PAYMENTS_URL is missing' : 'waits for the search index')
    expect({ failed, failures, versions: Object.keys(versions) }).toEqual({ failed: 0, failures: [], versions: ['1.1.0'] })
    expect(await app.containers('db', started)).toEqual(database)
    expect(await app.containers('web', '{{.Name}}')).toHaveLength(1)
  }, 300_000)

  const digestOfGood = async (): Promise<string> => {
    const pins = JSON.parse(await host.shell('cat $(ls -td /opt/notes/releases/1.1.0-*/images.json | head -n 1)')) as { migrate: { reference: string } }
    return pins.migrate.reference.split('@')[1] ?? ''
  }
})

describe('a reverse proxy with a template and two backends', () => {
  let app: ComposeApp
  beforeAll(async () => {
    app = await ComposeApp.on('compose-gateway', { host })
    await app.release('1.0.0')
  }, 600_000)
  afterAll(() => app?.[Symbol.dispose]())
  const withSuggestions = { inputs: { profiles: 'suggestions' } }
  const without = (): { inputs: Record<string, string> } => ({ inputs: { images: `catalog=${app.images['catalog']}` } })

  it('is deployed without its optional backend, and then with it', async () => {
    succeeded(await app.up(without()))
    expect(await jsonOf(host, 8080, '/')).toEqual({ service: 'catalog', version: '1.0.0' })
    expect(await jsonOf(host, 8080, '/suggest/')).toEqual({ service: 'proxy', suggestions: [], version: '1.0.0' })
    const load = app.load({ port: 8080, requests: ['GET /', 'GET /proxy'] })
    succeeded(await app.up(withSuggestions))
    expect(await jsonOf(host, 8080, '/suggest/')).toMatchObject({ service: 'suggest' })
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
  }, 300_000)

  it('is redeployed and rolled back under load: proxy and backend change together', async () => {
    await app.release('1.1.0')
    const load = app.load({ port: 8080, requests: ['GET /', 'GET /proxy'] })
    succeeded(await app.up(withSuggestions))
    await untilSeen(load, '1.1.0')
    expect(await jsonOf(host, 8080, '/')).toEqual({ service: 'catalog', version: '1.1.0' })
    expect(await jsonOf(host, 8080, '/proxy')).toMatchObject({ version: '1.1.0' })
    succeeded(await app.rollback())
    expect(await jsonOf(host, 8080, '/')).toEqual({ service: 'catalog', version: '1.0.0' })
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
  }, 300_000)

  it('is put back when a backend is broken', async () => {
    await app.release('1.2.0', { variant: 'crash' })
    const load = app.load({ port: 8080, requests: ['GET /', 'GET /proxy'] })
    const run = await app.up(without())
    expect(run.code).toBe(1)
    expect(run.log).toContain('catalog ended with exit code 3')
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures, versions: Object.keys(versions) }).toEqual({ failed: 0, failures: [], versions: ['1.0.0'] })
  }, 300_000)
})

describe('workers alone', () => {
  let app: ComposeApp
  let queue: readonly string[]
  beforeAll(async () => {
    app = await ComposeApp.on('compose-mailer', { host, env: { SMTP_PASSWORD: 'correct horse' } })
    await app.release('1.0.0')
  }, 600_000)
  afterAll(() => app?.[Symbol.dispose]())
  const redis = (...words: string[]): Promise<string> => host.shell(`docker exec $(docker ps -q --filter label=com.docker.compose.service=redis) redis-cli ${words.join(' ')}`)

  it('is deployed, redeployed, broken and rolled back: each mail is taken once, and the queue is not touched', async () => {
    succeeded(await app.up())
    queue = await app.containers('redis', started)
    const mails: string[] = []
    let more = true
    const sending = (async () => {
      while (more && mails.length < 20_000) {
        const some = Array.from({ length: 5 }, () => `mail-${mails.length}-${Math.random().toString(36).slice(2)}`)
        mails.push(...some)
        await redis('rpush', 'outbox', ...some)
      }
    })()
    await app.release('1.1.0')
    succeeded(await app.up())
    expect(await app.containers('worker', '{{.Config.Image}}')).toHaveLength(2)
    await app.release('1.2.0', { variant: 'crash' })
    expect((await app.up()).code).toBe(1)
    succeeded(await app.rollback('1.0.0'))
    more = false
    await sending
    const sent = await eventually(() => redis('lrange', 'sent', '0', '-1'), (text) => text.split('\n').length >= mails.length)
    const told = sent.split('\n').map((line) => JSON.parse(line) as { mail: string; version: string })
    expect(told.map(({ mail }) => mail).toSorted()).toEqual(mails.toSorted())
    expect(new Set(told.map(({ version }) => version))).toEqual(new Set(['1.0.0', '1.1.0']))
    expect(await app.containers('redis', started)).toEqual(queue)
  }, 600_000)
})

describe('a service that speaks TCP', () => {
  let app: ComposeApp
  beforeAll(async () => {
    app = await ComposeApp.on('compose-chat', { host })
    await app.release('1.0.0')
  }, 600_000)
  afterAll(() => app?.[Symbol.dispose]())

  it('is deployed, redeployed, broken and rolled back: nobody is refused, and who is there is told before the end', async () => {
    succeeded(await app.up())
    const load = linesLoad(host.address, 7000, 3)
    await eventually(async () => load.soFar().versions['1.0.0'] ?? 0, (count) => count > 5)
    await app.release('1.1.0')
    succeeded(await app.up())
    await eventually(async () => load.soFar().versions['1.1.0'] ?? 0, (count) => count > 5)
    await app.release('1.2.0', { variant: 'sick', files: { 'compose.override.yaml': 'services: { chat: { healthcheck: { interval: 2s, retries: 2 } } }\n' } })
    const broken = await app.up()
    expect(broken.code).toBe(1)
    expect(broken.log).toContain('chat did not become healthy')
    succeeded(await app.rollback('1.0.0'))
    const { failures, versions, opened, heard } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(versions).sort()).toEqual(['1.0.0', '1.1.0'])
    expect(opened).toBeGreaterThan(100)
    expect(heard).toBeGreaterThan(3)
  }, 600_000)
})
