import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../host/harness/command'

let release: string
beforeAll(() => {
  release = mkdtempSync(join(tmpdir(), 'slipway-release-'))
  mkdirSync(join(release, 'src', 'api', 'models'), { recursive: true })
  writeFileSync(join(release, 'src', 'api', 'models', 'base.py'), "engine = create_engine('sqlite:///var/shop.db?timeout=5')\n")
})
afterAll(() => { rmSync(release, { recursive: true }) })

/** What the host program makes of a log: the path and the cure, or null. */
function told(log: string, service: { readonly path?: string; readonly start?: string; readonly env?: Record<string, string> } = {}):
{ readonly what: string; readonly cure: string } | null {
  const script = 'import json, sys\nfrom slipway import writes\n'
    + 'log, release, service = json.load(sys.stdin)\nfound = writes.forbidden_write(log, release, service)\n'
    + 'print(json.dumps(found and writes.writes_into_release(service, found, release, []).as_json()))'
  const { stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify([log.replaceAll('RELEASE', release), release, { name: 'web', path: '.', start: 'python main.py', env: {}, ...service }]),
    env: { ...process.env, PYTHONPATH: join(root, 'src', 'targets', 'host', 'program'), PYTHONDONTWRITEBYTECODE: '1' }, encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as ReturnType<typeof told>
}

describe('what a log says was not to be written', () => {
  it.each([
    ["OSError: [Errno 30] Read-only file system: 'uploads/a.png'", {}, 'uploads/a.png', '`shared: [uploads]`'],
    ["PermissionError: [Errno 13] Permission denied: 'RELEASE/src/log/app.log'", { path: 'api' }, 'log/app.log', '`scratch: [log]`'],
    ["PermissionError: [Errno 13] Permission denied: '../log/app.log'", { path: 'api' }, 'log/app.log', '`scratch: [log]`'],
    ["    os.mkdir(self, mode)\nPermissionError: [Errno 13] Permission denied: 'cache'", { path: 'api' }, 'api/cache', '`scratch: [api/cache]`'],
    ["Error: EACCES: permission denied, open 'RELEASE/src/a.pid'", {}, 'a.pid', 'systemd watches the process itself'],
    ["PermissionError: [Errno 13] Permission denied: 'RELEASE/src/tmpq3_x9abc'", { start: 'gunicorn main:app --pid gunicorn.pid' }, 'gunicorn.pid', 'Leave the pid file out'],
    ["Error: EACCES: permission denied, open 'models/x.json'", { path: 'api' }, 'api/models/x.json', 'api/models/tmp/x.json'],
    ["const db = new Database('data/shop.sqlite')\nSqliteError: unable to open database file", {}, 'data/shop.sqlite', 'Add `shared: [data]`'],
    ['sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) unable to open database file', { path: 'api' }, 'api/var/shop.db', '`shared: [api/var]`'],
    ['sqlite3.OperationalError: attempt to write a readonly database', { env: { DB: 'sqlite:///shop.db' } }, 'shop.db', 'data/shop.db, and add `shared: [data]`'],
    ['sqlite3.OperationalError: unable to open database file', { path: 'other' }, 'a database', '`shared: [other/data]`'],
  ])('%s', (log, service, path, cure) => {
    const said = told(log, service)
    expect(said?.what).toContain(path)
    expect(said?.cure).toContain(cure)
    expect(said?.cure).toMatch(/^[A-Z]/)
  })

  it.each([
    ["PermissionError: [Errno 13] Permission denied: '/etc/shadow'"],
    ['PermissionError: [Errno 13] Permission denied'],
    ["PermissionError: [Errno 13] Permission denied: '../../outside'"],
    ["db = sqlite3.connect('/var/lib/other/shop.db')\nsqlite3.OperationalError: unable to open database file"],
    ['ready'],
  ])('nothing of the release: %s', (log) => {
    expect(told(log, { path: 'api' })).toBeNull()
  })
})
