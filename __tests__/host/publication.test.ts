import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { makeKeys } from '../driver/ssh/real-sshd'
import { runAction, startAction, type ActionRun } from './harness/action'
import { atGitHub, forget, type AtGitHub } from './harness/at-github'
import { reach, succeeded } from './harness/deploy'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

/** One app's life, in order: each test goes on where the one before ended. */
let app: TinyApp
let github: AtGitHub
const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync('docs/report.schema.json', 'utf8')) as object)

beforeAll(async () => {
  app = await TinyApp.on(await appsHost(), 'public', { tag: 'v1.0.0', files: { 'dist/shop.txt': 'all of it\n' } })
  github = await atGitHub(app.repository)
}, 300_000)
afterEach(() => {
  app?.rest()
  expect(github.server.violations).toEqual([])
  forget(github)
})
afterAll(async () => {
  app?.[Symbol.dispose]()
  await github?.server.stop()
})

const all = { bump: 'auto', 'github-release': 'true', 'release-files': 'dist/*', 'github-deployment': 'true' }
const step = (inputs: Record<string, string>, token?: string): ReturnType<AtGitHub['step']> => github.step({ ...reach(app.host), ...inputs }, token)
const ship = (inputs: Record<string, string> = all, token?: string): Promise<ActionRun> => runAction('push-release', step(inputs, token))
/** A commit, and no tag. */
const change = async (message: string, version: string): Promise<string> => {
  app.repository.write({ VERSION: version })
  const commit = await app.repository.commit(message)
  await github.push()
  return commit
}
/** What people see: one Release of a tag, with its files, or how many drafts there are. */
const releases = (): readonly string[] => github.server.state.releases.map(({ tag_name, draft, assets }) =>
  `${tag_name} ${draft ? 'draft' : 'published'} ${assets.map(({ name, state }) => `${name} ${state}`).sort().join(', ')}`)
const whole = (tag: string): readonly string[] => [`${tag} published SHA256SUMS uploaded, shop.txt uploaded`]
const lastStates = (): readonly (string | undefined)[] => github.server.state.deployments.map(({ statuses }) => statuses.at(-1)?.state)
const warnings = (run: ActionRun): string => run.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message).join('\n')
const publicationOf = (run: ActionRun): unknown => {
  const report = JSON.parse(run.outputs['report'] ?? '{}') as { readonly publication?: unknown }
  expect(valid(report) ? [] : valid.errors).toEqual([])
  return report.publication
}

describe('a version that is found', () => {
  it('is planned in a dry run, and nothing of it is made', async () => {
    await change('feat: a new page', 'v1.1.0')
    const run = succeeded(await ship({ ...all, 'dry-run': 'true' }))
    expect(run.outputs).toMatchObject({ status: 'planned', version: 'v1.1.0', tag: 'v1.1.0', 'release-url': '' })
    expect(run.summary).toMatch(/The tag `v1\.1\.0` would be made at `[0-9a-f]{12}`: minor: feat 1 since v1\.0\.0[^]*would be published as the latest, with 1 file[^]*<summary>Notes<\/summary>[^]*a new page/)
    expect(github.server.calls.filter(({ method, operation }) => method !== 'GET' || operation === 'git/push')).toEqual([])
    expect(github.server.repository.commitOf('refs/tags/v1.1.0')).toBeNull()
  })

  it('is tagged, drafted, served, and then published; the Deployment is a success', async () => {
    const keys = makeKeys({ signing: ['-t', 'ed25519', '-N', ''] })
    const run = succeeded(await ship({ ...all, 'signing-key': keys.read('signing') }))
    keys.remove()
    expect(await app.serves()).toBe('v1.1.0 #1')
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v1.1.0', tag: 'v1.1.0', 'release-url': expect.stringMatching(/\/releases\/tag\/v1\.1\.0$/) })
    expect(github.server.repository.git('cat-file', '-p', 'refs/tags/v1.1.0')).toMatch(/^tagger ada <ada@users\.noreply\..*\n\nv1\.1\.0\n-----BEGIN SSH SIGNATURE-----/m)
    expect(releases()).toEqual(whole('v1.1.0'))
    expect(lastStates()).toEqual(['success'])
    expect(github.server.state.deployments[0]?.statuses.at(-1)).toMatchObject({ description: 'v1.1.0 is serving', environment_url: `http://${app.domain}` })
    expect(publicationOf(run)).toMatchObject({ tag: { name: 'v1.1.0', state: 'made' }, release: { state: 'published', files: ['shop.txt'], latest: true }, deployment: { state: 'success' } })
    const order = ['tagged', 'deployment', 'staged', 'drafted', 'cut over', 'deployment', 'published'].map((word) => `  ${word} `)
    let from = 0
    for (const word of order) {
      expect([word, run.log.indexOf(word, from) >= from]).toEqual([word, true])
      from = run.log.indexOf(word, from) + 1
    }
  })

  it('is the same when it is done again: nothing is made, and nothing changes', async () => {
    github.server.addRelease({ tag: 'v1.1.0' })
    const run = succeeded(await ship({ bump: 'auto', 'github-release': 'true' }))
    expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false', tag: 'v1.1.0' })
    expect(publicationOf(run)).toMatchObject({ tag: { state: 'there' }, release: { state: 'unchanged' } })
  })
})

it('a release that fails is not published: its draft stays, the Deployment is a failure; the next run publishes it', async () => {
  await change('fix: a bug', 'v1.1.1')
  app.repository.write({ 'behaviour.json': JSON.stringify({ exit: 3 }) })
  await app.repository.commit('fix: another')
  const run = await ship()
  expect([run.code, run.outputs['status']]).toEqual([1, 'failed'])
  expect(releases()).toEqual(['v1.1.1 draft SHA256SUMS uploaded, shop.txt uploaded'])
  expect(lastStates()).toEqual(['failure'])
  expect(run.summary).toContain('is a draft, which only maintainers see, with 1 file and its checksum. The version does not serve on every host.')
  expect(await app.serves()).toBe('v1.1.0 #1')
  app.repository.write({ 'behaviour.json': '{}' })
  await change('fix: it starts again', 'v1.1.2')
})

it('killed at any call to GitHub, the next run finishes: one Release with all its files, a tag that stays', async () => {
  // One that tells how many calls there are.
  succeeded(await ship())
  const calls = github.server.calls.map(({ operation }) => operation)
  expect(releases()).toEqual(whole('v1.1.2'))
  expect(calls).toEqual(expect.arrayContaining(['git/push', 'repos/create-deployment', 'repos/create-release', 'repos/upload-release-asset', 'repos/update-release']))
  for (const [index, operation] of calls.entries()) {
    const call = index + 1
    const tag = `v1.1.${index + 3}`
    forget(github)
    const commit = await change('fix: one more', tag)
    const run = await startAction('push-release', step(all))
    // The driver's tests die before and after what each call does; here they take turns, and so do a runner that lives on and one that is gone.
    github.server.fail({ call, effect: index % 2 === 0, then: () => run.kill('SIGKILL') })
    const dead = await run.done
    const at = `${call}: ${operation}`
    expect([at, dead.signal]).toEqual([at, 'SIGKILL'])
    github.server.heal()
    const open = (): readonly unknown[] => lastStates().filter((state) => state === 'in_progress' || state === undefined)
    if (index % 4 < 2) {
      succeeded(await runAction('push-release', { ...step({}), phase: 'post', state: dead.state }))
      expect([at, open()]).toEqual([at, []])
    }
    succeeded(await ship({ ...all }))
    expect([at, open()]).toEqual([at, []])
    expect([at, releases()]).toEqual([at, whole(tag)])
    expect([at, github.server.repository.commitOf(`refs/tags/${tag}`)]).toEqual([at, commit])
    expect([at, (await app.serves()).split(' ')[0]]).toEqual([at, tag])
  }
}, 600_000)

describe('GitHub', () => {
  const release = async (message: string): Promise<string> => {
    await change(message, message)
    return message
  }

  it('that fails after the proof fails nothing: it is told, and the next run publishes', async () => {
    const version = await release('fix: outage')
    github.server.fail({ operation: 'repos/update-release', answer: 'error', times: 100 })
    const run = succeeded(await ship())
    expect(run.outputs).toMatchObject({ status: 'deployed', 'release-url': '' })
    expect(warnings(run)).toMatch(/^The Release v\S+ is not published, and the version serves\. GitHub at .* HTTP 500.* Run the job again/)
    expect(run.summary).toMatch(/### Warnings[^]*is not published, and the version serves[^]*### Release[^]*is a draft/)
    expect((await app.serves()).startsWith(version)).toBe(true)
    github.server.heal()
    const again = succeeded(await ship())
    expect(again.outputs['status']).toBe('unchanged')
    expect(releases()).toEqual(whole(again.outputs['tag'] ?? ''))
  })

  it('that fails before anything is switched fails the run, where a tag was asked for', async () => {
    await release('fix: outage before')
    const before = await app.serves()
    github.server.fail({ operation: 'repos/create-release', answer: 'error', times: 100 })
    const run = await ship()
    expect([run.code, run.outputs['status'], run.outputs['changed']]).toEqual([1, 'failed', 'false'])
    expect(errorsOf(run)).toContain('could not be asked to make the release')
    expect(await app.serves()).toBe(before)
  })

  it('that refuses the tag is heard before anything is staged, with what to add', async () => {
    await release('fix: no rights')
    const run = await ship(all, 'reads')
    expect([run.code, run.outputs['status']]).toEqual([1, 'failed'])
    expect(errorsOf(run)).toContain('permissions: { contents: write }')
    expect(run.log).not.toMatch(/^ {2}staged /m)
  })

  it('that refuses what was proven makes the run red, with a word of its own; it serves', async () => {
    const version = await release('fix: refused')
    github.server.fail({ operation: 'repos/update-release', answer: 'forbidden', times: 100 })
    const run = await ship()
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'not-published', changed: 'true', 'release-url': '' })
    expect(run.summary).toMatch(/^## ❌ .* is serving on .*, but GitHub did not take what was to be said of it/)
    expect(publicationOf(run)).toMatchObject({ release: { state: 'draft' }, deployment: { state: 'success' } })
    expect((await app.serves()).startsWith(version)).toBe(true)
  })
})

it('a job that is cancelled while the Release is published tells that the version serves, and settles the Deployment; the next run publishes', async () => {
  await change('fix: cancelled', 'cancelled')
  const started = await startAction('push-release', step(all))
  github.server.fail({ operation: 'repos/update-release', answer: 'silence', then: () => started.kill('SIGINT') })
  const run = await started.done
  const tag = run.outputs['tag'] ?? ''
  expect(run.outputs).toMatchObject({ status: 'deployed', changed: 'true', serving: tag, 'release-url': '' })
  expect(run.summary).toContain('The job was cancelled. Run it again')
  expect(lastStates()).toEqual(['success'])
  github.server.heal()
  expect(succeeded(await ship()).outputs).toMatchObject({ status: 'unchanged', tag })
  expect(releases()).toEqual(whole(tag))
})

it('a job of a matrix leaves the draft to a job after it, and says which', async () => {
  await change('feat: of a matrix', 'matrix')
  const matrix = { ...all, 'job-total': '3' }
  const run = succeeded(await ship(matrix))
  const tag = run.outputs['tag'] ?? ''
  // Each would put its own files in the place of another's.
  expect(releases()).toEqual([`${tag} draft `])
  expect(run.outputs['release-url']).toBe('')
  expect(run.summary).toMatch(/This is one of 3 jobs[^]*```yaml\npublish:\n {2}needs: release #.*\n[^]*version: \$\{\{ inputs\.version \}\}\n {8}operation: publish\n {8}bump: auto\n {8}release-files: "dist\/\*"\n/)
  expect(run.summary).toContain('`release-files` are left to the job that publishes')
  expect(succeeded(await ship(matrix)).outputs['status']).toBe('unchanged')
  const without = await runAction('push-release', github.step({ operation: 'publish', bump: 'auto' }))
  expect([without.code, errorsOf(without)]).toEqual([1, expect.stringContaining('is a draft without files, and is to have some')])
  const published = succeeded(await runAction('push-release', github.step({ operation: 'publish', bump: 'auto', 'release-files': 'dist/*' })))
  expect(published.outputs).toMatchObject({ status: 'published', tag })
  expect(releases()).toEqual(whole(tag))
})

it('a version that is named gets no files of another commit: it serves, and its Release waits for a work tree of its own', async () => {
  await change('fix: named', 'named')
  await app.repository.git('tag', 'v7.0.0')
  await change('fix: ahead', 'ahead')
  const inputs = { ...all, bump: 'none', version: 'v7.0.0' }
  const run = await ship(inputs)
  expect([run.code, run.outputs['status'], run.outputs['serving']]).toEqual([1, 'not-published', 'v7.0.0'])
  expect(releases()).toEqual(['v7.0.0 draft '])
  expect(errorsOf(run)).toContain('`ref: v7.0.0` at actions/checkout')
  expect(run.summary).toContain('`release-files` do not apply: the work tree is of')
  const there = mkdtempSync(join(tmpdir(), 'slipway-there-'))
  execFileSync('git', ['clone', '--quiet', '--branch', 'v7.0.0', `file://${github.server.repository.path}`, there], { stdio: 'ignore' })
  expect(succeeded(await runAction('push-release', { ...step(inputs), workspace: there })).outputs).toMatchObject({ status: 'unchanged', serving: 'v7.0.0' })
  rmSync(there, { recursive: true })
  expect(releases()).toEqual(whole('v7.0.0'))
})

it('a rollback with the same inputs says what does not apply, and goes back', async () => {
  const run = succeeded(await ship({ ...all, operation: 'rollback' }))
  expect(run.outputs).toMatchObject({ status: 'rolled-back', tag: '' })
  expect(run.summary).toContain('do not apply to `operation: rollback`')
  expect(github.server.calls).toEqual([])
})

it('a checkout of one commit is told to be deeper', async () => {
  const shallow = mkdtempSync(join(tmpdir(), 'slipway-shallow-'))
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${github.server.repository.path}`, shallow])
  const run = await runAction('push-release', { ...step(all), workspace: shallow })
  rmSync(shallow, { recursive: true })
  expect(run.code).toBe(1)
  expect(errorsOf(run)).toContain('Set `fetch-depth: 0` at actions/checkout')
})
