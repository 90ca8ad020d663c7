import { readFileSync } from 'node:fs'
import { succeeded } from '../host/harness/deploy'
import { ChartApp, type Release } from './harness/chart-app'
import { freshNamespace, type Namespace } from './harness/cluster'

/** What cannot work ends before anything is changed, with what to type; where it stands in a file, there. */
let namespace: Namespace
let app: ChartApp
beforeAll(async () => {
  namespace = await freshNamespace('bad-input')
  app = await ChartApp.make(namespace)
  await app.release('v1.0.0')
  succeeded(await app.up())
}, 1_200_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
})

let patch = 0
const chart = (name: string): string => readFileSync(`${app.repository.path}/chart/${name}`, 'utf8')

it.each<[string, () => Release, RegExp]>([
  ['a template that fails', () => ({ files: { 'chart/templates/broken.yaml': 'a: 1\n---\nb: {{ .Values.nope.deeper }}\n' } }), /template-error.* chart\/templates\/broken\.yaml:3 .*broken\.yaml fails in line 3/s],
  ['values that the schema refuses', () => ({ files: { 'chart/values.schema.json': JSON.stringify({ properties: { replicas: { type: 'string' } } }) } }), /values-refused.*replicas/s],
  ['a dependency that is not there', () => ({ files: { 'chart/Chart.yaml': `${chart('Chart.yaml')}dependencies: [{ name: redis, version: 1.2.3, repository: 'https://charts.example.com' }]\n` } }), /dependency-missing.*redis/s],
  ['a kind that the cluster does not have', () => ({ values: { objects: [{ apiVersion: 'policy/v1beta1', kind: 'PodSecurityPolicy', metadata: { name: 'old' }, spec: {} }] } }), /kind-unknown.*PodSecurityPolicy/s],
  ['a field that cannot be changed', () => ({ values: { rollout: { selector: { matchLabels: { app: 'shop', tier: 'web' } }, template: { metadata: { labels: { app: 'shop', tier: 'web' } } } } } }), /field-immutable.*spec\.selector/s],
  ['a field that does not exist', () => ({ values: { container: { readinesProbe: {} } } }), /object-invalid.*readinesProbe/s],
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
