import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from '../host/harness/command'
import { runAction, type ActionRun } from '../host/harness/action'
import { succeeded } from '../host/harness/deploy'
import { makeRepository, type Repository } from '../host/harness/repository'
import { accountOf, type Rule } from './harness/access'
import { freshNamespace, type Namespace } from './harness/cluster'
import { helmIn } from './harness/helm'
import { loadOnService } from './harness/load'
import { podImage } from './harness/web'

const config = (migration: string): string => JSON.stringify({
  app: 'shop', target: 'cluster',
  services: {
    web: { start: '/bin/web', route: '/', health: '/healthz', before: [migration], secrets: ['TOKEN'], env: { GREETING: 'for $5' }, stop: { timeout: '10s' } },
    beat: { overlap: false, stop: { timeout: '5s' } },
    report: { start: 'date', schedule: '0 6 * * *' },
  },
  domain: 'shop.example.com', tls: 'off', rollout: { drain: '5s' },
}, null, 2)

/** What a document says that whoever deploys needs. */
function rulesOf(...path: readonly string[]): readonly Rule[] {
  const [, yaml = ''] = /```yaml\n((?:apiVersion: rbac[\s\S]*?)?rules:\n[\s\S]*?)```/.exec(readFileSync(join(root, ...path), 'utf8')) ?? []
  return (parse(yaml) as { readonly rules: readonly Rule[] }).rules
}

/** From slipway.yml with services and no chart to pods, and back. */
describe('an app without a chart', () => {
  let namespace: Namespace
  let repository: Repository
  let helm: string
  let kubeconfig: string
  const images = new Map<string, string>()
  beforeAll(async () => {
    namespace = await freshNamespace('own-chart', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    kubeconfig = readFileSync(await accountOf(namespace, 'deployer', [...rulesOf('docs', 'cluster.md'), ...rulesOf('charts', 'web', 'README.md')]), 'utf8')
    helm = (await helmIn(namespace, 4)).folder
    repository = await makeRepository(undefined, { files: { 'slipway.yml': config('echo "migrates with $TOKEN"') } })
    for (const version of ['v1.0.0', 'v1.1.0']) images.set(version, (await podImage(version)).digest)
  }, 1_200_000)
  afterAll(async () => {
    repository?.remove()
    await namespace?.remove()
  })

  let version = ''
  const release = async (tag: string, files: Record<string, string> = {}): Promise<void> => {
    version = tag
    repository.write({ 'RELEASE.txt': tag, ...files })
    await repository.commit(tag, tag)
  }
  const up = (inputs: Record<string, string> = {}): Promise<ActionRun> => {
    const image = images.get(version) ?? images.get('v1.1.0') ?? ''
    return runAction('helm-upgrade', {
      workspace: repository.path, timeout: 240_000,
      inputs: {
        kubeconfig, namespace: namespace.name,
        ...(inputs['operation'] === undefined ? { images: ['web', 'beat', 'report'].map((name) => `${name}=${image}`).join('\n') } : {}), ...inputs,
      },
      env: { PATH: `${helm}:${process.env['PATH'] ?? ''}`, TOKEN: 'swordfish-of-the-test' },
    })
  }

  it('is migrated, installed and proven; the same again changes nothing', async () => {
    await release('v1.0.0')
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
    await release('v1.1.0')
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
    await release('v1.2.0', { 'slipway.yml': config('echo "no such table" >&2; exit 4') })
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
