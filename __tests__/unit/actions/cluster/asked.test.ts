import { readCluster, type ClusterAsked } from '../../../../src/actions/cluster/asked'
import { failuresOf } from '../../../../src/errors'
import { readHelmUpgrade } from '../../../../src/inputs'

const HEX = 'a'.repeat(64)
const IMAGE = `ghcr.io/ada/web@sha256:${HEX}`
const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: staging
clusters:
- { name: one, cluster: { server: "https://127.0.0.1:6443", certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg== } }
contexts:
- { name: staging, context: { cluster: one, user: deploy } }
- { name: production, context: { cluster: one, user: deploy } }
- { name: broken, context: { cluster: two, user: deploy } }
users:
- name: deploy
  user:
    token: eyJhbGciOiJSUzI1NiJ9.secret
`

const asked = async (inputs: Record<string, string> = {}): Promise<ClusterAsked> =>
  await readCluster(readHelmUpgrade(Object.fromEntries(Object.entries({ kubeconfig: KUBECONFIG, ...inputs }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))), { HOME: '/nowhere' })

async function wrong(inputs: Record<string, string>): Promise<readonly string[]> {
  try {
    await asked(inputs)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    return failures.map(({ code, message }) => `${code} ${message}`)
  }
  throw new Error('expected a failure')
}

describe('the inputs of helm-upgrade', () => {
  it('may say nothing but how to reach the cluster', async () => {
    expect(await asked()).toMatchObject({
      inputs: { chart: null, chartVersion: null, release: null, namespace: null, valuesFiles: [], values: {}, images: {} },
      kubeconfig: { context: 'staging', server: 'https://127.0.0.1:6443', token: 'eyJhbGciOiJSUzI1NiJ9.secret' }, helm: null, images: [], revision: null,
    })
    expect(await wrong({ kubeconfig: '' })).toEqual([expect.stringMatching(/^kubeconfig-missing /)])
  })

  it('may say everything', async () => {
    const found = await asked({
      kubeconfig: KUBECONFIG, 'kube-context': 'production', namespace: 'shop', 'release-name': 'front', chart: 'nginx', 'chart-repository': 'https://c.example.com/', 'chart-version': '1.2.3',
      'values-files': 'a.yaml # first\n./b.yaml', values: 'tag: 1.10\nport: 08\ngone: null\ndb: { password: hunter2-hunter2 }', images: `web=${IMAGE}`, 'helm-version': `4.2.4@sha256:${HEX}`,
      'registry-username': 'ada', 'registry-password': 'lovelace',
    })
    expect(found).toMatchObject({
      inputs: {
        chart: { kind: 'repository', url: 'https://c.example.com', name: 'nginx', version: '1.2.3' }, chartVersion: null, release: 'front', namespace: 'shop', valuesFiles: ['a.yaml', 'b.yaml'],
        values: { tag: '1.10', port: '08', gone: null, db: { password: 'hunter2-hunter2' } }, images: { web: IMAGE },
      },
      kubeconfig: { context: 'production' }, helm: { major: 4, version: '4.2.4', sha256: HEX },
    })
    expect(found.secrets).toEqual(['LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==', 'eyJhbGciOiJSUzI1NiJ9.secret', 'hunter2-hunter2', 'lovelace'])
  })

  it('name no images when nothing is deployed, and a revision for a rollback alone', async () => {
    expect(await asked({ operation: 'rollback', revision: '7', images: `web=${IMAGE}` })).toMatchObject({ inputs: { images: null }, revision: 7 })
    expect(await wrong({ revision: '7' })).toEqual([expect.stringMatching(/^revision-without-rollback /)])
    expect(await wrong({ operation: 'rollback', revision: '7', version: 'v1' })).toEqual([expect.stringMatching(/^inputs-contradict /)])
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
    [{ registry: 'ghcr.io' }, /^registry-login .*`registry` is ghcr\.io, and `registry-username` and `registry-password` are empty/],
    [{ 'helm-version': '3.21' }, /^helm-version .*no one version.*`helm-version: 3`/],
    [{ 'helm-version': 'latest' }, /^helm-version .*no version of Helm/],
    [{ 'helm-version': '2.17.0' }, /^helm-version .*Helm 3 and 4/],
    [{ 'helm-version': `4@sha256:${HEX}` }, /^helm-version .*stands for many/],
    [{ 'helm-version': '4.2.4@sha256:abc' }, /^helm-version .*64 hex digits/],
    [{ 'helm-version': '4.2.4@' }, /^helm-version .*64 hex digits/],
    [{ kubeconfig: '~/.kube/config' }, /^kubeconfig-path .*KUBECONFIG/],
    [{ kubeconfig: '/home/ada/kube.yaml' }, /^kubeconfig-path /],
    [{ kubeconfig: 'mysupersecrettoken' }, /^kubeconfig-invalid /],
    [{ kubeconfig: 'token: [s3cr3t' }, /^kubeconfig-invalid /],
    [{ kubeconfig: 'kind: Config' }, /^kubeconfig-invalid /],
    [{ kubeconfig: KUBECONFIG, 'kube-context': 'prodution' }, /^context-unknown .*did you mean production\?/],
    [{ kubeconfig: KUBECONFIG.replace('current-context: staging\n', '') }, /^context-missing /],
    [{ kubeconfig: KUBECONFIG.replace('current-context: staging', 'current-context: gone') }, /^context-unknown .*gone/],
    [{ kubeconfig: KUBECONFIG, 'kube-context': 'broken' }, /^kubeconfig-invalid .*names the cluster two/],
    [{ kubeconfig: KUBECONFIG.replace(/certificate-authority-data: \S+/, 'insecure-skip-tls-verify: true') }, /^kubeconfig-insecure /],
    [{ kubeconfig: KUBECONFIG.replace(/certificate-authority-data: \S+/, 'certificate-authority: /home/ada/.minikube/ca.crt') }, /^kubeconfig-invalid .*`certificate-authority`.*--flatten/],
  ])('%j', async (inputs, expected) => {
    const told = await wrong(inputs)
    expect(told).toEqual([expect.stringMatching(new RegExp(expected.source, 's'))])
    expect(told.join()).not.toMatch(/s3cr3t|mysupersecret/)
  })

  it('are all told at once', async () => {
    expect((await wrong({ kubeconfig: 'x', namespace: 'A B', chart: '/x', values: 'a: no\nb: off', images: 'web=x\napi=y', 'helm-version': '9', 'registry-username': 'ada' })).map((text) => text.split(' ')[0])).toEqual([
      'kubeconfig-invalid', 'cluster-input', 'cluster-input', 'values-ambiguous-word', 'values-ambiguous-word', 'images-without-digest', 'images-without-digest', 'helm-version', 'registry-login',
    ])
  })

  it('take Helm by its major version or exactly', async () => {
    expect(await Promise.all(['3', 'v4', '3.21.4', 'v4.0.0-rc.1'].map(async (version) => (await asked({ 'helm-version': version })).helm))).toEqual([
      { major: 3, version: null, sha256: null }, { major: 4, version: null, sha256: null }, { major: 3, version: '3.21.4', sha256: null }, { major: 4, version: '4.0.0-rc.1', sha256: null },
    ])
  })

  it('hide what a kubeconfig gives the program that logs in, where the name says that it is secret', async () => {
    const exec = 'exec: { apiVersion: client.authentication.k8s.io/v1, command: aws, env: [{ name: AWS_SECRET_ACCESS_KEY, value: swordfish }, { name: AWS_PROFILE, value: production }] }'
    expect((await asked({ kubeconfig: KUBECONFIG.replace('token: eyJhbGciOiJSUzI1NiJ9.secret', exec) })).secrets).toEqual(['LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==', 'swordfish'])
  })

  it('take a kubeconfig in base64', async () => {
    const packed = Buffer.from(KUBECONFIG).toString('base64').replace(/.{76}/g, '$&\n')
    const found = await asked({ kubeconfig: packed })
    expect(found.kubeconfig).toMatchObject({ context: 'staging' })
    expect(found.secrets).toEqual([packed.trim(), 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==', 'eyJhbGciOiJSUzI1NiJ9.secret'])
  })
})
