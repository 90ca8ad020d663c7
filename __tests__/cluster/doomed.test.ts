import { succeeded } from '../host/harness/deploy'
import { ClusterApp, type Release } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'
import { Witness, type Evidence } from './harness/witness'

/** What cannot become ready is red within seconds of when the API shows it, with what shows it; and what served serves. */
let namespace: Namespace
let app: ClusterApp
beforeAll(async () => {
  namespace = await freshNamespace('doomed')
  app = await ClusterApp.ofChart(namespace)
  await app.release('v1.0.0')
  succeeded(await app.up())
}, 1_200_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
})

let patch = 0
const web = (container: object, pod: object = {}): Release => ({ values: { container, pod } })
const waiting = (reason: RegExp): Evidence => ({ kind: 'Pod', when: ({ status }) => [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? []].some(({ state }) => reason.test(state?.waiting?.reason ?? '')) })
const ended = (times: number): Evidence => ({ kind: 'Pod', when: ({ status }) => [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? []].some(({ restartCount, state, lastState }) => (restartCount ?? 0) + (state?.terminated === undefined ? 0 : 1) >= times && (state?.terminated ?? lastState?.terminated) !== undefined) })
const event = (reason: RegExp, message = /./): Evidence => ({ kind: 'Event', when: (object) => reason.test(object.reason ?? '') && message.test(object.message ?? '') })
const hook = (name: string, command: string): object => ({
  apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations: { 'helm.sh/hook': 'pre-upgrade', 'helm.sh/hook-delete-policy': 'before-hook-creation' } },
  spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: `127.0.0.1:5055/web:v1.0.0`, command: ['sh', '-c', command] }] } } },
})

/** Title, release, what the log says, and what the API shows first. */
const cases: readonly (readonly [string, Release, RegExp, Evidence])[] = [
  ['an image that is missing', { image: `127.0.0.1:5055/web@sha256:${'0'.repeat(64)}` }, /The registry has no image/, waiting(/ErrImagePull|ImagePullBackOff/)],
  ['a crash at the start', { variant: 'crash' }, /ends with exit code 3/, ended(2)],
  ['a key of a ConfigMap that is missing', web({ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'shop-config', key: 'nope' } } }] }), /nope/, waiting(/CreateContainerConfigError/)],
  ['a program that is not in the image', web({ command: ['/no/such/program'] }), /\/no\/such\/program/, waiting(/RunContainerError|CrashLoopBackOff/)],
  ['a node that nobody has', web({}, { nodeSelector: { disk: 'golden' } }), /no node|nodes are available|node selector/i, event(/FailedScheduling/)],
  ['memory that runs out', { variant: 'oom' }, /memory/i, { kind: 'Pod', when: ({ status }) => (status?.containerStatuses ?? []).some(({ state, lastState }) => /OOMKilled/.test(state?.terminated?.reason ?? lastState?.terminated?.reason ?? '')) }],
  ['an init container that fails', web({}, { initContainers: [{ name: 'prepare', image: '127.0.0.1:5055/web:v1.0.0', command: ['sh', '-c', 'echo index is missing; exit 4'] }] }), /prepare/, ended(2)],
  ['a hook that fails', { values: { objects: [hook('migrate', 'echo column is missing; exit 5')] } }, /migrate/, { kind: 'Job', when: ({ status }) => (status?.conditions ?? []).some(({ type, status: is }) => type === 'Failed' && is === 'True') }],
  ['a claim that nobody can bind', { values: {
    pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
    objects: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'golden', resources: { requests: { storage: '1Gi' } } } }],
  } }, /golden|claim/i, event(/FailedScheduling|ProvisioningFailed/)],
  ['never ready, until the Deployment itself gives up', { variant: 'sick', values: { rollout: { progressDeadlineSeconds: 8 } } }, /readiness probe|progress/i, { kind: 'Deployment', when: ({ status }) => (status?.conditions ?? []).some(({ reason }) => reason === 'ProgressDeadlineExceeded') }],
]

/** From when the API shows it to red: what is measured is printed; that it is long before the rollout's ten minutes holds on a busy machine, too. */
const seconds = 30
const measured: string[] = []
const within = (title: string, took: number): void => {
  measured.push(`${took.toFixed(1).padStart(6)} s  ${title}`)
  expect(took).toBeLessThan(seconds)
}
afterAll(() => process.stderr.write(`From what the API shows first to red:\n${measured.join('\n')}\n`))

it.each(cases)('%s', async (title, release, said, evidence) => {
  await app.release(`v1.1.${++patch}`, { values: {}, ...release })
  await using witness = await Witness.of(namespace, evidence)
  const started = await app.startUp()
  await started.until(/cannot become ready/)
  const red = performance.now()
  const run = await started.done
  if (run.code !== 1) throw new Error(`It ended with ${run.signal ?? run.code}:\n${run.log}`)
  expect(run.log).toMatch(said)
  expect(run.outputs).toMatchObject({ status: 'reverted', serving: 'v1.0.0' })
  expect(await app.served()).toBe('v1.0.0')
  within(title, (red - await witness.seen) / 1000)
  expect(Object.values(await app.revisions()).filter((status) => status.startsWith('pending'))).toEqual([])
})

it('a quota that is used up', async () => {
  await namespace.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '2' } } })
  try {
    await app.release(`v1.1.${++patch}`, { values: {} })
    await using witness = await Witness.of(namespace, event(/FailedCreate/, /exceeded quota/))
    const started = await app.startUp()
    await started.until(/cannot become ready/)
    const red = performance.now()
    const run = await started.done
    expect(run.log).toMatch(/quota/)
    expect(run.outputs).toMatchObject({ status: 'reverted', serving: 'v1.0.0' })
    within('a quota that is used up', (red - await witness.seen) / 1000)
  } finally {
    await namespace.kubectl(['delete', 'resourcequota', 'few'])
  }
})

it('pods that the namespace does not admit', async () => {
  await namespace.kubectl(['label', 'namespace', namespace.name, 'pod-security.kubernetes.io/enforce=restricted'])
  try {
    await app.release(`v1.1.${++patch}`, { values: {} })
    await using witness = await Witness.of(namespace, event(/FailedCreate/, /PodSecurity/))
    const started = await app.startUp()
    await started.until(/cannot become ready/)
    const red = performance.now()
    const run = await started.done
    expect(run.log).toMatch(/PodSecurity/)
    within('pods that the namespace does not admit', (red - await witness.seen) / 1000)
    expect(await app.served()).toBe('v1.0.0')
  } finally {
    await namespace.kubectl(['label', 'namespace', namespace.name, 'pod-security.kubernetes.io/enforce-'])
  }
})

it('what takes 90 s to start is slow, and not doomed', async () => {
  await app.release(`v1.1.${++patch}`, { variant: 'slow', values: { replicas: 1, container: { startupProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 2, failureThreshold: 90 } } } })
  const run = succeeded(await app.up())
  expect(run.outputs['status']).toBe('deployed')
  expect(run.took).toBeGreaterThan(85_000)
})
