import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { succeeded } from '../harness/deploy'
import { freshHost, type Host } from '../harness/hosts'
import { OwnAuthority } from '../harness/own-authority'
import { TinyApp } from '../harness/tiny-app'
import { files as practised } from '../practice/services'

// What docs/what-an-app-sees.md tells users of the requests that their apps get, and of how their frameworks understand them.
const source = (path: string): string => readFileSync(join(import.meta.dirname, 'app', path), 'utf8')
const lock = (path: string): string => practised[path] ?? ''
const files = {
  ...Object.fromEntries(['wsgi.py', 'asgi.py', 'flasky.py', 'requirements.txt'].map((name) => [`py/${name}`, source(`py/${name}`)])),
  'express/main.js': source('express/main.js'), 'express/package.json': lock('express/package.json'),
  'express/package-lock.json': lock('express/package-lock.json'),
}
const python = { path: 'py', runtime: 'python' }
const express = { path: 'express', runtime: 'node', start: 'node main.js' }
const services = {
  'gunicorn': { ...python, start: 'gunicorn wsgi --bind 127.0.0.1:$PORT --no-control-socket' },
  'gunicorn-socket': { ...python, start: 'gunicorn wsgi --bind unix:$SOCKET --no-control-socket', listen: 'socket' },
  'uvicorn': { ...python, start: 'uvicorn asgi:app --port $PORT' },
  'uvicorn-socket': { ...python, start: 'uvicorn asgi:app --uds $SOCKET', listen: 'socket' },
  'uvicorn-trusting': { ...python, start: 'uvicorn asgi:app --uds $SOCKET --forwarded-allow-ips \'*\'', listen: 'socket' },
  'workers': { ...python, start: 'gunicorn asgi:app -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:$PORT --no-control-socket' },
  'workers-socket': { ...python, start: 'gunicorn asgi:app -k uvicorn_worker.UvicornWorker --bind unix:$SOCKET --no-control-socket', listen: 'socket' },
  'workers-trusting': {
    ...python, listen: 'socket',
    start: 'gunicorn asgi:app -k uvicorn_worker.UvicornWorker --bind unix:$SOCKET --no-control-socket --forwarded-allow-ips \'*\'',
  },
  'hypercorn': { ...python, start: 'hypercorn asgi:app --bind 127.0.0.1:$PORT' },
  'hypercorn-trusting': { ...python, start: 'hypercorn asgi:trusting --bind 127.0.0.1:$PORT' },
  'flask': { ...python, start: 'gunicorn flasky:app --bind 127.0.0.1:$PORT --no-control-socket' },
  'uwsgi': { ...python, start: 'pyuwsgi --socket 127.0.0.1:$PORT --wsgi-file wsgi.py --master --need-app', protocol: 'uwsgi' },
  'express': express,
  'express-trusting': { ...express, env: { TRUST: 'loopback' } },
  'express-socket': { ...express, listen: 'socket', env: { TRUST: 'true' } },
}

interface Seen {
  readonly scheme: string
  readonly client: string | null
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
}

let host: Host
let app: TinyApp
let company: OwnAuthority
beforeAll(async () => {
  host = await freshHost('seen')
  const routed = Object.fromEntries(Object.entries(services).map(([name, service]) => [name, { ...service, route: `/${name}/` }]))
  app = await TinyApp.on(host, 'seen', { config: { tls: { certificate: 'TLS_CERTIFICATE', key: 'TLS_KEY' }, services: routed }, files })
  company = await OwnAuthority.make()
  const { certificate, key } = await company.issue([app.domain])
  succeeded(await app.push({ env: { TLS_CERTIFICATE: certificate, TLS_KEY: key } }))
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  company?.[Symbol.dispose]()
  await host?.remove()
})

/** By https from the host's own address, which is not loopback: by somebody who claims to be another. */
const seenBy = async (service: string): Promise<Seen> => JSON.parse(await host.shell(
  `curl -fsSk --resolve ${app.domain}:443:${host.address} -H 'X-Forwarded-For: 192.0.2.7' -H 'X-Real-IP: 192.0.2.7' -H 'X-Forwarded-Proto: gopher' `
  + `-H 'X-Forwarded-Host: evil.example.com' 'https://${app.domain}/${service}/x?y=1'`)) as Seen

it.each(Object.keys(services))('%s gets headers that only the front sets, and the whole path', async (name) => {
  const { path, headers } = await seenBy(name)
  expect(path).toBe(`/${name}/x`)
  expect(headers).toMatchObject({
    'host': app.domain, 'x-real-ip': host.address, 'x-forwarded-for': host.address, 'x-forwarded-proto': 'https', 'x-forwarded-host': app.domain,
  })
})

it.each([
  ['gunicorn', 'https', '127.0.0.1'],
  ['gunicorn-socket', 'https', ''],
  ['uvicorn', 'https', 'client'],
  ['uvicorn-socket', 'http', null],
  ['uvicorn-trusting', 'https', 'client'],
  ['workers', 'https', 'client'],
  ['workers-socket', 'http', null],
  ['workers-trusting', 'https', 'client'],
  ['hypercorn', 'http', '127.0.0.1'],
  ['hypercorn-trusting', 'https', 'client'],
  ['flask', 'https', 'client'],
  ['uwsgi', 'https', 'client'],
  ['express', 'http', '127.0.0.1'],
  ['express-trusting', 'https', 'client'],
  ['express-socket', 'https', 'client'],
])('%s understands them as %s from %s', async (name, scheme, client) => {
  expect(await seenBy(name)).toMatchObject({ scheme, client: client === 'client' ? host.address : client })
})

it('finds the variables that the docs list', async () => {
  const { env } = await seenBy('gunicorn')
  const folder = `/opt/${app.name}`
  expect(env).toMatchObject({
    PORT: expect.stringMatching(/^2\d{4}$/), HOME: `${folder}/run/1/home`, NODE_ENV: 'production', LC_ALL: 'C.UTF-8', PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1', SLIPWAY_APP: app.name, SLIPWAY_SERVICE: 'gunicorn', SLIPWAY_INSTANCE: '1', SLIPWAY_VERSION: 'v1',
    SLIPWAY_COMMIT: await app.repository.git('rev-parse', 'v1'), SLIPWAY_ACTIVATION: '1',
    SLIPWAY_RELEASE: expect.stringMatching(/^v1-[0-9a-f]{8}$/), VIRTUAL_ENV: expect.stringMatching(new RegExp(`^${folder}/releases/.*/env/`)),
    PATH: expect.stringMatching(/^\/opt\/.*\/bin:\/usr\/local\/bin:\/usr\/bin:\/bin$/), PWD: expect.stringMatching(/\/src\/py$/),
  })
  expect(env).not.toHaveProperty('SOCKET')
  const bySocket = (await seenBy('gunicorn-socket')).env
  expect(bySocket['SOCKET']).toBe(`${folder}/run/1/sockets/gunicorn-socket.1/listen`)
  expect(bySocket).not.toHaveProperty('PORT')
})
