import { createHash } from 'node:crypto'
import { setUp, succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'
import type { LoadResult } from '../../rig/load.mjs'

let host: Host
beforeAll(async () => { host = await appsHost() }, 300_000)

const none = { failed: 0, failures: [] }
const failuresIn = ({ failed, failures }: LoadResult): object => ({ failed, failures })

/** Of units that were there when it last was started or reloaded, systemd keeps the names in mind until it is reloaded again. */
const leftOf = async (app: TinyApp, number: number): Promise<string> =>
  (await app.remains(number)).replace(/^.* loaded +inactive +dead .*$/gm, '').trim()

/** Everything that reads strangely in a shell, a unit or a file of either supervisor. */
const hostile = 'a\'b"c $HOME `id` $(id) \\ \\" %(x)s %h ((circus.wid)) $(circus.env.x) ; # \n second line\n'
const hostileSum = createHash('sha256').update(hostile).digest('hex')

const health = { command: 'test -e tmp/ready.$SLIPWAY_ACTIVATION' }
const worker = { runtime: 'python', start: 'python worker.py', health }
const services = { work: worker, beat: { ...worker, overlap: false } }

/** What a user of the host may run beside ours, under the same supervisor, and how to ask for its process. */
const foreign = {
  systemd: {
    make: 'systemctl is-active -q strange || systemd-run --quiet --unit=strange /bin/sleep infinity',
    pid: 'systemctl show -p MainPID --value strange',
  },
  supervisor: {
    make: 'test -e /etc/supervisor/conf.d/strange.conf || { printf "[program:strange]\\ncommand=/bin/sleep infinity\\n" '
      + '>/etc/supervisor/conf.d/strange.conf; supervisorctl update; until supervisorctl status strange | grep -q RUNNING; do sleep 0.1; done; }',
    pid: 'supervisorctl pid strange; systemctl show -p MainPID --value supervisor',
  },
  circus: { make: ':', pid: 'systemctl show -p MainPID --value slipway-circus.APP' },
}

describe.each(['systemd', 'supervisor', 'circus'] as const)('%s', (supervisor) => {
  let app: TinyApp
  let stranger: string
  let version = 1
  const pidOf = (): Promise<string> => host.shell(foreign[supervisor].pid.replace('APP', app.name))
  const next = async (more: Partial<Parameters<TinyApp['release']>[0]> = {}): Promise<string> => {
    const tag = `v${++version}`
    await app.release({ tag, behaviour: {}, ...more })
    return tag
  }
  const push = (): ReturnType<TinyApp['push']> => app.push({ env: { TOKEN: hostile } })
  const serving = async (): Promise<number> => Number((await app.serves()).split('#')[1])
  /** Its processes by the number of their activation: one of each, or the supervisors' promise is broken. */
  const workers = (service: string): Promise<string> => host.shell(
    `pgrep -u app-${app.name} -f worker.py | xargs -I{} grep -ho '${app.name}.[0-9]*.${service}.1' /proc/{}/cgroup | sort | uniq -c | awk '{print $2}' | sort -u`)
  const served = (): Promise<void> => app.until(`curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/`)

  beforeAll(async () => {
    app = await TinyApp.on(host, supervisor.slice(0, 3), {
      config: { supervisor, services, scratch: ['tmp'], keep: 2 }, web: { secrets: ['TOKEN'], stop: { timeout: '2s' } },
    })
    await host.shell(foreign[supervisor].make)
    stranger = await pidOf()
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  it('serves a first release with its workers, whatever is in its secrets', async () => {
    succeeded(await push())
    expect(await app.serves()).toBe('v1 #1')
    expect((await app.ask()).told.secret).toBe(hostileSum)
    expect([await workers('work'), await workers('beat')]).toEqual([`${app.name}.1.work.1`, `${app.name}.1.beat.1`])
  })

  it('keeps secrets where only root reads them', async () => {
    const found = await host.shell(`{ grep -rl 'second[ ]line' /etc /var/log/slipway /var/log/supervisor /opt/${app.name} | xargs -r stat -c '%U %a'; `
      + 'grep -l "second[ ]line" /proc/[0-9]*/cmdline; } 2>/dev/null | sort -u')
    expect(found).toBe('root 600')
  })

  it('goes on to the next without a failed request, and leaves nothing of the one before', async () => {
    const tag = await next()
    const load = app.load()
    succeeded(await push())
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await app.serves()).toBe(`${tag} #2`)
    expect(await app.remains(1)).toBe('')
    expect([await workers('work'), await workers('beat')]).toEqual([`${app.name}.2.work.1`, `${app.name}.2.beat.1`])
  })

  it('says how a release ended that crashes at its start, with its last word, and leaves nothing of it', async () => {
    const before = await app.serves()
    await next({ behaviour: { exit: 3 } })
    const run = await push()
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(errorsOf(run)).toMatch(/web ended with exit code 3 right after its start: it was told to end/)
    expect(await app.serves()).toBe(before)
    expect(await app.remains(3)).toBe('')
  })

  it('names memory when that is what a release lacks', async () => {
    const before = await app.serves()
    await next({ behaviour: { eats: 200 }, web: { memory: '64M' } })
    const run = await push()
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    // On cgroup v1 systemd knows only the signal.
    expect(errorsOf(run)).toMatch(supervisor === 'systemd' ? /web was killed/ : /web was killed: it wanted more than its 64M of memory/)
    expect(await app.serves()).toBe(before)
    expect(await app.remains(4)).toBe('')
  })

  it('kills what does not end when it is told to, in its time, and its children with it', async () => {
    await next({ behaviour: { deaf: true }, web: { memory: '200M', start: 'sleep 4321 & exec python main.py' } })
    succeeded(await push())
    expect(await serving()).toBe(5)
    await next({ web: { memory: undefined, start: 'python main.py' } })
    const load = app.load()
    succeeded(await push())
    expect(failuresIn(await load.stop())).toEqual(none)
    // The history knows when the new one was proven, and when nothing was left of the old one.
    const at = async (event: string, number: number): Promise<number> =>
      Date.parse((await app.history()).find((line) => line.event === event && line.number === number)?.at ?? '')
    expect(await at('retired', 5) - await at('proven', 6)).toBeLessThan(15_000)
    expect(await serving()).toBe(6)
    expect(await app.remains(5)).toBe('')
    expect(await host.shell(`pgrep -u app-${app.name} sleep || true`)).toBe('')
  })

  it('brings back what was killed, and tells of it', async () => {
    const load = app.load()
    await host.shell(`pkill -KILL -u app-${app.name} -f worker.py`)
    await app.until(`[ $(pgrep -u app-${app.name} -f worker.py | wc -l) = 2 ]`)
    expect(failuresIn(await load.stop())).toEqual(none)
    const run = succeeded(await app.status())
    expect(run.summary).toMatch(/not all of it is well/)
    // systemd forgets how the one before ended when it starts the next.
    expect(run.summary).toMatch(supervisor === 'systemd' ? /6.beat.1\S* is .*restarted 1 times/
      : /6.beat.1\S* is .*restarted 1 times, last was killed by signal 9/)
  })

  it('goes back', async () => {
    const load = app.load()
    const run = succeeded(await app.rollback())
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(run.outputs).toMatchObject({ status: 'rolled-back', serving: 'v5' })
    expect(await app.remains(6)).toBe('')
    expect(await workers('beat')).toBe(`${app.name}.7.beat.1`)
  })

  it('has touched nothing of others, and has kept no more logs than releases', async () => {
    expect(await pidOf()).toBe(stranger)
    const logs = await host.shell(`ls /var/log/slipway/${app.name} 2>/dev/null | cut -d. -f1 | sort -u || true`)
    expect(logs).toBe(supervisor === 'systemd' ? '' : '6\n7')
  })

  it('is prepared: setup-vm finds nothing to do, and repairs what was switched off', async () => {
    const setUpAgain = async (): Promise<string | undefined> => succeeded(await setUp(host, app.repository)).outputs['changed']
    expect(await setUpAgain()).toBe('false')
    if (supervisor === 'systemd') return
    const unit = supervisor === 'supervisor' ? 'supervisor' : `slipway-circus.${app.name}`
    await host.shell(`systemctl disable -q ${unit}`)
    expect(await setUpAgain()).toBe('true')
    expect(await host.shell(`systemctl is-enabled ${unit}`)).toBe('enabled')
    expect(await pidOf()).toBe(stranger)
  })

  it('serves again after a restart of the host, each worker once', async () => {
    const before = await app.serves()
    await host.restart()
    await served()
    expect(await app.serves()).toBe(before)
    await app.until(`[ $(pgrep -u app-${app.name} -f worker.py | wc -l) = 2 ]`)
    expect([await workers('work'), await workers('beat')]).toEqual([`${app.name}.7.work.1`, `${app.name}.7.beat.1`])
    await next()
    succeeded(await push())
    expect(await leftOf(app, 7)).toBe('')
  })

  it('never brings back by itself what has to stay away', async () => {
    const number = await serving() + 1
    await next({ behaviour: { workerBoot: 1234 } })
    const run = await app.startPush({ env: { TOKEN: hostile } })
    await app.until(`pgrep -u app-${app.name} -f worker.py | xargs -I{} grep -h '${app.name}.${number}.beat.1' /proc/{}/cgroup | grep .`)
    await host.cutPower()
    expect((await run.done).code).toBe(1)
    await app.untilFree()
    await served()
    expect(await serving()).toBe(number - 1)
    await app.until(`[ $(pgrep -u app-${app.name} -f worker.py | wc -l) = 2 ]`)
    expect(await workers('beat')).toBe(`${app.name}.${number - 1}.beat.1`)
    expect(await app.remains(number)).toBe('')
  })

  it('keeps what was replaced up without its workers, and has them again on the way back; a restart of the host ends it', async () => {
    const web = (number: number): Promise<string> => host.shell(
      `pgrep -u app-${app.name} -f main.py | xargs -I{} sh -c 'grep -q "${app.name}.${number}.web" /proc/{}/cgroup && echo {}' || true`)
    const each = async (): Promise<readonly string[]> => [await app.serves(), await workers('work'), await workers('beat')]
    const [serves, number] = [await app.serves(), await serving()]
    const [before, warm] = [await each(), await web(number)]
    const tag = await next({ config: { rollout: { warm: '10m', drain: '2s' } } })
    succeeded(await push())
    const replacing = await serving()
    const whole = (version: string, activation: number): readonly string[] =>
      [`${version} #${activation}`, `${app.name}.${activation}.work.1`, `${app.name}.${activation}.beat.1`]
    expect(await each()).toEqual(whole(tag, replacing))
    expect([await web(number), warm]).toEqual([warm, expect.stringMatching(/^\d+$/)])
    expect(succeeded(await app.rollback('', { env: { TOKEN: hostile } })).log).toMatch(/ as #\d+ +still up/)
    expect([await each(), await web(number), await app.remains(replacing)]).toEqual([before, warm, ''])
    const after = await next()
    succeeded(await push())
    expect([serves, await web(number)]).toEqual([before[0], warm])
    const last = await serving()
    await host.cutPower()
    await served()
    await app.until(`[ ! -e /opt/${app.name}/run/warm.json ]`)
    await app.untilFree()
    await app.until(`[ $(pgrep -u app-${app.name} -f worker.py | wc -l) = 2 ]`)
    expect(await each()).toEqual(whole(after, last))
    expect(await leftOf(app, number)).toBe('')
    await next({ config: { rollout: { drain: '2s' } } })
    succeeded(await push())
  })

  // Who kills systemd kills the host.
  if (supervisor !== 'systemd') it('is served again when the supervisor itself was killed, and is kept as before', async () => {
    const unit = supervisor === 'supervisor' ? 'supervisor' : `slipway-circus.${app.name}`
    const before = await app.serves()
    await host.shell(`systemctl kill -s KILL ${unit}; systemctl restart ${unit}`)
    await app.until(`[ $(pgrep -u app-${app.name} -f worker.py | wc -l) = 2 ]`)
    await served()
    expect(await app.serves()).toBe(before)
    await next()
    succeeded(await push())
    expect(await leftOf(app, Number(before.split('#')[1]))).toBe('')
  })
})
