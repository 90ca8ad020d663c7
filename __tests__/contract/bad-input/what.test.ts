import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, makeKeys, type Keys } from '../../driver/ssh/real-sshd'
import { runAction, type ActionOptions, type ActionRun } from '../../host/harness/action'
import { makeRepository, type Repository } from '../../host/harness/repository'
import { codes, refused } from '../../host/bad-input/refusal'

let keys: Keys
let hosts: string
let repository: Repository

beforeAll(async () => {
  keys = makeKeys({ deploy: ['-t', 'ed25519', '-N', ''] })
  // What is wrong with the checkout is said even when no host answers.
  hosts = `deploy@127.0.0.1:${await freePort()}`
  repository = await makeRepository(undefined, { files: { 'main.py': '' } })
}, 60_000)
afterAll(() => {
  keys.remove()
  repository.remove()
})

const push = (options: ActionOptions = {}, action = 'push-release'): Promise<ActionRun> => runAction(action, {
  workspace: repository.path, ...options,
  inputs: { hosts, 'ssh-key': keys.read('deploy'), ...options.inputs },
})
/** A push of a commit that holds just these files. */
async function pushFiles(files: Record<string, string>, options: ActionOptions = {}, action?: string): Promise<ActionRun> {
  await repository.git('rm', '-rfq', '--ignore-unmatch', '.')
  repository.write(files)
  await repository.commit('next')
  return await push(options, action)
}
const pushYaml = (yaml: string, options: ActionOptions = {}): Promise<ActionRun> => pushFiles({ 'slipway.yml': yaml }, options)
const at = (line: number): object => ({ file: 'slipway.yml', line: String(line) })

describe('slipway.yml', () => {
  it.each(['push-release', 'setup-vm'])('%s: is not there, and nothing can be detected', async (action) => {
    const run = await pushFiles({ 'README.md': '# Shop', 'api/requirements.txt': 'flask\n', 'api/main.py': '' }, {}, action)
    refused(run, 'config-nothing-to-run', 'There is no slipway.yml', 'something to run in api', 'Commit a slipway.yml', /:\napp: shop\npath: api\nstart: gunicorn main:app/)
    expect(run.summary).toContain('> ```text\n> app: shop\n> path: api\n')
  })

  it('has unknown keys and values of the wrong type, all of them at once and each on its line', async () => {
    const run = await pushYaml('app: shop\nservices:\n  api:\n    strat: node main.js\n    start: node main.js\n    instances: two\nkeep: "5"\n')
    expect(refused(run, 'config-unknown-key', '`services.api.strat`', 'Did you mean `start`?').properties).toMatchObject(at(4))
    const wrong = run.annotations.filter(({ properties }) => properties['title'] === 'config-wrong-type')
    expect(wrong.map(({ properties: { line }, message }) => [line, message])).toEqual([
      ['6', expect.stringMatching(/instances.*text "two"/s)], ['7', expect.stringMatching(/keep.*Remove the quotes/s)],
    ])
    expect(codes(run)).toHaveLength(3)
  })

  it('has two services on one route', async () => {
    const run = await pushYaml('app: shop\nservices:\n  api: { start: node a.js, route: /js }\n  web: { start: node b.js, route: /js/ }\n')
    expect(refused(run, 'config-same-route', '`api` (line 3)', '`web` (line 4)', '/js/', 'route: /web/').properties).toMatchObject(at(4))
  })

  it('has a service without start', async () => {
    const run = await pushFiles({ 'slipway.yml': 'app: shop\nservices:\n  api: { path: api, route: / }\n', 'api/main.py': 'app = Flask()', 'api/requirements.txt': 'flask\ngunicorn\n' })
    expect(refused(run, 'config-no-start', 'Service `api` has no `start`', 'services.api.start', 'start: gunicorn main:app --bind 127.0.0.1:$PORT').properties).toMatchObject(at(3))
  })

  it('names secrets that are not given', async () => {
    const yaml = 'app: shop\nservices:\n  api: { start: node a.js, route: /, secrets: [DATABASE_URL, MAIL_KEY, TOKEN] }\n'
    const run = await pushYaml(yaml, { env: { TOKEN: 'value-of-the-token', MAIL_KEY: '' } })
    const { message, properties } = refused(run, 'secret-missing', '2 secrets are missing', 'DATABASE_URL (slipway.yml:3, for api, not given)', 'MAIL_KEY',
      'given, but empty', 'Add to the step:\nenv:\n  DATABASE_URL: ${{ secrets.DATABASE_URL }}', '`gh secret set MAIL_KEY`')
    expect(properties).toMatchObject(at(3))
    expect(message).not.toContain('TOKEN')
  })

  it.each([
    ['start: "node a.js\\nExecStartPre=+/bin/sh -c id"', 'config-line-break', /one line/],
    ['start: node "a.js', 'config-quotes', /double quote/],
    ['start: +/bin/sh', 'config-command-prefix', /root/],
    ['start: node a.js\nenv: { A: "b\\nLD_PRELOAD=/tmp/x.so" }', 'config-line-break', /`env.A`/],
    ['start: node a.js\nenv: { "A\\nB": c }', 'config-line-break', /env/],
    ['start: node a.js\nenv: { "A B=": c }', 'config-value', /env/],
    ['start: node a.js\nroute: "/;return 200"', 'config-value', /route/],
    ['start: node a.js\nhealth: "/h\\r\\nX: y"', 'config-line-break', /health/],
    ['start: node a.js\ndomain: "a.example; include /etc/passwd"', 'config-value', /domain/],
  ])('has a value that tries to leave its place: %s', async (yaml, code, words) => {
    const run = await pushYaml(`app: shop\n${yaml}\n`)
    expect(refused(run, code, words).properties).toMatchObject({ file: 'slipway.yml', line: yaml.includes('\n') ? '3' : '2' })
    expect(run.annotations).toHaveLength(1)
  })
})

describe('the version', () => {
  const yaml = 'app: shop\nstart: node a.js\n'

  it('is outside the grammar', async () => {
    await pushYaml(yaml)
    refused(await push({ ref: 'refs/tags/release/1.0' }), 'version-refused', '`release/1.0` cannot be a version', 'at most 63 letters', 'tag-prefix: release/')
    refused(await push({ ref: 'refs/tags/v1.0+build' }), 'version-refused', '`v1.0+build`', 'git tag v1.0.0')
  })

  it('is not in the checkout', async () => {
    await repository.git('tag', '--force', 'v1.0.0')
    refused(await push({ inputs: { version: '1.0.0' } }), 'unknown-version', 'no tag and no commit `1.0.0`', 'Did you mean `version: v1.0.0`?')
    refused(await push({ inputs: { version: 'v3.0.0' } }), 'unknown-version', 'such as the newest (`version: v1.0.0`)')
    refused(await push({ inputs: { version: 'main' } }), 'unknown-version', 'a branch is not a version')
  })

  it('is a commit that a shallow checkout has not', async () => {
    const first = await repository.git('rev-parse', 'HEAD')
    await repository.commit('one more')
    const shallow = mkdtempSync(join(tmpdir(), 'slipway-shallow-'))
    spawnSync('git', ['clone', '-q', '--depth', '1', `file://${repository.path}`, shallow], { env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1' } })
    refused(await push({ workspace: shallow, inputs: { version: first.slice(0, 10) } }), 'unknown-version', first.slice(0, 10), 'is shallow', 'fetch-depth: 0', 'actions/checkout')
    const tagged = await push({ workspace: shallow, ref: 'refs/tags/v0.9.0', env: { GITHUB_SHA: '0'.repeat(40) } })
    refused(tagged, 'commit-missing', '`v0.9.0`', 'fetch-depth: 0', 'actions/checkout')
    rmSync(shallow, { recursive: true })
  })

  it.each(['push-release', 'setup-vm'])('%s: is not to be had without a checkout', async (action) => {
    const run = await runAction(action, { inputs: { hosts, 'ssh-key': keys.read('deploy') } })
    refused(run, 'not-a-checkout', 'no Git checkout', 'actions/checkout')
  })

})
