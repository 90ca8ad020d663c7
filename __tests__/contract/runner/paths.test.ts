import { makeKeys, type Keys } from '../../driver/ssh/real-sshd'
import { refused } from '../../host/bad-input/refusal'
import { runAction, type ActionRun } from '../../host/harness/action'
import { makeRepository, type Repository } from '../../host/harness/repository'

let keys: Keys
let repository: Repository
beforeAll(async () => {
  keys = makeKeys({ deploy: ['-t', 'ed25519', '-N', ''] })
  repository = await makeRepository(undefined, { files: {
    'apps/shop/slipway.yml': 'app: shop\nstart: node main.js\n', 'apps/shop/package.json': '{}', 'deploy/compose.yaml': 'services: { web: { image: x } }\n',
  } })
}, 60_000)
afterAll(() => {
  keys.remove()
  repository.remove()
})

const ofHosts = (): Record<string, string> => ({ hosts: 'deploy@127.0.0.1:9', 'ssh-key': keys.read('deploy') })
const step = (action: string, inputs: Record<string, string>): Promise<ActionRun> => runAction(action, {
  workspace: repository.path, inputs: { ...action === 'build-image' || action === 'helm-upgrade' ? {} : ofHosts(), ...inputs },
})

describe('paths in inputs, as people write them on other systems', () => {
  it.each([
    ['push-release', 'working-directory', 'apps\\shop', 'working-directory-missing', '`working-directory: apps/shop`'],
    ['push-release', 'working-directory', '.\\apps\\shop', 'working-directory-missing', '`working-directory: apps/shop`'],
    ['root', 'working-directory', 'C:\\apps\\shop', 'working-directory-missing', '`working-directory: apps/shop`'],
    ['setup-vm', 'working-directory', '/Users/ada/shop', 'working-directory-missing', 'actions/checkout'],
    ['push-release', 'config', 'apps\\shop\\slipway.yml', 'config-missing', '`config: apps/shop/slipway.yml`'],
    ['root', 'config', '/Users/ada/shop/slipway.yml', 'config-missing', '`config: slipway.yml`'],
    ['compose-up', 'compose-file', 'deploy\\compose.yaml', 'compose-input', 'Separate folders with `/`'],
    ['root', 'compose-file', 'D:\\a\\shop\\compose.yaml', 'compose-input', 'Separate folders with `/`'],
    ['build-image', 'context', '.\\src', 'context-outside', 'Separate folders with `/`'],
    ['build-image', 'file', 'docker\\Dockerfile', 'context-outside', 'Separate folders with `/`'],
    ['build-image', 'context', '/Users/ada/shop', 'context-outside', 'below `working-directory`'],
    ['helm-upgrade', 'chart', 'deploy\\chart', 'cluster-input', 'Separate folders with `/`'],
    ['helm-upgrade', 'values-files', 'deploy\\values.yaml', 'cluster-input', 'Separate folders with `/`'],
    ['helm-upgrade', 'kubeconfig', 'C:\\Users\\ada\\.kube\\config', 'kubeconfig-path', 'KUBECONFIG'],
  ])('%s: %s: %s is an error that says how it is written', async (action, input, path, code, cure) => {
    refused(await step(action, { ...action === 'build-image' ? { image: 'registry.example.com/ada/shop' } : {}, [input]: path }), code, cure)
  })

  it('lines may end as on Windows, and a path begin with ./', async () => {
    const run = await step('push-release', { 'hosts': '# ours\r\ndeploy@127.0.0.1:9\r\n', 'working-directory': './apps/shop', 'config': './slipway.yml' })
    refused(run, 'connection-refused', '127.0.0.1:9')
  })
})
