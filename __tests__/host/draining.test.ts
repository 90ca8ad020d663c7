import { succeeded } from './harness/deploy'
import { holdSocket, holdStream, send, servedFiles, type Held } from './harness/served'
import { appsHost, TinyApp } from './harness/tiny-app'

describe('what is under way while a release is replaced', () => {
  let app: TinyApp
  const held: Held[] = []
  const hold = async (opening: Promise<Held>): Promise<Held> => {
    const one = await opening
    held.push(one)
    return one
  }
  beforeAll(async () => {
    const web = { start: 'uvicorn served:asgi --uds $SOCKET', listen: 'socket', runtime: 'python', stop: { timeout: '2s' } }
    app = await TinyApp.on(await appsHost(), 'drain', { files: servedFiles, web, config: { rollout: { drain: '10s' } } })
    succeeded(await app.push())
  }, 300_000)
  afterEach(() => {
    for (const one of held.splice(0)) one.end()
    app?.rest()
  })
  afterAll(() => { app?.[Symbol.dispose]() })

  const said = async (socket: Held): Promise<string> => {
    socket.say('x')
    return socket.more()
  }

  it('WebSockets and streams live on with the old one, new ones go to the new one, and those that were cut are counted', async () => {
    const [first, second] = [await hold(holdSocket(app, '/ws')), await hold(holdSocket(app, '/ws'))]
    const events = await hold(holdStream(app, '/events'))
    expect(await events.more()).toContain('"version": "v1"')
    await app.release({ tag: 'v2' })
    const started = await app.startPush()
    await started.until(/draining: 3 connections still in use/)
    expect(await said(first)).toContain('"version": "v1"')
    expect(await events.more()).toContain('"version": "v1"')
    const fresh = await hold(holdSocket(app, '/ws'))
    expect(await said(fresh)).toContain('"version": "v2"')
    // One that ends by itself is not cut.
    second.end()
    const run = succeeded(await started.done)
    await Promise.all([first.closed, events.closed])
    expect(run.log).toMatch(/retired .*activation 1 drained, 2 connections cut after 10 s/)
    expect(run.summary).toMatch(/\| retire \|.*activation 1 drained, 2 connections cut after 10 s/)
    expect(JSON.parse(run.outputs['report'] ?? '{}')).toMatchObject({
      targets: [{ retired: expect.arrayContaining(['activation 1 drained, 2 connections cut after 10 s']) }],
    })
    expect(await said(fresh)).toContain('"version": "v2"')
    expect(await app.remains(1)).toBe('')
  })

  it('a connection that is kept, but idle, counts as none, and one request in hand is waited for', async () => {
    const load = app.load()
    const web = { start: 'gunicorn served:wsgi --bind unix:$SOCKET --threads 8' }
    await app.release({ tag: 'v3', web })
    succeeded(await app.push())
    const slow = send(app, '/slow/8')
    const posted = send(app, '/slow/8', { 'content-type': 'application/json' }, 'POST', '{"a":1}')
    await app.until(`[ "$(ss -xHn src unix:/opt/${app.name}/run/3/router/http.sock | grep -c ESTAB)" -ge 2 ]`)
    await app.release({ tag: 'v4' })
    const run = succeeded(await app.push())
    expect(await slow).toMatchObject({ status: 200, body: expect.stringContaining('"version": "v3"') })
    expect(await posted).toMatchObject({ status: 200, body: expect.stringContaining('"echo": {"a": 1}') })
    expect(run.log).toMatch(/retired .*activation 3 drained(?!, \d+ connection)/)
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
  })

  it('long polls that outlive the drain are cut with it', async () => {
    const slow = send(app, '/slow/60').then(({ status }) => status, () => 'cut')
    await app.until(`ss -xHn src unix:/opt/${app.name}/run/4/router/http.sock | grep ESTAB`)
    await app.release({ tag: 'v5' })
    const run = succeeded(await app.push())
    expect(run.log).toMatch(/activation 4 drained, 1 connection cut after 10 s/)
    expect([502, 'cut']).toContain(await slow)
  })

  it('several instances: while one restarts the other answers, and both are asked before users are', async () => {
    await app.release({ tag: 'v6', web: { instances: 2, start: 'gunicorn served:wsgi --bind unix:$SOCKET --threads 8' } })
    succeeded(await app.push())
    const load = app.load()
    for (let round = 0; round < 3; round++) {
      const before = await app.host.shell(`systemctl show -p NRestarts --value slipway-app.${app.name}.6.web.1.service`)
      await app.host.shell(`systemctl kill --kill-who=all --signal=KILL slipway-app.${app.name}.6.web.1.service`)
      await app.until(`[ "$(systemctl show -p NRestarts --value slipway-app.${app.name}.6.web.1.service)" -gt ${before} ] && `
        + `curl -sf --unix-socket /opt/${app.name}/run/6/sockets/web.1/listen http://x/`)
    }
    const { failures } = await load.stop()
    // A POST that was in its hands cannot be given to another: it may have been done.
    expect(failures.filter(({ request }) => !request.startsWith('POST'))).toEqual([])
    const seen = new Set<string>()
    while (seen.size < 2) seen.add((JSON.parse((await send(app, '/')).body) as { instance: string }).instance)
    expect([...seen].sort()).toEqual(['1', '2'])
  })
})
