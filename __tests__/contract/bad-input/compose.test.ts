import { freePort, makeKeys, type Keys } from '../../driver/ssh/real-sshd'
import { runAction, type ActionRun } from '../../host/harness/action'
import { makeRepository, type Repository } from '../../host/harness/repository'
import { codes, refused } from '../../host/bad-input/refusal'

let keys: Keys
let hosts: string
let repository: Repository
const DIGEST = `sha256:${'a'.repeat(64)}`

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

/** An action with a commit that holds just these files. */
async function up(files: Record<string, string>, inputs: Record<string, string> = {}, env: Record<string, string> = {}, action = 'compose-up'): Promise<ActionRun> {
  await repository.git('rm', '-rfq', '--ignore-unmatch', '.')
  repository.write(files)
  await repository.commit('next')
  return await runAction(action, { workspace: repository.path, env, inputs: { hosts, 'ssh-key': keys.read('deploy'), ...inputs } })
}

describe('a Compose project', () => {
  it('lacks files and values, all of them at once and each on its line', async () => {
    const run = await up({ 'compose.yaml': 'services:\n  web:\n    image: x\n    env_file: web.env\n  db:\n    image: y\n    env_file: ../db.env\n' })
    expect(refused(run, 'compose-file-missing', '"web.env"', 'not in this commit').properties).toMatchObject({ file: 'compose.yaml', line: '4' })
    expect(refused(run, 'compose-file-outside', '"../db.env"').properties).toMatchObject({ file: 'compose.yaml', line: '7' })
    expect(codes(run)).toHaveLength(2)
  })

  it('requires what nobody gives, before anything is connected to', async () => {
    const files = { 'compose.yaml': 'services:\n  db:\n    image: "y:${TAG}"\n    environment:\n      A: ${A:?the password}\n      B: ${B:?}\n' }
    const run = await up(files, {}, { B: '' })
    expect(refused(run, 'compose-variable-missing', 'A has no value', 'the password', 'A: ${{ secrets.A }}').properties).toMatchObject({ file: 'compose.yaml', line: '5' })
    expect(codes(run)).toEqual(['compose-variable-missing', 'compose-variable-missing'])
  })

  it('says what will be empty, in one warning', async () => {
    const run = await up({ 'compose.yaml': 'services:\n  db:\n    image: y\n    command: $FIRST $SECOND\n    environment: [THIRD]\n' })
    expect(run.annotations).toContainEqual(expect.objectContaining({ message: expect.stringMatching(/FIRST \(compose.yaml:4\), SECOND \(compose.yaml:4\), THIRD \(compose.yaml:5\)/) }))
  })

  it('is given images of services that it has not, or without a digest', async () => {
    const files = { 'compose.yaml': 'services: { web: { build: . } }' }
    refused(await up(files, { images: `wbe=nginx@${DIGEST}` }), 'compose-image-unknown-service', '"wbe"', 'Did you mean `web`?')
    refused(await up(files, { images: 'web=nginx:1.27' }), 'images-without-digest', 'web=nginx:1.27', 'imagetools inspect')
    expect(refused(await up(files), 'compose-image-missing', '`web` is built').properties).toMatchObject({ file: 'compose.yaml', line: '1' })
  })

  it('does not go to VMs, nor an app for VMs to Docker', async () => {
    refused(await up({ 'slipway.yml': 'target: docker\n', 'compose.yaml': 'services: { web: { image: x } }' }, {}, {}, 'push-release'), 'wrong-target', 'target: docker', 'compose-up')
    refused(await up({ 'slipway.yml': 'target: vm\nstart: node main.js\n' }), 'wrong-target', 'target: vm', 'push-release')
    refused(await up({ 'slipway.yml': 'start: node main.js\n' }, { images: `web=nginx@${DIGEST}` }, {}, 'root'), 'input-of-another-target', '`images`')
  })

  it('is of nobody who logs in without a password', async () => {
    refused(await up({ 'compose.yaml': 'services: { web: { image: x } }' }, { 'registry-username': 'ada' }), 'registry-login', 'registry-password')
  })
})
