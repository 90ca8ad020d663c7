import { runAction } from '../host/harness/action'
import { atGitHub, type AtGitHub } from '../host/harness/at-github'
import { reach, succeeded } from '../host/harness/deploy'
import { freshHost, type Host } from '../host/harness/hosts'
import { OwnAuthority } from '../host/harness/own-authority'
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from './harness/act'
import { appFiles, servedBy, VmApp } from './harness/vm-app'

let host: Host
let app: VmApp

beforeAll(async () => {
  host = await freshHost('workflow', { user: 'deploy' })
  app = await VmApp.make()
}, 600_000)
afterAll(() => { app[Symbol.dispose]() })

const password = 'postgres://shop:swordfish-of-the-workflow@db/shop'

/** As the workflows of one repository are run: with its secrets and variables. */
function started(name: string, options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> {
  return runWorkflow(name, {
    repository: app.repository, ...options, vars: { HOSTS: host.line, KNOWN_HOSTS: host.knownHosts }, secrets: { SSH_KEY: host.key, DATABASE_URL: password, ...options.secrets },
  })
}

/** The same, for what has to be green; no secret is in what it prints. */
async function green(name: string, options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> {
  const run = await started(name, options)
  if (!run.succeeded) throw new Error(run.log)
  expect(run.log).not.toContain('swordfish')
  expect(run.log).not.toContain(host.key.split('\n')[1])
  return run
}

const push = (name: string, ref: string): Promise<WorkflowRun> => green(name, { event: 'push', ref })
const byHand = (name: string, inputs: Readonly<Record<string, string>>): Promise<WorkflowRun> => green(name, { event: 'workflow_dispatch', inputs })

describe('setup.yml', () => {
  it('says first what it would change, and then changes it', async () => {
    const plan = await byHand('setup.yml', { 'dry-run': 'true' })
    expect(plan.jobs).toEqual({ setup: 'success' })
    expect(await host.shell('ls /opt')).toBe('')
    await byHand('setup.yml', { 'dry-run': 'false' })
    expect(await host.shell('ls /opt')).toBe('shop')
  })

  it('is what one-step.yml does by hand too', async () => {
    const run = await byHand('one-step.yml', { operation: 'setup', version: '' })
    expect(run.log).toContain('set-output:: changed=false')
  })
})

describe.each(['vm-release.yml', 'one-step.yml', 'self-hosted.yml'])('%s', (name) => {
  const tag = `v1.${name.length}`

  it('takes tags to a served app, and goes back by hand, to the last good release and to one that is named', async () => {
    for (const version of [`${tag}.0`, `${tag}.1`]) {
      expect((await push(name, await app.release(version))).jobs).toEqual({ release: 'success' })
      expect(await servedBy(host)).toBe(version)
    }
    await byHand(name, { operation: 'rollback', version: '' })
    expect(await servedBy(host)).toBe(`${tag}.0`)
    const run = await byHand(name, { operation: 'rollback', version: `${tag}.1` })
    expect(await servedBy(host)).toBe(`${tag}.1`)
    expect(run.summaries.join('\n')).toContain(`${tag}.1 is serving`)
  })
})

describe('rollback.yml', () => {
  it('goes back and forth without a checkout, and looks', async () => {
    await push('vm-release.yml', await app.release('v2.0.0'))
    await push('vm-release.yml', await app.release('v2.0.1'))
    expect((await byHand('rollback.yml', { 'operation': 'rollback', 'version': '', 'allow-rollback-floor': 'false' })).jobs).toEqual({ rollback: 'success' })
    expect(await servedBy(host)).toBe('v2.0.0')
    await byHand('rollback.yml', { 'operation': 'rollback', 'version': 'v2.0.1', 'allow-rollback-floor': 'false' })
    expect(await servedBy(host)).toBe('v2.0.1')
    const look = await byHand('rollback.yml', { 'operation': 'status', 'version': '', 'allow-rollback-floor': 'false' })
    expect(look.summaries.join('\n')).toContain('v2.0.1')
  })

  it('is red for a version that nobody has, and what serves goes on', async () => {
    const run = await started('rollback.yml', { event: 'workflow_dispatch', inputs: { 'operation': 'rollback', 'version': 'v9.9.9', 'allow-rollback-floor': 'false' } })
    expect([run.succeeded, run.jobs]).toEqual([false, { rollback: 'failure' }])
    expect(run.summaries.join('\n')).toContain('v9.9.9')
    expect(await servedBy(host)).toBe('v2.0.1')
  })
})

describe('auto-release.yml', () => {
  let github: AtGitHub
  beforeAll(async () => { github = await atGitHub(app.repository) })
  afterAll(async () => await github.server.stop())
  const ofGitHub = (): Pick<WorkflowOptions, 'env' | 'secrets'> => ({ env: github.env, secrets: { GITHUB_TOKEN: 'all' } })
  const releases = (): readonly string[] => github.server.state.releases.map(({ tag_name: tag, draft, assets }) =>
    `${tag} ${draft ? 'draft' : 'published'} ${assets.map(({ name }) => name).sort().join(' ')}`)

  it('takes a push to main to the next version: tagged, served, published; and leaves it where nothing is new', async () => {
    app.repository.write(appFiles('shop', 'v2.1.0', {}, { secrets: ['DATABASE_URL'] }))
    const commit = await app.repository.commit('feat: a page')
    await github.push()
    const run = await green('auto-release.yml', { event: 'push', ...ofGitHub() })
    expect([run.jobs, await servedBy(host)]).toEqual([{ release: 'success' }, 'v2.1.0'])
    expect(github.server.repository.commitOf('refs/tags/v2.1.0')).toBe(commit)
    expect(releases()).toEqual(['v2.1.0 published SHA256SUMS source.tar.gz'])
    await app.repository.commit('docs: a word')
    await github.push()
    // act leaves the checkout out, which would bring the tag.
    await app.repository.git('fetch', '--quiet', github.server.repository.path, 'tag', 'v2.1.0')
    const idle = await green('auto-release.yml', { event: 'push', ...ofGitHub() })
    expect(idle.summaries.join('\n')).toContain('Nothing to release since v2.1.0')
    expect([releases().length, github.server.violations]).toEqual([1, []])
  })

  it('goes back by hand, and says what does not apply', async () => {
    const run = await green('auto-release.yml', { event: 'workflow_dispatch', inputs: { 'operation': 'rollback', 'version': '', 'ignore-gates': 'false' }, ...ofGitHub() })
    expect(await servedBy(host)).toBe('v2.0.1')
    expect(run.summaries.join('\n')).toContain('do not apply to `operation: rollback`')
  })
})

describe('migrations.yml', () => {
  const migrates = { before: ['sh migrate.sh'] }
  const migrate = { 'migrate.sh': 'echo "$SLIPWAY_VERSION" >> data/migrations\n' }
  const migrations = (): Promise<string> => host.shell('cat /opt/shop/shared/data/migrations')

  it('shows the plan, migrates once, and serves', async () => {
    app.repository.write(migrate)
    const run = await push('migrations.yml', await app.release('v3.0.0', migrates, { shared: ['data'] }))
    expect(run.jobs).toEqual({ plan: 'success', release: 'success' })
    expect(run.summaries[0]).toContain('sh migrate.sh')
    expect([await servedBy(host), await migrations()]).toEqual(['v3.0.0', 'v3.0.0'])
  })

  it('goes back without a plan and without a migration; across a floor only when told', async () => {
    await push('migrations.yml', await app.release('v3.0.1', migrates, { shared: ['data'], 'rollback-floor': true }))
    const refused = await started('migrations.yml', { event: 'workflow_dispatch', inputs: { 'version': '', 'allow-rollback-floor': 'false' } })
    expect([refused.succeeded, await servedBy(host)]).toEqual([false, 'v3.0.1'])
    expect(refused.summaries.join('\n')).toContain('rollback-floor')
    const run = await byHand('migrations.yml', { 'version': '', 'allow-rollback-floor': 'true' })
    expect(run.jobs).toMatchObject({ release: 'success' })
    expect([await servedBy(host), await migrations()]).toEqual(['v3.0.0', 'v3.0.0\nv3.0.1'])
  })
})

describe('host-check.yml', () => {
  it('is green when all is well, and red with the reason when it is not', async () => {
    await push('vm-release.yml', await app.release('v3.1.0'))
    expect((await green('host-check.yml', { event: 'schedule' })).jobs).toEqual({ look: 'success' })
    await host.shell('systemctl kill --signal=KILL --kill-whom=all "slipway-app.shop.*"; systemctl stop "slipway-app.shop.*"')
    const run = await started('host-check.yml', { event: 'schedule' })
    expect([run.succeeded, run.jobs]).toEqual([false, { look: 'failure' }])
    expect(run.log).toMatch(/::error::[\d.]+: slipway-app\.shop\.\d+\.web\S* is (inactive|failed)/)
  })

  it('is red when the certificate ends soon', async () => {
    using company = await OwnAuthority.make()
    const { certificate, key } = await company.issue(['shop.example.com'], 5)
    await app.release('v4.0.0', {}, { tls: { certificate: 'TLS_CERTIFICATE', key: 'TLS_KEY' } })
    await byHand('setup.yml', { 'dry-run': 'false' })
    succeeded(await runAction('push-release', {
      workspace: app.repository.path, inputs: reach(host), env: { DATABASE_URL: password, TLS_CERTIFICATE: certificate, TLS_KEY: key },
    }))
    const run = await started('host-check.yml', { event: 'schedule' })
    expect([run.succeeded, run.jobs]).toEqual([false, { look: 'failure' }])
    expect(run.log).toMatch(/::error::[\d.]+: .*certificate.* ends /)
  })
})
