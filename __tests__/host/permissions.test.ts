import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGitHub, type GitHubServer, type Permissions } from '../../rig/github/server.mjs'
import { runAction, type ActionRun } from './harness/action'
import { must } from './harness/command'
import { reach, setUp, succeeded } from './harness/deploy'
import { freshHost, mirror, type Host } from './harness/hosts'
import { least, permissionTable, type PermissionRow } from './harness/permissions'
import { makeRepository, type Repository } from './harness/repository'

const actions = ['root', 'setup-vm', 'push-release', 'compose-up', 'helm-upgrade', 'build-image']

/** What GitHub's API is not asked for by us: a registry, and steps before. */
const ofOthers = new Set(['packages: read', 'packages: write', 'id-token: write'])

const releases = 'a tag or a Release: `tag`, `bump`, `github-release`'
const deployments = '`github-deployment: true`'
const checks = '`gates: { checks: … }` in slipway.yml'

/**
 * Runs in which the use of a row makes its calls, by action and use. A row whose permissions are of GitHub's API has one here, or the test
 * below is red; those that share their code with another action name it.
 */
const uses: Readonly<Record<string, Readonly<Record<string, ((token: string) => Promise<ActionRun>) | { readonly as: string }>>>> = {
  'root': {
    'every run': async (token) => await newer('root', token), [releases]: async (token) => await released('root', token, true),
    [deployments]: async (token) => await newer('root', token, { 'github-deployment': 'true' }), [checks]: async (token) => await checked('root', token),
  },
  'push-release': {
    'every run': async (token) => await newer('push-release', token), [releases]: async (token) => await released('push-release', token),
    [deployments]: async (token) => await newer('push-release', token, { 'github-deployment': 'true' }), [checks]: async (token) => await checked('push-release', token),
  },
  'compose-up': { 'every run': { as: 'push-release' }, [checks]: { as: 'push-release' } },
  'helm-upgrade': { 'every run': { as: 'push-release' }, [checks]: { as: 'push-release' } },
  'build-image': { 'every run': { as: 'push-release' } },
  'setup-vm': { 'every run': async (token) => await prepared(token) },
}

let github: GitHubServer
let host: Host
let repository: Repository
const folders: string[] = []

beforeAll(async () => {
  [github, host] = await Promise.all([startGitHub(), freshHost('permissions', { user: 'deploy' })])
  repository = await makeRepository(undefined, { files: {
    'slipway.yml': configuration(false),
    'start.sh': 'exec python3 -m http.server --bind 127.0.0.1 $PORT\n',
  } })
  await publish('v1.0.0')
  succeeded(await setUp(host, repository))
  succeeded(await runAction('push-release', { workspace: repository.path, inputs: reach(host) }))
}, 900_000)
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  repository?.remove()
  await github?.stop()
})

/** A commit and its tag, on GitHub. */
async function publish(tag: string): Promise<void> {
  repository.write({ VERSION: tag })
  await repository.commit(tag, tag)
  await repository.git('push', '--quiet', github.repository.path, 'HEAD:refs/heads/main', tag)
}

/** `gates`: only where the checks are green. */
function configuration(gates: boolean): string {
  return JSON.stringify({
    app: 'shop', target: 'vm', domain: 'shop.example.com', tls: 'off', rollout: { drain: '1s' }, services: { web: { start: 'sh start.sh', route: '/' } },
    ...gates ? { gates: { checks: true } } : {},
  })
}

/** As actions/checkout does by default: the commit alone, with the token of the run; `whole`: with all that lies behind it. */
async function checkout(token: string, ref: string, whole = false): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-permissions-'))
  folders.push(folder)
  const url = github.gitUrl.replace('://', `://x-access-token:${token}@`)
  await must('git', ['clone', '--quiet', ...whole ? [] : ['--depth', '1'], '--branch', ref, url, folder])
  return folder
}

let version = 0

/** A checkout that does not hold what serves: only GitHub knows which of the two is newer. */
async function newer(action: string, token: string, inputs: Readonly<Record<string, string>> = {}): Promise<ActionRun> {
  const tag = `v1.0.${++version}`
  await publish(tag)
  const workspace = await checkout(token, tag)
  const run = await runAction(action, { workspace, ref: `refs/tags/${tag}`, env: { GITHUB_API_URL: github.apiUrl }, inputs: { ...reach(host), 'github-token': token, ...inputs } })
  expect(succeeded(run).outputs).toMatchObject({ status: 'deployed', serving: tag })
  return run
}

/** The next version: its tag and its Release; `later`: by a job of its own, as after a matrix. */
async function released(action: string, token: string, later = false): Promise<ActionRun> {
  repository.write({ VERSION: `after ${++version}` })
  await repository.commit('fix: more')
  await repository.git('push', '--quiet', github.repository.path, 'HEAD:refs/heads/main')
  const step = async (inputs: Readonly<Record<string, string>>): Promise<ActionRun> => await runAction(action, {
    workspace: await checkout(token, 'main', true), ref: 'refs/heads/main', env: { GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.apiUrl },
    inputs: { 'github-token': token, 'bump': 'patch', ...inputs },
  })
  const run = await step({ ...reach(host), 'github-release': 'true', ...later ? { 'job-total': '2' } : {} })
  const { tag = '' } = succeeded(run).outputs
  const published = later ? succeeded(await step({ operation: 'publish' })) : run
  expect([run.outputs['status'], run.outputs['serving'], published.outputs['release-url']]).toEqual(['deployed', tag, expect.stringContaining(tag)])
  version = Number(tag.split('.').at(-1))
  await repository.git('fetch', '--quiet', github.repository.path, 'tag', tag)
  return run
}

/** A commit whose checks are green, and have to be. */
async function checked(action: string, token: string): Promise<ActionRun> {
  repository.write({ 'slipway.yml': configuration(true), 'VERSION': `checked ${++version}` })
  const commit = await repository.commit('checked', `v1.0.${version}`)
  await repository.git('push', '--quiet', github.repository.path, 'HEAD:refs/heads/main', `v1.0.${version}`)
  github.addCheck({ sha: commit, name: 'test', conclusion: 'success' })
  repository.write({ 'slipway.yml': configuration(false) })
  const workspace = await checkout(token, `v1.0.${version}`)
  const run = await runAction(action, { workspace, ref: `refs/tags/v1.0.${version}`, env: { GITHUB_API_URL: github.apiUrl }, inputs: { ...reach(host), 'github-token': token } })
  expect(succeeded(run).outputs).toMatchObject({ status: 'deployed', serving: `v1.0.${version}` })
  return run
}

async function prepared(token: string): Promise<ActionRun> {
  const workspace = await checkout(token, 'v1.0.0')
  return succeeded(await runAction('setup-vm', { workspace, env: { GITHUB_API_URL: github.apiUrl }, inputs: { ...reach(host), ...await mirror(), 'github-token': token } }))
}

const rightsOf = (permissions: readonly string[]): Permissions => Object.fromEntries(permissions.map((one) => one.split(': ') as [keyof Permissions, 'read' | 'write']))
const every = (action: string): PermissionRow => permissionTable(action).find(({ use }) => use === 'every run') ?? { use: '', permissions: [] }
const rows = actions.flatMap((action) => permissionTable(action).map((row) => [action, row.use, row] as const))

describe('the table of permissions', () => {
  it.each(actions)('of %s says what every run needs, and then what some need', (action) => {
    const [first, ...more] = permissionTable(action)
    expect(first).toEqual({ use: 'every run', permissions: ['contents: read'] })
    for (const { use, permissions } of more) expect([use, permissions]).toEqual([expect.stringMatching(/\w/), [expect.stringMatching(/^[a-z-]+: (read|write)$/), ...permissions.slice(1)]])
  })

  it('of the root has what all the others have', () => {
    const all = permissionTable('root').flatMap(({ permissions }) => permissions)
    for (const action of actions) for (const { permissions } of permissionTable(action)) expect(all).toEqual(expect.arrayContaining([...permissions]))
  })

  it.each(rows.filter(([, , { permissions }]) => !permissions.every((one) => ofOthers.has(one))))('of %s is what is asked for: %s', async (action, use, row) => {
    const found = uses[action]?.[use]
    if (found === undefined) throw new Error(`Nothing here runs ${action} for "${use}": add it to \`uses\`.`)
    if (typeof found !== 'function') {
      expect(permissionTable(found.as).find((other) => other.use === use)).toEqual(row)
      return
    }
    // GitHub refuses the token whatever the table does not name.
    const named = least([...every(action).permissions, ...row.permissions])
    const token = `token-${action}-${use}`.replaceAll(/[^a-z-]/g, '-')
    github.tokens[token] = rightsOf(named)
    github.calls.length = 0
    await found(token)
    // A Release that is yet to be made is looked for.
    expect(github.calls.filter(({ status, operation }) => status === null || (status >= 400 && !(status === 404 && operation === 'repos/get-release-by-tag')))).toEqual([])
    expect(least(github.calls.map(({ permission }) => permission))).toEqual(named)
    expect(github.violations).toEqual([])
  }, 300_000)

  it('is about calls that are made: what is newer is asked of GitHub', async () => {
    github.tokens['some'] = { contents: 'read' }
    github.calls.length = 0
    await newer('push-release', 'some')
    expect(github.calls.map(({ operation }) => operation)).toContain('repos/compare-commits-with-basehead')
  }, 120_000)

  it('is no more than is needed: with less the run is red, and says what is not known', async () => {
    github.tokens['less'] = {}
    const tag = `v1.0.${++version}`
    await publish(tag)
    github.tokens['reads'] = { contents: 'read' }
    const workspace = await checkout('reads', tag)
    const run = await runAction('push-release', { workspace, ref: `refs/tags/${tag}`, env: { GITHUB_API_URL: github.apiUrl }, inputs: { ...reach(host), 'github-token': 'less' } })
    expect([run.code, run.outputs['status']]).toEqual([1, 'failed'])
    // What a token may not read is not there for it.
    expect(run.annotations.map(({ message }) => message).join('\n')).toMatch(/cannot be told\.[^]*GitHub does not find/)
  }, 120_000)
})
