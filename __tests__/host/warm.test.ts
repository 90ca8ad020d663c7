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
    await host.shell(`systemctl kill -s SIGCONT slipway-app.${app.name}.1.web.1.service || true`)
  })

  it('it ends with what is deployed next, and that is what stays up then', async () => {
    await app.release({ tag: 'v4' })
    succeeded(await app.push())
    expect(await runs(3)).toBe(warm(3))
    expect(await app.remains(1)).toBe('')
    await app.release({ tag: 'v5' })
    succeeded(await app.push())
    expect(await app.remains(3)).toBe('')
    expect(await runs(4)).toBe(warm(4))
  })

  it('a runner that dies while it goes back leaves one of the two serving, with all of its workers', async () => {
    const run = await app.startPush({ inputs: { operation: 'rollback' } })
    await app.until(`grep '"phase": "switch"' /opt/${app.name}/run/intent.json`)
    await host.shell(`systemctl kill -s SIGKILL slipway-session.${app.name}.service`)
    await run.done
    await app.untilFree()
    const [, version, number] = /^(v\d) #(\d)$/.exec(await app.serves()) ?? []
    expect([version, number]).toEqual([`v${number}`, expect.stringMatching(/^[45]$/)])
    expect(await runs(Number(number))).toBe(serving(Number(number)))
    const status = await app.status()
    expect(status.outputs['serving']).toBe(version)
    expect(status.log).toMatch(number === '4' ? /during its cut-over to activation 4: it was proven, and serves/ : /activation 5/)
  })

  it('its time ends it', async () => {
    await app.release({ tag: 'v6', config: { rollout: { warm: '3s', drain: '2s' } } })
    succeeded(await app.push())
    const before = (await app.history()).filter(({ event }) => event === 'proven').map(({ number }) => number).at(-2) ?? 0
    await app.until(`grep '"retired", "number": ${before}[,}]' /opt/${app.name}/history/log.jsonl`)
    await app.untilFree()
    expect(await app.remains(before)).toBe('')
    await app.until(`[ -z "$(systemctl list-units --all --no-legend 'slipway-warm.${app.name}.*')" ]`)
    const number = Number(/#(\d+)/.exec(await app.serves())?.[1])
    expect(await runs(number)).toBe(serving(number))
    expect(succeeded(await app.rollback()).log).not.toMatch(/still up/)
  })

  it('other secrets want other processes', async () => {
    await app.release({ tag: 'v8', config: { rollout: { warm: '10m', drain: '2s' } }, web: { secrets: ['TOKEN'] } })
    succeeded(await app.push({ env: { TOKEN: 'one-long-value' } }))
    await app.release({ tag: 'v9' })
    succeeded(await app.push({ env: { TOKEN: 'another-long-value' } }))
    const run = succeeded(await app.rollback('', { env: { TOKEN: 'another-long-value' } }))
    expect(run.log).not.toMatch(/still up/)
    expect((await app.ask('/secret')).body + (await app.serves())).toContain('v8')
  })
})
