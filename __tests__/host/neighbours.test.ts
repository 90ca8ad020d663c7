import { succeeded } from './harness/deploy'
import { appsHost, ask, errorsOf, TinyApp } from './harness/tiny-app'
import type { Host } from './harness/hosts'

let host: Host
let first: TinyApp
beforeAll(async () => {
  host = await appsHost()
  first = await TinyApp.on(host, 'near')
  succeeded(await first.push())
}, 300_000)
afterEach(() => first?.rest())
afterAll(() => { first?.[Symbol.dispose]() })

describe('a second app on the host', () => {
  let second: TinyApp
  afterAll(() => { second?.[Symbol.dispose]() })

  it('is prepared, deployed, switched and returned to without touching the first in anything', async () => {
    const [state, nginx] = [await first.ownState(), await host.shell('systemctl show nginx -p MainPID -p ActiveEnterTimestamp')]
    const load = first.load()
    second = await TinyApp.on(host, 'far')
    succeeded(await second.push())
    await second.release({ tag: 'v2' })
    succeeded(await second.push())
    succeeded(await second.rollback())
    expect(await second.serves()).toBe('v1 #3')
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures, versions: Object.keys(versions) }).toEqual({ failed: 0, failures: [], versions: ['v1'] })
    expect(await first.ownState()).toBe(state)
    expect(await host.shell('systemctl show nginx -p MainPID -p ActiveEnterTimestamp')).toBe(nginx)
    expect((await ask(host, 'nobody.example.com', '/')).status).toBe(404)
  })

  it('has users and ports of its own', async () => {
    const of = async (app: TinyApp): Promise<string[]> => [
      await host.shell(`id -u app-${app.name}; id -u build-${app.name}`),
      await host.shell(`grep -l '^${app.name} ' /var/lib/slipway/ports/*`),
    ].flatMap((text) => text.split('\n'))
    const [mine, its] = [await of(first), await of(second)]
    expect(mine.filter((one) => its.includes(one))).toEqual([])
    expect(mine).toHaveLength(3)
  })

  it('may not take the domain of the first, neither to begin with nor later', async () => {
    const before = await first.ownState()
    await second.release({ tag: 'v3', config: { domain: first.domain } })
    const run = await second.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(new RegExp(`The domain ${first.domain} belongs to the app ${first.name} on this host already`))
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(await second.serves()).toBe('v1 #3')
    expect(await second.remains(4)).toBe('')
    expect(await first.ownState()).toBe(before)
    expect(await first.serves()).toBe('v1 #1')
  })

  it('gives its old domain back when it takes another', async () => {
    const domain = `other-${second.domain}`
    await second.release({ tag: 'v4', config: { domain } })
    succeeded(await second.push())
    expect((await second.ask('/', domain)).told.version).toBe('v4')
    expect((await second.ask()).status).toBe(404)
    const claims = await host.shell(`ls /var/lib/slipway/domains | grep -F ${second.name} || true`)
    expect(claims.split('\n')).toEqual(['claim', 'json', 'sock'].map((kind) => `${domain}.${kind}`))
  })
})

describe('sites that others made', () => {
  const site = '/etc/nginx/conf.d/zz-legacy.conf'
  afterEach(() => host.shell(`rm -f ${site}`))

  it('keep their names: the error names the file', async () => {
    await host.shell(`printf 'server {\\n  listen 80;\\n  server_name legacy.example.org "${first.domain}";\\n}\\n' >${site}`)
    await first.release({ tag: 'v2' })
    const run = await first.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(new RegExp(`The domain ${first.domain} belongs to a site .*: ${site}`))
    expect(errorsOf(run)).toMatch(new RegExp(`Remove that server_name .* from ${site}`))
    expect(await first.serves()).toBe('v1 #1')
    expect(await first.remains(2)).toBe('')
  })

  it('that are broken are named with file and line, before anything is touched', async () => {
    await host.shell(`printf 'server {\\n  listen 80;\\n  lissten 81;\\n}\\n' >${site}`)
    const before = await first.state()
    const run = await first.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/nginx configuration of this host is broken/)
    for (const text of [run.log, run.summary]) expect(text).toContain(`unknown directive "lissten" in ${site}:3`)
    expect(await first.state()).toBe(before)
    expect(await first.serves()).toBe('v1 #1')
  })

  it('go on beside the apps', async () => {
    await host.shell(`echo 'server { listen 80; server_name legacy.example.org; return 200 legacy; }' >${site}; nginx -s reload`)
    succeeded(await first.push())
    expect((await ask(host, 'legacy.example.org', '/')).body).toBe('legacy')
    expect(await first.serves()).toBe('v2 #2')
  })
})

describe('two services on one domain', () => {
  it('each get what their route says, with and without its slash', async () => {
    const js = { runtime: 'python', start: 'python main.py', route: '/js/', health: '/js/' }
    await first.release({ tag: 'v3', config: { services: { js } } })
    succeeded(await first.push())
    const service = async (path: string): Promise<string | undefined> => (await first.ask(path)).told.service
    const answered = await Promise.all(['/', '/js', '/js/', '/js/a/b?c=1', '/jsx', '/a/js/'].map(service))
    expect(answered).toEqual(['web', 'js', 'js', 'js', 'web', 'web'])
    expect((await first.ask('/js/a%20b/../c?d=%2F')).body).toContain('"path": "/js/a%20b/../c?d=%2F"')
  })

  it('are switched together: no answer of the old one comes after one of the new', async () => {
    await first.release({ tag: 'v4' })
    const seen: string[] = []
    let stop = false
    const asking = (async () => {
      for (let turn = 0; !stop; turn++) seen.push((await first.ask(turn % 2 ? '/' : '/js/')).told.version ?? 'none')
    })()
    succeeded(await first.push())
    stop = true
    await asking
    expect(seen.join(' ')).toMatch(/^(v3 )+(v4 ?)+$/)
  })
})
