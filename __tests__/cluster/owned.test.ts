import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { succeeded } from '../host/harness/deploy'
import { ClusterApp } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'
import { helmProgram } from './harness/helm'

/** What somebody else has set is neither fought over in the middle of an upgrade nor overwritten without a word. */
describe.each([3, 4] as const)('Helm %i', (helm) => {
  let namespace: Namespace
  let app: ClusterApp
  beforeAll(async () => {
    namespace = await freshNamespace(`owned${helm}`)
    app = await ClusterApp.ofChart(namespace, { helm })
    await app.release('v1.0.0')
    succeeded(await app.up())
  }, 1_200_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await namespace?.remove()
  })

  const greeting = (): Promise<string> => namespace.kubectl(['get', 'configmap', 'shop-config', '--output', 'jsonpath={.data.greeting}'])
  const edit = (text: string): Promise<string> => namespace.kubectl(['patch', 'configmap', 'shop-config', '--field-manager', 'somebody', '--patch', JSON.stringify({ data: { greeting: text } })])
  const overwritten = /ConfigMap shop-config: what somebody else has set is overwritten: data\.greeting \(somebody\)/

  it('a field that somebody has edited', async () => {
    await edit('edited')
    await app.release('v1.1.0')
    const before = await app.revisions()
    const run = await app.up()
    if (helm === 3) {
      expect(succeeded(run).log).toMatch(overwritten)
      expect(await greeting()).toBe('hello')
      return
    }
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/ConfigMap shop-config \(shop\/templates\/web\.yaml\) sets what somebody else has set otherwise: data\.greeting \(somebody\)/)
    expect(await app.revisions()).toEqual(before)
    await edit('hello')
    succeeded(await app.up())
  })

  it('a rollback takes it, and says so', async () => {
    await edit('edited again')
    const back = succeeded(await app.up({ inputs: { operation: 'rollback' } }))
    expect(back.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1.0.0' })
    expect(back.log).toMatch(overwritten)
    expect(await greeting()).toBe('hello')
  })

  it('a number of pods that an autoscaler has set', async () => {
    await namespace.apply({
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'load' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, minReplicas: 3, maxReplicas: 4 },
    })
    await namespace.kubectl(['wait', 'deployment/shop', '--for=jsonpath={.spec.replicas}=3', '--timeout=60s'])
    await app.release('v1.2.0')
    const before = await app.revisions()
    const run = await app.up()
    expect(run.code).toBe(1)
    expect(run.log).toMatch(helm === 3 ? /replicas-contested[^]*HorizontalPodAutoscaler load scales it, to 3 now/ : /field-conflict[^]*spec\.replicas \(kube-controller-manager\)[^]*autoscaling\.enabled/)
    expect(await app.revisions()).toEqual(before)
    // Helm 4 leaves it to its owner; with Helm 3 the chart has to say what runs.
    const template = readFileSync(`${app.repository.path}/chart/templates/web.yaml`, 'utf8')
    await app.release('v1.2.1', helm === 3 ? { values: { replicas: 3 } } : { files: { 'chart/templates/web.yaml': template.replace('"replicas" .Values.replicas', '') } })
    const mended = succeeded(await app.up())
    // A number that has followed the autoscaler is nobody's news; one that is left out must not fall.
    expect(mended.log).not.toMatch(/once that has made it more or fewer|sets it to 1/)
    expect(await namespace.kubectl(['get', 'deployment', 'shop', '--output', 'jsonpath={.spec.replicas}'])).toBe('3')
  })
})

it('Helm 4 of what Helm 3 has made: it patches, and goes back, as that', async () => {
  const namespace = await freshNamespace('owned34')
  const app = await ClusterApp.ofChart(namespace, { helm: 3 })
  try {
    await app.release('v1.0.0')
    succeeded(await app.up())
    const env = { PATH: `${dirname(await helmProgram(4))}:${process.env['PATH'] ?? ''}` }
    const edit = (greeting: string): Promise<string> => namespace.kubectl(['patch', 'configmap', 'shop-config', '--field-manager', 'somebody', '--patch', JSON.stringify({ data: { greeting } })])
    await edit('edited')
    await app.release('v1.1.0')
    expect(succeeded(await app.up({ env })).log).toMatch(/is overwritten: data\.greeting \(somebody\)/)
    await app.release('v1.2.0', { variant: 'crash' })
    expect((await app.up({ env })).outputs).toMatchObject({ status: 'reverted', serving: 'v1.1.0' })
    await edit('edited again')
    const back = succeeded(await app.up({ env, inputs: { operation: 'rollback' } }))
    expect(back.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1.0.0' })
    expect(back.log).toMatch(/is overwritten: data\.greeting \(somebody\)/)
  } finally {
    app[Symbol.dispose]()
    await namespace.remove()
  }
})
