import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../host/harness/command'
import { succeeded } from '../host/harness/deploy'
import { accountOf, requestsFrom, userOf, type ApiRequest } from '../cluster/harness/access'
import { ClusterApp } from '../cluster/harness/cluster-app'
import { documentedRules } from '../cluster/harness/documented'
import { freshNamespace, type Namespace } from '../cluster/harness/cluster'

/** A large release, on nodes that are only told of: what it takes of memory and of the API server is counted. */
const workloads = 200
const replicas = 10
/** Mebibytes, of the action at its highest; Node itself takes some 50. */
const memory = 150

const simulate = (nodes: number): Promise<string> => must(join(root, 'script', 'rig'), ['simulated-nodes', String(nodes)], { timeout: 1_200_000 })

let namespace: Namespace
let app: ClusterApp
beforeAll(async () => {
  // The first makes the cluster.
  namespace = await freshNamespace('many')
  await simulate(12)
  app = await ClusterApp.ofChart(namespace)
}, 1_800_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
  await simulate(0)
}, 300_000)

/** The chart's own Deployment beside so many others. */
const values = (greeting: string): object => ({
  objects: Array.from({ length: workloads - 1 }, (_, index) => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: `part-${index}` },
    spec: {
      replicas, selector: { matchLabels: { part: `${index}` } }, strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { part: `${index}` }, annotations: { greeting } },
        spec: {
          nodeSelector: { 'slipway.rig/simulated': 'true' }, tolerations: [{ key: 'slipway.rig/simulated', operator: 'Exists' }], terminationGracePeriodSeconds: 0,
          containers: [{ name: 'part', image: 'example.com/part:1' }],
        },
      },
    },
  })),
})

/** The most that the process has had in memory at once, in MiB; what it started apart. */
function peakOf(pid: number): () => number {
  let most = 0
  const timer = setInterval(() => {
    try {
      most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
    } catch {
      // It has ended.
    }
  }, 50)
  return () => {
    clearInterval(timer)
    return most
  }
}

const helms = ({ userAgent = '' }: ApiRequest): boolean => /^Helm/i.test(userAgent)
const tally = (requests: readonly ApiRequest[]): string => {
  const counts = new Map<string, number>()
  for (const { verb, requestURI } of requests) {
    const path = new URL(requestURI, 'http://x')
    const what = `${verb}${path.searchParams.has('dryRun') ? ' (dry)' : ''} ${path.pathname.replace(/.*\/namespaces\/[^/]+\//, '').split('/')[0] ?? ''}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`).join(', ')
}

it('is installed and upgraded within its memory, with so many requests', async () => {
  const account = readFileSync(await accountOf(namespace, 'deployer', documentedRules('docs/cluster.md')), 'utf8')
  for (const [version, greeting] of [['v1.0.0', 'hello'], ['v1.1.0', 'hallo']] as const) {
    await app.release(version, { values: values(greeting) })
    const requests = requestsFrom(namespace, userOf(namespace, 'deployer'))
    const started = await app.startUp({ inputs: { kubeconfig: account }, timeout: 900_000 })
    const peak = peakOf(started.pid)
    const run = succeeded(await started.done)
    const most = peak()
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: version })
    const ours = requests().filter((request) => !helms(request))
    process.stderr.write(`${version}: ${workloads} workloads, ${(workloads - 1) * replicas + 2} pods in ${(run.took / 1000).toFixed(1)} s; ${most.toFixed(0)} MiB; ${ours.length} requests besides Helm's: ${tally(ours)}\n`)
    expect(most).toBeGreaterThan(40)
    expect(most).toBeLessThan(memory)
    // Each object is tried once; all else is streams and a few lists.
    expect(ours.length).toBeGreaterThan(workloads)
    expect(ours.length).toBeLessThan(workloads + 150)
    const watches = ours.filter(({ verb }) => verb === 'watch')
    expect(watches.length).toBeGreaterThan(0)
    expect(watches.length).toBeLessThan(40)
  }
}, 2_400_000)
