import { readFileSync } from 'node:fs'
import type { ActionRun } from '../host/harness/action'
import { succeeded } from '../host/harness/deploy'
import { accountOf } from './harness/access'
import { ClusterApp, slipwayYml, type ServicesConfig } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'
import { documentedRules } from './harness/documented'
import { loadOnService } from './harness/load'

const config = (migration: string): ServicesConfig => ({
  services: {
    web: { start: '/bin/web', route: '/', health: '/healthz', before: [migration], secrets: ['TOKEN'], env: { GREETING: 'for $5' }, stop: { timeout: '10s' } },
    beat: { overlap: false, stop: { timeout: '5s' } },
    report: { start: 'date', schedule: '0 6 * * *' },
  },
  domain: 'shop.example.com', tls: 'off', rollout: { drain: '5s' },
})

/** From slipway.yml with services and no chart to pods, and back. */
describe('an app without a chart', () => {
  let namespace: Namespace
  let app: ClusterApp
  let kubeconfig: string
  beforeAll(async () => {
    namespace = await freshNamespace('own-chart', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    kubeconfig = readFileSync(await accountOf(namespace, 'deployer', documentedRules('docs/cluster.md', 'charts/web/README.md')), 'utf8')
    app = await ClusterApp.ofServices(namespace, config('echo "migrates with $TOKEN"'))
  }, 1_200_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await namespace?.remove()
  })
  const up = (inputs: Record<string, string> = {}): Promise<ActionRun> => app.up({ inputs: { kubeconfig, ...inputs } })

  it('is migrated, installed and proven; the same again changes nothing', async () => {
    await app.release('v1.0.0')
    const run = succeeded(await up())
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v1.0.0' })
    expect(run.summary).toMatch(/Deployment shop-web: 2 of 2 pods on .*web@sha256:/)
    expect(run.summary).toMatch(/Service shop-web: 2 endpoints, all new/)
    expect(run.log + run.summary).not.toMatch(/^(?!::add-mask::).*swordfish-of-the-test/m)
    expect(await namespace.kubectl(['logs', 'job/shop-web-before-0'])).toBe('migrates with swordfish-of-the-test')
    expect((await namespace.exec('deployment/shop-web', 'sh', '-c', 'echo "$GREETING $SLIPWAY_VERSION $TOKEN"')).stdout).toBe('for $5 v1.0.0 swordfish-of-the-test\n')
    expect(succeeded(await up()).outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
  })

  it('is upgraded and rolled back without a failed request', async () => {
    await using load = await loadOnService(namespace, 'shop-web', 50)
    await app.release('v1.1.0')
    expect(succeeded(await up()).outputs).toMatchObject({ status: 'deployed', previous: 'v1.0.0', serving: 'v1.1.0' })
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    expect(succeeded(await up({ operation: 'rollback' })).outputs).toMatchObject({ status: 'rolled-back', serving: 'v1.0.0' })
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    const { failures, versions, changes } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(versions).sort()).toEqual(['v1.0.0', 'v1.1.0'])
    expect(changes.at(-1)?.to).toBe('v1.0.0')
  })

  it('a migration that fails is red, with what it said, and nothing has changed', async () => {
    await using load = await loadOnService(namespace, 'shop-web', 50)
    await app.release('v1.2.0', { files: { 'slipway.yml': slipwayYml(config('echo "no such table" >&2; exit 4')) } })
    const run = await up()
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/shop-web-before-0 failed/)
    expect(run.log).toMatch(/exit code 4/)
    expect(run.log).toMatch(/no such table/)
    expect(run.outputs).toMatchObject({ serving: 'v1.0.0' })
    const { failures, versions } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(versions)).toEqual(['v1.0.0'])
  })
})
