import { runAction, type ActionOptions, type ActionRun } from '../host/harness/action'
import { atGitHub } from '../host/harness/at-github'
import { reach, succeeded } from '../host/harness/deploy'
import { freshHost, type Host } from '../host/harness/hosts'
import { startBuilder, trustBuilder, type Builder } from '../workflow/harness/builder'
import { ImageApp } from '../workflow/harness/image-app'
import { servedBy } from '../workflow/harness/vm-app'
import { runnerConfig, type RunnerConfig } from './harness/image-repository'

const domain = 'shop.example.com'
let host: Host
let builder: Builder
/** A runner with nothing but an Engine. */
let engine: RunnerConfig
let app: ImageApp
let image: string

beforeAll(async () => {
  builder = await startBuilder()
  engine = await runnerConfig()
  host = await freshHost('root', { image: 'docker', user: 'deploy' })
  await trustBuilder(host, builder)
  // A name of its own, for images outlive a run.
  image = `${builder.closed}/root-${Date.now().toString(36)}/web`
  app = await ImageApp.make({
    'slipway.yml': JSON.stringify({ app: 'shop', target: 'docker', domain, tls: 'off', rollout: { drain: '2s' } }),
    'compose.yaml': JSON.stringify({ services: { web: { image: `${image}:\${VERSION}`, build: '.', ports: ['80:8000'], stop_grace_period: '1s', environment: { PASSWORD: '${DB_PASSWORD:?}', DOMAIN: '${DOMAIN}', REGISTRY: '${REGISTRY}', RELEASE: '${RELEASE}' } } } }),
  })
}, 900_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await engine?.remove()
  await builder?.[Symbol.asyncDispose]()
})

/** The one step of a workflow that builds by `push: 'true'`. */
function ship(inputs: Record<string, string> = {}, options: ActionOptions = {}): Promise<ActionRun> {
  return runAction('root', {
    workspace: app.repository.path, ...options, env: { ...builder.env, BUILDX_BUILDER: 'rig', DB_PASSWORD: 'swordfish-of-root', DOMAIN: domain, REGISTRY: builder.closed, RELEASE: 'v1.0.0', ...options.env },
    inputs: { ...reach(host), 'push': 'true', 'registry-username': builder.user, 'registry-password': builder.password, ...inputs },
  })
}

/** As people see it: one headline, and all else below it. */
const headlines = ({ summary }: ActionRun): readonly string[] => summary.match(/^## .*$/gm) ?? []
const running = (): Promise<string> => host.shell(`docker ps --quiet --filter label=slipway.app=shop | xargs -r docker inspect --format '{{.Image}}' | xargs -r docker image inspect --format '{{.RepoDigests}}'`)

describe('the root action, for a host with Docker', () => {
  it('prepares the host', async () => {
    await app.release('1.0.0')
    const run = succeeded(await ship({ operation: 'setup' }))
    expect(run.outputs).toMatchObject({ status: 'ready' })
    expect(run.annotations.filter(({ level }) => level === 'notice').map(({ message }) => message)).toEqual(['`push` and `registry-username` did not apply: they are for `deploy`, and this was `setup`.'])
    expect(run.summary).toContain('### Inputs that did not apply')
  }, 600_000)

  it('says of a dry run what would be built, and then what would be done with it', async () => {
    const run = succeeded(await ship({ 'dry-run': 'true' }))
    expect(run.outputs).toMatchObject({ status: 'planned', changed: 'false', image: '', images: '{}' })
    expect(run.log).toMatch(/Dockerfile would be built by [^]*1\.0\.0 would move[^]*`sha256:000000000000…` stands for what is yet to be built/)
    expect(headlines(run)).toEqual([expect.stringContaining('Dry run: shop v1.0.0 would be deployed')])
    expect(run.summary).toContain('Dockerfile would be built by')
    expect(JSON.parse(run.outputs['report'] ?? '')).toMatchObject({ status: 'planned', images: { status: 'planned', image } })
    expect(await running()).toBe('')
  }, 300_000)

  it('builds, pushes and deploys a tag, and tells of it in one summary', async () => {
    const run = succeeded(await ship())
    expect(run.outputs).toMatchObject({ 'status': 'deployed', 'changed': 'true', 'serving': 'v1.0.0', 'image-name': image, 'digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/) })
    expect(JSON.parse(run.outputs['images'] ?? '')).toEqual({ web: run.outputs['image'] })
    expect(await servedBy(host, domain)).toBe('1.0.0')
    expect(await running()).toContain(run.outputs['digest'])
    expect(headlines(run)).toEqual([expect.stringContaining('shop v1.0.0 is serving')])
    expect(run.summary).toMatch(new RegExp(`\n### ✅ .*${image.split('/').at(-1)}.* is in the registry`))
    const seen = run.log.replace(/^::add-mask::.*$/gm, '') + run.summary + JSON.stringify(run.outputs)
    for (const secret of ['swordfish-of-root', builder.password]) expect(seen).not.toContain(secret)
    // Variables that are no secrets stay readable: what is masked GitHub would leave out of the next job.
    const masked = [...run.log.matchAll(/^::add-mask::(.*)$/gm)].map(([, mask = '']) => mask)
    expect(masked).toContain('swordfish-of-root')
    for (const [name, value] of Object.entries(run.outputs)) expect([name, value, masked.filter((mask) => value.includes(mask))]).toEqual([name, value, []])
    expect([run.outputs['url'], run.log]).toEqual([`http://${domain}`, expect.not.stringContaining('masked outputs')])
    // docker's login of the run is gone, and what post would remove is known to it.
    expect(run.state['docker-config']).toMatch(/./)
    const again = succeeded(await ship())
    expect(again.outputs).toMatchObject({ status: 'unchanged', changed: 'false', image: run.outputs['image'] })
  }, 600_000)

  it('deploys nothing when the build fails, and says that', async () => {
    await app.release('1.1.0')
    const dockerfile = await app.repository.git('show', 'HEAD:Dockerfile')
    app.repository.write({ Dockerfile: `${dockerfile}\nRUN ["/bin/busybox", "false"]\n` })
    await app.repository.commit('broken', 'v1.1.1')
    const run = await ship()
    expect([run.code, run.outputs]).toEqual([1, expect.objectContaining({ status: 'failed', changed: 'false', version: 'v1.1.1', images: '{}' })])
    expect(headlines(run)).toEqual(['## ❌ Nothing was deployed'])
    expect(run.summary).toContain('busybox')
    expect(run.annotations.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(await servedBy(host, domain)).toBe('1.0.0')
    app.repository.write({ Dockerfile: `${dockerfile}\n` })
  }, 300_000)

  it('shows the password to no other registry than the one that it is for', async () => {
    const run = await ship({ registry: 'registry.example.com' })
    expect([run.code, run.outputs]).toEqual([1, expect.objectContaining({ status: 'failed', images: '{}' })])
    expect(run.annotations.filter(({ level }) => level === 'error').map(({ properties }) => properties['title'])).toEqual([expect.stringMatching(/^registry-/)])
  }, 300_000)

  it('brings what only the runner has, without a registry', async () => {
    await app.release('1.2.0')
    const run = succeeded(await ship({ 'push': 'false', 'load': 'true', 'registry-username': '', 'registry-password': '' }, { env: { ...engine.env, BUILDX_BUILDER: 'default' } }))
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v1.2.0', image: '', images: '{}' })
    expect(await servedBy(host, domain)).toBe('1.2.0')
  }, 600_000)

  it('goes back without building anything', async () => {
    const run = succeeded(await ship({ operation: 'rollback' }))
    expect(run.log).not.toContain('masked outputs')
    expect(run.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1.0.0' })
    expect(run.log).not.toContain('would be built')
    expect(run.summary).toContain('`push` and `registry-username` did not apply')
    expect(await servedBy(host, domain)).toBe('1.0.0')
  }, 300_000)

  it('holds a push to main to the gates of slipway.yml, before an image is built; then tags, deploys and publishes it', async () => {
    const github = await atGitHub(app.repository)
    try {
      await app.change('1.3.0')
      const config = JSON.parse(await app.repository.git('show', 'HEAD:slipway.yml')) as object
      app.repository.write({ 'slipway.yml': JSON.stringify({ ...config, gates: { freeze: ['2026-01-01 - 2099-12-31 UTC'] } }) })
      const commit = await app.repository.commit('feat: a page')
      await github.push()
      const inputs = { 'bump': 'auto', 'github-release': 'true', 'github-deployment': 'true', 'github-token': 'all' }
      const held = await ship(inputs, { ref: 'refs/heads/main', env: github.env })
      expect([held.code, held.outputs['image'] ?? '', held.annotations.filter(({ level }) => level === 'error').map(({ properties }) => properties['title'])]).toEqual([1, '', ['gate-freeze']])
      expect([github.server.state.releases, github.server.state.deployments, await servedBy(host, domain)]).toEqual([[], [], '1.0.0'])
      const run = succeeded(await ship({ ...inputs, 'ignore-gates': 'true' }, { ref: 'refs/heads/main', env: github.env }))
      expect(run.outputs).toMatchObject({ 'status': 'deployed', 'serving': 'v1.3.0', 'tag': 'v1.3.0', 'release-url': expect.stringMatching(/v1\.3\.0$/) })
      expect(run.summary).toContain('Let through by `ignore-gates`')
      expect([await servedBy(host, domain), github.server.repository.commitOf('refs/tags/v1.3.0')]).toEqual(['1.3.0', commit])
      expect(github.server.state.releases.map(({ tag_name: tag, draft }) => [tag, draft])).toEqual([['v1.3.0', false]])
      expect(github.server.state.deployments.map(({ payload, statuses }) => [payload, statuses.map(({ state }) => state)])).toEqual([
        [{ slipway: { app: 'shop', attempt: expect.any(String), run: expect.stringContaining('/'), place: expect.stringMatching(/^[0-9a-f]{12}$/) } }, ['in_progress', 'success']],
      ])
      expect(github.server.violations).toEqual([])
    } finally {
      await github.server.stop()
    }
  }, 600_000)
})
