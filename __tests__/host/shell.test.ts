import type { Ended } from './harness/command'
import { setUp, succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { pushHost } from './harness/pushed-app'
import { TinyApp } from './harness/tiny-app'

let host: Host
let app: TinyApp
beforeAll(async () => {
  host = await pushHost()
  app = await TinyApp.on(host, 'shell')
  succeeded(await app.push())
  await app.release({ tag: 'v2' })
  succeeded(await app.push())
  await app.release({ tag: 'v3', behaviour: { exit: 3 } })
  expect((await app.push()).code).toBe(1)
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

const slipway = (...words: readonly string[]): Promise<Ended> => host.exec('slipway', ...words)
async function told(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await slipway(...words)
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

interface Seen {
  readonly serving: { readonly version: string; readonly number: number; readonly commit: string; readonly by: string; readonly run: string } | null
  readonly lock: { readonly by: string; readonly run: string; readonly since: string } | null
  readonly intent: { readonly phase: string; readonly from: number; readonly to: number } | null
  readonly returnable: readonly { readonly version: string; readonly withdrawn: boolean }[]
  readonly failures: readonly { readonly number: number; readonly version: string; readonly reason: string }[]
  readonly units: readonly { readonly name: string; readonly state: string; readonly memory: number; readonly well: boolean }[]
  readonly disk: Readonly<Record<string, number>>
}
const seen = async (): Promise<Seen> => JSON.parse(await told(app.name, '--json')) as Seen

describe('slipway', () => {
  it('shows an app: what serves, by whom, what can be returned to, what failed and why, processes, disk', async () => {
    const page = await told(app.name)
    expect(page).toMatch(new RegExp(`^${app.name}: v2 serves as #2\\n`))
    expect(page).toMatch(/\n {2}since {6}\d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ (s|min) ago\n {2}by {9}ada, ada\/shop#1001\/1\n {2}commit {5}[0-9a-f]{40}\n/)
    expect(page).toMatch(/\n {2}lock {7}free\n {2}return to {2}v1 {2}#1 /)
    expect(page).toMatch(/\n {2}failures {3}#3 v3 failed \d{4}/)
    expect(page).toMatch(/\n {2}processes {2}web 1 +up, [\d.]+ (k|M)B\n +router +up, /)
    expect(page).toMatch(/\n {2}disk {7}[\d.]+ (k|M)B releases, /)
    expect(page.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(page).not.toContain('\u001b')
  })

  it('says the same for programs', async () => {
    const { serving, lock, intent, returnable, failures, units, disk } = await seen()
    expect(serving).toMatchObject({ version: 'v2', number: 2, by: 'ada', run: 'ada/shop#1001/1', commit: await app.repository.git('rev-parse', 'v2') })
    expect([lock, intent]).toEqual([null, null])
    expect(returnable).toEqual([expect.objectContaining({ version: 'v1', withdrawn: false })])
    expect(failures).toEqual([expect.objectContaining({ number: 3, version: 'v3', reason: expect.stringMatching(/web.*ended|ended.*web|exit/i) })])
    expect(units.map(({ name, state, well }) => [name, state, well])).toEqual([['web 1', 'up', true], ['router', 'up', true]])
    for (const { memory } of units) expect(memory).toBeGreaterThan(100_000)
    expect(disk['releases']).toBeGreaterThan(1000)
  })

  it('lists the apps of the host', async () => {
    expect(await told()).toMatch(new RegExp(`^APP .*\\n[^]*^${app.name} +v2 #2 +\\d{4}-\\d\\d-\\d\\d`, 'm'))
    const { apps } = JSON.parse(await told('--json')) as { apps: { app: string }[] }
    expect(apps).toContainEqual(expect.objectContaining({ app: app.name, serving: expect.objectContaining({ version: 'v2' }), unwell: [] }))
  })

  it('shows what an activation wrote, also one that failed and is gone', async () => {
    const page = await told('logs', app.name, '3')
    expect(page).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z web 1: it was told to end$/m)
    const { entries } = JSON.parse(await told('logs', app.name, '3', '--service', 'web', '--json')) as { entries: { process: string; text: string }[] }
    expect(entries).toContainEqual(expect.objectContaining({ process: 'web 1', text: 'it was told to end' }))
    expect((await told('logs', app.name, '--lines', '1')).trim().split('\n')).toHaveLength(1)
    expect(await slipway('logs', app.name, '77')).toMatchObject({ code: 1, stderr: expect.stringMatching(/no activation 77 of shell-/) })
  })

  it('says what it does not understand, and what to type', async () => {
    expect(await slipway(app.name.slice(0, -1))).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`did you mean ${app.name}?`) })
    expect((await slipway('../etc')).stderr).toMatch(/is no name of an app\.[^]*slipway --help/)
    expect((await slipway('--jsn')).stderr).toMatch(/--jsn is no option of it/)
    expect((await slipway(app.name, '--follow')).stderr).toMatch(/belong to logs/)
    const other = await host.exec('su', 'deploy', '-c', `slipway ${app.name}`)
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining(`Type: sudo slipway ${app.name}`) })
    expect(await told('--help')).toMatch(/^slipway logs APP \[NUMBER\]/m)
  })

  it('changes nothing, whatever is asked', async () => {
    const before = await app.ownState()
    for (const words of [[], ['--json'], [app.name], [app.name, '--json'], ['logs', app.name], ['logs', app.name, '3', '--json'], ['nothing']]) await slipway(...words)
    expect(await app.ownState()).toBe(before)
  })

  it('looks while a run deploys, and says who it is and what is in hand', async () => {
    await app.release({ tag: 'v4', web: { build: ['sleep 1237'] } })
    const run = await app.startPush({ env: { GITHUB_TRIGGERING_ACTOR: 'grace' } })
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1237'`)
    const { lock, intent, serving } = await seen()
    expect(lock).toMatchObject({ by: 'grace', run: 'ada/shop#1001/1', since: expect.stringMatching(/^\d{4}-/) })
    expect(intent).toMatchObject({ phase: 'stage', from: 2, to: 4 })
    expect(serving).toMatchObject({ version: 'v2' })
    expect(await told(app.name)).toMatch(/lock {7}held by grace, ada\/shop#1001\/1, since [^]*in hand {4}stage #2 to #4/)
    expect(await told()).toMatch(new RegExp(`^${app.name} .*grace deploys$`, 'm'))
    run.kill('SIGKILL')
    await run.done
    await app.untilFreeAtOnce()
    await app.release({ tag: 'v5', web: { build: [] } })
  })

  it('reads what is torn or half there', async () => {
    const place = `/opt/${app.name}`
    await host.shell(`cp -a ${place}/history/log.jsonl /root/kept; printf '{"event":"proven","num' >>${place}/history/log.jsonl; `
      + `printf '[1]\\n{"event":"proven","number":null}\\n' >>${place}/history/log.jsonl; mv ${place}/run/2/activation.json /root/kept2; `
      + `printf '{"half' >${place}/run/2/activation.json; printf '{"pha' >${place}/run/intent.json`)
    try {
      expect(await told(app.name)).toMatch(/: v2 serves as #2\n/)
      expect((await seen()).serving).toMatchObject({ number: 2 })
      await told()
    } finally {
      await host.shell(`rm ${place}/run/intent.json; mv /root/kept2 ${place}/run/2/activation.json; mv /root/kept ${place}/history/log.jsonl`)
    }
  })
})

describe('slipway rollback', () => {
  it('without what a push runs: says what brings it', async () => {
    await host.shell('if [ -e /usr/local/lib/slipway/push ]; then mv /usr/local/lib/slipway/push /root/push; fi')
    try {
      expect((await slipway('rollback', app.name)).stderr).toMatch(/setup-vm brings it with `git-push: true`/)
    } finally {
      await host.shell('if [ -e /root/push ]; then mv /root/push /usr/local/lib/slipway/push; fi')
    }
  })

  it('by who deploys, is a rollout: no failed request, and it stands in the history', async () => {
    succeeded(await setUp(host, app.repository, { inputs: { 'git-push': 'true' } }))
    const load = app.load()
    const back = await host.exec('su', '-', 'deploy', '-c', `slipway rollback ${app.name}`)
    const { failed, failures } = await load.stop()
    expect({ failed, failures, code: back.code }).toEqual({ failed: 0, failures: [], code: 0 })
    expect(back.stdout).toMatch(/v1 is serving again on /)
    expect((await app.ask()).told.version).toBe('v1')
    const history = await app.history()
    expect(history.slice(-3).map(({ event }) => event)).toEqual(['proven', 'withdrawn', 'retired'])
    expect(history.findLast(({ event }) => event === 'proven')).toMatchObject({ by: 'deploy', run: 'slipway rollback' })
    expect(await told(app.name)).toMatch(/return to {2}v2 {2}#2 .*\(rolled back from\)/)
  })

  it('by root too, to a named version; and one that is not there is refused', async () => {
    const back = await slipway('rollback', app.name, 'v2')
    expect([back.code, (await app.ask()).told.version]).toEqual([0, 'v2'])
    const none = await slipway('rollback', app.name, 'v9')
    expect([none.code, none.stdout]).toEqual([1, expect.stringMatching(/error: .*There is no v9/)])
    expect((await app.ask()).told.version).toBe('v2')
  })
})

describe('slipway restart', () => {
  it('by who deploys: the same release once more, beside itself, without a failed request, and it stands in the history', async () => {
    const before = (await seen()).serving
    const load = app.load()
    const again = await host.exec('su', '-', 'deploy', '-c', `slipway restart ${app.name}`)
    const { failed, failures } = await load.stop()
    expect({ failed, failures, code: again.code }).toEqual({ failed: 0, failures: [], code: 0 })
    expect(again.stdout).toMatch(/v2 is serving anew on /)
    const { serving, returnable } = await seen()
    const number = (before?.number ?? 0) + 1
    expect(serving).toMatchObject({ version: 'v2', number, by: 'deploy', run: 'slipway restart' })
    expect((await app.ask()).told).toMatchObject({ version: 'v2', activation: number })
    expect((await app.history()).slice(-2).map(({ event, number: of }) => [event, of])).toEqual([['proven', number], ['retired', number - 1]])
    expect(returnable).toEqual([expect.objectContaining({ version: 'v1' })])
  })

  it('by the workflow too, with the secrets that are given', async () => {
    const run = succeeded(await app.push({ inputs: { operation: 'restart' } }))
    expect(run.outputs).toMatchObject({ status: 'restarted', changed: 'true', version: 'v2', previous: 'v2', serving: 'v2' })
    expect(succeeded(await app.push({ inputs: { operation: 'restart', 'dry-run': 'true' } })).log).toMatch(/would be restarted/)
  })

  it('of what does not come up again goes back to what runs', async () => {
    await host.shell(`cp /opt/${app.name}/releases/v2-*/src/behaviour.json /root/well; `
      + `chmod u+w /opt/${app.name}/releases/v2-*/src/behaviour.json; echo '{"exit": 3}' >$(echo /opt/${app.name}/releases/v2-*/src/behaviour.json)`)
    try {
      const before = await app.serves()
      const broken = await slipway('restart', app.name)
      expect([broken.code, broken.stdout]).toEqual([1, expect.stringMatching(/v2 was not restarted: v2 is still serving/)])
      expect(await app.serves()).toBe(before)
    } finally {
      await host.shell(`cat /root/well >$(echo /opt/${app.name}/releases/v2-*/src/behaviour.json)`)
    }
  })
})
