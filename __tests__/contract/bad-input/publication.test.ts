import { freePort, makeKeys, type Keys } from '../../driver/ssh/real-sshd'
import { runAction, type ActionOptions, type ActionRun } from '../../host/harness/action'
import { atGitHub, forget, type AtGitHub } from '../../host/harness/at-github'
import { codes, refused } from '../../host/bad-input/refusal'
import { makeRepository, type Repository } from '../../host/harness/repository'

let keys: Keys
let hosts: string
let repository: Repository
let github: AtGitHub

beforeAll(async () => {
  keys = makeKeys({ deploy: ['-t', 'ed25519', '-N', ''], locked: ['-t', 'ed25519', '-N', 'secret words'] })
  // What is wrong is said, and what there is not is not done, though no host answers.
  hosts = `deploy@127.0.0.1:${await freePort()}`
  repository = await makeRepository(undefined, { files: { 'slipway.yml': 'app: shop\nstart: node a.js\n', 'dist/shop.txt': 'all of it\n' }, tag: 'v1.2.0' })
  github = await atGitHub(repository)
}, 120_000)
afterEach(() => forget(github))
afterAll(async () => {
  keys.remove()
  repository.remove()
  await github.server.stop()
})

const push = (inputs: Record<string, string>, options: Partial<ActionOptions> = {}, action = 'push-release'): Promise<ActionRun> => {
  const step = github.step({ hosts, 'ssh-key': keys.read('deploy'), ...inputs })
  return runAction(action, { ...step, ...options, env: { ...step.env, ...options.env } })
}
const titles = (run: ActionRun, level: string): readonly string[] => run.annotations.filter((one) => one.level === level).map(({ properties }) => properties['title'] ?? '')

describe('what contradicts itself', () => {
  it.each(['push-release', 'root'])('%s: is told all at once, with what is wrong otherwise', async (action) => {
    const run = await push({ tag: 'v2.0.0', bump: 'auto', 'pre-release': 'rc', 'release-files': 'dist/shop.txt', 'github-token': '', 'signing-key': keys.read('locked'), 'ssh-key': 'no key' },
      { env: { GITHUB_REPOSITORY: '' } }, action)
    expect(codes(run).sort()).toEqual([
      'github-token-missing', 'outside-of-github', 'publication-not-together', 'publication-not-together', 'publication-not-together', 'signing-key-passphrase', 'ssh-key-unreadable',
    ])
    refused(run, 'publication-not-together', '`tag: v2.0.0` and `bump: auto`', 'Leave one of them out')
    refused(run, 'github-token-missing', '`tag`, `bump`, `pre-release`, `release-files` and `signing-key` need it')
    expect(github.server.calls).toEqual([])
  })

  it('is no Release without a tag, nor a tag that is another commit\'s', async () => {
    await repository.commit('docs: more')
    refused(await push({ 'github-release': 'true' }), 'release-without-tag', 'has no tag that is a version', '`bump: auto`')
    refused(await push({ tag: 'v1.2.0' }), 'tag-elsewhere', 'The tag v1.2.0 stands for', '`version: v1.2.0`')
    refused(await push({ 'pre-release': 'rc' }), 'publication-not-together', 'without `bump`')
    refused(await push({ tag: 'release/1' }), 'version-refused')
  })

  it('is no file that is not there', async () => {
    const asked = { bump: 'patch', 'github-release': 'true' }
    refused(await push({ ...asked, 'release-files': 'dist/shop.txt\ndist/gone.txt' }), 'release-files', 'dist/gone.txt is not there')
    refused(await push({ ...asked, 'release-files': 'dist/*.zip' }), 'release-files', 'No file matches `dist/*.zip`')
  })
})

it('a commit with nothing new is green: no host is asked, and it is told why', async () => {
  const run = await push({ bump: 'auto', 'github-release': 'true', 'github-deployment': 'true' })
  expect(run.code).toBe(0)
  expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false', tag: '', 'release-url': '' })
  expect(run.log).toMatch(/✅ shop: nothing to release since v1\.2\.0: docs 1, and none of these makes a release/)
  expect(run.summary).toMatch(/## ✅ shop: no new version\n\nNothing to release since v1\.2\.0: docs 1.*\n\nNothing was touched/)
  expect(github.server.calls).toEqual([])
})

it('what does not apply to a rollback is a notice, in the log and nowhere red', async () => {
  const run = await push({ operation: 'rollback', bump: 'auto', 'github-release': 'true', 'github-token': '' })
  // Nobody answers there: that is all that is wrong.
  expect(codes(run)).toEqual(['connection-refused'])
  expect(titles(run, 'notice')).toEqual(['not-applied'])
  expect(run.summary).toContain('`bump` and `github-release` do not apply to `operation: rollback`')
  expect(run.outputs).toMatchObject({ tag: '', 'release-url': '' })
  const named = await push({ version: 'v1.2.0', bump: 'auto', 'github-deployment': 'true' })
  expect(named.summary).toContain('`bump` does not apply: `version: v1.2.0` says which it is.')
})

describe('`operation: publish`', () => {
  const publish = (inputs: Record<string, string> = {}, options: Partial<ActionOptions> = {}, action = 'push-release'): Promise<ActionRun> =>
    push({ hosts: '', 'ssh-key': '', operation: 'publish', ...inputs }, options, action)

  it.each(['push-release', 'root'])('%s: publishes what jobs before it have tagged, without a host or a key, and once', async (action) => {
    await repository.git('tag', '--force', 'v1.3.0')
    await github.push()
    const run = await publish({ bump: 'auto', 'release-files': 'dist/*.txt' }, {}, action)
    expect(run.code).toBe(0)
    const [release, ...others] = github.server.state.releases
    expect(others).toEqual([])
    expect(release).toMatchObject({ tag_name: 'v1.3.0', draft: false, prerelease: false })
    expect(release?.assets.map(({ name }) => name)).toEqual(['shop.txt', 'SHA256SUMS'])
    expect(github.server.state.latest).toBe(release?.id)
    expect(run.outputs).toMatchObject({ status: 'published', changed: 'true', version: 'v1.3.0', tag: 'v1.3.0', 'release-url': expect.stringMatching(/^http.*v1\.3\.0$/) })
    expect(run.summary).toMatch(/## ✅ shop v1\.3\.0 is published[^]*The Release \[`v1\.3\.0`\]\(http.*\) is published as the latest, with 1 file and its checksum\./)
    expect((await publish({}, {}, action)).outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
    expect(github.server.violations).toEqual([])
  })

  it('plans in a dry run', async () => {
    const run = await publish({ 'dry-run': 'true' })
    expect(run.outputs).toMatchObject({ status: 'planned', changed: 'false', tag: 'v1.3.0', 'release-url': '' })
    expect(github.server.calls).toEqual([])
  })

  it('has nothing to do for a version that is a commit without a tag', async () => {
    const commit = await repository.commit('docs: no tag')
    const run = await publish({ version: commit.slice(0, 12), bump: 'auto' })
    expect([run.code, run.outputs['status'], run.outputs['tag']]).toEqual([0, 'unchanged', ''])
    expect(run.summary).toMatch(/There is no Release of [0-9a-f]{12}, which has no tag\./)
    await repository.git('reset', '--hard', '--quiet', 'HEAD~1')
  })

  it('says what does not apply to it', async () => {
    const run = await publish({ 'dry-run': 'true', version: 'v1.3.0', bump: 'auto', 'pre-release': 'rc', 'github-deployment': 'true' })
    expect(run.outputs).toMatchObject({ status: 'planned', tag: 'v1.3.0' })
    expect(run.summary).toContain('`bump` and `pre-release` do not apply: `version: v1.3.0` says which it is.')
    expect(run.summary).toContain('`github-deployment` does not apply: what is published has been tagged and deployed.')
  })

  it('is red when the tag is not there, and when GitHub does not answer', async () => {
    github.server.fail({ answer: 'error', times: 100 })
    refused(await publish(), 'github-unreachable', 'it answered HTTP 500')
    github.server.heal()
    await repository.commit('fix: more')
    refused(await publish({ bump: 'auto' }), 'nothing-to-publish', 'it would be `v1.3.1`', '`needs`')
    refused(await publish(), 'nothing-to-publish', 'has no tag that is a version')
    refused(await publish({ tag: 'v1.3.0', 'release-files': 'dist/*.txt' }), 'tag-elsewhere', 'v1.3.0', 'never moved')
    refused(await publish({ tag: 'v9.0.0', 'dry-run': 'true' }), 'nothing-to-publish', 'no tag `v9.0.0`')
  }, 60_000)
})

describe('post, after a `main` that was killed', () => {
  const left = async (): Promise<string> => {
    const sha = await repository.git('rev-parse', 'HEAD')
    await github.push()
    return JSON.stringify({ run: '1001/release', attempt: '1', app: 'shop', place: 'abc', commit: sha, environment: 'production', version: 'v1', transient: false, production: null, logUrl: '' })
  }
  const post = (deployment: string, token = 'all'): Promise<ActionRun> => runAction('push-release', { ...github.step({}, token), phase: 'post', state: { deployment } })

  it('settles the Deployment that is in progress', async () => {
    const deployment = await left()
    const wanted = JSON.parse(deployment) as { readonly commit: string }
    const asked = async (path: string, body: object): Promise<{ readonly id: number }> => {
      const answer = await fetch(`${github.server.apiUrl}/repos/ada/shop/${path}`, { method: 'POST', headers: { authorization: 'Bearer all', 'content-type': 'application/json' }, body: JSON.stringify(body) })
      return await answer.json() as { readonly id: number }
    }
    const { id } = await asked('deployments', { ref: wanted.commit, task: 'deploy', environment: 'production', auto_merge: false, required_contexts: [], payload: { slipway: { app: 'shop', attempt: '1', place: 'abc', run: '1001/release' } } })
    await asked(`deployments/${id}/statuses`, { state: 'in_progress' })
    const run = await post(deployment)
    expect(run.code).toBe(0)
    expect(github.server.state.deployments.map(({ statuses }) => statuses.at(-1)?.state)).toEqual(['failure'])
    expect(run.log).toContain('The Deployment to production is told to GitHub: failure.')
    expect(run.summary).toContain('ended before it could tell')
  })

  it('warns of what it cannot settle, and is green', async () => {
    const deployment = await left()
    github.server.fail({ answer: 'forbidden', times: 10 })
    const run = await post(deployment)
    expect(run.code).toBe(0)
    expect(titles(run, 'warning')).toEqual(['github-forbidden'])
  })
})
