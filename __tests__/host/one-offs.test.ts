import { jest } from '@jest/globals'
import type { Ended } from './harness/command'
import { succeeded } from './harness/deploy'
import { atTerminal } from './harness/terminal'
import { appsHost, TinyApp } from './harness/tiny-app'
import type { Host } from './harness/hosts'

jest.setTimeout(90_000)

const secret = { env: { API_KEY: 'of-the-one-off' } }
let host: Host
let app: TinyApp
beforeAll(async () => {
  host = await appsHost()
  const worker = { runtime: 'python', start: 'python worker.py' }
  app = await TinyApp.on(host, 'one', {
    web: { secrets: ['API_KEY'], 'secrets-as': 'files', env: { COLOUR: 'red' } }, config: { keep: 2, services: { worker }, shared: ['data'], scratch: ['tmp'] },
  })
  succeeded(await app.push(secret))
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

const run = (...command: readonly string[]): Promise<Ended> => host.exec('slipway', 'run', app.name, 'web', '--', ...command)
const python = (code: string): Promise<Ended> => run('python', '-c', code)
interface Recorded { readonly event: string; readonly number: number; readonly id: string; readonly result: string; readonly code?: number; readonly command: string }
const recorded = async (): Promise<readonly Recorded[]> =>
  (await app.history()).filter(({ event }) => event === 'one-off') as unknown as readonly Recorded[]

describe('slipway run', () => {
  it('runs as the service does: its user, folder, environment, secrets, sandbox', async () => {
    const seen = await python('import os, json, getpass; print(json.dumps({**os.environ, "user": getpass.getuser(), "cwd": os.getcwd(), '
      + '"key": open(os.environ["API_KEY_FILE"]).read(), "up": open("/proc/self/status").read().count("NoNewPrivs:\\t1")}))')
    expect(seen).toMatchObject({ code: 0, stderr: '' })
    const pid = (await host.shell(`systemctl show --value -p MainPID slipway-app.${app.name}.1.web.1.service`)).trim()
    const service = Object.fromEntries((await host.shell(`tr '\\0' '\\n' </proc/${pid}/environ`)).split('\n').map((line) => line.split(/=(.*)/s)))
    const found = JSON.parse(seen.stdout) as Record<string, unknown>
    expect(found).toMatchObject({ user: `app-${app.name}`, cwd: expect.stringMatching(/\/releases\/v1-[0-9a-f]{8}\/src$/), key: 'of-the-one-off', up: 1 })
    // What the shell and systemd say of each process alone.
    const own = /^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|CREDENTIALS_DIRECTORY|API_KEY_FILE|LC_CTYPE|OLDPWD|user|cwd|key|up)$/
    const rest = (of: object): object => Object.fromEntries(Object.entries(of).filter(([name]) => name !== '' && !own.test(name)).sort())
    expect(rest(found)).toEqual(rest(service))
    expect((await run('touch', 'main.py')).stderr).toMatch(/Read-only file system|Permission denied/)
    expect((await run('touch', 'data/file')).code).toBe(0)
    const properties = 'User,Group,ProtectSystem,PrivateTmp,PrivateDevices,ProtectProc,NoNewPrivileges,CapabilityBoundingSet,SystemCallFilter,'
      + 'RestrictNamespaces,RestrictAddressFamilies,ReadWritePaths,UMask'
    const sandbox = (unit: string): Promise<string> => host.shell(`systemctl show -p ${properties} ${unit}`)
    const running = python('import time; time.sleep(60)')
    await app.until(`systemctl list-units --no-legend --plain 'slipway-run.${app.name}.*' | grep running`)
    const unit = (await host.shell(`systemctl list-units --no-legend --plain 'slipway-run.${app.name}.*' | cut -d' ' -f1`)).trim()
    // But for the file in which the word of its end is left.
    expect((await sandbox(unit)).replace(/ \S+\.ended/, '')).toBe(await sandbox(`slipway-app.${app.name}.1.web.1.service`))
    await host.shell(`systemctl stop ${unit}`)
    expect(await running).toMatchObject({ code: 143 })
  })

  it('passes input, output and the exit code on, words as they are, and a shell\'s code for a signal', async () => {
    expect(await run('sh', '-c', 'cat; echo err >&2; exit 7')).toMatchObject({ code: 7, stdout: '', stderr: 'err\n' })
    expect(await host.shell(`printf 'a\\nb' | slipway run ${app.name} web -- cat`)).toBe('a\nb')
    const odd = ['$HOME', '%n', 'a b', '"', '\'', '*', 'ü', '']
    expect(JSON.parse((await run('python', '-c', 'import sys, json; print(json.dumps(sys.argv[1:]))', ...odd)).stdout)).toEqual(odd)
    expect(await python('import os; os.kill(os.getpid(), 15)')).toMatchObject({ code: 143 })
    expect(await python('import os; os.kill(os.getpid(), 9)')).toMatchObject({ code: 137 })
    expect(await run('no-such-program')).toMatchObject({ code: 127, stderr: expect.stringContaining('not found') })
  })

  it('is interactive on a terminal', async () => {
    const said = await atTerminal(host, [
      ['>>> ', 'import os; print(6 * 7, os.isatty(0), os.environ["TERM"])\r'], ['42 True xterm', 'import time; print(6 * 8); time.sleep(60)\r'],
      // Not when its line is shown, but when it runs.
      ['48', '\u0003'], ['KeyboardInterrupt', 'raise SystemExit(5)\r'],
    ], 'slipway', 'run', app.name, 'web', '--', 'python', '-q')
    expect(said).toMatchObject({ code: 5, stdout: expect.stringContaining('42 True xterm') })
  })

  it('ends with its terminal', async () => {
    await atTerminal(host, [['begun', '']], 'slipway', 'run', app.name, 'web', '--', 'sh', '-c', 'trap "" TERM; echo begun; sleep 1960; sleep 1960')
    expect(await host.shell('pgrep -f "^sleep 1960" || echo none')).toBe('none')
    expect((await recorded()).at(-1)).toMatchObject({ result: 'ended', code: 129 })
  })

  it('ends all that it began, and leaves no unit and no file', async () => {
    expect(await run('sh', '-c', 'sleep 1961 & exit 3')).toMatchObject({ code: 3 })
    expect(await host.shell(`pgrep -f '^sleep 1961' || echo none; systemctl list-units --all --no-legend 'slipway-run.${app.name}.*'; `
      + `ls /opt/${app.name}/run/1/one-offs`)).toBe('none')
  })

  it('ends when it is told to', async () => {
    const started = host.shell(`slipway run ${app.name} web -- sleep 1962 & echo $! >/root/one; wait $! || echo "code $?"`)
    await app.until('pgrep -f "^sleep 1962"')
    await host.shell('kill -TERM $(cat /root/one)')
    expect(await started).toBe('code 143')
    expect(await host.shell('pgrep -f "^sleep 1962" || echo none')).toBe('none')
  })

  it('stands in the history, without secrets: begun and ended, by whom; and `slipway APP` shows it', async () => {
    await run('sh', '-c', 'true of-the-one-off; exit 4')
    const [begun, ended] = (await recorded()).slice(-2)
    expect(begun).toMatchObject({ number: 1, service: 'web', by: 'root', run: 'slipway run', result: 'begun', command: 'sh -c \'true ***; exit 4\'' })
    expect(ended).toMatchObject({ id: begun?.id, result: 'ended', code: 4 })
    expect((await host.exec('slipway', app.name)).stdout.replace(/\s+/g, ' ')).toMatch(/commands \d{4}-[^:]*:\d\d UTC, [^,]*, by root in web #1: sh -c 'true \*\*\*; exit 4' \(ended with 4\)/)
    const { oneOffs } = JSON.parse((await host.exec('slipway', app.name, '--json')).stdout) as { oneOffs: object[] }
    expect(oneOffs[0]).toMatchObject({ number: 1, service: 'web', by: 'root', state: 'ended', code: 4 })
  })

  it('is refused with what to type: by whom, in what, what', async () => {
    const before = (await recorded()).length
    expect(await host.exec('slipway', 'run', app.name, '--', 'id')).toMatchObject({ code: 125, stderr: expect.stringMatching(/several services: web, worker[^]*slipway run/) })
    expect(await host.exec('slipway', 'run', app.name, 'wrk', '--', 'id')).toMatchObject({ code: 125, stderr: expect.stringContaining('no service wrk') })
    expect(await host.exec('slipway', 'run', app.name, 'web', 'id')).toMatchObject({ code: 125, stderr: expect.stringContaining('follows `--`') })
    expect(await host.exec('su', 'deploy', '-c', `slipway run ${app.name} web -- id`))
      .toMatchObject({ code: 125, stderr: expect.stringContaining(`Type: sudo slipway run ${app.name} web -- id`) })
    expect(await recorded()).toHaveLength(before)
  })
})

describe('while a rollout retires what it runs in', () => {
  it('goes on in its own release, which stays for as long; the next rollout removes it', async () => {
    const going = host.shell(`slipway run ${app.name} web -- sh -c 'until [ -e data/go ]; do sleep 0.1; done; cat VERSION; echo; ls -d "$HOME"' 2>&1`)
    await app.until(`systemctl list-units --no-legend --plain 'slipway-run.${app.name}.1.*' | grep running`)
    for (const tag of ['v2', 'v3', 'v4']) {
      await app.release({ tag })
      const pushed = succeeded(await app.push(secret))
      if (tag === 'v2') expect(pushed.summary).toMatch(/activation 1 stays on disk until slipway-run\./)
    }
    expect(await host.shell(`ls /opt/${app.name}/releases | cut -d- -f1 | xargs; ls -d /opt/${app.name}/run/[0-9]*`)).toBe(`v1 v3 v4\n/opt/${app.name}/run/1\n/opt/${app.name}/run/4`)
    await host.shell(`touch /opt/${app.name}/shared/data/go`)
    expect((await going).split('\n')).toEqual(['v1', `/opt/${app.name}/run/1/home`, expect.stringMatching(/v4 \(#4\) serves meanwhile; this ran in v1 \(#1\) to its end/)])
    await app.release({ tag: 'v5' })
    succeeded(await app.push(secret))
    expect(await app.remains(1)).toBe('')
    expect(await host.shell(`ls /opt/${app.name}/releases | cut -d- -f1 | xargs`)).toBe('v4 v5')
  })

  it('of one that was killed the next look says that its end is not known', async () => {
    const started = host.shell(`slipway run ${app.name} web -- sleep 1963 & echo $! >/root/one; wait $! || true`)
    await app.until('pgrep -f "^sleep 1963"')
    await host.shell('kill -KILL $(cat /root/one)')
    await started
    const state = async (): Promise<unknown> => (JSON.parse((await host.exec('slipway', app.name, '--json')).stdout) as { oneOffs: { state: string }[] }).oneOffs[0]?.state
    expect(await state()).toBe('in hand')
    await host.shell(`systemctl stop 'slipway-run.${app.name}.*'`)
    expect(await state()).toBe('unknown')
  })

  it('lines of both are whole in the history, however many write at once', async () => {
    await app.release({ tag: 'v6' })
    const pushing = app.push(secret)
    await host.shell(`for turn in 1 2 3 4 5; do for one in 1 2 3 4; do slipway run ${app.name} web -- true & done; wait; done`)
    succeeded(await pushing)
    // Each line is JSON, or this throws.
    const history = await app.history()
    expect(history.filter(({ event }) => event === 'proven').at(-1)).toMatchObject({ version: 'v6' })
  })
})
