import { runAction } from '../host/harness/action'
import { reach, succeeded } from '../host/harness/deploy'
import { freshHost, type Host } from '../host/harness/hosts'
import { makeRepository, type Repository } from '../host/harness/repository'
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from './harness/act'
import { appFiles, servedBy, VmApp } from './harness/vm-app'

let eu: Host
let us: Host
const repositories: Repository[] = []

beforeAll(async () => {
  [eu, us] = await Promise.all([freshHost('workflow-eu', { user: 'deploy' }), freshHost('workflow-us', { user: 'deploy' })])
}, 600_000)
afterAll(() => { for (const repository of repositories) repository.remove() })

const secrets = (): Record<string, string> => ({ SSH_KEY: eu.key, DATABASE_URL: 'postgres://db/shop' })

async function green(name: string, options: WorkflowOptions): Promise<WorkflowRun> {
  const run = await runWorkflow(name, { secrets: secrets(), ...options })
  if (!run.succeeded) throw new Error(run.log)
  return run
}

describe('regions.yml', () => {
  const vars = (): Record<string, string> => ({ HOSTS_EU: eu.line, HOSTS_US: us.line, KNOWN_HOSTS: eu.knownHosts + us.knownHosts })
  let app: VmApp

  beforeAll(async () => {
    app = await VmApp.make()
    repositories.push(app.repository)
    for (const host of [eu, us]) {
      await green('setup.yml', { repository: app.repository, event: 'workflow_dispatch', inputs: { 'dry-run': 'false' }, vars: { HOSTS: host.line, KNOWN_HOSTS: host.knownHosts } })
    }
  }, 300_000)

  it('takes a tag to both, and tells of both', async () => {
    const run = await green('regions.yml', { repository: app.repository, event: 'push', ref: await app.release('v1.0.0'), vars: vars() })
    expect([await servedBy(eu), await servedBy(us)]).toEqual(['v1.0.0', 'v1.0.0'])
    expect(run.summaries.at(-1)).toContain('| eu | deployed | v1.0.0 |\n| us | deployed | v1.0.0 |')
  })

  it('is red when one of them is not proven, and the table shows which', async () => {
    const ref = await app.release('v1.1.0')
    const run = await runWorkflow('regions.yml', { repository: app.repository, event: 'push', ref, secrets: secrets(), vars: { ...vars(), HOSTS_US: 'deploy@127.0.0.1:9' } })
    expect([run.succeeded, run.jobs['summary']]).toEqual([false, 'success'])
    expect([await servedBy(eu), await servedBy(us)]).toEqual(['v1.1.0', 'v1.0.0'])
    expect(run.summaries.at(-1)).toMatch(/\| eu \| deployed \| v1\.1\.0 \|\n\| us \| failed \|/)
    // What fails before any host is known has no hosts to tell of.
    const before = await runWorkflow('regions.yml', { repository: app.repository, event: 'push', ref, secrets: { ...secrets(), SSH_KEY: 'none' }, vars: vars() })
    expect([before.succeeded, before.jobs['summary']]).toEqual([false, 'success'])
    expect(before.summaries.at(-1)).toContain('| eu | failed | not known |')
  })
})

describe('monorepo.yml', () => {
  let host: Host
  let repository: Repository
  const versions: Record<string, string> = {}

  beforeAll(async () => {
    host = await freshHost('workflow-apps', { user: 'deploy' })
    repository = await makeRepository(undefined, { files: { 'README.md': 'two apps\n' } })
    repositories.push(repository)
    for (const app of ['shop', 'blog']) {
      await release(app, 'v0.0.1')
      succeeded(await runAction('setup-vm', { workspace: repository.path, inputs: { ...reach(host), 'working-directory': `apps/${app}` } }))
    }
  }, 300_000)

  async function release(app: string, version: string): Promise<string> {
    const files = appFiles(app, version, { 'tag-prefix': `${app}-` })
    repository.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`apps/${app}/${name}`, text])))
    await repository.commit(version, `${app}-${version}`)
    return `refs/tags/${app}-${version}`
  }

  const run = (options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> =>
    green('monorepo.yml', { repository, vars: { HOSTS: host.line, KNOWN_HOSTS: host.knownHosts }, ...options })

  it.each([['shop', 'v2.0.0'], ['blog', 'v0.1.0'], ['shop', 'v2.1.0']])('takes %s to %s and leaves the other alone', async (app, version) => {
    expect((await run({ event: 'push', ref: await release(app, version) })).jobs).toEqual({ [app]: 'success' })
    versions[app] = version
    expect([await servedBy(host), await servedBy(host, 'blog.example.com')]).toEqual([versions['shop'], versions['blog'] ?? '404'])
  })

  it('goes back with one of them', async () => {
    expect((await run({ event: 'workflow_dispatch', inputs: { app: 'shop', operation: 'rollback', version: '' } })).jobs).toEqual({ shop: 'success' })
    expect([await servedBy(host), await servedBy(host, 'blog.example.com')]).toEqual(['v2.0.0', 'v0.1.0'])
  })
})
