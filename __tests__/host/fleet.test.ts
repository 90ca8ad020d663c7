import type { ActionOptions, ActionRun } from './harness/action'
import { reach, setUp, succeeded } from './harness/deploy'
import { sharedHost, type Host } from './harness/hosts'
import { appsHost, ask, asUser, TinyApp } from './harness/tiny-app'

// What keeps the app from being well on one host alone: a check that looks at the host, not at the release.
const obstacle = '/etc/slipway-test-obstacle'
const web = { health: { command: `test ! -e ${obstacle}`, timeout: '10s' } }
const rollout = { drain: '5s', canary: 1 }

let app: TinyApp
let second: Host
beforeAll(async () => {
  app = await TinyApp.on(await appsHost(), 'fleet', { web, config: { rollout } })
  second = asUser(await sharedHost('apps-second', {}, () => Promise.resolve()), 'root')
  succeeded(await setUp(second, app.repository))
}, 300_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await second?.remove()
})

const push = (inputs: Record<string, string> = {}, options: ActionOptions = {}): Promise<ActionRun> =>
  app.push({ ...options, inputs: { ...reach(app.host, second), ...inputs } })

async function served(): Promise<readonly string[]> {
  const { told } = await ask(second, app.domain, '/')
  return [(await app.serves()).split(' ')[0] ?? '', told.version ?? '']
}

describe('two hosts', () => {
  it('get the same release, one after the other, and the summary tells of each', async () => {
    const run = succeeded(await push())
    expect(await served()).toEqual(['v1', 'v1'])
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v1', changed: 'true' })
    for (const host of [app.host, second]) expect(run.summary).toContain(host.address)
  })

  it('go back together when one of them fails: the other had served it, and withdraws it', async () => {
    await app.release({ tag: 'v2' })
    await second.shell(`touch ${obstacle}`)
    const run = await push()
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'reverted', serving: 'v1' })
    expect(run.log).toContain(`never-healthy on ${second.address}`)
    expect(await served()).toEqual(['v1', 'v1'])
    expect((await app.history()).filter(({ version }) => version === 'v2').map(({ event }) => event)).toContain('proven')
    expect((await app.history()).at(-1)).toMatchObject({ event: 'withdrawn' })
  })

  it('are both switched once it can be, and returned to together', async () => {
    await second.shell(`rm ${obstacle}`)
    succeeded(await push())
    expect(await served()).toEqual(['v2', 'v2'])
    expect(succeeded(await push({ operation: 'rollback' })).outputs).toMatchObject({ status: 'rolled-back', serving: 'v1' })
    expect(await served()).toEqual(['v1', 'v1'])
  })

  it('are both left alone when one cannot be reached, unless `absent` allows it', async () => {
    await app.release({ tag: 'v3' })
    const hosts = `${app.host.line}\nroot@${second.address}:1`
    const knownHosts = `${app.host.knownHosts}${second.knownHosts}${second.knownHosts.replace(second.address, `[${second.address}]:1`)}`
    const refused = await push({ hosts, 'known-hosts': knownHosts })
    expect(refused.code).toBe(1)
    expect(await served()).toEqual(['v1', 'v1'])

    await app.release({ tag: 'v4', config: { rollout: { ...rollout, absent: 1 } } })
    const run = succeeded(await push({ hosts, 'known-hosts': knownHosts }))
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v4' })
    expect(run.log).toContain(second.address)
    expect(await served()).toEqual(['v4', 'v1'])
  })
})
