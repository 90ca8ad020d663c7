import { setUp, succeeded } from './harness/deploy'
import { servedFiles } from './harness/served'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

describe('servers of all kinds', () => {
  let app: TinyApp
  let releases = 1
  beforeAll(async () => {
    const web = { start: 'gunicorn served:wsgi --bind 127.0.0.1:$PORT', runtime: 'python' }
    app = await TinyApp.on(await appsHost(), 'kinds', { files: servedFiles, web })
    succeeded(await app.push())
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  it.each([
    ['gunicorn', 'socket', 'http', 'gunicorn served:wsgi --bind unix:$SOCKET --workers 2'],
    ['uvicorn', 'socket', 'http', 'uvicorn served:asgi --uds $SOCKET'],
    ['uvicorn', 'port', 'http', 'uvicorn served:asgi --host 127.0.0.1 --port $PORT'],
    ['hypercorn', 'socket', 'http', 'hypercorn served:asgi --bind unix:$SOCKET'],
    ['uWSGI', 'socket', 'uwsgi', 'uwsgi --master --module served:wsgi --socket $SOCKET --listen 100'],
    ['uWSGI', 'port', 'uwsgi', 'uwsgi --master --module served:wsgi --socket 127.0.0.1:$PORT'],
    ['uWSGI', 'socket', 'http', 'uwsgi --master --module served:wsgi --http-socket $SOCKET'],
    ['uWSGI with a hook', 'port', 'uwsgi', 'uwsgi --master --module served:wsgi --socket 127.0.0.1:$PORT '
      + '--hook-master-start "unix_signal:15 gracefully_kill_them_all"'],
    ['flup', 'socket', 'fastcgi', 'python served.py'],
    ['flup', 'port', 'fastcgi', 'python served.py'],
    ['Node', 'socket', 'http', 'node served.mjs'],
    ['Node', 'port', 'http', 'node served.mjs'],
  ])('%s on a %s, speaking %s: goes on from what was, and to itself, without a failed request', async (_, listen, protocol, start) => {
    const runtime = start.startsWith('node') ? 'node' : 'python'
    const stop = start.includes('unix_signal:15') ? { signal: 'SIGTERM' } : undefined
    for (const _time of ['from another', 'from itself']) {
      const load = app.load()
      const tag = `v${++releases}`
      await app.release({ tag, web: { start, listen, protocol, runtime, stop } })
      // It brings Node, the first time.
      if (runtime === 'node') succeeded(await setUp(app.host, app.repository))
      const run = succeeded(await app.push())
      const { failed, failures, versions } = await load.stop()
      expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
      expect(Object.keys(versions)).toContain(tag)
      expect(run.outputs).toMatchObject({ status: 'deployed', serving: tag })
      expect(await app.serves()).toBe(`${tag} #${releases}`)
      expect(await app.remains(releases - 1)).toBe('')
      // It ended by itself, and was not killed when its time was up.
      const ended = `journalctl -q -o cat -u slipway-app.${app.name}.${releases - 1}.web.1.service`
      expect(await app.host.shell(`${ended} | grep -c 'timed out. Killing' || true`)).toBe('0')
    }
  })

  it('says of a service with a socket what is wrong: where it listens instead, what it speaks, and who is kept out', async () => {
    const broken = async (web: Record<string, unknown>): Promise<string> => {
      await app.release({ tag: `v${++releases}`, web: { listen: 'socket', protocol: 'http', runtime: 'python', ...web } })
      const run = await app.push()
      expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
      expect(await app.remains(releases)).toBe('')
      return errorsOf(run)
    }
    expect(await broken({ start: 'gunicorn served:wsgi --bind 127.0.0.1:8000' }))
      .toMatch(/web listens on port 8000, not on \$SOCKET \(\/opt\/[^]*`--bind unix:\$SOCKET`/)
    const soon = { path: '/', timeout: '6s' }
    expect(await broken({ start: 'gunicorn served:wsgi --bind unix:/tmp/other.sock', health: soon }))
      .toMatch(/web listens on socket \/tmp\/other.sock, not on \$SOCKET/)
    expect(await broken({ start: 'uwsgi --master --module served:wsgi --socket $SOCKET', health: soon }))
      .toMatch(/did not become healthy[^]*what answers there does not speak http/)
    expect(await broken({ start: 'uwsgi --master --module served:wsgi --socket $SOCKET --chmod-socket=600', health: soon, protocol: 'uwsgi' }))
      .toMatch(/the router may not connect to it: its rights are srw-------[^]*leave the rights of its socket alone/)
    const serving = await app.serves()
    expect(serving).toMatch(/^v\d+ #\d+$/)
  })

  it('lets in, to a socket, nobody but the router and the app itself', async () => {
    await app.release({ tag: `v${++releases}`, web: { start: 'uvicorn served:asgi --uds $SOCKET', listen: 'socket', protocol: 'http', health: '/' } })
    succeeded(await app.push())
    const knock = async (user: string, ...more: string[]): Promise<number | null> => {
      const socket = await app.host.shell(`ls /opt/${app.name}/run/*/sockets/web.1/listen`)
      const { code } = await app.host.exec('systemd-run', '--quiet', '--wait', '--pipe', '--collect', `--uid=${user}`, `--gid=${user}`, ...more,
        'curl', '-sf', '--unix-socket', socket, 'http://x/')
      return code
    }
    expect(await knock(`app-${app.name}`)).toBe(0)
    expect(await knock(`web-${app.name}`, `--property=SupplementaryGroups=app-${app.name}`)).toBe(0)
    expect(await knock('www-data')).toBe(7)
    expect(await knock('daemon')).toBe(7)
    // The door to one instance is root's alone.
    expect(await app.host.shell(`stat -c '%U %a' /opt/${app.name}/run/*/router/asked`)).toBe(`web-${app.name} 700`)
  })

  it('takes away what a killed process has left in the way of the next', async () => {
    const unit = `slipway-app.${app.name}.*.web.1.service`
    await app.release({ tag: `v${++releases}`, web: { start: 'node served.mjs', runtime: 'node' } })
    succeeded(await app.push())
    await app.host.shell(`systemctl kill --kill-who=all --signal=KILL '${unit}'`)
    await app.until(`curl -sf --unix-socket /opt/${app.name}/run/*/sockets/web.1/listen http://x/ && [ "$(systemctl show -p NRestarts --value '${unit}')" -ge 1 ]`)
    expect(await app.serves()).toMatch(new RegExp(`^v${releases} #`))
  })
})
