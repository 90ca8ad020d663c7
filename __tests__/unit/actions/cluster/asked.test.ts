import { readCluster, type ClusterAsked } from '../../../../src/actions/cluster/asked'
import { loginOf } from '../../../../src/actions/cluster/login'
import type { ClusterConfig } from '../../../../src/config'
import { failuresOf } from '../../../../src/errors'
import { readHelmUpgrade } from '../../../../src/inputs'

const HEX = 'a'.repeat(64)
const IMAGE = `ghcr.io/ada/web@sha256:${HEX}`
const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: staging
clusters:
- { name: one, cluster: { server: "https://127.0.0.1:6443", certificate-authority-data: Q0VSVElGSUNBVEU= } }
contexts:
- { name: staging, context: { cluster: one, user: deploy } }
- { name: production, context: { cluster: one, user: deploy } }
- { name: broken, context: { cluster: two, user: deploy } }
users:
- name: deploy
  user:
    token: eyJhbGciOiJSUzI1NiJ9.secret
`

const asked = (inputs: Record<string, string> = {}): ClusterAsked =>
  readCluster(readHelmUpgrade(Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))))

function wrong(inputs: Record<string, string>): readonly string[] {
  try {
    asked(inputs)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    return failures.map(({ code, message }) => `${code} ${message}`)
  }
  throw new Error('expected a failure')
}

describe('the inputs of helm-upgrade', () => {
  it('may say nothing', () => {
    expect(asked()).toEqual({
      inputs: { chart: null, chartVersion: null, release: null, namespace: null, valuesFiles: [], values: {}, images: {} },
      kubeconfig: null, kubeContext: null, helm: null, images: [], revision: null, secrets: [],
    })
  })

  it('may say everything', () => {
    const found = asked({
      kubeconfig: KUBECONFIG, 'kube-context': 'production', namespace: 'shop', 'release-name': 'front', chart: 'nginx', 'chart-repository': 'https://c.example.com/', 'chart-version': '1.2.3',
      'values-files': 'a.yaml # first\n./b.yaml', values: 'tag: 1.10\nport: 08\ngone: null\ndb: { password: hunter2-hunter2 }', images: `web=${IMAGE}`, 'helm-version': `4.2.4@sha256:${HEX}`,
      registry: 'ghcr.io', 'registry-username': 'ada', 'registry-password': 'lovelace',
    })
    expect(found).toMatchObject({
      inputs: {
        chart: { kind: 'repository', url: 'https://c.example.com', name: 'nginx', version: '1.2.3' }, chartVersion: null, release: 'front', namespace: 'shop', valuesFiles: ['a.yaml', 'b.yaml'],
        values: { tag: '1.10', port: '08', gone: null, db: { password: 'hunter2-hunter2' } }, images: { web: IMAGE },
      },
      kubeconfig: { text: KUBECONFIG.trim(), context: 'production' }, helm: { major: 4, version: '4.2.4', sha256: HEX },
    })
    expect(found.secrets).toEqual(['Q0VSVElGSUNBVEU=', 'eyJhbGciOiJSUzI1NiJ9.secret', 'hunter2-hunter2', 'lovelace'])
  })

  it('name no images when nothing is deployed, and a revision for a rollback alone', () => {
    expect(asked({ operation: 'rollback', revision: '7', images: `web=${IMAGE}` })).toMatchObject({ inputs: { images: null }, revision: 7 })
    expect(wrong({ revision: '7' })).toEqual([expect.stringMatching(/^revision-without-rollback /)])
    expect(wrong({ operation: 'rollback', revision: '7', version: 'v1' })).toEqual([expect.stringMatching(/^inputs-contradict /)])
  })

  it.each<[Record<string, string>, RegExp]>([
    [{ namespace: 'My Shop' }, /^cluster-input The input `namespace` .*Write `my-shop`/],
    [{ 'release-name': 'a'.repeat(54) }, /^cluster-input .*`release-name` has 54 characters/],
    [{ chart: 'bitnami/../x' }, /cluster-input The input `chart` leaves/],
    [{ chart: 'https://c.example.com/x-1.2.3.tgz' }, /`chart`, `chart-repository` and `chart-version`/],
    [{ chart: 'bitnami/nginx', 'chart-repository': 'https://c.example.com' }, /Write the name alone: `nginx`/],
    [{ 'chart-repository': 'https://c.example.com' }, /names no chart in it/],
    [{ 'chart-version': '>1' }, /more than one version/],
    [{ 'values-files': '/etc/values.yaml' }, /`values-files` is the absolute path/],
    [{ values: 'a: no' }, /^values-ambiguous-word Line 1 of the input `values`/],
    [{ values: '- a' }, /^values-syntax The input `values` is a list/],
    [{ images: 'web=nginx:1.27' }, /^images-without-digest /],
    [{ images: 'web=docker-daemon:shop:1' }, /^image-not-in-registry .*Push it/],
    [{ 'registry-username': 'ada' }, /^registry-login .*`registry-password` is empty/],
    [{ registry: 'ghcr.io' }, /^registry-login .*nobody/],
    [{ 'helm-version': '3.21' }, /^helm-version .*no one version.*`helm-version: 3`/],
    [{ 'helm-version': 'latest' }, /^helm-version .*no version of Helm/],
    [{ 'helm-version': '2.17.0' }, /^helm-version .*Helm 3 and 4/],
    [{ 'helm-version': `4@sha256:${HEX}` }, /^helm-version .*stands for many/],
    [{ 'helm-version': '4.2.4@sha256:abc' }, /^helm-version .*64 hex digits/],
    [{ 'helm-version': '4.2.4@' }, /^helm-version .*64 hex digits/],
    [{ kubeconfig: '~/.kube/config' }, /^kubeconfig-path .*KUBECONFIG/],
    [{ kubeconfig: '/home/ada/kube.yaml' }, /^kubeconfig-path /],
    [{ kubeconfig: 'mysupersecrettoken' }, /^kubeconfig-invalid .*it is one word/],
    [{ kubeconfig: 'token: [s3cr3t' }, /^kubeconfig-invalid .*neither YAML nor JSON/],
    [{ kubeconfig: 'kind: Config' }, /^kubeconfig-invalid .*no list `clusters`/],
    [{ kubeconfig: KUBECONFIG, 'kube-context': 'prodution' }, /^kube-context .*`staging`, `production`, `broken`.*Did you mean `kube-context: production`/],
    [{ kubeconfig: KUBECONFIG.replace('current-context: staging\n', '') }, /^kube-context .*no current context/],
    [{ kubeconfig: KUBECONFIG.replace('current-context: staging', 'current-context: gone') }, /^kube-context .*current context `gone` is not in it/],
    [{ kubeconfig: KUBECONFIG, 'kube-context': 'broken' }, /^kubeconfig-invalid .*names a cluster that is not in it/],
    [{ kubeconfig: KUBECONFIG.replace('certificate-authority-data: Q0VSVElGSUNBVEU=', 'insecure-skip-tls-verify: true') }, /^kubeconfig-insecure /],
    [{ kubeconfig: KUBECONFIG.replace('certificate-authority-data: Q0VSVElGSUNBVEU=', 'certificate-authority: /home/ada/.minikube/ca.crt') }, /^kubeconfig-invalid .*`certificate-authority`.*--flatten/],
  ])('%j', (inputs, expected) => {
    const told = wrong(inputs)
    expect(told).toEqual([expect.stringMatching(new RegExp(expected.source, 's'))])
    expect(told.join()).not.toMatch(/s3cr3t|mysupersecret/)
  })

  it('are all told at once', () => {
    expect(wrong({ kubeconfig: 'x', namespace: 'A B', chart: '/x', values: 'a: no\nb: off', images: 'web=x\napi=y', 'helm-version': '9', 'registry-username': 'ada' }).map((text) => text.split(' ')[0])).toEqual([
      'kubeconfig-invalid', 'cluster-input', 'cluster-input', 'values-ambiguous-word', 'values-ambiguous-word', 'images-without-digest', 'images-without-digest', 'helm-version', 'registry-login',
    ])
  })

  it('take Helm by its major version or exactly', () => {
    expect(['3', 'v4', '3.21.4', 'v4.0.0-rc.1'].map((version) => asked({ 'helm-version': version }).helm)).toEqual([
      { major: 3, version: null, sha256: null }, { major: 4, version: null, sha256: null }, { major: 3, version: '3.21.4', sha256: null }, { major: 4, version: '4.0.0-rc.1', sha256: null },
    ])
  })

  it('take a kubeconfig in base64', () => {
    const packed = Buffer.from(KUBECONFIG).toString('base64').replace(/.{76}/g, '$&\n')
    const found = asked({ kubeconfig: packed })
    expect(found.kubeconfig).toEqual({ text: KUBECONFIG, context: 'staging' })
    expect(found.secrets).toEqual([packed.trim(), 'Q0VSVElGSUNBVEU=', 'eyJhbGciOiJSUzI1NiJ9.secret'])
  })
})

describe('a login is for', () => {
  const login = { registry: null, registryUsername: 'ada', registryPassword: 'lovelace' }
  const config = (chart: ClusterConfig['chart'], images: Record<string, string> = {}): ClusterConfig =>
    ({ chart, release: 'a', namespace: null, valuesFiles: [], values: {}, secretValues: {}, images, imageValues: {} })
  const folder = { kind: 'folder', path: '.' } as const
  it.each<[string, ClusterConfig, string | null, string]>([
    ['the registry of the chart', config({ kind: 'oci', reference: 'oci://localhost:5000/a/b', version: '1.0.0', digest: null }, { web: IMAGE }), null, 'localhost:5000'],
    ['the repository of the chart', config({ kind: 'repository', url: 'https://c.example.com/x', name: 'a', version: '1.0.0' }, { web: IMAGE }), null, 'c.example.com'],
    ['that of the images', config(folder, { web: IMAGE, api: IMAGE }), null, 'ghcr.io'],
    ['the one that is named', config(folder, { web: IMAGE }), 'https://quay.io/', 'quay.io'],
  ])('%s', (_, cluster, registry, host) => {
    expect(loginOf({ ...login, registry }, cluster)).toEqual({ registry: host, username: 'ada', password: 'lovelace' })
  })

  it('one registry, or nobody', () => {
    expect(loginOf({ registry: null, registryUsername: null, registryPassword: null }, config(folder))).toBeNull()
    expect(() => loginOf(login, config(folder))).toThrow(/nothing says at which registry/)
    expect(() => loginOf(login, config(folder, { web: IMAGE, api: `quay.io/a/b@sha256:${HEX}` }))).toThrow(/ghcr\.io and quay\.io.*registry: ghcr\.io/s)
  })
})
