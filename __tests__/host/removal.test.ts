import { setUp, succeeded } from './harness/deploy'
import { atTerminal } from './harness/terminal'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'
import type { Host } from './harness/hosts'

let host: Host
beforeAll(async () => { host = await appsHost() }, 300_000)

const secret = { env: { API_KEY: 'of-the-removed' } }
/** With a bit of everything that an app may have on a host. */
async function whole(label: string, supervisor = 'systemd'): Promise<TinyApp> {
  const worker = { runtime: 'python', start: 'python worker.py' }
  const nightly = { runtime: 'python', start: 'python main.py', schedule: '0 3 * * *' }
  const app = await TinyApp.on(host, label, {
    web: { secrets: ['API_KEY'], build: ['true'], before: ['true'] },
    config: { supervisor, shared: ['data'], scratch: ['tmp'], services: { worker, nightly } },
  })
  succeeded(await app.push(secret))
  await app.release({ tag: 'v2' })
  succeeded(await app.push(secret))
  await host.shell(`slipway run ${app.name} web -- sh -c 'echo kept >data/file'`)
  return app
}
const remove = (app: TinyApp, ...options: readonly string[]): ReturnType<Host['exec']> => host.exec('slipway', 'remove', app.name, ...options)
/** Whatever on the host has the app's name in its own, or belongs to one of its users. */
const left = (app: TinyApp): Promise<string> => host.shell(`
  find / -xdev \\( -path /proc -o -path /sys -o -path /var/log/journal -o -path /root \\) -prune -o -name '*${app.name}*' -print 2>/dev/null | sort
  find /run -name '*${app.name}*' | sort
  getent passwd | grep -o '^[a-z]*-${app.name}:' || true; getent group | grep -o '^[a-z]*-${app.name}:' || true
  grep -l '^${app.name} ' /var/lib/slipway/ports/* || true
  systemctl list-units --all --no-legend --plain '*.${app.name}.*' '*.${app.name}.service'
  systemctl list-unit-files --no-legend '*.${app.name}.*' '*.${app.name}.service' || true
  ps -eo user:40,args | grep -- '-${app.name} ' | grep -v grep || true`)

it.each(['systemd', 'supervisor', 'circus'])('takes all of an app off the host but what is shared, under %s, and nothing of its neighbour', async (supervisor) => {
  const app = await whole(`rm-${supervisor.slice(0, 3)}`, supervisor)
  const neighbour = await TinyApp.on(host, 'stays', { config: { supervisor, shared: ['data'] } })
  succeeded(await neighbour.push())
  const before = await neighbour.ownState()
  const load = neighbour.load()
  const removed = await remove(app, '--yes')
  const { failed, failures } = await load.stop()
  expect(removed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`/opt/${app.name}/shared stays`) })
  expect(removed.stdout).toMatch(/is removed\. setup-vm makes it anew\.\n$/)
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
  expect(await neighbour.ownState()).toBe(before)
  expect((await left(app)).split('\n')).toEqual([`/opt/${app.name}`, `/var/lib/slipway/removed/${app.name}`, `app-${app.name}:`, `app-${app.name}:`])
  expect(await host.shell(`cd /opt/${app.name}; find . | sort; cat shared/data/file`)).toBe('.\n./shared\n./shared/data\n./shared/data/file\nkept')
  expect((await app.ask()).status).toBe(404)
  expect(JSON.parse(await host.shell('tail -n 1 /var/lib/slipway/removed/log.jsonl'))).toMatchObject({ app: app.name, by: 'root', served: 'v2', kept: true })
  expect(errorsOf(await app.push(secret))).toMatch(/not prepared for the app/)
  neighbour[Symbol.dispose]()

  // As if new, with what was kept.
  succeeded(await setUp(host, app.repository))
  succeeded(await app.push(secret))
  expect(await app.serves()).toBe('v2 #1')
  expect(await host.shell(`cat /opt/${app.name}/shared/data/file`)).toBe('kept')
  expect(await remove(app, '--yes', '--with-data')).toMatchObject({ code: 0 })
  expect(await left(app)).toBe('')
  app[Symbol.dispose]()
}, 300_000)

describe('one app', () => {
  let app: TinyApp
  beforeAll(async () => { app = await whole('once') }, 300_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  it('is not removed without a word, by others, or while somebody deploys it', async () => {
    const before = await app.ownState()
    expect(await remove(app)).toMatchObject({ code: 1, stderr: expect.stringContaining(`sudo slipway remove ${app.name} --yes`) })
    expect(await remove(app, '--wth-data')).toMatchObject({ code: 1 })
    expect(await host.exec('su', 'deploy', '-c', `slipway remove ${app.name} --yes`)).toMatchObject({ code: 1, stderr: expect.stringMatching(/only root can/) })
    const asked = await atTerminal(host, [['Type the name of the app: ', 'no\r']], 'slipway', 'remove', app.name)
    expect(asked).toMatchObject({ code: 1, stdout: expect.stringContaining('Nothing was done.') })
    expect(await app.ownState()).toBe(before)
    await app.release({ tag: 'v3', web: { build: ['sleep 1237'] } })
    const run = await app.startPush(secret)
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1237'`)
    expect(await remove(app, '--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining('ada, ada/shop#1001/1 is at work on') })
    run.kill('SIGKILL')
    await run.done
    await app.untilFree()
    expect(await app.serves()).toBe('v2 #2')
  })

  it('may be removed in several goes: each dies a little later, and the last one finishes', async () => {
    const program = '/usr/local/lib/slipway/host/slipway/removing.py'
    for (const lines of [1, 2, 3, 4, 5]) {
      // It dies as soon as it has said so many lines.
      await host.shell(`cp -p ${program} /root/removing.py; echo '_said = []' >>${program}
        sed -i 's/print(json.dumps(line), flush=True)/&; _said.append(line); len(_said) < ${lines} or os._exit(9)/' ${program}; grep -q '_said.append' ${program}`)
      const cut = await remove(app, '--yes')
      await host.shell(`cp -p /root/removing.py ${program}`)
      expect(cut.code).not.toBe(0)
      expect(await host.shell(`ls -d /var/lib/slipway/apps/${app.name} /var/lib/slipway/removing/${app.name} 2>/dev/null || true`))
        .toBe(`/var/lib/slipway/removing/${app.name}`)
      expect(errorsOf(await app.push(secret))).toMatch(/not prepared for the app/)
      expect(errorsOf(await setUp(host, app.repository))).toMatch(/was being removed from this host, and that was cut short/)
    }
    expect(await remove(app, '--yes')).toMatchObject({ code: 0 })
    await remove(app, '--yes', '--with-data')
    expect(await left(app)).toBe('')
  }, 300_000)
})

it('keeps the name for the repository that its data are of', async () => {
  const app = await whole('kept')
  expect(await remove(app, '--yes')).toMatchObject({ code: 0 })
  const other = await setUp(host, app.repository, { env: { GITHUB_REPOSITORY: 'eve/shop' } })
  expect(errorsOf(other)).toMatch(/keeps what an app kept-[a-z0-9]+ of the repository ada\/shop left here/)
  expect(await remove(app, '--yes', '--with-data')).toMatchObject({ code: 0 })
  succeeded(await setUp(host, app.repository, { env: { GITHUB_REPOSITORY: 'eve/shop' } }))
  expect(await remove(app, '--yes')).toMatchObject({ code: 0 })
  expect(await left(app)).toBe('')
  app[Symbol.dispose]()
}, 300_000)
