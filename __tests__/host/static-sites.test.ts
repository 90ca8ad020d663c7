import { setUp, succeeded } from './harness/deploy'
import { send, servedFiles, type Reply } from './harness/served'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

const immutable = 'public, max-age=31536000, immutable'
const page = (script: string): string => `<script src="/assets/${script}"></script>`
const first = {
  'main.py': undefined, 'worker.py': undefined,
  'public/index.html': page('app.3f2a9c1b.js'), 'public/assets/app.3f2a9c1b.js': 'one', 'public/assets/index-BX3kQ9_a.css': 'a{}',
  'public/mod.mjs': 'export {}', 'public/site.webmanifest': '{}', 'public/data.txt': 'x'.repeat(1000), 'public/data.txt.gz': 'zipped',
  'public/.env': 'SECRET=1', 'public/.well-known/security.txt': 'Contact: x', 'public/.git-notes/x': 'x', 'public/docs/index.html': 'docs',
  'public/500.html': '<h1>Sorry</h1>',
}

/** An app without a runtime, and one beside it whose files are nobody else's business. */
describe('services of files', () => {
  let app: TinyApp
  let other: TinyApp
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> => send(app, path, headers, method)
  beforeAll(async () => {
    const web = { start: undefined, runtime: undefined, health: undefined, static: { folder: 'public', fallback: 'index.html' } }
    app = await TinyApp.on(await appsHost(), 'site', { files: first, web })
    other = await TinyApp.on(app.host, 'other', {
      files: { ...first, 'public/private.txt': 'of another app' }, web: { ...web, static: 'public' }, config: { shared: ['public/up'] },
    })
    succeeded(await app.push())
    succeeded(await other.push())
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => {
    app?.[Symbol.dispose]()
    other?.[Symbol.dispose]()
  })

  it('deploy without any runtime, and run no process but the router', async () => {
    expect((await get('/')).body).toBe(page('app.3f2a9c1b.js'))
    expect(await app.host.shell(`systemctl list-units --no-legend --plain 'slipway-app.${app.name}.*'; ls /opt/${app.name}/run/1`))
      .toBe('activation.json\ncounted\nhome\nrouter\nrouter.conf\nsecrets.json')
  })

  it('have the right types, caching by name, and answer who has the file already', async () => {
    for (const [path, type, cache] of [
      ['/', 'text/html', 'no-cache'], ['/assets/app.3f2a9c1b.js', 'application/javascript', immutable],
      ['/assets/index-BX3kQ9_a.css', 'text/css', immutable], ['/mod.mjs', 'text/javascript', 'no-cache'],
      ['/site.webmanifest', 'application/manifest+json', 'no-cache'], ['/data.txt', 'text/plain', 'no-cache'],
    ] as const) {
      const { status, headers } = await get(path)
      expect([path, status, headers['content-type'], headers['cache-control']]).toEqual([path, 200, type, cache])
      const again = await get(path, { 'if-none-match': headers.etag ?? '' })
      expect([path, again.status, again.headers['cache-control']]).toEqual([path, 304, cache])
    }
    expect(await get('/data.txt', { range: 'bytes=0-3' })).toMatchObject({ status: 206, body: 'xxxx' })
    expect(await get('/data.txt', { 'accept-encoding': 'gzip' })).toMatchObject({ body: 'zipped', headers: { 'content-encoding': 'gzip' } })
    expect(await get('/data.txt', {}, 'HEAD')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '1000' } })
    expect((await get('/data.txt', {}, 'POST')).status).toBe(405)
    expect(await get('/docs')).toMatchObject({ status: 301, headers: { location: '/docs/' } })
    expect((await get('/docs/')).body).toBe('docs')
  })

  it('answer with the fallback where nothing is, but not for an asset, and show nothing hidden', async () => {
    for (const path of ['/cart/7', '/.env', '/.git-notes/x', '/%2eenv', '/assets/']) {
      expect([path, (await get(path)).status, (await get(path)).body]).toEqual([path, 200, page('app.3f2a9c1b.js')])
    }
    expect((await get('/assets/gone.00aa11bb.js')).status).toBe(404)
    expect((await get('/.well-known/security.txt')).body).toBe('Contact: x')
    expect((await send(other, '/.env')).status).toBe(404)
    expect((await send(other, '/nothing')).status).toBe(404)
  })

  it('drop no asset across a deployment, in either direction, and keep ETags of what is the same', async () => {
    const tag = (await get('/docs/')).headers.etag
    const assets = ['/assets/app.3f2a9c1b.js', '/assets/index-BX3kQ9_a.css']
    const files = {
      'public/index.html': page('app.77aa00bb.js'), 'public/assets/app.3f2a9c1b.js': undefined, 'public/assets/app.77aa00bb.js': 'two',
    }
    await app.release({ tag: 'v2', files })
    const failed: string[] = []
    let asked = 0
    let over = false
    const users = Array.from({ length: 4 }, async (_, index) => {
      while (!over) {
        // What a page that was loaded before the switch, or after it, asks for next.
        const script = /assets\/[\w.]+/.exec((await get('/')).body)?.[0] ?? ''
        for (const path of [`/${script}`, assets[index % 2] ?? '']) {
          const { status } = await get(path)
          asked++
          if (status !== 200) failed.push(`${path} ${status}`)
        }
      }
    })
    succeeded(await app.push())
    const first = (await get('/')).body
    succeeded(await app.rollback())
    over = true
    await Promise.all(users)
    expect(first).toBe(page('app.77aa00bb.js'))
    expect(failed).toEqual([])
    expect(asked).toBeGreaterThan(50)
    // Back on v1: a page of v2 may still be open.
    expect(await get('/assets/app.77aa00bb.js')).toMatchObject({ status: 200, body: 'two', headers: { 'cache-control': immutable } })
    expect((await get('/docs/')).headers.etag).toBe(tag)
    expect((await send(other, '/docs/')).headers.etag).toBe(tag)
  })

  it('read no file of another app, nor of the host, through a link that the app makes', async () => {
    const up = `/opt/${other.name}/shared/public/up`
    const router = `/opt/${app.name}/run/$(readlink /opt/${app.name}/run/current.sock | cut -d/ -f1)/router.conf`
    await other.host.shell(`ls ${router}; runuser -u app-${other.name} -- sh -ec 'cd ${up}; umask 027; echo mine >mine.txt; ln -s /etc/passwd passwd; `
      + `ln -s / root; ln -s mine.txt link.txt; mkfifo pipe' && ln -s ${router} ${up}/conf && chown -h app-${other.name} ${up}/conf`)
    expect(await send(other, '/up/mine.txt')).toMatchObject({ status: 200, body: 'mine\n', headers: { 'cache-control': 'no-cache' } })
    for (const path of ['/up/passwd', '/up/root/etc/passwd', '/up/link.txt', '/up/conf', '/up/pipe', '/up/root/']) {
      expect([path, (await send(other, path)).status]).toEqual([path, 404])
    }
    // Were links followed after all, the kernel would say no.
    const as = (who: string, path: string): Promise<number | null> => other.host.exec('systemd-run', '--quiet', '--wait', '--pipe', '--collect',
      `--uid=web-${who}`, `--gid=web-${who}`, `--property=SupplementaryGroups=app-${who}`, 'sh', '-c', `cat ${path} >/dev/null`).then(({ code }) => code)
    const file = `$(ls -d /opt/${other.name}/releases/*)/src/public/private.txt`
    expect([await as(app.name, file), await as(app.name, router), await as(other.name, router)]).toEqual([1, 0, 1])
    expect(await as(other.name, await other.host.shell(`echo ${file}`))).toBe(0)
  })

  it('refuse a build that leaves nothing, or a link', async () => {
    await app.release({ tag: 'v3', web: { build: ['rm -r public'] } })
    expect(errorsOf(await app.push())).toMatch(/static folder public of web is not in the release/)
    await app.release({ tag: 'v4', web: { build: ['ln -s /etc/passwd public/passwd'] } })
    expect(errorsOf(await app.push())).toMatch(/public\/passwd in the static folder of web is a symbolic link/)
    await app.release({ tag: 'v5', web: { build: undefined, health: '/absent.html', static: 'public' } })
    expect(errorsOf(await app.push())).toMatch(/GET \/absent.html of web answered 404/)
    expect((await get('/')).body).toBe(page('app.3f2a9c1b.js'))
  })

  it('and a page of the app\'s own is what users get when a service does not answer', async () => {
    const api = { start: 'python api.py', runtime: 'python', route: '/api' }
    const source = `import os\nfrom served import wsgi\nfrom wsgiref.simple_server import make_server\nmake_server('127.0.0.1', int(os.environ['PORT']), wsgi).serve_forever()\n`
    await app.release({
      tag: 'v6', web: { health: undefined }, config: { pages: { error: 'public/500.html' }, services: { api } },
      files: { 'api.py': source, 'served.py': servedFiles['served.py'] },
    })
    // Its first service with a runtime.
    succeeded(await setUp(app.host, app.repository))
    succeeded(await app.push())
    expect((await get('/api/boom')).body).toContain('"path": "/api/boom"')
    await app.host.shell(`systemctl stop 'slipway-app.${app.name}.*.api.1.service'`)
    for (const method of ['GET', 'POST', 'HEAD']) {
      const { status, headers, body } = await get('/api/x', { accept: 'application/json' }, method)
      expect([status, headers['content-type'], headers['cache-control'], body])
        .toEqual([502, 'text/html', 'no-store', method === 'HEAD' ? '' : '<h1>Sorry</h1>'])
    }
    expect((await get('/')).status).toBe(200)
  })
})
