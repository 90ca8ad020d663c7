import type { StartedAction } from './harness/action'
import { succeeded } from './harness/deploy'
import { appsHost, errorsOf, TinyApp, type Behaviour } from './harness/tiny-app'
import { throughProxy } from './harness/through-proxy'
import type { LoadResult } from '../../rig/load.mjs'

let app: TinyApp
beforeAll(async () => {
  app = await TinyApp.on(await appsHost(), 'fault')
  succeeded(await app.push())
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

let releases = 1
/** Commits the next release: its version, what serves now, and the number that its activation will have. */
async function next(behaviour: Behaviour, more: Partial<Parameters<TinyApp['release']>[0]> = {}) {
  const tag = `v${++releases}`
  await app.release({ tag, behaviour, web: { build: [], before: [] }, config: { services: {}, scratch: [], shared: [] }, ...more })
  const number = Math.max(...(await app.history()).map((line) => line.number)) + 1
  return { tag, number, before: await app.serves() }
}

const eventsOf = async (number: number): Promise<string[]> =>
  (await app.history()).filter((line) => line.number === number).map(({ event }) => event)

const none = { failed: 0, failures: [] }
const failuresIn = ({ failed, failures }: LoadResult): object => ({ failed, failures })

/** What a summary says that an earlier run had left. */
const left = (what: string): RegExp => new RegExp(`What an earlier run had left\\n\\n- .*${what}`)

async function killed(run: StartedAction): Promise<void> {
  run.kill('SIGKILL')
  expect((await run.done).signal).toBe('SIGKILL')
}

describe('the action is killed at cut-over', () => {
  it('and the release is good: the host proves and records it by itself, and no request fails', async () => {
    const { tag, number } = await next({ publicGate: true })
    const load = app.load()
    const run = await app.startPush()
    await app.untilSwitched(number)
    await killed(run)
    await app.open(number)
    await app.untilFree()
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'proven'])
    const after = succeeded(await app.push())
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(after.outputs).toMatchObject({ status: 'unchanged', serving: tag })
    expect(after.summary).toMatch(left(`a run of ada \\(ada/shop\\\\#1001/1\\) .*activation ${number}.*proven`))
    expect(await app.remains(number - 1)).toBe('')
  })

  it('and the release fails its public proof: the host goes back by itself, records it, and no request fails', async () => {
    const { number, before } = await next({ publicHealth: 500, publicGate: true })
    const load = app.load()
    const run = await app.startPush()
    await app.untilSwitched(number)
    await killed(run)
    await app.open(number)
    await app.untilFree()
    expect(await app.serves()).toBe(before)
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'failed'])
    expect(await app.remains(number)).toBe('')
    const after = succeeded(await app.status())
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(after.summary).toMatch(left(`a run of ada .*activation ${number}.*not proven`))
  })
})

describe('the action is killed after its cut-over', () => {
  it('while the old one ends its requests: they are answered, and the host retires it by itself', async () => {
    await next({})
    succeeded(await app.push())
    const rollout = { drain: '60s' }
    const { tag, number, before } = await next({}, { config: { services: {}, scratch: [], shared: [], rollout } })
    const slow = app.ask('/held')
    const run = await app.startPush()
    await run.until(/draining: 1 connection/)
    await killed(run)
    expect(await app.serves()).toBe(`${tag} #${number}`)
    await app.open(number - 1)
    expect((await slow).told.version).toBe(before.split(' ')[0])
    await app.untilFree()
    expect(await app.remains(number - 1)).toBe('')
    expect((await eventsOf(number - 1)).at(-1)).toBe('retired')
    expect((await app.status()).summary).toMatch(left(`activation ${number} was proven.*activation ${number - 1} drained`))
  })
})

describe('the action is killed before', () => {
  it('while it stages: nothing is left of it, and the lock is free at once', async () => {
    const { tag, number, before } = await next({}, { web: { build: ['sleep 1234'] } })
    const run = await app.startPush()
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1234'`)
    // As if it had been writing down what it had in hand, and Compose had been reading.
    const [intent, read] = [`/opt/${app.name}/run/intent.json.new`, `/run/slipway-${app.name}.render`]
    await app.host.shell(`mkdir -p ${read}/1; touch ${intent} ${read}/1/compose.yaml`)
    await killed(run)
    await app.untilFreeAtOnce()
    expect(await app.remains(number)).toBe('')
    expect(await app.host.shell(`ls -d ${intent} ${read} 2>/dev/null || true`)).toBe('')
    expect(await app.host.shell(`ls /opt/${app.name}/releases`)).not.toMatch(new RegExp(`^${tag}-`, 'm'))
    expect(await app.serves()).toBe(before)
    expect((await app.status()).summary).toMatch(left('ended before its cut-over \\(stage\\)'))
  })

  it('while a migration runs: that goes on to its end, from a release that stays as long, and then nothing is left', async () => {
    const files = {
      'migrate.py': "import pathlib, time\nplace = pathlib.Path('data')\n(place / 'begun').touch()\nwhile not (place / 'go').exists():\n    time.sleep(0.02)\n"
        + "import late  # read only now\n(place / 'done').write_text(late.WORD)\n",
      'late.py': "WORD = 'whole'\n",
    }
    const config = { services: {}, scratch: [], shared: ['data'] }
    const { number, before } = await next({}, { web: { build: [], before: ['python migrate.py'] }, config, files })
    const data = `/opt/${app.name}/shared/data`
    const run = await app.startPush()
    await app.until(`[ -e ${data}/begun ]`)
    await killed(run)
    await app.host.shell(`touch ${data}/go`)
    await app.untilFree()
    expect(await app.host.shell(`cat ${data}/done`)).toBe('whole')
    expect(await app.remains(number)).toBe('')
    expect(await app.serves()).toBe(before)
  })

  it('while it starts: nothing is left of it, and the next run goes through', async () => {
    const { number, before } = await next({ boot: 1234 })
    const run = await app.startPush()
    await app.until(`systemctl is-active slipway-app.${app.name}.${number}.web.1`)
    await killed(run)
    await app.untilFreeAtOnce()
    expect(await app.remains(number)).toBe('')
    expect(await eventsOf(number)).toEqual(['staged', 'failed'])
    expect(await app.serves()).toBe(before)
    const { tag } = await next({})
    const after = succeeded(await app.push())
    expect(after.outputs).toMatchObject({ status: 'deployed', serving: tag })
    expect(after.summary).toMatch(left('ended before its cut-over \\(start\\)'))
  })
})

describe('the job is cancelled', () => {
  async function cancelled(run: StartedAction, meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<Awaited<StartedAction['done']>> {
    const at = performance.now()
    run.cancel()
    await meanwhile()
    const done = await run.done
    expect({ code: done.code, signal: done.signal }).toEqual({ code: 1, signal: null })
    expect(performance.now() - at).toBeLessThan(7_500)
    expect(done.outputs['status']).toBe('cancelled')
    return done
  }

  it('while it stages: the action ends by itself in time, says so, and leaves nothing', async () => {
    const { number, before } = await next({}, { web: { build: ['sleep 1234'] } })
    const run = await app.startPush()
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1234'`)
    const { summary, outputs } = await cancelled(run)
    expect(summary).toMatch(new RegExp(`^## ⏹️ Cancelled: ${before.split(' ')[0]} is serving`))
    expect(outputs).toMatchObject({ changed: 'false', serving: before.split(' ')[0] })
    await app.untilFreeAtOnce()
    expect(await app.remains(number)).toBe('')
    expect(await app.serves()).toBe(before)
  })

  it('in its cut-over: the host ends that, and the action says what serves', async () => {
    const { tag, number } = await next({ publicGate: true })
    const run = await app.startPush()
    await app.untilSwitched(number)
    const { summary, outputs } = await cancelled(run, () => app.open(number))
    expect(summary).toMatch(new RegExp(`^## ⏹️ Cancelled: ${tag} is serving`))
    expect(outputs).toMatchObject({ changed: 'true', serving: tag })
    await app.untilFree()
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'proven'])
  })
})

describe('the cable is pulled', () => {
  it('while it stages: the host gives up after 20 s of silence, and the action says that the host is gone', async () => {
    const { number, before } = await next({}, { web: { build: ['sleep 1234'] } })
    await using way = await throughProxy(app.host)
    const run = await app.startPush({ inputs: { hosts: way.host.line, 'known-hosts': way.host.knownHosts } })
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1234'`)
    way.proxy.silence()
    const at = performance.now()
    await app.untilFree()
    // A beat is heard every 5 s, and one may be late.
    expect((performance.now() - at) / 1000).toBeGreaterThan(11)
    expect(await app.remains(number)).toBe('')
    expect(await app.serves()).toBe(before)
    const done = await run.done
    expect(done.code).toBe(1)
    expect(done.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(errorsOf(done)).toMatch(/10\.|127\.0\.0\.1/)
  })
})

describe('the host program is killed in its cut-over', () => {
  const kill = (): Promise<string> => app.host.shell(`systemctl kill -s KILL slipway-session.${app.name}.service`)

  it('and the release is good: it is proven after it', async () => {
    const { tag, number } = await next({ publicGate: true })
    const load = app.load()
    const run = await app.startPush()
    await app.untilSwitched(number)
    await kill()
    await app.open(number)
    const done = await run.done
    expect(done.code).toBe(1)
    expect(errorsOf(done)).toMatch(/The session on .* ended by itself/)
    await app.untilFree()
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'proven'])
    expect((await app.status()).summary).toMatch(left(`during its cut-over to activation ${number}: it was proven, and serves`))
    expect(failuresIn(await load.stop())).toEqual(none)
  })

  it('and the release fails its public proof: what served before serves', async () => {
    const { number, before } = await next({ publicHealth: 500, publicGate: true })
    const load = app.load()
    const run = await app.startPush()
    await app.untilSwitched(number)
    await kill()
    await app.open(number)
    expect((await run.done).code).toBe(1)
    await app.untilFree()
    expect(await app.serves()).toBe(before)
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'failed'])
    expect(await app.remains(number)).toBe('')
    expect((await app.status()).summary).toMatch(left(`to activation ${number}: it was not proven, activation \\d+ serves again`))
    expect(failuresIn(await load.stop())).toEqual(none)
  })
})

describe('the power of the host fails', () => {
  const served = (): Promise<void> => app.until(`curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/`)
  const health = { command: 'test -e tmp/ready.$SLIPWAY_ACTIVATION' }
  const worker = { runtime: 'python', start: 'python worker.py', overlap: false, health }
  const workers = (): Promise<string> => app.host.shell(
    `pgrep -u app-${app.name} -f worker.py | xargs -I{} grep -ho '${app.name}.[0-9]*.beat' /proc/{}/cgroup | sort -u`)

  it('while it serves: the same activation serves again, and of its units systemd keeps none once it is replaced', async () => {
    const { number } = await next({}, { config: { services: { beat: worker }, scratch: ['tmp'] } })
    succeeded(await app.push())
    const before = await app.serves()
    await app.host.cutPower()
    await served()
    expect(await app.serves()).toBe(before)
    await next({}, { config: { services: { beat: worker }, scratch: ['tmp'] } })
    succeeded(await app.push())
    expect(await app.remains(number)).toBe('')
  })

  it('in a cut-over before the switch: what served before serves, its worker runs again, and never two of them', async () => {
    const { number, before } = await next({ workerBoot: 1234 }, { config: { services: { beat: worker }, scratch: ['tmp'] } })
    const run = await app.startPush()
    await app.until(`systemctl is-active slipway-app.${app.name}.${number}.beat.1`)
    await app.host.cutPower()
    expect((await run.done).code).toBe(1)
    await app.untilFree()
    await served()
    expect(await app.serves()).toBe(before)
    expect(await workers()).toBe(`${app.name}.${before.split('#')[1]}.beat`)
    expect(await app.remains(number)).toBe('')
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'failed'])
    expect((await app.status()).summary).toMatch(left(`to activation ${number}: it was not proven, activation \\d+ serves again`))
  })

  it('between switch and proof: what was switched to is proven after the boot', async () => {
    const { tag, number } = await next({ publicGate: true }, { config: { services: { beat: worker }, scratch: ['tmp'] } })
    const run = await app.startPush()
    await app.untilSwitched(number)
    await app.host.cutPower()
    await app.open(number)
    expect((await run.done).code).toBe(1)
    await app.untilFree()
    await served()
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(await eventsOf(number)).toEqual(['staged', 'started', 'proven'])
    expect(await workers()).toBe(`${app.name}.${number}.beat`)
    expect((await app.status()).summary).toMatch(left(`during its cut-over to activation ${number}: it was proven, and serves`))
  })
})
