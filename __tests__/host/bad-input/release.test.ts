import { badHost, Patient, type Files } from './patient'

/** Answers everything, after what `before` does; `answer` is a status and a text. */
const python = (before = '', answer = "200, 'well'", port = "int(os.environ['PORT'])"): string => `
import http.server, os, sqlite3, sys, time
${before}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = ${answer}
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

http.server.HTTPServer(('127.0.0.1', ${port}), Handler).serve_forever()
`
const node = (before = ''): string => `
const { createServer } = require('node:http')
${before}
createServer((request, response) => response.end('well')).listen(process.env.PORT, '127.0.0.1')
`

describe('a release in Python', () => {
  let app: Patient
  beforeAll(async () => {
    app = await Patient.on(await badHost(), 'bad-py', {
      'slipway.yml': 'app: APP\ndomain: APP.example.com\ntls: off\nruntime: python\nstart: python main.py\nhealth: { path: /healthz, timeout: 5s }\n',
      'main.py': python(),
    })
  }, 600_000)
  afterAll(() => { app?.remove() })
  const main = (...args: Parameters<typeof python>): Files => ({ 'main.py': python(...args) })

  it('with requirements that cannot be resolved', async () => {
    await app.refuses({ 'requirements.txt': 'six==99.0\n' }, 'requirements-unresolvable', 'What requirements.txt asks for cannot be resolved',
      /no version of six==99\.0/, '`uv pip compile requirements.txt`')
  })

  it('with a package that does not build', async () => {
    const { run } = await app.refuses({
      'requirements.txt': './pkg\n',
      'pkg/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "pkg"\nversion = "1"\n',
      'pkg/backend.py': 'def build_wheel(*_, **__):\n    raise RuntimeError("pq.h: No such file")\n',
    }, 'package-build-failed', 'could not be built on this host', /Failed to build.*pkg/, 'add its package to `packages` in slipway.yml and run setup-vm')
    expect(run.log).toMatch(/RuntimeError: pq\.h: No such file/)
    expect(run.summary).toMatch(/RuntimeError: pq\.h: No such file/)
  })

  it('with a lock out of step', async () => {
    await app.refuses({
      'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["six"]\n',
      'uv.lock': 'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\n',
    }, 'lock-out-of-step', 'uv.lock does not fit pyproject.toml', 'Run `uv lock`', 'commit uv.lock')
  })

  it('that ends at its start', async () => {
    const { run } = await app.refuses(main("sys.exit('DATABASE_URL has no host')"), 'exits-at-start', 'web ended with exit code 1 right after its start: DATABASE_URL has no host',
      'stay in the foreground', /`start`/)
    expect(run.log).toContain('DATABASE_URL has no host')
    expect(run.summary).toContain('DATABASE_URL has no host')
  })

  it('that listens on another port', async () => {
    await app.refuses(main('', undefined, '18321'), 'wrong-port', /listens on port 18321, not on \$PORT \(\d+\)/, '--bind 127.0.0.1:$PORT')
  })

  it('that never listens', async () => {
    await app.refuses(main('time.sleep(600)'), 'never-healthy', /did not become healthy within 5 s/, /GET \/healthz on port \d+: nothing listens there/,
      'listen on 127.0.0.1:$PORT', 'timeout: 120s')
  })

  it('that answers its health check with 500', async () => {
    const { said } = await app.refuses(main('', "500, 'the database is away'"), 'never-healthy', /GET \/healthz on port \d+: 500 the database is away/)
    expect(said.message).not.toContain('nothing listens')
  })

  it.each([
    ['a pid file', "open('web.pid', 'w')", 'web.pid', ['systemd watches the process', 'tmp/web.pid', '`scratch: [tmp]`']],
    ['a cache', "os.makedirs('cache/pages')", 'cache', ['`scratch: [cache]`', '`shared: [cache]`']],
    ['a file in a folder that is there', "open('state/last', 'w')", 'state/last', ['`scratch: [state]`', '`shared: [state]`']],
    ['a database', "sqlite3.connect('shop.db').execute('create table t (x)')", 'shop.db', ['data/shop.db', '`shared: [data]`']],
    ['a database in a folder that is not there', "sqlite3.connect('db/shop.sqlite3')", 'db/shop.sqlite3', ['`shared: [db]`']],
  ])('that writes %s into its own folder', async (_, code, path, cure) => {
    const { said } = await app.refuses({ ...main(code), 'state/.gitkeep': '' }, 'writes-into-release', `wants to write into its own release: ${path}.`,
      ...cure, 'slipway.yml')
    expect(said.message).toMatch(/immutable/)
  })

  it('that writes only when it is asked', async () => {
    await app.refuses(main('', "(200, open('hits.txt', 'w').name)"), 'writes-into-release', 'own release: hits.txt.', 'tmp/hits.txt', '`scratch: [tmp]`')
  })
})

describe('a release in Node, in a folder of its own', () => {
  let app: Patient
  beforeAll(async () => {
    app = await Patient.on(await badHost(), 'bad-js', {
      'slipway.yml': 'app: APP\ndomain: APP.example.com\ntls: off\nservices:\n'
        + '  web: { path: src/js, runtime: node@24, start: node main.js, route: /, health: { path: /healthz, timeout: 8s } }\n',
      'src/js/main.js': node(),
    })
  }, 600_000)
  afterAll(() => { app?.remove() })
  const main = (before: string): Files => ({ 'src/js/main.js': node(before) })

  it('with a lock out of step', async () => {
    await app.refuses({
      'src/js/package.json': '{ "name": "web", "version": "1.0.0", "dependencies": { "ms": "2.1.3" } }',
      'src/js/package-lock.json': '{ "name": "web", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "web", "version": "1.0.0" } } }',
    }, 'lock-out-of-step', 'package-lock.json does not fit src/js/package.json', /Missing: ms@2\.1\.3/, 'Run `npm install` in src/js', 'commit package-lock.json')
  })

  it('with requirements that cannot be resolved', async () => {
    await app.refuses({
      'src/js/package.json': '{ "name": "web", "version": "1.0.0", "dependencies": { "ms": "99.0.0" } }',
      'src/js/package-lock.json': JSON.stringify({
        name: 'web', version: '1.0.0', lockfileVersion: 3,
        packages: { '': { name: 'web', version: '1.0.0', dependencies: { ms: '99.0.0' } }, 'node_modules/ms': { version: '99.0.0' } },
      }),
    }, 'requirements-unresolvable', 'What src/js/package.json asks for cannot be resolved', 'npm says: No matching version found for ms@99.0.0.', '`npm install` in src/js')
  })

  it('with a package that does not build', async () => {
    const { run } = await app.refuses({
      'src/js/package.json': '{ "name": "web", "version": "1.0.0", "scripts": { "postinstall": "echo fatal: sharp.h is missing >&2; exit 1" } }',
      'src/js/package-lock.json': '{ "name": "web", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "web", "version": "1.0.0" } } }',
    }, 'package-build-failed', 'could not be built', 'npm says: command failed: echo fatal', 'add its package to `packages` in slipway.yml and run setup-vm')
    expect(run.log).toContain('fatal: sharp.h is missing')
  })

  it('that ends at its start', async () => {
    const { run } = await app.refuses(main("throw new Error('DATABASE_URL has no host')"), 'exits-at-start', 'right after its start: Error: DATABASE_URL has no host')
    expect(run.log).toContain('Error: DATABASE_URL has no host')
  })

  it.each([
    ['a pid file', "require('fs').writeFileSync('web.pid', '1')", 'src/js/web.pid', ['src/js/tmp/web.pid', '`scratch: [src/js/tmp]`']],
    ['a cache', "require('fs').mkdirSync('.cache')", 'src/js/.cache', ['`scratch: [src/js/.cache]`', '`shared: [src/js/.cache]`']],
    ['a database', "new (require('node:sqlite').DatabaseSync)('shop.db')", 'src/js/shop.db', ['src/js/data/shop.db', '`shared: [src/js/data]`']],
  ])('that writes %s into its own folder', async (_, code, path, cure) => {
    await app.refuses(main(code), 'writes-into-release', `wants to write into its own release: ${path}.`, ...cure)
  })
})
