import { randomBytes } from 'node:crypto'
import type { ActionRun } from './harness/action'
import { setUp, succeeded } from './harness/deploy'
import { appsHost, TinyApp } from './harness/tiny-app'
import { throughProxy, type ProxiedHost } from './harness/through-proxy'

/** What the summary says of the traffic. */
function counted({ summary }: ActionRun): { connections: number; roundTrips: number } {
  const told = /<sub>(\d+) connections?, (\d+) round trips?, .* sent, .* received<\/sub>/.exec(summary)
  const [, connections = '', roundTrips = ''] = told ?? []
  return { connections: Number(connections), roundTrips: Number(roundTrips) }
}

describe('what travels', () => {
  let app: TinyApp
  beforeAll(async () => {
    // 200 kB in 100 files that no compression makes less.
    const content = (): string => randomBytes(1500).toString('base64')
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`data/${index}.txt`, content()]))
    app = await TinyApp.on(await appsHost(), 'traffic', { files })
    succeeded(await app.push())
  }, 300_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  const push = (way: ProxiedHost): Promise<ActionRun> =>
    app.push({ inputs: { hosts: way.host.line, 'known-hosts': way.host.knownHosts } })

  it('is one connection for a second setup, which changes nothing', async () => {
    await using way = await throughProxy(app.host)
    const run = succeeded(await setUp(way.host, app.repository))
    expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
    expect(way.proxy.connections).toBe(1)
  })

  it('is one connection for a redeploy, and little more than what changed', async () => {
    await app.release({ tag: 'v2', files: { 'data/7.txt': 'a line' } })
    await using way = await throughProxy(app.host)
    const run = succeeded(await push(way))
    expect(run.outputs).toMatchObject({ status: 'deployed', previous: 'v1' })
    expect(await app.serves()).toBe('v2 #2')
    expect(way.proxy.connections).toBe(1)
    expect(counted(run).connections).toBe(1)
    expect(way.proxy.sent).toBeLessThan(8_000)
    expect(await app.host.shell(`cat /opt/${app.name}/releases/v2-*/src/data/7.txt`)).toBe('a line')
  })

  it('is less still for a rollback and when there is nothing to do', async () => {
    await using way = await throughProxy(app.host)
    succeeded(await app.push({ inputs: { hosts: way.host.line, 'known-hosts': way.host.knownHosts, operation: 'rollback' } }))
    expect(way.proxy.sent).toBeLessThan(5_000)
    expect(way.proxy.connections).toBe(1)
  })

  it('is one round trip beyond the connection, which brings the look at the host with it, when nothing changes', async () => {
    succeeded(await app.push())
    const [looked, unchanged] = [succeeded(await app.status()), succeeded(await app.push())]
    expect(unchanged.outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
    expect(counted(unchanged).roundTrips).toBe(counted(looked).roundTrips + 1)
  })

  it('costs the round trips that the summary counts, and on a slow line no more than those', async () => {
    const times: { delay: number; took: number; printed: number; flights: number }[] = []
    for (const [index, delay] of [0, 40].entries()) {
      await app.release({ tag: `v${index + 3}`, files: { 'data/7.txt': `line ${index}` } })
      await using way = await throughProxy(app.host, delay)
      const run = succeeded(await push(way))
      times.push({ delay, took: Math.round(run.took), printed: counted(run).roundTrips, flights: way.proxy.flights })
    }
    process.stderr.write(`      ${JSON.stringify(times)}\n`)
    const [, slow] = times
    if (slow === undefined) throw new Error('no figures')
    expect(slow.printed).toBeGreaterThan(0)
    // Over the figures: the goodbye, before which they are taken, and a beat every 5 s.
    expect(slow.flights).toBeLessThanOrEqual(slow.printed + 1 + Math.floor(slow.took / 5000))
  })
})
