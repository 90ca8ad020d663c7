import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { runAction, type ActionOptions, type ActionRun } from '../host/harness/action'
import { atGitHub } from '../host/harness/at-github'
import { succeeded } from '../host/harness/deploy'
import { startBuilder, type Builder } from '../workflow/harness/builder'
import { ImageApp } from '../workflow/harness/image-app'
import { accountOf } from './harness/access'
import { freshNamespace, type Namespace } from './harness/cluster'
import { documentedRules } from './harness/documented'
import { helmProgram } from './harness/helm'

/** The root action, from a Dockerfile and services in slipway.yml to pods, and back; with no chart and no other action. */
describe('the root action, for a cluster', () => {
  let namespace: Namespace
  let builder: Builder
  let app: ImageApp
  let image: string
  let helm: string
  let kubeconfig: string

  beforeAll(async () => {
    namespace = await freshNamespace('root', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    kubeconfig = readFileSync(await accountOf(namespace, 'deployer', documentedRules('docs/cluster.md', 'charts/web/README.md')), 'utf8')
    builder = await startBuilder()
    helm = dirname(await helmProgram(4))
    image = `${builder.plain}/root-${Date.now().toString(36)}/shop`
    app = await ImageApp.make({ 'slipway.yml': JSON.stringify({
      app: 'shop', target: 'cluster', services: { web: { route: '/', health: '/healthz.html', secrets: ['TOKEN'], stop: { timeout: '1s' } } }, rollout: { drain: '1s' },
    }), 'www/healthz.html': 'well\n' })
  }, 1_200_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await builder?.[Symbol.asyncDispose]()
    await namespace?.remove()
  })

  function ship(inputs: Record<string, string> = {}, options: ActionOptions = {}): Promise<ActionRun> {
    return runAction('root', {
      workspace: app.repository.path, timeout: 240_000, ...options, inputs: { kubeconfig, namespace: namespace.name, image, ...inputs },
      env: { ...builder.env, BUILDX_BUILDER: 'rig', PATH: `${helm}:${process.env['PATH'] ?? ''}`, TOKEN: 'swordfish-of-root', ...options.env },
    })
  }
  const headlines = ({ summary }: ActionRun): readonly string[] => summary.match(/^## .*$/gm) ?? []
  async function served(): Promise<string> {
    const said = await namespace.kubectl(['get', '--raw', `/api/v1/namespaces/${namespace.name}/services/shop-web:80/proxy/`])
    return (JSON.parse(said) as { readonly version: string }).version
  }

  it('says of a dry run what would be built, and what would be applied with it', async () => {
    await app.release('1.0.0')
    const run = succeeded(await ship({ 'dry-run': 'true' }))
    expect(run.outputs).toMatchObject({ status: 'planned', changed: 'false', images: '{}' })
    expect(run.summary).toContain('Dockerfile would be built by')
    expect(run.summary).toContain('`sha256:000000000000…` stands for what is yet to be built')
    expect(headlines(run)).toHaveLength(1)
    expect(await namespace.kubectl(['get', 'deployments', '--output', 'name'])).toBe('')
  })

  it('builds, pushes and deploys tags, each in one summary, and knows what is there', async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      if (version !== '1.0.0') await app.release(version)
      const run = succeeded(await ship())
      expect(run.outputs).toMatchObject({ 'status': 'deployed', 'serving': `v${version}`, 'image-name': image, 'revision': expect.stringMatching(/^\d+$/) })
      expect(JSON.parse(run.outputs['images'] ?? '')).toEqual({ shop: run.outputs['image'] })
      expect(headlines(run)).toHaveLength(1)
      expect(run.log.replace(/^::add-mask::.*$/gm, '') + run.summary + JSON.stringify(run.outputs)).not.toContain('swordfish')
      expect(await served()).toBe(version)
    }
    expect(succeeded(await ship()).outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
  }, 300_000)

  it('goes back, starts anew and looks, and builds nothing for it', async () => {
    const back = succeeded(await ship({ operation: 'rollback' }))
    expect(back.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1.0.0' })
    expect(back.annotations.filter(({ level }) => level === 'notice').map(({ message }) => message)).toEqual(['`image` did not apply: it is for `deploy`, and this was `rollback`.'])
    expect(await served()).toBe('1.0.0')
    expect(succeeded(await ship({ operation: 'restart' })).outputs).toMatchObject({ status: 'restarted', serving: 'v1.0.0' })
    expect(succeeded(await ship({ operation: 'status' })).outputs).toMatchObject({ status: 'status', serving: 'v1.0.0' })
  }, 300_000)

  it('asks for no chart\'s password where the user is for the image', async () => {
    await app.release('1.2.0')
    const run = succeeded(await ship({ 'registry-username': 'ada', 'registry-password': 'of-the-registry' }))
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v1.2.0' })
  }, 300_000)

  it('deploys nothing when the build fails', async () => {
    const dockerfile = await app.repository.git('show', 'HEAD:Dockerfile')
    app.repository.write({ Dockerfile: `${dockerfile}\nRUN ["/bin/busybox", "false"]\n` })
    await app.repository.commit('broken', 'v1.3.0')
    const run = await ship()
    expect([run.code, run.outputs]).toEqual([1, expect.objectContaining({ status: 'failed', changed: 'false', images: '{}' })])
    expect(headlines(run)).toEqual(['## ❌ Nothing was deployed'])
    expect(await served()).toBe('1.2.0')
  })

  it('holds a push to main to the gates of slipway.yml, before an image is built; then tags, deploys and publishes it', async () => {
    const github = await atGitHub(app.repository)
    try {
      await app.change('1.4.0')
      const config = JSON.parse(await app.repository.git('show', 'HEAD:slipway.yml')) as object
      app.repository.write({ 'slipway.yml': JSON.stringify({ ...config, gates: { freeze: ['2026-01-01 - 2099-12-31 UTC'] } }), Dockerfile: `${await app.repository.git('show', 'v1.2.0:Dockerfile')}\n` })
      const commit = await app.repository.commit('feat: a page')
      await github.push()
      const inputs = { 'bump': 'auto', 'github-release': 'true', 'github-deployment': 'true', 'github-token': 'all' }
      const held = await ship(inputs, { ref: 'refs/heads/main', env: github.env })
      expect([held.code, held.outputs['image'] ?? '', held.annotations.filter(({ level }) => level === 'error').map(({ properties }) => properties['title'])]).toEqual([1, '', ['gate-freeze']])
      expect([github.server.state.releases, github.server.state.deployments, await served()]).toEqual([[], [], '1.2.0'])
      const run = succeeded(await ship({ ...inputs, 'ignore-gates': 'true' }, { ref: 'refs/heads/main', env: github.env }))
      expect(run.outputs).toMatchObject({ 'status': 'deployed', 'serving': 'v1.4.0', 'tag': 'v1.4.0', 'release-url': expect.stringMatching(/v1\.4\.0$/) })
      expect(run.summary).toContain('Let through by `ignore-gates`')
      expect([await served(), github.server.repository.commitOf('refs/tags/v1.4.0')]).toEqual(['1.4.0', commit])
      expect(github.server.state.releases.map(({ tag_name: tag, draft }) => [tag, draft])).toEqual([['v1.4.0', false]])
      expect(github.server.state.deployments.map(({ payload, statuses }) => [payload, statuses.map(({ state }) => state)])).toEqual([
        [{ slipway: { app: 'shop', attempt: expect.any(String), run: expect.stringContaining('/'), place: expect.stringMatching(/^[0-9a-f]{12}$/) } }, ['in_progress', 'success']],
      ])
      expect(github.server.violations).toEqual([])
    } finally {
      await github.server.stop()
    }
  }, 600_000)
})
