import { succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, TinyApp } from './harness/tiny-app'

const wsgi = `import json, multiprocessing, os, tempfile
from concurrent.futures import ProcessPoolExecutor
import numpy, psutil, uvloop

async def loop():
    import asyncio
    process = await asyncio.create_subprocess_exec('true')
    return await process.wait()

def app(environ, start):
    # Ended by no signal: a pool's SIGTERM would meet the handler of gunicorn's worker.
    with ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool:
        squares = list(pool.map(abs, [-1, -2]))
    told = {'numpy': float(numpy.linalg.norm(numpy.ones(4))), 'uvloop': uvloop.run(loop()), 'pool': squares,
            'psutil': psutil.cpu_count() > 0 and psutil.virtual_memory().total > 0 and psutil.Process().num_threads() > 0,
            'tempfile': bool(tempfile.mkdtemp()), 'activation': int(os.environ['SLIPWAY_ACTIVATION'])}
    start('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(told).encode()]
`
const node = `const { fork, execFileSync } = require('node:child_process')
const { Worker } = require('node:worker_threads')
if (process.argv[2] === 'child') { process.send('forked'); process.disconnect() } else {
  require('node:http').createServer(async (_, answer) => {
    const forked = await new Promise((resolve) => fork(__filename, ['child']).once('message', resolve))
    const threaded = await new Promise((resolve) => new Worker('require("node:worker_threads").parentPort.postMessage("threaded")', { eval: true })
      .once('message', resolve))
    const { address } = await require('node:dns/promises').lookup('localhost', 4)
    require('node:fs').writeFileSync(require('node:os').tmpdir() + '/x', 'x')
    const wasm = WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
    const { db } = { db: new (require('node:sqlite').DatabaseSync)(':memory:').prepare('select 1 as one').get().one }
    answer.end(JSON.stringify({ forked, threaded, address, wasm, db, cpus: require('node:os').cpus().length > 0,
      child: String(execFileSync('sh', ['-c', 'echo x | tr x y'])).trim(), version: process.versions.node.split('.')[0] }))
  }).listen(process.env.PORT, '127.0.0.1')
}
`

describe('real servers in the sandbox', () => {
  let host: Host
  let app: TinyApp
  beforeAll(async () => {
    host = await appsHost()
    app = await TinyApp.on(host, 'servers', {
      files: {
        'py/wsgi.py': wsgi, 'py/requirements.txt': 'gunicorn>=22\nnumpy>=1.26\npsutil>=6\nuvloop>=0.19\n',
        'js/main.js': node, 'js/package.json': '{ "name": "js", "version": "1.0.0" }',
        'js/package-lock.json': '{ "name": "js", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "js", "version": "1.0.0" } } }',
      },
      config: {
        services: {
          wsgi: { path: 'py', runtime: 'python', start: 'gunicorn wsgi:app --workers 2 --bind 127.0.0.1:$PORT', route: '/py/' },
          shell: { path: 'py', runtime: 'python', start: 'true && gunicorn wsgi:app --bind 127.0.0.1:$PORT', route: '/shell/' },
          js: { path: 'js', runtime: 'node@24', start: 'node main.js', route: '/js/' },
        }
      }
    })
    succeeded(await app.push({ timeout: 600_000 }))
  }, 900_000)
  afterAll(() => { app?.[Symbol.dispose]() })

  it('gunicorn with native modules, uvloop and processes of its own', async () => {
    expect(JSON.parse((await app.ask('/py/')).body)).toEqual({ numpy: 2, uvloop: 0, pool: [1, 2], psutil: true, tempfile: true, activation: 1 })
  })

  it('Node 24 with threads, children, SQLite and code made as it runs', async () => {
    expect(JSON.parse((await app.ask('/js/')).body)).toEqual({
      forked: 'forked', threaded: 'threaded', address: '127.0.0.1', wasm: true, db: 1, cpus: true, child: 'y', version: '24',
    })
  })

  it('gunicorn tells systemd that it is up, where it is the program itself; nothing waits for what does not tell', async () => {
    const shown = async (service: string): Promise<string> =>
      host.shell(`systemctl show --value -p Type -p ActiveState -p StatusText slipway-app.${app.name}.1.${service}.1.service`)
    expect(await shown('wsgi')).toBe('notify\nGunicorn arbiter booted\nactive')
    expect(await shown('shell')).toBe('exec\n\nactive')
    expect(await shown('js')).toBe('exec\n\nactive')
  })
})
