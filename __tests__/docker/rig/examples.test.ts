import { connect } from 'node:net'
import { freshHost, type Host } from '../../host/harness/hosts'
import { loadOn } from '../../host/harness/load'
import { eventually, exampleImages, jsonOf, plainProject, type PlainProject } from '../harness/examples'

let host: Host
beforeAll(async () => { host = await freshHost('test-compose', { image: 'docker' }) }, 600_000)
afterAll(async () => { await host.remove() })

describe('the example compose-notes, by plain Compose', () => {
  const given = { VERSION: '1.0.0', POSTGRES_PASSWORD: 'correct horse' }
  let notes: PlainProject
  beforeAll(async () => {
    await exampleImages('compose-notes', given.VERSION)
    notes = await plainProject(host, 'compose-notes', given)
    await notes.compose('up', '--detach', '--quiet-pull')
  }, 600_000)

  const served = (): Promise<unknown> => eventually(() => jsonOf(host, 80, '/healthz'), ({ healthy }) => healthy === true)
  const migrations = (): Promise<string> => notes.compose('exec', '-T', 'db', 'psql', '--user=notes', '--tuples-only', '--no-align', '--command=SELECT version FROM migrations')

  it('is migrated, then served', async () => {
    expect(await served()).toMatchObject({ version: '1.0.0' })
    expect(await migrations()).toBe('1.0.0')
    expect(await jsonOf(host, 80, '/notes', { number: 1 })).toMatchObject({ echo: { number: 1 }, version: '1.0.0' })
    expect(await loadOn(host, { count: 40, kept: 0, requests: ['GET /', 'POST /notes'] }).done).toMatchObject({ sent: 40, failures: [], versions: { '1.0.0': 40 } })
  })

  it('stands still with all its containers while the host is frozen', async () => {
    await served()
    await host.freeze()
    await expect(jsonOf(host, 80, '/')).rejects.toThrow(/timeout/)
    await host.thaw()
    expect(await served()).toBeDefined()
  })

  it('is back with what was written after a restart, and after a power cut', async () => {
    await served()
    for (const interrupt of [host.restart, host.cutPower]) {
      const { count, id } = { ...await jsonOf(host, 80, '/notes', { before: interrupt.name }), ...await jsonOf(host, 80, '/notes') }
      expect(id).toBeDefined()
      await interrupt()
      await served()
      expect(await jsonOf(host, 80, '/notes')).toMatchObject({ count, version: '1.0.0' })
    }
    expect(await migrations()).toBe('1.0.0')
  })
})

describe('the example compose-gateway', () => {
  it('is served with its optional service, and without', async () => {
    await exampleImages('compose-gateway', '1.0.0')
    const gateway = await plainProject(host, 'compose-gateway', { VERSION: '1.0.0' })
    await gateway.compose('up', '--detach', '--quiet-pull')
    const asked = (path: string): Promise<unknown> => eventually(() => jsonOf(host, 8080, path))
    expect(await asked('/')).toEqual({ service: 'catalog', version: '1.0.0' })
    expect(await asked('/proxy')).toEqual({ service: 'proxy', title: 'Catalog', version: '1.0.0' })
    expect(await asked('/suggest/')).toEqual({ service: 'proxy', suggestions: [], version: '1.0.0' })
    await gateway.compose('--profile', 'suggestions', 'up', '--detach', '--quiet-pull')
    await eventually(() => jsonOf(host, 8080, '/suggest/'), ({ service }) => service === 'suggest')
    await gateway.compose('--profile', 'suggestions', 'down')
  }, 300_000)
})

describe('the example compose-mailer', () => {
  it('takes each mail once, by two workers', async () => {
    await exampleImages('compose-mailer', '1.0.0')
    const mailer = await plainProject(host, 'compose-mailer', { VERSION: '1.0.0', SMTP_PASSWORD: 'correct horse' })
    await mailer.compose('up', '--detach', '--quiet-pull')
    expect((await mailer.compose('ps', '--quiet', 'worker')).split('\n')).toHaveLength(2)
    const mails = Array.from({ length: 50 }, (_, number) => `mail-${number}`)
    const redis = (...words: string[]): Promise<string> => mailer.compose('exec', '-T', 'redis', 'redis-cli', ...words)
    await redis('rpush', 'outbox', ...mails)
    const sent = await eventually(() => redis('lrange', 'sent', '0', '-1'), (text) => text.split('\n').length >= mails.length)
    const told = sent.split('\n').map((line) => JSON.parse(line) as { mail: string; version: string })
    expect(told.map(({ mail }) => mail)).toEqual(mails)
    expect(new Set(told.map(({ version }) => version))).toEqual(new Set(['1.0.0']))
    await mailer.compose('down')
  }, 300_000)
})

describe('the example compose-chat', () => {
  it('greets with its version, and lets those who are there finish', async () => {
    await exampleImages('compose-chat', '1.0.0')
    const chat = await plainProject(host, 'compose-chat', { VERSION: '1.0.0' })
    await chat.compose('up', '--detach', '--quiet-pull', '--wait')
    const socket = connect(7000, host.address)
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => { heard += text })
    const hears = (text: string): Promise<string> => eventually(async () => heard, (all) => all.endsWith(text))
    await hears('welcome 1.0.0\n')
    const down = chat.compose('down')
    await eventually(() => chat.compose('logs', 'chat'), (log) => log.includes('takes nobody new'))
    socket.write('still here\n')
    await hears('said still here\n')
    socket.end()
    await down
  }, 300_000)
})

describe('images that are not as they should be', () => {
  it.each([
    ['crash', 'exited', 'the setting PAYMENTS_URL is missing'],
    ['sick', 'unhealthy', 'waits for the search index'],
  ] as const)('%s: %s', async (variant, state, said) => {
    const version = `1.0.0-${variant}`
    await exampleImages('compose-chat', version, variant)
    const chat = await plainProject(host, 'compose-chat', { VERSION: version })
    await chat.compose('create', '--quiet-pull')
    const id = await chat.compose('ps', '--all', '--quiet', 'chat')
    await host.shell(`docker update --restart no ${id}; docker start ${id}`)
    await eventually(() => host.shell(`docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' ${id}`), (text) => text.split(' ').includes(state))
    expect(await chat.compose('logs', 'chat')).toContain(said)
    await chat.compose('down')
  })

  it('foreign: for another processor', async () => {
    const { chat: image = '' } = await exampleImages('compose-chat', '1.0.0-foreign', 'foreign')
    await host.shell(`docker pull --quiet ${image}`)
    const architecture = { x86_64: 'amd64', aarch64: 'arm64' }[await host.shell('uname -m')]
    expect(await host.shell(`docker image inspect --format '{{.Architecture}}' ${image}`)).not.toBe(architecture)
  })
})
