import { succeeded } from '../harness/deploy'
import { holding } from '../harness/holding'
import { loadOn } from '../harness/load'
import { appsHost, errorsOf, TinyApp } from '../harness/tiny-app'
import type { Host } from '../harness/hosts'
import { files, given, routes, type runs, servers, services, workers } from './services'
import type { Load } from '../../../rig/load.mjs'

let host: Host
beforeAll(async () => { host = await appsHost() }, 300_000)

describe.each(['systemd', 'supervisor', 'circus'])('under %s', (supervisor) => {
  let app: TinyApp
  beforeAll(async () => {
    const config = { supervisor, services, shared: ['reports'], scratch: ['jobs'], rollout: { drain: '10s' }, keep: 2 }
    app = await TinyApp.on(host, supervisor.slice(0, 4), { config, files: { ...files, BROKEN: '' } })
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  const load = (): Load =>
    loadOn(host, { host: app.domain, requests: routes.flatMap((route) => [`GET ${route}`, `POST ${route}echo`]), kept: 12 })
  /** The versions that the services answer with, or their status. */
  const serving = async (): Promise<Record<string, string>> => Object.fromEntries(await Promise.all(
    Object.keys(servers).map(async (name) => {
      const { status, told } = await app.ask(`/${name}/`)
      return [name, told.service === name ? told.version : `${status} of ${told.service}`]
    })))
  const all = (version: string): object => Object.fromEntries(Object.keys(servers).map((name) => [name, version]))
  /** With which version the workers that run now began. */
  const working = async (): Promise<object> => Object.fromEntries(await Promise.all(Object.keys(workers).map(async (name) =>
    [name, (JSON.parse(await host.shell(`cat /opt/${app.name}/scratch/*/jobs/${name} | tail -c 100 | grep -o '{[^{]*}$'`)) as
      { version: string }).version])))
  /** What one that runs and ends has left of each run. */
  const ran = async (name: keyof typeof runs): Promise<readonly Ran[]> =>
    (await host.shell(`cat /opt/${app.name}/shared/reports/${name} || true`)).split('\n').filter(Boolean).map((line) => JSON.parse(line) as Ran)
  const proven = async (): Promise<readonly number[]> => (await app.history()).filter(({ event }) => event === 'proven').map(({ number }) => number)
  const timers = (): Promise<string> => host.shell(`systemctl list-units --no-legend --plain 'slipway-app.${app.name}.*.timer' | cut -d' ' -f1`)
  const timer = (number: number): string => `slipway-app.${app.name}.${number}.report.timer`
  const first = given(`token-${supervisor}-${Date.now()}`)
  const nothing = { failed: 0, failures: [] }

  it('is deployed', async () => {
    succeeded(await app.push(first))
    expect(await serving()).toEqual(all('v1'))
    expect(await working()).toEqual({ worker: 'v1', solo: 'v1' })
    expect((await ran('fill')).map(({ version }) => version)).toEqual(['v1'])
    expect(await timers()).toBe(timer(1))
  })

  it('is redeployed, and no request fails', async () => {
    await app.release({ tag: 'v2' })
    const running = load()
    succeeded(await app.push(first))
    const { failed, failures, versions } = await running.stop()
    expect({ failed, failures }).toEqual(nothing)
    expect(Object.keys(versions)).toEqual(['v1', 'v2'])
    expect(await serving()).toEqual(all('v2'))
  })

  it.each([...Object.keys(servers), ...Object.keys(workers), 'fill'])('is refused when %s is broken, and what served serves', async (name) => {
    await app.release({ tag: `bad-${name}`, files: { BROKEN: name } })
    const running = load()
    const run = await app.push(first)
    const { failed, failures } = await running.stop()
    expect(run.code).toBe(1)
    // A worker of a busy machine may get as far as the switch before it ends.
    expect(errorsOf(run)).toMatch(new RegExp(`^(${name} ended|\\S+\\.${name}\\.1 did not stay up after the switch[^]* ended) `))
    expect(run.summary).toContain(`${name} is broken in this release`)
    expect({ failed, failures }).toEqual(nothing)
    expect(await serving()).toEqual(all('v2'))
    expect(await timers()).toBe(timer(2))
  })

  it('goes back, and no request fails', async () => {
    const running = load()
    succeeded(await app.rollback())
    const { failed, failures } = await running.stop()
    expect({ failed, failures }).toEqual(nothing)
    expect(await serving()).toEqual(all('v1'))
  })

  it('leaves nothing behind, however often it is deployed', async () => {
    const sizes: Record<string, number>[] = []
    const tokens = Object.values(first.env)
    // With what served before they are ten.
    for (let turn = 3; turn < 10; turn++) {
      await app.release({ tag: `v1.${turn}`, files: { BROKEN: '' } })
      const token = `token-${supervisor}-${Date.now()}`
      succeeded(await app.push(given(token)))
      tokens.push(token)
      if (turn > 4) sizes.push(await left(app))
    }
    for (const key of Object.keys(sizes[0] ?? {})) {
      const values = sizes.map((size) => size[key] ?? 0)
      // What 5 deployments add up to would be far more than a tenth.
      expect({ key, values, flat: Math.max(...values) <= Math.min(...values) * 1.1 + 1 }).toMatchObject({ flat: true })
    }
    const last = (await proven()).at(-1) ?? 0
    for (let number = 1; number < last; number++) expect(await app.remains(number)).toBe('')
    const now = tokens.pop() ?? ''
    expect(await holding(host, ...tokens)).toEqual([])
    expect(await holding(host, now)).not.toEqual([])
    expect(await serving()).toEqual(all('v1.9'))
    expect(await timers()).toBe(timer(last))
  })

  it('has run what runs once in each activation, and by the clock once for each minute, whatever changed meanwhile', async () => {
    await app.until(`[ -s /opt/${app.name}/shared/reports/report ]`, 90)
    const numbers = await proven()
    const filled = (await ran('fill')).map(({ activation }) => activation)
    expect(filled.filter((number) => numbers.includes(number))).toEqual(numbers)
    expect(new Set(filled).size).toBe(filled.length)
    const reports = await ran('report')
    expect(reports.filter(({ activation }) => !numbers.includes(activation))).toEqual([])
    expect(reports.map(({ minute }) => minute)).toEqual(reports.map((_, index) => (reports[0]?.minute ?? 0) + index))
  })

  it('serves again after a restart of the host', async () => {
    await host.cutPower()
    await app.until(`curl -fsS -H 'Host: ${app.domain}' http://127.0.0.1/next/`)
    for (let turn = 0; turn < 300 && JSON.stringify(await serving()) !== JSON.stringify(all('v1.9')); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(await serving()).toEqual(all('v1.9'))
    expect((await app.status()).code).toBe(0)
    const number = (await proven()).at(-1) ?? 0
    expect(await timers()).toBe(timer(number))
    expect((await ran('fill')).filter(({ activation }) => activation === number)).toHaveLength(1)
    await host.shell(`systemctl start ${timer(number).replace('.timer', '.service')}`)
    expect((await ran('report')).at(-1)).toMatchObject({ version: 'v1.9', activation: number })
  })
})

interface Ran {
  readonly version: string
  readonly activation: number
  readonly minute: number
}

/** What an app holds on its host: kB on disk and in memory, and how many of each thing, its routers' among them. */
async function left({ name, host: at }: TinyApp): Promise<Record<string, number>> {
  const text = await at.shell(`
    echo disk $(du -sk --exclude=log.jsonl /opt/${name} | cut -f1)
    echo files $(find /opt/${name} /etc /run /var/lib/slipway /var/lib/systemd/timers /var/cache/slipway/${name} /var/tmp -xdev | grep -c .)
    echo releases $(ls /opt/${name}/releases | wc -l)
    echo activations $(ls -d /opt/${name}/run/[0-9]* | wc -l)
    echo units $(ls /etc/systemd/system/ | grep -c '\\.${name}\\.')
    echo ports $(grep -l '^${name} ' /var/lib/slipway/ports/* | wc -l)
    echo sockets $(ss -Hxl | grep -c '/opt/${name}/')
    echo listening $(ss -Htln | wc -l)
    echo processes $(pgrep -u app-${name},web-${name} | wc -l)
    echo memory $(cat $(pgrep -u app-${name},web-${name} | sed 's|.*|/proc/&/smaps_rollup|') | awk '/^Pss:/ {sum += $2} END {print sum}')`)
  return Object.fromEntries(text.split('\n').map((line) => {
    const [key = '', value = ''] = line.split(' ')
    return [key, Number(value)]
  }))
}
