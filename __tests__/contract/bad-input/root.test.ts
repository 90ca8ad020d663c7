import { freePort, makeKeys, startSshd, type Keys, type RealSshd } from '../../driver/ssh/real-sshd'
import { codes, refused } from '../../host/bad-input/refusal'
import { runAction, type ActionOptions, type ActionRun } from '../../host/harness/action'
import { makeRepository, type Repository } from '../../host/harness/repository'

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: staging
clusters: [{ name: one, cluster: { server: "https://127.0.0.1:1", insecure-skip-tls-verify: false } }]
contexts: [{ name: staging, context: { cluster: one, user: deploy } }]
users: [{ name: deploy, user: { token: a-token-of-the-cluster } }]
`
const DIGEST = `sha256:${'a'.repeat(64)}`
const chart = { 'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', 'chart/values.yaml': 'image: { repository: x, tag: "" }\n' }
const vm = { 'slipway.yml': 'target: vm\nstart: node main.js\n' }
const docker = { 'slipway.yml': 'target: docker\n', 'compose.yaml': 'services: { web: { build: ., image: "registry.example.com/ada/web" } }\n', 'Dockerfile': 'FROM scratch\n' }
const cluster = { ...chart, 'slipway.yml': 'target: cluster\n' }

let keys: Keys
let sshd: RealSshd
let repository: Repository
let hosts: Record<string, string>

beforeAll(async () => {
  keys = makeKeys({ deploy: ['-t', 'ed25519', '-N', ''] })
  sshd = await startSshd(keys.read('deploy.pub'), [], ['ed25519'])
  repository = await makeRepository(undefined, { files: { 'README.md': '' } })
  hosts = { hosts: `deploy@127.0.0.1:${await freePort()}`, 'ssh-key': keys.read('deploy') }
}, 60_000)
afterAll(async () => {
  await sshd.stop()
  keys.remove()
  repository.remove()
})

/** The root action with a commit that holds just these files; null: without a checkout. */
async function ship(files: Record<string, string> | null, inputs: Record<string, string> = {}, options: ActionOptions = {}): Promise<ActionRun> {
  if (files !== null) {
    await repository.git('rm', '-rfq', '--ignore-unmatch', '.')
    repository.write(files)
    await repository.commit('next')
  }
  return await runAction('root', { ...files === null ? {} : { workspace: repository.path }, ...options, inputs })
}

/** A run that was let through to its place, where nobody answers. */
const reachedHosts = (run: ActionRun): void => expect(codes(run)).toContain('connection-refused')
const reachedCluster = (run: ActionRun): void => {
  // Whether there is a Helm on this machine is another question.
  expect(codes(run)).toEqual([expect.stringMatching(/^(helm-missing|cluster-unreachable)$/)])
}

describe('where the root action goes', () => {
  it('to hosts, when they are given and nothing says otherwise', async () => {
    reachedHosts(await ship(vm, hosts))
    reachedHosts(await ship({ 'slipway.yml': 'start: node main.js\n' }, { ...hosts, operation: 'status' }))
    reachedHosts(await ship(null, { ...hosts, operation: 'rollback' }))
  })

  it.each(['deploy', 'rollback', 'restart', 'status'])('to a cluster, by slipway.yml or by its inputs: %s', async (operation) => {
    reachedCluster(await ship(cluster, { kubeconfig: KUBECONFIG, operation }))
    reachedCluster(await ship(chart, { kubeconfig: KUBECONFIG, operation }))
  })

  it('to a cluster without a checkout, for a way back', async () => {
    reachedCluster(await ship(null, { kubeconfig: KUBECONFIG, operation: 'rollback' }))
  })

  it('nowhere, when nothing says it', async () => {
    const run = await ship(vm)
    refused(run, 'input-missing', 'The input `hosts` is missing or empty', "step's `with:`")
    expect(refused(await ship(null), 'input-missing', '`hosts`', '`kubeconfig`').message).not.toContain('undefined')
    refused(await ship({ 'slipway.yml': 'start: node main.js\n' }, { 'ssh-key': keys.read('deploy'), operation: 'status' }), 'input-missing', '`hosts`', '`target: cluster`')
  })

  it('nowhere, when hosts and a cluster are given and slipway.yml does not say which', async () => {
    refused(await ship(chart, { ...hosts, kubeconfig: KUBECONFIG }), 'target-unclear', '`hosts` and `ssh-key` are for hosts', '`kubeconfig` for a cluster', 'target: cluster')
    // A variable that is not set comes empty, and is no reason to go elsewhere.
    refused(await ship(chart, { ...hosts, hosts: '', namespace: 'shop', operation: 'rollback' }), 'target-unclear', '`ssh-key`', '`namespace`')
  })
})

describe('an input that can never apply', () => {
  it('is an error: hosts and what is theirs, for a cluster', async () => {
    refused(await ship(cluster, { ...hosts, firewall: 'true' }), 'input-of-another-target', '`hosts`, `ssh-key` and `firewall` are for hosts', '`target: cluster`')
    refused(await ship(cluster, { ...hosts, operation: 'rollback' }), 'input-of-another-target', '`hosts` and `ssh-key`')
    refused(await ship(cluster, { ...hosts, kubeconfig: KUBECONFIG }), 'input-of-another-target', '`hosts` and `ssh-key`', 'Take them away')
    refused(await ship(chart, hosts), 'input-of-another-target', 'the configuration is for a cluster')
  })

  it('is an error: what is of a cluster, for hosts', async () => {
    refused(await ship(vm, { ...hosts, namespace: 'shop', revision: '3' }), 'input-of-another-target', '`namespace` and `revision` are for a cluster', '`target: vm`')
    const run = await ship(docker, { kubeconfig: KUBECONFIG })
    refused(run, 'input-of-another-target', '`kubeconfig` is for a cluster', '`target: docker`')
    refused(run, 'input-missing', '`hosts`')
  })

  it('is an error: an image, for VMs', async () => {
    refused(await ship(vm, { ...hosts, image: 'registry.example.com/ada/shop', platforms: 'linux/amd64' }), 'input-of-another-target', '`image` and `platforms` ask for an image', '`target: docker`')
  })
})

describe('an input that is not of this operation', () => {
  it('is told of by a notice, in the summary and in the report, and does no harm', async () => {
    const run = await ship(vm, { ...hosts, firewall: 'true', 'tls-email': 'ops@example.com' })
    const said = '`firewall` and `tls-email` did not apply: they are for `setup`, and this was `deploy`.'
    expect(run.annotations.filter(({ level }) => level === 'notice').map(({ message }) => message)).toEqual([said])
    expect(run.summary).toMatch(/### Inputs that did not apply\n\n- .*`firewall` and `tls-email` did not apply/)
    expect(JSON.parse(run.outputs['report'] ?? '')).toMatchObject({ unheard: [said] })
    reachedHosts(run)
  })

  it('is told of where all fails before a place is known, and after a setup', async () => {
    expect((await ship(vm, { operation: 'status', image: 'registry.example.com/ada/shop' })).summary).toContain('`image` did not apply')
    const setup = await ship(vm, { ...hosts, operation: 'setup', version: 'v1', 'allow-older': 'true' })
    expect(setup.summary).toMatch(/`allow-older` did not apply[^]*`version` did not apply: it is for `deploy`, `rollback` and `publish`/)
  })

  it('is nothing to tell of when it is given as it is without, or empty', async () => {
    const run = await ship(vm, { ...hosts, 'firewall': 'false', 'push': 'auto', 'git-push-branch': 'main', 'image': '', 'operation': 'rollback' })
    expect(run.annotations.filter(({ level }) => level === 'notice')).toEqual([])
    expect(run.summary).not.toContain('did not apply')
  })
})

describe('operation: setup', () => {
  it('is not for clusters, and what is to be done instead is said', async () => {
    for (const inputs of [{ kubeconfig: KUBECONFIG }, {}]) {
      refused(await ship(cluster, { ...inputs, operation: 'setup' }), 'setup-of-a-cluster', 'docs/cluster.md', 'kubectl --namespace shop create serviceaccount slipway')
    }
    refused(await ship(cluster, { ...hosts, operation: 'setup' }), 'setup-of-a-cluster', 'kubectl create namespace')
  })
})

describe('a host that is not prepared', () => {
  const reachable = (): Record<string, string> => ({ hosts: `${sshd.user}@127.0.0.1:${sshd.port}`, 'ssh-key': keys.read('deploy'), 'known-hosts': sshd.knownHosts() })

  it('is said to be so with the line that prepares it', async () => {
    const run = await ship(vm, reachable())
    expect(refused(run, 'host-not-prepared', 'Give this step').message.split('\n').at(-1)).toBe('operation: setup')
    expect(run.summary).toContain('> ```text\n> operation: setup\n> ```')
  })

  it('is said so by other actions, with the step of the very version that runs', async () => {
    const run = await runAction('push-release', {
      workspace: repository.path, inputs: reachable(), env: { GITHUB_ACTION_REPOSITORY: 'harbour/slipway', GITHUB_ACTION_REF: 'f'.repeat(40) },
    })
    expect(refused(run, 'host-not-prepared', 'setup-vm').message.split('\n').at(-1)).toBe(`uses: harbour/slipway/actions/setup-vm@${'f'.repeat(40)}`)
  })
})

describe('an image that is built before', () => {
  const image = { image: 'registry.example.com/ada/shop' }

  it('is not built while something speaks against its deployment, and all of that is said at once', async () => {
    const run = await ship({ ...docker, 'compose.yaml': 'services: { web: { build: ., environment: { A: "${A:?the password}" } } }\n' }, { hosts: 'nobody', ...image })
    expect(codes(run).toSorted()).toEqual(['compose-variable-missing', 'host-malformed', 'ssh-key-missing'])
    refused(await ship(docker, { ...hosts, push: 'true', images: `web=registry.example.com/ada/web@${DIGEST}` }), 'inputs-contradict', '`web`', 'to be built as well')
    refused(await ship({ ...cluster, Dockerfile: 'FROM scratch\n', 'slipway.yml': 'target: cluster\ncluster: { chart: chart, secret-values: { a: DB } }\n' }, { kubeconfig: KUBECONFIG, ...image }), 'secret-missing', 'DB')
  })

  it('is not built while a gate does not hold', async () => {
    const gates = 'gates: { freeze: 2000-01-01 - 2999-12-31 Europe/Berlin }\n'
    for (const [files, inputs] of [[docker, hosts], [{ ...cluster, Dockerfile: 'FROM scratch\n' }, { kubeconfig: KUBECONFIG }]] as const) {
      const run = await ship({ ...files, 'slipway.yml': `${files['slipway.yml']}${gates}` }, { ...inputs, ...image })
      expect(codes(run)).toEqual(['gate-freeze'])
    }
  })

  it('is not built where no place could get it', async () => {
    refused(await ship(docker, { ...hosts, ...image, push: 'false' }), 'image-nowhere', 'the input `push` is false', "`load: 'true'`")
    refused(await ship(docker, { ...hosts, ...image }, { event: 'pull_request' }), 'image-nowhere', 'a pull request')
    refused(await ship({ ...cluster, Dockerfile: 'FROM scratch\n' }, { kubeconfig: KUBECONFIG, ...image, push: 'false', load: 'true' }), 'image-nowhere', 'Nodes of a cluster')
  })

  it('is not built for strangers', async () => {
    refused(await ship(docker, { ...hosts, ...image }, { event: 'pull_request_target' }), 'untrusted-trigger', 'pull_request_target')
  })
})
