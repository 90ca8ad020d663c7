import { readFileSync } from 'node:fs'
import { succeeded } from '../host/harness/deploy'
import { ClusterApp, type Release } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'

/** What cannot work ends before anything is changed, with what to type; where it stands in a file, there. */
let namespace: Namespace
let app: ClusterApp
beforeAll(async () => {
  namespace = await freshNamespace('bad-input')
  app = await ClusterApp.ofChart(namespace)
  await app.release('v1.0.0')
  succeeded(await app.up())
}, 1_200_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
})

let patch = 0
/** A Job that Helm runs before the release. */
const hook = (spec: object, policy = 'before-hook-creation'): object => ({
  apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-upgrade', 'helm.sh/hook-delete-policy': policy } },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'run', image: 'registry.example.com/x', ...spec }] } } },
})
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} }
const chart = (name: string): string => readFileSync(`${app.repository.path}/chart/${name}`, 'utf8')

it.each<[string, () => Release, RegExp]>([
  ['a template that fails', () => ({ files: { 'chart/templates/broken.yaml': 'a: 1\n---\nb: {{ .Values.nope.deeper }}\n' } }), /template-error.* chart\/templates\/broken\.yaml:3 .*broken\.yaml fails in line 3/s],
  ['values that the schema refuses', () => ({ files: { 'chart/values.schema.json': JSON.stringify({ properties: { replicas: { type: 'string' } } }) } }), /values-refused.*replicas/s],
  ['a dependency that is not there', () => ({ files: { 'chart/Chart.yaml': `${chart('Chart.yaml')}dependencies: [{ name: redis, version: 1.2.3, repository: 'https://charts.example.com' }]\n` } }), /dependency-unlocked chart\/Chart\.yaml:\d.*redis.*helm dependency update chart/s],
  ['a kind that the cluster does not have', () => ({ values: { objects: [{ apiVersion: 'policy/v1beta1', kind: 'PodSecurityPolicy', metadata: { name: 'old' }, spec: {} }] } }), /kind-unknown.*PodSecurityPolicy/s],
  ['a field that cannot be changed', () => ({ values: { rollout: { selector: { matchLabels: { app: 'shop', tier: 'web' } }, template: { metadata: { labels: { app: 'shop', tier: 'web' } } } } } }), /field-immutable.*spec\.selector/s],
  ['a field that does not exist', () => ({ values: { container: { readinesProbe: {} } } }), /object-invalid.*readinesProbe/s],
  ['a hook with a field that does not exist', () => ({ values: { objects: [hook({ comand: ['x'] })] } }), /object-invalid.*Job migrate \(shop\/templates\/objects\.yaml\).*comand/s],
  ['a hook that needs what the chart makes later', () => ({ values: { objects: [settings, hook({ envFrom: [{ configMapRef: { name: 'settings' } }] })] } }), /reference-missing.*hook Job migrate needs the ConfigMap settings, which the chart makes only after/s],
  ['a Secret that pods need and nobody has', () => ({ values: { container: { envFrom: [{ secretRef: { name: 'payments' } }] } } }), /reference-missing.*needs the Secret payments.*kubectl create secret/s],
  ['a pull secret that nobody has', () => ({ values: { pod: { imagePullSecrets: [{ name: 'pull' }] } } }), /reference-missing.*needs the pull secret pull/s],
  ['a probe that cannot pass in the time there is', () => ({ values: { container: { readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 900 } } } }), /probe-too-slow.*900 s/s],
  ['something that is of another release', () => ({ values: { objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt' }, data: {} }] } }), /object-of-another/],
  ['values that nobody can read', () => ({ files: { 'values.json': '{ "a": [' } }), /values-syntax.*values\.json:1/s],
])('%s', async (_title, release, said) => {
  const before = await app.revisions()
  await app.release(`v1.1.${++patch}`, { values: {}, ...release() })
  const run = await app.up()
  await app.repository.git('checkout', '--quiet', 'v1.0.0', '--', 'chart')
  await app.repository.git('clean', '--force', '--quiet', 'chart')
  app.repository.write({ 'chart/templates/broken.yaml': '', 'chart/values.schema.json': '{}' })
  expect(run.code).toBe(1)
  expect(run.annotations.filter(({ level }) => level === 'error').map(({ properties: { title = '', file = '', line = '' }, message }) => `${title} ${file}:${line} ${message}`).join('\n')).toMatch(said)
  expect(run.outputs['status']).toBe('failed')
  expect(await app.revisions()).toEqual(before)
})

it('a hook that an earlier run has left, where Helm does not remove it first', async () => {
  const { metadata, ...job } = hook({}) as { readonly metadata: { readonly name: string }; readonly apiVersion: string; readonly kind: string; readonly spec: object }
  await namespace.apply({ ...job, metadata: { name: metadata.name }, spec: { ...job.spec, suspend: true } })
  await app.release(`v1.1.${++patch}`, { values: { objects: [hook({}, 'hook-succeeded')] } })
  const run = await app.up()
  expect(run.log).toMatch(/hook-there[^]*kubectl delete job migrate/)
  expect(await app.revisions()).toEqual({ 1: 'deployed' })
  // With the policy that Helm has by itself it is no trouble, and is not touched on trial.
  await app.release(`v1.1.${++patch}`, { values: { objects: [hook({})] } })
  expect(succeeded(await app.up({ inputs: { 'dry-run': 'true' } })).log).toContain('hook Job migrate')
  expect(await namespace.kubectl(['get', 'job', 'migrate', '--output', 'jsonpath={.spec.suspend}'])).toBe('true')
})

it('a namespace that is not there, and a cluster that does not answer', async () => {
  await app.release(`v1.1.${++patch}`, { values: {} })
  const nowhere = await app.up({ inputs: { namespace: 'no-such-namespace' } })
  expect(nowhere.log).toMatch(/no-such-namespace/)
  expect(nowhere.log).toMatch(/kubectl create namespace no-such-namespace/)
  const away = await app.up({ inputs: { kubeconfig: readFileSync(namespace.kubeconfig, 'utf8').replace(/https:\/\/[^\s"]+/, 'https://127.0.0.1:9') } })
  expect(away.log).toMatch(/could not be reached: .*ECONNREFUSED/)
})

it('no Helm, and another than the one that is asked for', async () => {
  expect((await app.up({ env: { PATH: '/usr/bin:/bin' } })).log).toMatch(/The program `helm` is not on this runner/)
  expect((await app.up({ inputs: { 'helm-version': '3' } })).log).toMatch(/`helm-version` asks for 3, and this runner has 4\./)
})
