import { setUp, succeeded } from './harness/deploy'
import { sharedHost, type Host } from './harness/hosts'
import { ask, errorsOf, TinyApp } from './harness/tiny-app'

/** Says which interpreter answers; a version of Node answers in JavaScript. */
const which = `
import http.server, json, os, platform, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'version': platform.python_version(), 'prefix': sys.base_prefix}).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
`
const whichNode = `require('http').createServer((_, answer) => answer.end(JSON.stringify({ version: process.version })))
  .listen(process.env.PORT, '127.0.0.1')`

const python = (version: string, route: string): object => ({ runtime: `python@${version}`, start: 'python which.py', route })
const node = (version: string, route: string): object => ({ runtime: `node@${version}`, start: 'node which.js', route, path: 'js' })

export const runtimesHost = (): Promise<Host> => sharedHost('runtimes', {}, () => Promise.resolve())

describe('several Pythons and Nodes side by side', () => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(await runtimesHost(), 'many', {
      files: { 'which.py': which, 'js/which.js': whichNode },
      config: { services: {
        own: python('3.11', '/own'), brought: python('3.13', '/brought'), newest: python('3.14', '/newest'),
        older: node('22', '/older'), lts: node('lts', '/lts')
      } },
    })
  }, 600_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  const version = async (path: string): Promise<string> => (await ask(app.host, app.domain, path)).told.version ?? ''

  it('serves each service with its own', async () => {
    succeeded(await app.push())
    const [own, brought, newest, older, lts] = await Promise.all(['/own', '/brought', '/newest', '/older', '/lts'].map(version))
    expect(own).toMatch(/^3\.11\./)
    expect(brought).toMatch(/^3\.13\./)
    expect(newest).toMatch(/^3\.14\./)
    expect(older).toMatch(/^v22\./)
    expect(lts).toMatch(/^v24\./)
    // The distribution's where it has that x.y, nothing of ours beside it.
    expect(await app.host.shell('ls -d /usr/local/lib/slipway/tools/python-3.11* 2>/dev/null || true')).toBe('')
    expect(await app.host.shell('find /usr/local/lib/slipway/tools -name "*.pyc" -path "*json*" | head -n 1')).toMatch(/\.pyc$/)
  })

  it('records the exact version that each environment got', async () => {
    const recorded = await app.host.shell(`cat /opt/${app.name}/releases/v1-*/release.json`)
    const { environments } = JSON.parse(recorded) as { environments: { asked: string; runtime: string; version: string }[] }
    const exact = Object.fromEntries(environments.map(({ asked, version: got }) => [asked, got]))
    expect(exact).toMatchObject({
      3.11: expect.stringMatching(/^3\.11\.\d+$/), 3.13: expect.stringMatching(/^3\.13\.\d+\+\d{8}$/),
      3.14: expect.stringMatching(/^3\.14\.\d+\+\d{8}$/), 22: expect.stringMatching(/^22\.\d+\.\d+$/)
    })
  })

  it('moves a service to another Python and back without a failed request', async () => {
    const load = app.load()
    await app.release({ tag: 'v2', config: { services: { own: python('3.14', '/own'), brought: python('3.14', '/brought') } } })
    const run = succeeded(await app.push())
    expect(run.log).toMatch(/python environment reused/)
    expect(await version('/brought')).toMatch(/^3\.14\./)
    succeeded(await app.rollback())
    expect(await version('/brought')).toMatch(/^3\.13\./)
    expect(await version('/own')).toMatch(/^3\.11\./)
    expect((await load.stop()).failed).toBe(0)
  })

  it('is not changed by a second setup', async () => {
    const run = succeeded(await setUp(app.host, app.repository))
    expect(run.outputs['changed']).toBe('false')
  })

  it('refuses a patch level that nobody brings before a host is touched, and says which there are', async () => {
    await app.release({ tag: 'v3', config: { services: { own: python('3.13.99', '/own') } } })
    const prepared = await setUp(app.host, app.repository)
    expect(errorsOf(prepared)).toMatch(/asks for Python 3\.13\.99[^]*3\.13\.\d+, 3\.14\.\d+[^]*python@3\.13 for own/)
    const before = await app.serves()
    const deployed = await app.push()
    expect(errorsOf(deployed)).toMatch(/Python 3\.13\.99 is not on this host \(there: 3\.11, 3\.14\.\d+, 3\.13\.\d+\)/)
    expect(await app.serves()).toBe(before)
  })
})
