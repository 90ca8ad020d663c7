import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** One app with everything that a Python or Node shop runs, each kind a service of its own. */

const folder = join(import.meta.dirname, 'app')

/** Its files, by their paths in the repository. */
export const files: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
  }))

const stop = { timeout: '10s' }
const secrets = ['TOKEN']
const python = { path: 'py', runtime: 'python', stop, secrets }
const node = { runtime: 'node', stop, secrets }

/** What the step's `env` gives: the secret of all services. */
export const given = (value: string): { readonly env: Record<string, string> } => ({ env: { TOKEN: value } })

/** Those that answer requests, each below a route of its name. */
export const servers = {
  gunicorn: { ...python, start: 'gunicorn wsgi:application --workers 2 --no-control-socket --bind 127.0.0.1:$PORT' },
  uvicorn: { ...python, start: 'uvicorn asgi:app --host 127.0.0.1 --port $PORT' },
  hypercorn: { ...python, start: 'hypercorn asgi:app --bind 127.0.0.1:$PORT' },
  uwsgi: {
    ...python, start: 'pyuwsgi --socket 127.0.0.1:$PORT --wsgi-file wsgi.py --master --processes 2 --need-app', protocol: 'uwsgi',
    stop: { signal: 'SIGQUIT', timeout: '10s' },
  },
  express: { ...node, path: 'express', start: 'node main.js' },
  next: { ...node, path: 'next', build: ['npm run build'], start: 'node .out/server.js' },
} as const

/** Those that nobody asks. */
export const workers = {
  worker: { ...python, start: 'python worker.py' },
  solo: { ...python, start: 'python worker.py', overlap: false },
} as const

/** Those that run and end: by the clock, and once per activation. Each leaves a line of its run. */
export const runs = {
  report: { ...python, start: 'python report.py', schedule: '* * * * *' },
  fill: { ...python, start: 'python report.py', schedule: 'once' },
} as const

export const services = {
  ...Object.fromEntries(Object.entries(servers).map(([name, service]) => [name, { ...service, route: `/${name}/` }])),
  ...workers, ...runs,
}

export const routes = Object.keys(servers).map((name) => `/${name}/`)
