import { calendarOf } from '../../src/config/schedule'
import { succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

/** Writes who ran, and when, to `shared`; misbehaves as `job.json`, or as files in `shared` say. */
const job = `import json, os, signal, sys, time
told = json.load(open('job.json'))
with open('log/' + os.environ['SLIPWAY_SERVICE'], 'a') as file:
    print(int(time.time()) // 60, os.environ['SLIPWAY_ACTIVATION'], os.environ.get('TOKEN', ''), file=file)
if told.get('deaf'):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.path.exists('log/linger'):
    time.sleep(600)
time.sleep(told.get('takes', 0))
if os.path.exists('log/fail') or told.get('fails'):
    sys.exit('the report has no paper')
`
const python = { runtime: 'python', start: 'python job.py' }

let host: Host
beforeAll(async () => { host = await appsHost() }, 300_000)

const files = (told: object = {}): Record<string, string> => ({ 'job.py': job, 'job.json': JSON.stringify(told) })
const unit = (app: TinyApp, number: number, service: string, kind = 'timer'): string =>
  `slipway-app.${app.name}.${number}.${service}.${kind}`
/** Which of the app's timers wait now, and which begin with the host. */
const timers = (app: TinyApp): Promise<string> => host.shell(
  `systemctl list-units --no-legend --plain 'slipway-app.${app.name}.*.timer' | cut -d' ' -f1 | sort; `
  + `cd /etc/systemd/system/multi-user.target.wants; ls -d slipway-app.${app.name}.*.timer || true`)
const ran = async (app: TinyApp, service: string): Promise<readonly string[]> =>
  (await host.shell(`cat /opt/${app.name}/shared/log/${service} || true`)).split('\n').filter((line) => line !== '')

/** One app's life, in order. */
describe('a schedule', () => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(host, 'times', {
      files: files(), web: { secrets: ['TOKEN'] },
      config: {
        shared: ['log'], services: {
          yearly: { ...python, schedule: '@yearly', secrets: ['TOKEN'], timeout: '10s', stop: { timeout: '1s' }, tasks: 64, memory: '256M' },
          minutely: { ...python, schedule: '* * * * *' },
          away: { ...python, schedule: '0 0 1 1 *', on: 'first' },
        }
      }
    })
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })
  const secret = { env: { TOKEN: 'of-the-job' } }
  const all = (number: number): string => {
    const names = ['away', 'minutely', 'yearly'].map((service) => unit(app, number, service)).join('\n')
    return `${names}\n${names}`
  }

  it('is told of in a dry run', async () => {
    const run = succeeded(await app.push({ ...secret, inputs: { 'dry-run': 'true' } }))
    expect(run.log).toContain(`start ${unit(app, 1, 'yearly')}`)
  })

  it('begins with the first release, which is well while its timers wait', async () => {
    const run = succeeded(await app.push(secret))
    expect(run.log).not.toMatch(/is not well|unwell/)
    expect(await timers(app)).toBe(all(1))
    expect(await ran(app, 'yearly')).toEqual([])
    expect(await host.shell(`systemctl show --value -p TimersCalendar ${unit(app, 1, 'yearly')}`)).toContain('OnCalendar=*-01-01 00:00:00 UTC')
    expect(succeeded(await app.push(secret)).outputs).toMatchObject({ status: 'unchanged' })
  })

  it('runs as the app, in its sandbox, with its secrets and limits, and its log is under its name', async () => {
    await host.shell(`systemctl start ${unit(app, 1, 'yearly', 'service')}`)
    expect((await ran(app, 'yearly')).at(-1)).toMatch(/^\d+ 1 of-the-job$/)
    const shown = await host.shell(`systemctl show -p User,ProtectSystem,TasksMax,MemoryMax,NoNewPrivileges ${unit(app, 1, 'yearly', 'service')}`)
    expect(shown.split('\n').sort()).toEqual(['MemoryMax=268435456', 'NoNewPrivileges=yes', 'ProtectSystem=strict', 'TasksMax=64', `User=app-${app.name}`])
  })

  it('tells by the next status that the last run failed, and no longer once one went well', async () => {
    const service = unit(app, 1, 'yearly', 'service')
    await host.shell(`touch /opt/${app.name}/shared/log/fail; ! systemctl start ${service}`)
    const status = succeeded(await app.status())
    expect(status.summary + status.log).toContain(`the last run of ${service} ended with exit code 1`)
    expect(await host.shell(`journalctl --no-pager -o cat -u ${service}`)).toContain('the report has no paper')
    await host.shell(`rm /opt/${app.name}/shared/log/fail; systemctl start ${service}`)
    // The one of each minute may have met the fault too, and tells of it until the next.
    expect(succeeded(await app.status()).log).not.toContain(`the last run of ${service}`)
  })

  it('ends a run that takes longer than its `timeout`, and says so', async () => {
    const service = unit(app, 1, 'yearly', 'service')
    await host.shell(`touch /opt/${app.name}/shared/log/linger; ! systemctl start ${service}; rm /opt/${app.name}/shared/log/linger`)
    const status = succeeded(await app.status())
    expect(status.summary + status.log).toContain(`the last run of ${service} took longer than it may`)
    await host.shell(`systemctl start ${service}`)
  })

  it('goes over to the next release with its proof, and leaves nothing of the old one', async () => {
    await app.release({ tag: 'v2' })
    succeeded(await app.push(secret))
    expect(await timers(app)).toBe(all(2))
    expect(await app.remains(1)).toBe('')
    expect(await host.shell(`ls /var/lib/systemd/timers | grep -c 'slipway-app.${app.name}.1' || true`)).toBe('0')
  })

  it('stays with the old release, untouched, when the new one is not proven', async () => {
    const since = (): Promise<string> => host.shell(`systemctl show --value -p ActiveEnterTimestampMonotonic ${unit(app, 2, 'yearly')}`)
    const before = await since()
    await app.release({ tag: 'v3', behaviour: { publicHealth: 500 } })
    expect((await app.push(secret)).outputs).toMatchObject({ status: 'reverted', serving: 'v2' })
    expect(await timers(app)).toBe(all(2))
    expect(await since()).toBe(before)
    expect(await app.remains(3)).toBe('')
  })

  it('comes back when a proven release is found wanting afterwards', async () => {
    await app.release({ tag: 'v4', config: { rollout: { bake: '60s', drain: '5s' } } })
    const run = await app.startPush(secret)
    await app.until(`systemctl is-active ${unit(app, 4, 'yearly')}`)
    expect(await timers(app)).toBe(all(4))
    await host.shell(`kill -9 $(systemctl show --value -p MainPID slipway-app.${app.name}.4.web.1)`)
    expect((await run.done).outputs).toMatchObject({ status: 'reverted', serving: 'v2' })
    expect(await timers(app)).toBe(all(2))
    expect(await app.remains(4)).toBe('')
  })

  it('is there after a restart of the host, wherever that cut the run off', async () => {
    await app.release({ tag: 'v5', config: { rollout: { drain: '5s' } } })
    const run = await app.startPush(secret)
    await app.until(`grep '"proven".*"number": 5' /opt/${app.name}/history/log.jsonl`)
    await host.cutPower()
    await run.done
    await app.untilFree()
    await app.until(`curl -fs -H 'Host: ${app.domain}' http://127.0.0.1/healthz`)
    expect(await app.serves()).toBe('v5 #5')
    expect(await timers(app)).toBe(all(5))
    expect(succeeded(await app.status()).summary).toContain('v5')
  })

  it('lets a run of the old release end while it drains, then ends it and says so', async () => {
    await host.shell(`touch /opt/${app.name}/shared/log/linger; systemctl start --no-block ${unit(app, 5, 'away', 'service')}`)
    await app.until(`[ -s /opt/${app.name}/shared/log/away ]`)
    await app.release({ tag: 'v6', config: { rollout: { drain: '1s' } } })
    const run = succeeded(await app.push(secret))
    await host.shell(`rm /opt/${app.name}/shared/log/linger`)
    expect(run.log).toContain(`${unit(app, 5, 'away', 'service')} was still running after 1 s, and was ended`)
    // Units that began with the host are held by its target until systemd reads its files anew.
    await host.shell('systemctl daemon-reload')
    expect(await app.remains(5)).toBe('')
  })

  it('runs once for each time, neither twice nor never, while one release follows the other', async () => {
    const minutes = async (): Promise<readonly number[]> => (await ran(app, 'minutely')).map((line) => Number(line.split(' ')[0]))
    await app.until(`[ -s /opt/${app.name}/shared/log/minutely ]`, 90)
    const begun = (await minutes()).at(-1) ?? 0
    let changes = 0
    const change = async (): Promise<void> => void succeeded(await app.rollback(changes++ % 2 === 0 ? 'v5' : 'v6'))
    while ((await minutes()).at(-1)! === begun) await change()
    // A second run of that time would come with the changes after it.
    for (const _ of [1, 2]) await change()
    const since = (await minutes()).filter((minute) => minute >= begun)
    expect(since).toEqual(since.map((_, index) => begun + index))
    expect(since.length).toBeGreaterThan(1)
  }, 300_000)
})

describe('a time that comes just when the timers change hands', () => {
  it('is run by the new release, once', async () => {
    const app = await TinyApp.on(host, 'hands', {
      files: files(), config: { shared: ['log'], services: { rare: { ...python, schedule: '@yearly' } } }
    })
    succeeded(await app.push())
    // The old timer stops before its time, and the new one starts after it: what cannot be timed from here is set.
    await host.shell(`systemctl stop ${unit(app, 1, 'rare')}; touch -d '2 years ago' /var/lib/systemd/timers/stamp-${unit(app, 1, 'rare')}`)
    const before = (await ran(app, 'rare')).length
    await app.release({ tag: 'v2' })
    succeeded(await app.push())
    await app.until(`grep ' 2 ' /opt/${app.name}/shared/log/rare`)
    expect((await ran(app, 'rare')).length - before).toBe(1)
    // With other times, nothing is made up for that the old release would not have run.
    await host.shell(`systemctl stop ${unit(app, 2, 'rare')}; touch -d '2 years ago' /var/lib/systemd/timers/stamp-${unit(app, 2, 'rare')}`)
    await app.release({ tag: 'v3', config: { services: { rare: { ...python, schedule: '@monthly' } } } })
    succeeded(await app.push())
    expect(await host.shell(`systemctl show --value -p LastTriggerUSec,ActiveState ${unit(app, 3, 'rare')}`)).toContain('active')
    expect((await ran(app, 'rare')).filter((line) => line.split(' ')[1] === '3')).toEqual([])
    app[Symbol.dispose]()
  })
})

describe('what runs once per activation', () => {
  let app: TinyApp
  const once = { ...python, schedule: 'once', health: { timeout: '10s' } }
  beforeAll(async () => {
    app = await TinyApp.on(host, 'once', { files: files(), config: { shared: ['log'], services: { fill: once } } })
    succeeded(await app.push())
  }, 300_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  it('has run when the release serves, and runs again in each activation, rollbacks included', async () => {
    expect((await ran(app, 'fill')).map((line) => line.split(' ')[1])).toEqual(['1'])
    await app.release({ tag: 'v2' })
    succeeded(await app.push())
    expect(succeeded(await app.rollback()).outputs).toMatchObject({ serving: 'v1' })
    expect((await ran(app, 'fill')).map((line) => line.split(' ')[1])).toEqual(['1', '2', '3'])
    expect(succeeded(await app.push({ inputs: { version: 'v1' } })).outputs).toMatchObject({ status: 'unchanged' })
    expect(await app.remains(2)).toBe('')
  })

  it('lets nothing be switched when it fails', async () => {
    await app.release({ tag: 'v3', files: files({ fails: true }) })
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/fill ended with exit code 1: the report has no paper/)
    expect(await app.serves()).toBe('v1 #3')
    expect(await app.remains(4)).toBe('')
  })

  it('nor when it takes too long, deaf to SIGTERM or not', async () => {
    await app.release({ tag: 'v4', files: files({ takes: 600, deaf: true }), config: { services: { fill: { ...once, stop: { timeout: '1s' } } } } })
    const run = await app.push()
    expect(errorsOf(run)).toMatch(/fill did not end within 10 s/)
    expect(await app.serves()).toBe('v1 #3')
    expect(await app.remains(5)).toBe('')
  })
})

describe('cron\'s times are systemd\'s', () => {
  const begin = Date.UTC(2026, 0, 30, 12, 0)
  /** Cron as its manual has it, minute by minute, without ranges and steps: those are spelled out. */
  const next = ([minutes, hours, days, months, weekdays]: readonly (readonly number[] | '*')[], either: boolean): readonly string[] => {
    const found: string[] = []
    const has = (values: readonly number[] | '*' | undefined, value: number): boolean => values === '*' || values!.includes(value)
    for (let at = begin + 60_000; found.length < 3; at += 60_000) {
      const time = new Date(at)
      const [day, week] = [has(days, time.getUTCDate()), has(weekdays, time.getUTCDay())]
      if (has(minutes, time.getUTCMinutes()) && has(hours, time.getUTCHours()) && has(months, time.getUTCMonth() + 1)
        && (either ? day || week : day && week)) found.push(time.toISOString().slice(0, 16).replace('T', ' '))
    }
    return found
  }
  const odd = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]

  it.each([
    ['* * * * *', ['*', '*', '*', '*', '*'], false],
    ['0 6 * * *', [[0], [6], '*', '*', '*'], false],
    ['*/20 */6 * * *', [[0, 20, 40], [0, 6, 12, 18], '*', '*', '*'], false],
    ['5-50/20 8-18/5 * * mon-fri', [[5, 25, 45], [8, 13, 18], '*', '*', [1, 2, 3, 4, 5]], false],
    ['59 23 31 * *', [[59], [23], [31], '*', '*'], false],
    ['0 0 29 feb *', [[0], [0], [29], [2], '*'], false],
    ['30 4 * 2,11 7', [[30], [4], '*', [2, 11], [0]], false],
    ['0 0 * * fri-7', [[0], [0], '*', '*', [5, 6, 0]], false],
    ['0 0 13 * fri', [[0], [0], [13], '*', [5]], true],
    ['15 3 1,15 6 1', [[15], [3], [1, 15], [6], [1]], true],
    ['0 0 31 2 mon', [[0], [0], [31], [2], [1]], true],
    ['0 0 */2 * mon', [[0], [0], odd, '*', [1]], false],
    ['@weekly', [[0], [0], '*', '*', [0]], false],
    ['@yearly', [[0], [0], [1], [1], '*'], false],
  ] as const)('%s', async (cron, spelled, either) => {
    const lines = calendarOf(cron) as readonly string[]
    const told = await host.shell(`TZ=UTC systemd-analyze calendar --iterations=3 --base-time='2026-01-30 12:00:00 UTC' `
      + lines.map((line) => `'${line}'`).join(' '))
    const times = [...told.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (\S+ \d\d:\d\d):00 UTC/g)].map(([, time]) => time!)
    expect([...new Set(times)].sort().slice(0, 3)).toEqual(next(spelled, either))
  })
})
