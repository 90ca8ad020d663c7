import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { makeKeys, type Keys } from '../../driver/ssh/real-sshd'
import { refused } from '../../host/bad-input/refusal'
import { startAction, runAction } from '../../host/harness/action'
import { makeRepository, type Repository } from '../../host/harness/repository'

let keys: Keys
let repository: Repository
/** Takes connections and never says a word. */
let silent: Server
let connected: Promise<unknown>
const sockets: Socket[] = []

beforeAll(async () => {
  keys = makeKeys({ deploy: ['-t', 'ed25519', '-N', ''] })
  repository = await makeRepository(undefined, { files: { 'slipway.yml': 'app: shop\ntarget: vm\nservices: { web: { start: sh start.sh, route: / } }\n', 'start.sh': '' } })
  silent = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
}, 60_000)
beforeEach(() => { connected = once(silent, 'connection') })
afterAll(() => {
  for (const socket of sockets) socket.destroy()
  silent.close()
  keys.remove()
  repository.remove()
})

const inputs = (): Record<string, string> => ({ 'hosts': `deploy@127.0.0.1:${(silent.address() as AddressInfo).port}`, 'ssh-key': keys.read('deploy') })

describe('a job that is cancelled while a host does not answer', () => {
  it.each(['root', 'push-release', 'setup-vm'])('%s ends by itself before the runner kills it, and has told', async (action) => {
    const started = await startAction(action, { workspace: repository.path, inputs: inputs() })
    await connected
    started.cancel()
    const run = await started.done
    // SIGTERM comes after 7.5 s, and SIGKILL would be seen.
    expect([run.code, run.signal]).toEqual([1, null])
    expect(run.outputs).toMatchObject({ status: 'cancelled', changed: 'false' })
    expect(run.summary).toMatch(/[Cc]ancelled/)
    expect(run.log).not.toContain('This is a bug')
    const post = await runAction(action, { phase: 'post', state: run.state })
    expect([post.code, post.summary]).toEqual([0, ''])
  }, 60_000)

  it.each(['root', 'push-release'])('%s, killed at once: post says so', async (action) => {
    const started = await startAction(action, { workspace: repository.path, inputs: inputs() })
    await connected
    started.kill('SIGKILL')
    const run = await started.done
    expect([run.signal, run.outputs, run.summary]).toEqual(['SIGKILL', {}, ''])
    const post = await runAction(action, { phase: 'post', state: run.state })
    expect(post.summary).toContain('ended before it could tell')
  }, 60_000)
})

describe('a run that strangers can start', () => {
  const kubeconfig = `apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{ name: x, cluster: { server: "https://127.0.0.1:1" } }]\n`
    + 'contexts: [{ name: x, context: { cluster: x, user: x } }]\nusers: [{ name: x, user: { token: a-token-of-the-cluster } }]\n'

  it.each(['root', 'setup-vm', 'push-release', 'compose-up', 'helm-upgrade'])('%s: pull_request_target reaches nothing', async (action) => {
    const run = await runAction(action, { workspace: repository.path, event: 'pull_request_target', inputs: action === 'helm-upgrade' ? { kubeconfig } : inputs() })
    refused(run, 'untrusted-trigger', '`pull_request_target`', '`workflow_dispatch`')
  })

  it.each(['root', 'push-release'])('%s: nor does it publish anything', async (action) => {
    const run = await runAction(action, { workspace: repository.path, event: 'pull_request_target', inputs: { 'operation': 'publish', 'github-token': 'a-token' }, env: { GITHUB_REPOSITORY: 'ada/shop' } })
    refused(run, 'untrusted-trigger', '`pull_request_target`')
  })
})
