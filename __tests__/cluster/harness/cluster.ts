import { join } from 'node:path'
import { must, root, run, type CommandOptions, type Ended } from '../../host/harness/command'

const rig = join(root, 'script', 'rig')
const minutes = 60_000

/** The Kubernetes of the rig: one for all test files of a run, each in namespaces of its own. */
export interface Cluster {
  /** The administrator's kubeconfig, a path. */
  readonly kubeconfig: string
  /** `kubectl ARG…` as the administrator; rejects when it fails, resolves with standard output, trimmed. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>
  /** The same, and what comes is JSON. */
  get<T = Manifest>(...args: string[]): Promise<T>
}

/** A namespace of one test file. */
export interface Namespace extends Cluster {
  readonly name: string
  /** Creates or changes what the manifests say, in this namespace. */
  apply(...manifests: readonly Manifest[]): Promise<void>
  /** `kubectl exec POD -- ARGV`; a pod, or `deployment/NAME` for one of its pods. */
  exec(pod: string, ...argv: string[]): Promise<Ended>
  /** With all that is in it; it is not waited for. */
  remove(): Promise<void>
}

/** Any object of the API. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** Started if need be: for a run of tests one that nobody used before. */
export async function startCluster(): Promise<Cluster> {
  const forRun = process.env['SLIPWAY_TEST_RUN']
  const kubeconfig = await must(rig, ['up', '--cluster', ...(forRun === undefined ? [] : ['--fresh-for', forRun])], { timeout: 20 * minutes })
  const program = await must(join(root, 'rig/cluster/programs'), ['hyperkube'])
  const kubectl: Cluster['kubectl'] = (args, options) => must(program, ['kubectl', '--kubeconfig', kubeconfig, ...args], options)
  return { kubeconfig, kubectl, get: async (...args) => JSON.parse(await kubectl(['get', '--output', 'json', ...args])) }
}

/** A new namespace of the cluster, of which tests make the rest. `labels`: such as a pod security level. */
export async function freshNamespace(label: string, labels: Readonly<Record<string, string>> = {}): Promise<Namespace> {
  const cluster = await startCluster()
  const name = `${label}-${process.pid.toString(36)}${Date.now().toString(36)}`
  await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }) })
  // Pods are refused until their account is there.
  await cluster.kubectl(['wait', '--namespace', name, '--for=create', 'serviceaccount/default', '--timeout=30s'])
  const kubectl: Cluster['kubectl'] = (args, options) => cluster.kubectl(['--namespace', name, ...args], options)
  const program = await must(join(root, 'rig/cluster/programs'), ['hyperkube'])
  return {
    name, kubectl,
    kubeconfig: cluster.kubeconfig,
    get: async (...args) => JSON.parse(await kubectl(['get', '--output', 'json', ...args])),
    apply: async (...items) => void (await kubectl(['apply', '--filename', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })),
    exec: (pod, ...argv) => run(program, ['kubectl', '--kubeconfig', cluster.kubeconfig, '--namespace', name, 'exec', pod, '--', ...argv]),
    remove: async () => void (await cluster.kubectl(['delete', 'namespace', name, '--wait=false'])),
  }
}
