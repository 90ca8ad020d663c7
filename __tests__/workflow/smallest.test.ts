import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root, run } from '../host/harness/command'
import { freshHost, mirror, type Host } from '../host/harness/hosts'
import { makeRepository, type Repository } from '../host/harness/repository'
import { ask } from '../host/harness/tiny-app'
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from './harness/act'
import { workflowProgram } from './harness/programs'

const [, shown = ''] = /<!-- smallest -->([\s\S]*?)<!-- \/smallest -->/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
const [slipwayYml = '', workflow = '', ...more] = [...shown.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)

interface Step { readonly uses: string; readonly with: Readonly<Record<string, unknown>> }
interface Workflow {
  readonly permissions: unknown
  readonly concurrency: unknown
  readonly jobs: { readonly release: { readonly 'environment': { readonly name: string }; readonly 'timeout-minutes': number; readonly 'steps': readonly Step[] } }
}

describe('the two files of the README, all that a repository with one app needs', () => {
  it('are at most 30 lines, comments and empty ones included, and as many as the README says', () => {
    expect(more).toEqual([])
    const lines = (slipwayYml + workflow).trimEnd().split('\n').length
    expect(lines).toBeLessThanOrEqual(30)
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`Both together are ${lines} lines`)
  })

  it('are safe as they stand', () => {
    const { permissions, concurrency, jobs: { release } } = parse(workflow) as Workflow
    expect({ permissions, concurrency }).toEqual({ permissions: { contents: 'read' }, concurrency: { group: 'production', queue: 'max' } })
    expect([release.environment.name, release['timeout-minutes']]).toEqual(['production', 30])
    const [checkout, ship] = release.steps
    expect(checkout?.with).toEqual({ 'fetch-depth': 0, 'persist-credentials': false })
    expect(ship?.with).toMatchObject({ 'known-hosts': '${{ vars.KNOWN_HOSTS }}', 'ssh-key': '${{ secrets.SSH_KEY }}' })
    for (const { uses } of release.steps) expect(uses).toMatch(/@[0-9a-f]{40}$/)
  })

  it('are clean for actionlint and zizmor', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-smallest-'))
    try {
      writeFileSync(join(folder, 'release.yml'), workflow)
      const lint = await run(await workflowProgram('actionlint'), [
        '-no-color', '-oneline', '-config-file', '/dev/null', '-ignore', 'unexpected key "queue" for "concurrency" section', join(folder, 'release.yml'),
      ])
      expect([lint.stdout + lint.stderr, lint.code]).toEqual(['', 0])
      const { stdout } = await run(await workflowProgram('zizmor'), ['--offline', '--no-config', '--format', 'json', join(folder, 'release.yml')])
      expect((JSON.parse(stdout) as readonly { readonly ident: string }[]).map(({ ident }) => ident)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('from an empty repository with one app', () => {
  let host: Host
  let repository: Repository
  let tools: Readonly<Record<string, string>>

  beforeAll(async () => {
    [host, tools] = await Promise.all([freshHost('smallest', { user: 'deploy' }), mirror()])
    repository = await makeRepository('minimal-python', { files: { 'slipway.yml': slipwayYml } })
  }, 900_000)
  afterAll(() => { repository?.remove() })

  const started = (options: Omit<WorkflowOptions, 'repository' | 'text'>): Promise<WorkflowRun> => runWorkflow('release.yml', {
    repository, text: workflow, ...options,
    vars: { HOSTS: host.line, KNOWN_HOSTS: host.knownHosts }, secrets: { SSH_KEY: host.key },
    // The rig's hosts have no way to the originals.
    change: (text) => text.replace(/^( +)hosts: .*$/m, (line, indent: string) => [line, ...Object.entries(tools).map(([name, value]) => `${indent}${name}: ${value}`)].join('\n')),
  })
  async function green(options: Omit<WorkflowOptions, 'repository' | 'text'>): Promise<WorkflowRun> {
    const ended = await started(options)
    if (!ended.succeeded) throw new Error(ended.log)
    return ended
  }

  async function release(version: string): Promise<WorkflowRun> {
    repository.replace('main.py', /"version": ".*?"/, `"version": "${version}"`)
    await repository.commit(version, version)
    return await started({ event: 'push', ref: `refs/tags/${version}` })
  }
  const served = async (): Promise<string | undefined> => (await ask(host, host.address, '/')).told.version

  it('a tag is red on a bare machine, and says the line that prepares it', async () => {
    const ended = await release('v0.9.0')
    expect([ended.succeeded, ended.jobs]).toEqual([false, { release: 'failure' }])
    expect(ended.summaries.join('\n')).toContain('> operation: setup')
  }, 300_000)

  it('the machine is prepared by hand, a tag is served, and the next one, and the way back', async () => {
    await green({ event: 'workflow_dispatch', inputs: { operation: 'setup', version: '' } })
    for (const version of ['v1.0.0', 'v1.1.0']) {
      const ended = await release(version)
      if (!ended.succeeded) throw new Error(ended.log)
      expect(await served()).toBe(version)
    }
    await green({ event: 'workflow_dispatch', inputs: { operation: 'rollback', version: '' } })
    expect(await served()).toBe('v1.0.0')
  }, 900_000)
})
