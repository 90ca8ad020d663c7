import { join } from 'node:path'
import { startLoad, type Load, type LoadResult } from '../../rig/load.mjs'
import { must, root } from '../host/harness/command'
import { freshNamespace, type Namespace } from './harness/cluster'
import { helmIn, type HelmRunner } from './harness/helm'
import { podImage } from './harness/web'

const chart = join(root, 'charts/web')
const minutes = 60_000

interface Pods { readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }; readonly status: { readonly phase: string } }[] }

/** An nginx that its makers have built, for the proxy. */
async function nginxImage(): Promise<string> {
  const place = (await must(join(root, 'rig/library'), ['nginx'], { timeout: 10 * minutes })).split('\n').at(-1) ?? ''
  const digests = await must('docker', ['inspect', '--format', '{{range .RepoDigests}}{{println .}}{{end}}', place])
  const name = place.slice(0, place.lastIndexOf(':'))
  return digests.split('\n').find((one) => one.startsWith(`${name}@`)) ?? ''
}

async function addressOf(space: Namespace, service: string): Promise<string> {
  return await space.kubectl(['get', 'service', service, '--output', 'jsonpath={.spec.clusterIP}'])
}

/** All pods of a component are of the newest template, ready, and none is on its way out. */
async function settled(space: Namespace, release: string, component: string, workload = `deployment/${release}-${component}`): Promise<void> {
  await space.kubectl(['rollout', 'status', workload, '--timeout=90s'])
  const until = Date.now() + 90_000
  for (;;) {
    const { items } = await space.get<Pods>('pods', '--selector', `app.kubernetes.io/instance=${release},app.kubernetes.io/component=${component}`)
    if (items.every(({ metadata }) => metadata.deletionTimestamp === undefined)) return
    if (Date.now() > until) throw new Error(`pods of ${component} do not go: ${items.map(({ metadata }) => metadata.name).join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/** The node leads to what is ready, which it does a moment after that is. */
async function answers(space: Namespace, service: string): Promise<void> {
  const address = await addressOf(space, service)
  const until = Date.now() + 30_000
  for (;;) {
    const ok = await fetch(`http://${address}/healthz`, { signal: AbortSignal.timeout(2_000) }).then((response) => response.ok, () => false)
    if (ok) return
    if (Date.now() > until) throw new Error(`${service} does not answer at ${address}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Load from a second before `work` until a second after it. */
async function under(load: () => Load, work: () => Promise<void>): Promise<LoadResult> {
  const running = load()
  try {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await work()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  } finally {
    await running.stop()
  }
  return await running.done
}

describe.each([3, 4] as const)('the chart, by Helm %i', (major) => {
  let space: Namespace
  let helm: HelmRunner
  const images = new Map<string, string>()
  beforeAll(async () => {
    space = await freshNamespace(`chart-helm${major}`, { 'pod-security.kubernetes.io/enforce': 'restricted' })
    helm = await helmIn(space, major)
    for (const version of ['1.0.0', '1.1.0']) images.set(version, (await podImage(version)).digest)
    images.set('broken', (await podImage('1.2.0-crash', 'crash')).digest)
  }, 20 * minutes)
  afterAll(async () => { await space.remove() })

  const values = (version: string, more: object = {}): object => ({
    version,
    services: {
      web: { image: images.get(version), route: '/', health: { path: '/healthz' }, stopTimeout: 10, secrets: ['TOKEN'], env: { GREETING: 'costs $5, $(HOME), $$' } },
      worker: { image: images.get(version), secrets: ['TOKEN'], secretsAs: 'files', stopTimeout: 5 },
      beat: { image: images.get(version), overlap: false, stopTimeout: 5 },
      seed: { image: images.get(version), command: ['sh', '-c', 'echo seeded $SLIPWAY_VERSION'], once: true },
      report: { image: images.get(version), command: ['date'], schedule: '0 6 * * *' },
    },
    before: [{ service: 'web', command: ['sh', '-c', 'echo migrating with $TOKEN to $SLIPWAY_VERSION; touch /tmp/done'] }],
    secrets: { TOKEN: 'first' },
    ...more,
  })
  const load = (address: string, kept = 0) => (): Load => startLoad({ address, port: 80, rate: 50, kept, seconds: 100, requests: ['GET /', 'POST /'] })

  it('installs where only restricted pods are let in, migrates first, and serves', async () => {
    await helm.upgrade('shop', chart, values('1.0.0'))
    expect(await space.kubectl(['logs', 'job/shop-web-before-0'])).toBe('migrating with first to 1.0.0')
    for (const component of ['web', 'worker']) await settled(space, 'shop', component)
    await settled(space, 'shop', 'beat', 'statefulset/shop-beat')
    expect((await space.exec('deployment/shop-web', 'wget', '-q', '-O', '-', 'http://shop-web/hello')).stdout).toContain('"version":"1.0.0"')
    expect((await space.get<Pods>('pods', '--selector', 'app.kubernetes.io/component=web')).items).toHaveLength(2)
    expect((await space.exec('deployment/shop-web', 'sh', '-c', 'echo "$GREETING|$TOKEN|$PORT"')).stdout).toBe('costs $5, $(HOME), $$|first|8080\n')
    expect((await space.exec('deployment/shop-worker', 'sh', '-c', 'cat "$TOKEN_FILE"; env | grep -c ^TOKEN=; touch /x')).stdout).toBe('first0\n')
    expect((await space.exec('deployment/shop-worker', 'touch', '/x')).stderr).toMatch(/[Rr]ead-only/)
    await space.kubectl(['wait', 'jobs', '--selector', 'app.kubernetes.io/component=seed', '--for=condition=Complete', '--timeout=60s'])
    // What brought the secrets to the migration is gone with it.
    expect(await space.kubectl(['get', 'secrets', '--output', 'name'])).not.toContain('before')
  }, 5 * minutes)

  it('passes its own test, and fails it where a service is not well', async () => {
    expect(await helm.must('test', 'shop')).toMatch(/Phase:\s+Succeeded/)
    await space.kubectl(['scale', 'deployment/shop-web', '--replicas=0'])
    await space.kubectl(['wait', 'pods', '--selector', 'app.kubernetes.io/component=web', '--for=delete', '--timeout=60s'])
    const { code } = await helm.run(['test', 'shop'])
    expect(code).not.toBe(0)
    expect(await space.kubectl(['logs', 'shop-answers'])).toContain('no: http://shop-web/healthz')
    await space.kubectl(['scale', 'deployment/shop-web', '--replicas=2'])
    await settled(space, 'shop', 'web')
    await answers(space, 'shop-web')
  }, 5 * minutes)

  it('is upgraded and rolled back without a failed request', async () => {
    const address = await addressOf(space, 'shop-web')
    const upgraded = await under(load(address), async () => {
      await helm.upgrade('shop', chart, values('1.1.0'))
      await settled(space, 'shop', 'web')
    })
    expect(upgraded.failures).toEqual([])
    expect(upgraded.failed).toBe(0)
    expect(upgraded.sent).toBeGreaterThan(200)
    expect(Object.keys(upgraded.versions).sort()).toEqual(['1.0.0', '1.1.0'])
    const back = await under(load(address), async () => {
      await helm.must('rollback', 'shop', '1')
      await settled(space, 'shop', 'web')
    })
    expect(back.failures).toEqual([])
    expect(back.changes.at(-1)?.to).toBe('1.0.0')
    // A rollback runs no migration.
    expect(await space.kubectl(['logs', 'job/shop-web-before-0'])).toBe('migrating with first to 1.1.0')
  }, 5 * minutes)

  it('of a broken image the old pods go on serving, and what never gets ready can be replaced', async () => {
    const address = await addressOf(space, 'shop-web')
    const crash = { ...values('1.0.0') as { readonly services: Record<string, object> } }
    const broken = { ...crash, before: [], services: { ...crash.services, web: { ...crash.services['web'], image: images.get('broken') }, beat: { ...crash.services['beat'], image: images.get('broken') } } }
    const seen = await under(load(address), async () => {
      await helm.upgrade('shop', chart, broken)
      await expect(space.kubectl(['rollout', 'status', 'deployment/shop-web', '--timeout=10s'])).rejects.toThrow(/timed out/)
      await helm.must('rollback', 'shop', '1')
      await settled(space, 'shop', 'web')
    })
    expect(seen.failures).toEqual([])
    expect(Object.keys(seen.versions)).toEqual(['1.0.0'])
    await settled(space, 'shop', 'beat', 'statefulset/shop-beat')
  }, 5 * minutes)

  it('a migration that fails changes nothing', async () => {
    const before = await space.kubectl(['get', 'deployment', 'shop-web', '--output', 'jsonpath={.metadata.generation}'])
    await expect(helm.upgrade('shop', chart, values('1.1.0', { before: [{ service: 'web', command: ['false'] }] }))).rejects.toThrow(/pre-upgrade/)
    expect(await space.kubectl(['get', 'deployment', 'shop-web', '--output', 'jsonpath={.metadata.generation}'])).toBe(before)
  }, 5 * minutes)

  it('a changed secret replaces the pods that have it, and no others', async () => {
    const names = async (component: string): Promise<string[]> => (await space.get<Pods>('pods', '--selector', `app.kubernetes.io/component=${component}`)).items.map(({ metadata }) => metadata.name).sort()
    await helm.upgrade('shop', chart, values('1.0.0'))
    await settled(space, 'shop', 'web')
    const [web, beat] = [await names('web'), await names('beat')]
    await helm.upgrade('shop', chart, values('1.0.0', { secrets: { TOKEN: 'second' } }))
    await settled(space, 'shop', 'web')
    await settled(space, 'shop', 'worker')
    expect((await names('web')).some((name) => web.includes(name))).toBe(false)
    expect(await names('beat')).toEqual(beat)
    expect((await space.exec('deployment/shop-worker', 'sh', '-c', 'cat "$TOKEN_FILE"')).stdout).toBe('second')
  }, 5 * minutes)

  it('behind its nginx several services share an address, and kept connections outlive an upgrade', async () => {
    const proxied = (version: string): object => ({
      services: {
        web: { image: images.get(version), route: '/', health: { path: '/healthz' }, stopTimeout: 10 },
        api: { image: images.get('1.0.0'), route: '/api/', health: { path: '/healthz' }, stopTimeout: 10 },
      },
      routing: { kind: 'proxy' }, proxy: { image: nginx },
    })
    const nginx = await nginxImage()
    await helm.upgrade('mall', chart, proxied('1.0.0'))
    for (const component of ['web', 'api', 'proxy']) await settled(space, 'mall', component)
    const address = await addressOf(space, 'mall')
    await answers(space, 'mall')
    const seen = await under(() => startLoad({ address, port: 80, rate: 50, kept: 5, seconds: 100, requests: ['GET /', 'POST /', 'GET /api/x', 'GET /api'] }), async () => {
      await helm.upgrade('mall', chart, proxied('1.1.0'))
      await settled(space, 'mall', 'web')
    })
    expect(seen.failures).toEqual([])
    expect(seen.changes.filter(({ path, from }) => path.startsWith('/api') && from !== null)).toEqual([])
    expect(seen.changes.filter(({ path }) => path === '/').at(-1)?.to).toBe('1.1.0')
    expect(await helm.must('test', 'mall')).toMatch(/Phase:\s+Succeeded/)
  }, 5 * minutes)
})
