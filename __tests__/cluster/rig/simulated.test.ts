import { eventually } from '../../docker/harness/examples'
import { freshNamespace, type Manifest, type Namespace } from '../harness/cluster'
import { onSimulatedNode, simulatedNodes } from '../harness/simulated'

let space: Namespace
beforeAll(async () => {
  space = await freshNamespace('test-simulated')
  await simulatedNodes(2)
}, 1_200_000)
afterAll(async () => { await space.remove() })

const deployment = (name: string, replicas: number): Manifest => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
  spec: {
    replicas, selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { ...onSimulatedNode, containers: [{ name: 'web', image: 'registry.invalid/nobody' }] } },
  },
})

describe('simulated nodes', () => {
  it('have hundreds of pods ready in seconds', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `web-${index}`)
    await space.apply(...names.map((name) => deployment(name, 20)))
    await space.kubectl(['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=120s'], { timeout: 150_000 })
    const { items } = await space.get<{ items: { spec: { nodeName: string }; status: { phase: string } }[] }>('pods')
    expect(items).toHaveLength(400)
    expect(new Set(items.map(({ spec }) => spec.nodeName))).toEqual(new Set(['simulated-1', 'simulated-2']))
    expect(new Set(items.map(({ status }) => status.phase))).toEqual(new Set(['Running']))
  })

  it('take nobody who does not ask for them', async () => {
    const { spec, ...rest } = deployment('elsewhere', 1) as Manifest & { spec: { template: { spec: Record<string, unknown> } } }
    const { tolerations: _, ...podSpec } = spec.template.spec
    await space.apply({ ...rest, spec: { ...spec, template: { ...spec.template, spec: podSpec } } })
    const why = (): Promise<string> => space.kubectl(['get', 'pods', '--selector', 'app=elsewhere', '--output', 'jsonpath={.items[*].status.conditions[*].message}'])
    expect(await eventually(why, (text) => text !== '', 30_000)).toContain('2 node(s) had untolerated taint(s)')
  })
})
