import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { untilSeen } from '../../host/harness/load'
import { ask } from '../../host/harness/tiny-app'
import { ComposeApp, tinyWeb } from '../harness/compose-app'
import { eventually, jsonOf } from '../harness/examples'

/** Shapes that the four examples do not have. */
let host: Host
let app: ComposeApp
let minor = 0
beforeAll(async () => {
  host = await freshHost('shapes', { image: 'docker' })
  app = await ComposeApp.tiny('tiny', { host, config: { domain: 'tiny.example.com', tls: 'off' } })
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const page = (text: string): string => `server { listen 80; location / { default_type application/json; return 200 '${text}'; } }\n`
const release = async (project: object, files: Record<string, string> = {}): Promise<string> => {
  const version = `1.${++minor}.0`
  await app.release(version, { files: { 'compose.yaml': JSON.stringify(project, null, 2), ...files } })
  return version
}

it('two containers of one service share its requests, under load, and both are new', async () => {
  const project = { services: { web: tinyWeb({ deploy: { replicas: 2 } }) } }
  await release(project)
  succeeded(await app.up())
  const load = app.load({ host: 'tiny.example.com', requests: ['GET /'] })
  const version = await release(project)
  succeeded(await app.up())
  await untilSeen(load, version)
  expect(await app.containers('web', '{{.Name}}')).toHaveLength(2)
  const { failed, failures } = await load.stop()
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
})

it('a route, a second one by x-slipway, a port that changes, and a name that has to be one', async () => {
  const version = await release({ services: {
    web: tinyWeb({ ports: ['80:80', '8090:80'] }),
    api: { image: 'nginx:1.22', volumes: ['./api:/etc/nginx/conf.d:ro'], expose: ['80'], 'x-slipway': { route: '/api' } },
    one: { image: 'redis:7.0', container_name: 'the-one' },
  } }, { 'api/default.conf': page('{"version": "api"}') })
  succeeded(await app.up())
  expect((await ask(host, 'tiny.example.com', '/')).told.version).toBe(version)
  expect((await ask(host, 'tiny.example.com', '/api/x')).told.version).toBe('api')
  expect(await jsonOf(host, 8090, '/')).toEqual({ version })
  const one = await app.containers('one', '{{.Id}} {{.Name}}')
  expect(one).toEqual([expect.stringContaining('/the-one')])
  const load = app.load({ host: 'tiny.example.com', requests: ['GET /', 'GET /api'] })
  const next = await release({ services: {
    web: tinyWeb({ ports: ['80:80', '8091:80'] }),
    api: { image: 'nginx:1.22', volumes: ['./api:/etc/nginx/conf.d:ro'], expose: ['80'], 'x-slipway': { route: '/api' } },
    one: { image: 'redis:7.0', container_name: 'the-one', command: ['redis-server', '--maxmemory', '32mb'] },
  } })
  succeeded(await app.up())
  expect(await jsonOf(host, 8091, '/')).toEqual({ version: next })
  await expect(jsonOf(host, 8090, '/')).rejects.toThrow()
  expect(await app.containers('one', '{{.Name}}')).toEqual(['/the-one'])
  expect(await app.containers('one', '{{.Id}} {{.Name}}')).not.toEqual(one)
  succeeded(await app.rollback())
  expect(await jsonOf(host, 8090, '/')).toEqual({ version })
  expect(await app.containers('one', '{{.Name}}')).toEqual(['/the-one'])
  const { failed, failures } = await load.stop()
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
})

it('a worker of the same definition is not touched; a service that the file has no more goes', async () => {
  const services = { web: tinyWeb(), worker: { image: 'redis:7.0', command: ['sleep', 'infinity'] } }
  await release({ services: { ...services, extra: { image: 'redis:7.0' } } })
  succeeded(await app.up())
  const worker = await app.containers('worker', '{{.Id}} {{.State.StartedAt}}')
  expect(await app.containers('extra', '{{.Id}}')).toHaveLength(1)
  await release({ services })
  succeeded(await app.up())
  expect(await app.containers('worker', '{{.Id}} {{.State.StartedAt}}')).toEqual(worker)
  expect(await app.containers('extra', '{{.Id}}')).toEqual([])
  // From three activations on it still is the one that the first of them made.
  await release({ services })
  succeeded(await app.up())
  expect(await app.containers('worker', '{{.Id}} {{.State.StartedAt}}')).toEqual(worker)
})

it('a config and a mount that change make new containers of what uses them, and of nothing else', async () => {
  const project = (content: string): object => ({
    services: { web: tinyWeb(), one: { image: 'redis:7.0', configs: [{ source: 'settings', target: '/settings' }], volumes: ['./data:/given'] }, other: { image: 'redis:7.0' } },
    configs: { settings: { file: './settings.txt' } }, 'x-unused': content,
  })
  await release(project('a'), { 'settings.txt': 'a', 'data/x': 'x' })
  const noted = succeeded(await app.up())
  expect(noted.log).toContain('one gets data read only: it is of the commit')
  const [one, other] = [await app.containers('one', '{{.Id}}'), await app.containers('other', '{{.Id}}')]
  await release(project('b'))
  succeeded(await app.up())
  expect([await app.containers('one', '{{.Id}}'), await app.containers('other', '{{.Id}}')]).toEqual([one, other])
  await release(project('b'), { 'settings.txt': 'b' })
  succeeded(await app.up())
  expect(await app.containers('other', '{{.Id}}')).toEqual(other)
  expect(await app.containers('one', '{{.Id}}')).not.toEqual(one)
  expect(await host.shell('docker exec $(docker ps -q --filter label=com.docker.compose.service=one) cat /settings /given/x')).toBe('bx')
})

it('what a container writes to `shared` outlives releases', async () => {
  app.repository.write({ 'slipway.yml': JSON.stringify({ app: 'tiny', target: 'docker', 'tag-prefix': 'v', domain: 'tiny.example.com', tls: 'off', shared: ['uploads'], rollout: { drain: '2s' } }) })
  const project = { services: { web: tinyWeb(), one: { image: 'redis:7.0', volumes: ['./uploads:/uploads'] } } }
  await release(project)
  succeeded(await app.up())
  const one = 'docker exec $(docker ps -q --filter label=com.docker.compose.service=one)'
  await host.shell(`${one} sh -c 'echo kept >/uploads/file'`)
  await release(project)
  succeeded(await app.up())
  expect(await host.shell(`cat /opt/tiny/shared/uploads/file; ${one} cat /uploads/file`)).toBe('kept\nkept')
})

it('a dry run tells what would be done, and does nothing', async () => {
  const before = await host.shell('docker ps --all --quiet; docker images --quiet; find /opt/tiny -newer /proc/1/cmdline -type f | wc -l')
  await release({ services: { web: tinyWeb(), one: { image: 'redis:7.0', volumes: ['data:/data'] }, migrate: { image: 'redis:7.0', command: ['true'] }, after: { image: 'redis:7.0', depends_on: { migrate: { condition: 'service_completed_successfully' } } } }, volumes: { data: {} } })
  const { log } = succeeded(await app.up({ inputs: { 'dry-run': 'true' } }))
  expect(log).toMatch(/web: started beside the old one, route \//)
  expect(log).toMatch(/one: ended, then started anew \(not both at once: it writes to the volume data\)/)
  expect(log).toMatch(/migrate: runs to its end, before anything is switched/)
  expect(log).toMatch(/one: .*; changed: volumes/)
  expect(await host.shell('docker ps --all --quiet; docker images --quiet; find /opt/tiny -newer /proc/1/cmdline -type f | wc -l')).toBe(before)
})

it('a restart makes new containers of what users come to, and leaves the database', async () => {
  const project = { services: { web: tinyWeb(), db: { image: 'redis:7.0', volumes: ['data:/data'] } }, volumes: { data: {} } }
  await release(project)
  succeeded(await app.up())
  const [web, db] = [await app.containers('web', '{{.Id}}'), await app.containers('db', '{{.Id}} {{.State.StartedAt}}')]
  succeeded(await app.up({ inputs: { operation: 'restart', images: '' } }))
  expect(await app.containers('web', '{{.Id}}')).not.toEqual(web)
  expect(await app.containers('db', '{{.Id}} {{.State.StartedAt}}')).toEqual(db)
  await host.restart()
  await eventually(async () => (await ask(host, 'tiny.example.com', '/')).status, (status) => status === 200)
})

it('data in a volume without a name is handed on, whether the file has it or the image', async () => {
  const project = (memory: string): object => ({ services: {
    web: tinyWeb(), declared: { image: 'nginx:1.22', command: ['sleep', 'infinity'], volumes: ['/kept'], environment: { MEMORY: memory } },
    ofImage: { image: 'redis:7.0', command: ['redis-server', '--maxmemory', memory] },
  } })
  await release(project('32mb'))
  succeeded(await app.up())
  const inside = (service: string, words: string): Promise<string> => host.shell(`docker exec $(docker ps -q --filter label=com.docker.compose.service=${service}) ${words}`)
  await inside('declared', 'sh -c "echo yes >/kept/file"')
  await inside('ofImage', 'redis-cli set kept yes')
  await release(project('64mb'))
  const run = succeeded(await app.up())
  expect(run.log).toMatch(/declared: ended, then started anew \(not both at once: it keeps data in \/kept, in a volume without a name\)/)
  expect(run.log).toMatch(/ofImage: ended, then started anew \(not both at once: its image keeps data in \/data, in a volume without a name\)/)
  expect(await inside('declared', 'cat /kept/file')).toBe('yes')
  expect(await inside('ofImage', 'redis-cli get kept')).toBe('yes')
  expect(await inside('ofImage', 'redis-cli config get maxmemory')).toContain('67108864')
})

it('networks and volumes are taken as they are until the file says otherwise of them', async () => {
  const project = (network: object, volume: object): object => ({
    services: { web: tinyWeb({ networks: ['back'] }), db: { image: 'redis:7.0', volumes: ['files:/data'], networks: ['back'] } },
    networks: { back: network }, volumes: { files: volume },
  })
  const [network, volume] = [
    { driver_opts: { 'com.docker.network.driver.mtu': 1400 }, ipam: { config: [{ subnet: '10.98.7.0/24' }] } },
    { driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'size=16m' } },
  ]
  await release(project(network, volume))
  succeeded(await app.up())
  const version = await release(project(network, volume))
  succeeded(await app.up())
  const before = await host.shell('docker ps --all --quiet; docker network ls --quiet; docker volume ls --quiet')
  for (const [other, told] of [
    [project({ ...network, internal: true }, volume), /tiny_back is there with other options than the Compose file has: internal: False → True\./],
    [project({ ...network, ipam: { config: [{ subnet: '10.98.8.0/24' }] } }, volume), /ipam\.0\.subnet: 10\.98\.7\.0\/24 → 10\.98\.8\.0\/24/],
    [project({ ...network, driver_opts: {} }, volume), /driver_opts\.com\.docker\.network\.driver\.mtu: 1400 → not said/],
    [project(network, { driver_opts: { ...volume.driver_opts, o: 'size=32m' } }), /tiny_files is there with other options than the Compose file has: driver_opts\.o: size=16m → size=32m\./],
    [project({ external: true, name: 'nowhere' }, volume), /The network nowhere is not on this host/],
    [project(network, { external: true, name: 'nothing' }), /The volume nothing is not on this host/],
  ] as const) {
    await release(other)
    const run = await app.up()
    expect(run.code).toBe(1)
    expect(run.log).toMatch(told)
  }
  expect(await host.shell('docker ps --all --quiet; docker network ls --quiet; docker volume ls --quiet')).toBe(before)
  expect((await ask(host, 'tiny.example.com', '/')).told.version).toBe(version)
}, 300_000)

it('a check that hangs is in its container once, and is ended', async () => {
  const project = (test: string): object => ({ services: { web: tinyWeb({
    healthcheck: { test: ['CMD-SHELL', test], interval: '1h', timeout: '2s' }, 'x-slipway': { timeout: 14 },
  }) } })
  const version = await release(project('true'))
  succeeded(await app.up())
  await release(project('sleep 600 & sleep 601'))
  const run = await app.startUp()
  const inside: number[] = []
  let ended = false
  void run.done.finally(() => { ended = true })
  while (!ended) inside.push(Number(await host.shell("pgrep -cf '^sleep 60[01]$' || true")))
  const { code, log } = await run.done
  expect(code).toBe(1)
  expect(log).toMatch(/web did not become healthy within 14 s.*sleep 600/)
  expect(Math.max(...inside)).toBe(2)
  expect(await host.shell("pgrep -cf '^sleep 60[01]$' || true")).toBe('0')
  expect((await ask(host, 'tiny.example.com', '/')).told.version).toBe(version)
}, 300_000)

it('a folder of `shared` that is new is the user\'s as whom its container runs, by a name of the image too; one with content stays as it is', async () => {
  app.repository.write({ 'slipway.yml': JSON.stringify({ app: 'tiny', target: 'docker', 'tag-prefix': 'v', domain: 'tiny.example.com', tls: 'off', shared: ['uploads', 'inbox'], rollout: { drain: '2s' } }) })
  await release({ services: { web: tinyWeb(), one: { image: 'redis:7.0', user: 'www-data', command: ['sh', '-c', 'echo kept >/inbox/file; sleep infinity'], volumes: ['./inbox:/inbox', './uploads:/uploads'] } } })
  const { log } = succeeded(await app.up())
  expect(log).toContain('/opt/tiny/shared/inbox is new, and given to user 33, as which one writes there')
  expect(log).not.toContain('/opt/tiny/shared/uploads is new')
  await eventually(() => host.shell('stat -c %U:%G:%a /opt/tiny/shared/inbox/file /opt/tiny/shared/inbox'), (told) => told === 'www-data:www-data:644\nwww-data:www-data:750')
  expect(await host.shell('docker ps --all --quiet --filter status=created')).toBe('')
})
