import { succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

const worker = `import os, time
with open('log/' + os.environ['SLIPWAY_SERVICE'], 'a') as file:
    print(os.environ['SLIPWAY_ACTIVATION'], file=file)
while True:
    time.sleep(1)
`

describe('what was replaced stays up, with `rollout: { warm }`', () => {
  let host: Host
  let app: TinyApp
  beforeAll(async () => {
    host = await appsHost()
    const python = { runtime: 'python', start: 'python work.py' }
    app = await TinyApp.on(host, 'warm', {
      files: { 'work.py': worker },
      web: { health: { path: '/healthz', timeout: '4s' } },
      config: { shared: ['log'], rollout: { warm: '10m', drain: '2s' }, services: { queue: python, beat: { ...python, overlap: false } } },
    })
    succeeded(await app.push())
    await app.release({ tag: 'v2' })
    expect(succeeded(await app.push()).log).toMatch(/activation 1 stays up for 600 s/)
  }, 300_000)
  afterEach(() => { app?.rest() })
  afterAll(() => { app?.[Symbol.dispose]() })

  const runs = (number: number): Promise<string> => host.shell(
    `systemctl list-units --no-legend --plain 'slipway-*.${app.name}.${number}.*' | cut -d' ' -f1 | sort | sed 's/^slipway-//; s/\\.${app.name}\\./ /'`)
  const serving = (number: number): string => [`app ${number}.beat.1.service`, `app ${number}.queue.1.service`, `app ${number}.web.1.service`, `router ${number}.service`].join('\n')
  const warm = (number: number): string => [`app ${number}.web.1.service`, `router ${number}.service`].join('\n')
  const processes = (): Promise<string> => host.shell(`systemctl show -p MainPID --value slipway-app.${app.name}.1.web.1.service`)

  it('without its workers, and people see it', async () => {
    expect(await runs(1)).toBe(warm(1))
    expect(await host.shell(`slipway status ${app.name}`)).toMatch(/return to +v1 +#1 .*\(still up\)/)
  })

  it('a rollback to it starts none of what answers, drops no request, and has its workers again', async () => {
    const before = await processes()
    const load = app.load()
    const run = succeeded(await app.rollback())
    expect(run.log).toMatch(/v1 as #1 +still up, so that nothing has to be started/)
    expect(run.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1', previous: 'v2' })
    expect(await app.serves()).toBe('v1 #1')
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] })
    expect(await processes()).toBe(before)
    expect(await runs(1)).toBe(serving(1))
    expect(await app.remains(2)).toBe('')
    expect(await host.shell(`cat /opt/${app.name}/shared/log/beat`)).toBe('1\n2\n1')
    expect((await app.history()).map(({ event, number }) => `${event} ${number}`).slice(-3)).toEqual(['proven 1', 'withdrawn 2', 'retired 2'])
    expect(await host.shell(`systemctl list-units --all --no-legend 'slipway-warm.${app.name}.*'; ls /opt/${app.name}/run`)).not.toContain('warm')
  })

  it('one that does not prove itself leaves serving what serves', async () => {
    await app.release({ tag: 'v3' })
    succeeded(await app.push())
    // systemd sees nothing of it; it answers nobody.
    await host.shell(`systemctl kill -s SIGSTOP slipway-app.${app.name}.1.web.1.service`)
    const run = await app.rollback()
    expect(run.outputs).toMatchObject({ changed: 'false', serving: 'v3' })
    expect(errorsOf(run)).not.toBe('')
    expect(await app.serves()).toBe('v3 #3')
    expect(await runs(3)).toBe(serving(3))
    // What is warm and sick would fail again: it is gone, and the next rollback starts the release anew.
    expect(await app.remains(1)).toBe('')
    expect(succeeded(await app.rollback()).log).toMatch(/v1 as #4/)
  })

  it('it ends with what is deployed next, and that is what stays up then', async () => {
    await app.release({ tag: 'v4' })
    const dry = succeeded(await app.push({ inputs: { 'dry-run': 'true' } })).log
    expect(dry).toMatch(new RegExp(`stop slipway-app\\.${app.name}\\.4\\.beat\\.1`))
    expect(dry).toMatch(/the rest of activation 4 stays up for 600 s/)
    expect(dry).not.toMatch(/stop \S+\.web\./)
    succeeded(await app.push())
    expect(await runs(4)).toBe(warm(4))
    await app.release({ tag: 'v5' })
    succeeded(await app.push())
    expect(await app.remains(4)).toBe('')
    expect(await runs(5)).toBe(warm(5))
  })

  /** Deploys a release that has to be let through its proof each time; gives its number. */
  const gated = async (tag: string): Promise<number> => {
    const number = Math.max(...(await app.history()).map((entry) => entry.number)) + 1
    await app.release({ tag, behaviour: { publicGate: true } })
    const run = await app.startPush()
    await app.untilSwitched(number)
    await app.open(number)
    succeeded(await run.done)
    await host.shell(`rm /opt/${app.name}/run/${number}/home/open`)
    return number
  }
  it.each([['is not proven then', 'v6', 'v7', false], ['is', 'v8', 'v9', true]])('a host program that dies while it goes back to what %s', async (_, first, second, proves) => {
    const old = await gated(first)
    await app.release({ tag: second })
    succeeded(await app.push())
    const now = Number((await app.serves()).split('#')[1])
    const run = await app.startPush({ inputs: { operation: 'rollback' } })
    await app.untilSwitched(old)
    if (!proves) await host.shell(`systemctl kill -s SIGSTOP slipway-app.${app.name}.${old}.web.1.service`)
    await host.shell(`systemctl kill -s SIGKILL slipway-session.${app.name}.service`)
    if (proves) await app.open(old)
    await run.done
    await app.untilFree()
    const [winner, loser] = proves ? [old, now] : [now, old]
    expect(await app.serves()).toBe(`${proves ? first : second} #${winner}`)
    expect([await runs(winner), await app.remains(loser)]).toEqual([serving(winner), ''])
    expect((await app.status()).summary).toMatch(new RegExp(proves ? `to activation ${old}: it was proven, and serves` : `activation ${now} serves again`))
  })

  it('a restart of the host ends it', async () => {
    await app.release({ tag: 'v10' })
    succeeded(await app.push())
    const [version, number] = (await app.serves()).split(' #')
    await host.cutPower()
    await app.until(`curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/`)
    await app.untilFree()
    await app.until(`[ ! -e /opt/${app.name}/run/warm.json ]`)
    expect(await app.serves()).toBe(`${version} #${number}`)
    expect([await runs(Number(number)), await app.remains(Number(number) - 1)]).toEqual([serving(Number(number)), ''])
  })

  it('its time ends it', async () => {
    const before = Number((await app.serves()).split('#')[1])
    await app.release({ tag: 'v11', config: { rollout: { warm: '3s', drain: '2s' } } })
    succeeded(await app.push())
    await app.until(`grep '"retired", "number": ${before}[,}]' /opt/${app.name}/history/log.jsonl`)
    await app.untilFree()
    expect(await app.remains(before)).toBe('')
    await app.until(`[ -z "$(systemctl list-units --all --no-legend 'slipway-warm.${app.name}.*')" ]`)
    const number = Number(/#(\d+)/.exec(await app.serves())?.[1])
    expect(await runs(number)).toBe(serving(number))
    expect(succeeded(await app.rollback()).log).not.toMatch(/still up/)
  })

  it('other secrets want other processes', async () => {
    await app.release({ tag: 'v12', config: { rollout: { warm: '10m', drain: '2s' } }, web: { secrets: ['TOKEN'] } })
    succeeded(await app.push({ env: { TOKEN: 'one-long-value' } }))
    const before = (await app.ask()).told.secret
    await app.release({ tag: 'v13' })
    succeeded(await app.push({ env: { TOKEN: 'another-long-value' } }))
    const secret = (await app.ask()).told.secret
    const run = succeeded(await app.rollback('', { env: { TOKEN: 'another-long-value' } }))
    expect(run.log).not.toMatch(/still up/)
    expect((await app.ask()).told).toMatchObject({ version: 'v12', secret })
    expect(secret).not.toBe(before)
  })
})
