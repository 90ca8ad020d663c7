import { succeeded } from './harness/deploy'
import { send } from './harness/served'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

/** `before` waits for a file, so that a test sees the host while it runs. */
describe('maintenance', () => {
  let app: TinyApp
  const gate = (): string => `/opt/${app.name}/shared/gate/open`
  const worker = (number: number): string => `slipway-app.${app.name}.${number}.beat.1.service`
  const state = (unit: string): Promise<string> => app.host.shell(`systemctl is-active ${unit} || true`)
  const inMaintenance = (number: number): Promise<void> =>
    app.until(`readlink /opt/${app.name}/run/current.sock | grep -x ${number}/router/maintenance.sock `
      + `&& systemctl is-active slipway-task.${app.name}.${number}.before.0.service`)
  beforeAll(async () => {
    const config = {
      shared: ['gate'], scratch: ['tmp'], pages: { maintenance: '503.html' }, rollout: { drain: '60s', maintenance: true },
      services: { beat: { start: 'python worker.py', runtime: 'python' } },
    }
    app = await TinyApp.on(await appsHost(), 'closed', { config, files: { '503.html': '<h1>Back soon</h1>' } })
    succeeded(await app.push())
    const before = ['sh -c "until [ -e gate/open ]; do sleep 0.1; done"', 'sh -c "[ ! -e gate/fail ]"']
    await app.release({ tag: 'v2', web: { before } })
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  it('is told in a dry run', async () => {
    const run = succeeded(await app.push({ inputs: { 'dry-run': 'true' } }))
    expect(run.log).toMatch(/answer 503 to all requests from here on, until the new release is proven/)
    expect(await app.serves()).toBe('v1 #1')
  })

  it('answers 503 while `before` runs, lets what is under way end, and stops the workers; then the new one serves', async () => {
    const slow = send(app, '/held')
    await app.until(`ss -xHn src unix:/opt/${app.name}/run/1/router/http.sock | grep ESTAB`)
    const started = await app.startPush()
    await app.until(`readlink /opt/${app.name}/run/current.sock | grep -x 2/router/maintenance.sock`)
    await app.open(1)
    await inMaintenance(2)
    expect(await slow).toMatchObject({ status: 200 })
    for (const [method, path] of [['GET', '/'], ['POST', '/any/where'], ['HEAD', '/']] as const) {
      const { status, headers, body } = await send(app, path, { accept: 'application/json' }, method, method === 'POST' ? '{}' : '')
      expect([status, headers['retry-after'], headers['content-type'], headers['cache-control'], body])
        .toEqual([503, '30', 'text/html', 'no-store', method === 'HEAD' ? '' : '<h1>Back soon</h1>'])
    }
    expect(await state(worker(1))).toBe('inactive')
    await app.host.shell(`touch ${gate()}`)
    const run = succeeded(await started.done)
    expect(run.log).toMatch(/closed .*all requests are answered 503/)
    expect(run.log).toMatch(/in maintenance 3 requests were answered 503/)
    expect(run.summary).toMatch(/in maintenance 3 requests were answered 503/)
    expect(await app.serves()).toBe('v2 #2')
    expect([await state(worker(1)), await state(worker(2))]).toEqual(['inactive', 'active'])
    expect(await app.remains(1)).toBe('')
  })

  it('ends with the old one serving, its workers too, when a command fails', async () => {
    await app.host.shell(`touch /opt/${app.name}/shared/gate/fail`)
    await app.release({ tag: 'v3' })
    const run = await app.push()
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false', serving: 'v2' })
    expect(errorsOf(run)).toMatch(/web: sh -c .* ended with 1/)
    expect(await app.serves()).toBe('v2 #2')
    expect(await state(worker(2))).toBe('active')
    expect(await app.host.shell(`ls /etc/systemd/system/multi-user.target.wants/${worker(2)}`)).toContain(worker(2))
    expect(await app.remains(3)).toBe('')
    await app.host.shell(`rm /opt/${app.name}/shared/gate/fail`)
  })

  it('ends with the old one serving when the run is killed in it, and when the host is', async () => {
    await app.host.shell(`rm ${gate()}`)
    await app.release({ tag: 'v4' })
    const started = await app.startPush()
    await inMaintenance(4)
    started.kill('SIGKILL')
    await started.done
    expect((await send(app, '/')).status).toBe(503)
    // Half a migration would be worse than the wait for its end.
    await app.host.shell(`touch ${gate()}`)
    await app.untilFree()
    expect(await app.serves()).toBe('v2 #2')
    expect(await state(worker(2))).toBe('active')
    await app.host.shell(`rm ${gate()}`)
    await app.release({ tag: 'v5' })
    const cut = await app.startPush()
    await inMaintenance(5)
    await app.host.cutPower()
    await cut.done
    await app.untilFree(90)
    // It boots with the host.
    await app.until(`curl -fsS -H 'Host: ${app.domain}' http://127.0.0.1/`)
    expect(await app.serves()).toBe('v2 #2')
    expect(await state(worker(2))).toBe('active')
    expect(await app.remains(5)).toBe('')
  })

  it('ends with the old one serving after a release that does not start, or is not proven', async () => {
    await app.host.shell(`touch ${gate()}`)
    await app.release({ tag: 'v6', behaviour: { exit: 3 } })
    expect((await app.push()).outputs).toMatchObject({ status: 'failed', serving: 'v2' })
    expect(await app.serves()).toBe('v2 #2')
    expect(await state(worker(2))).toBe('active')
    await app.release({ tag: 'v7', behaviour: { publicHealth: 500 } })
    expect((await app.push()).outputs).toMatchObject({ status: 'reverted', serving: 'v2' })
    expect(await app.serves()).toBe('v2 #2')
    expect(await state(worker(2))).toBe('active')
  })
})
