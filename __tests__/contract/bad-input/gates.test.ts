import { freePort, makeKeys, type Keys } from '../../driver/ssh/real-sshd'
import { runAction, type ActionRun } from '../../host/harness/action'
import { atGitHub, forget, type AtGitHub } from '../../host/harness/at-github'
import { codes, refused } from '../../host/bad-input/refusal'
import { makeRepository, type Repository } from '../../host/harness/repository'

const gates = 'gates:\n  checks: [test]\n  branches: main\n  freeze: 2000-01-01 - 2999-12-31 Europe/Berlin\n'
let keys: Keys
let hosts: string
let repository: Repository
let github: AtGitHub
let commit: string

beforeAll(async () => {
  keys = makeKeys({ deploy: ['-t', 'ed25519', '-N', ''] })
  hosts = `deploy@127.0.0.1:${await freePort()}`
  repository = await makeRepository(undefined, { files: { 'slipway.yml': `app: shop\nstart: node a.js\n${gates}` } })
  // What is checked out is one commit ahead of the branch at origin.
  await repository.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
  commit = await repository.commit('feat: more')
  github = await atGitHub(repository)
}, 120_000)
afterEach(() => forget(github))
afterAll(async () => {
  keys.remove()
  repository.remove()
  await github.server.stop()
})

const push = (inputs: Record<string, string> = {}, action = 'push-release'): Promise<ActionRun> =>
  runAction(action, github.step({ hosts, 'ssh-key': keys.read('deploy'), ...inputs }))
const warned = (run: ActionRun): readonly string[] => run.annotations.filter(({ level, properties }) => level === 'warning' && properties['title'] === 'gates').map(({ message }) => message)

it.each(['push-release', 'root'])('%s: all gates that do not hold are told at once', async (action) => {
  github.server.addCheck({ sha: commit, name: 'test', conclusion: 'failure' })
  const run = await push({}, action)
  expect(codes(run)).toEqual(['gate-freeze', 'gate-branches', 'gate-checks'])
  refused(run, 'gate-freeze', 'Nothing is deployed in `2000-01-01 - 2999-12-31 Europe/Berlin`', '`ignore-gates: true`')
  refused(run, 'gate-branches', `${commit.slice(0, 12)} lies behind no branch that may be deployed (\`main\`)`)
  refused(run, 'gate-checks', 'test (failure)', 'Mend what they found')
  expect(github.server.violations).toEqual([])
})

it('what holds is not told', async () => {
  github.server.addCheck({ sha: commit, name: 'test', conclusion: 'success' })
  await repository.git('update-ref', 'refs/remotes/origin/main', commit)
  expect(codes(await push())).toEqual(['gate-freeze'])
  await repository.git('update-ref', 'refs/remotes/origin/main', `${commit}~1`)
})

it('a run that ignores them goes on, and says what would have held it; so does a dry run', async () => {
  for (const [inputs, lead] of [[{ 'ignore-gates': 'true' }, 'Let through by `ignore-gates`'], [{ 'dry-run': 'true' }, 'A deploy would be refused']] as const) {
    const run = await push(inputs)
    // Nobody answers there.
    expect(codes(run)).toEqual(['connection-refused'])
    expect(warned(run)).toHaveLength(3)
    for (const text of warned(run)) expect(text.startsWith(lead)).toBe(true)
    expect(run.summary).toContain('### Warnings')
  }
})

it('a rollback is let through, and nobody is asked', async () => {
  const run = await push({ operation: 'rollback' })
  expect(codes(run)).toEqual(['connection-refused'])
  expect(warned(run)).toEqual([])
  expect(github.server.calls).toEqual([])
})

it('checks that cannot be asked for do not hold', async () => {
  github.server.fail({ answer: 'forbidden', times: 10 })
  refused(await push(), 'github-forbidden', 'permissions: { checks: read }')
  github.server.heal()
  refused(await push({ 'github-token': '' }), 'gate-checks', '`github-token` is empty')
})
