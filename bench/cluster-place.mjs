// Namespaces of the rig's cluster, one a contender, and what is to be seen in them.
import { call, pause, run } from './programs.mjs'

const program = (name) => call('rig/cluster/programs', [name], { stdio: ['ignore', 'pipe', 'inherit'] })

/** The cluster, and both Helms: the paths of their programs. */
export function prepareCluster() {
  const kubeconfig = call('script/rig', ['up', '--cluster'], { stdio: ['ignore', 'pipe', 'inherit'] }).split('\n').at(-1)
  return { kubeconfig, hyperkube: program('hyperkube'), helm: { 3: program('helm3'), 4: program('helm4') } }
}

let made = 0

/** A new namespace: `{ name, addressOf(service), pods(), settled(), events(), remove() }`. */
export async function newPlace({ kubeconfig, hyperkube }, label) {
  const name = `bench-${label}-${Date.now().toString(36)}${made++}`
  const kubectl = async (...words) => {
    const { code, log } = await run(hyperkube, ['kubectl', '--kubeconfig', kubeconfig, ...words])
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${log}`)
    return log.trim()
  }
  const list = async (plural) => JSON.parse(await kubectl('--namespace', name, 'get', plural, '--output', 'json')).items
  await kubectl('create', 'namespace', name)
  await kubectl('wait', '--namespace', name, '--for=create', 'serviceaccount/default', '--timeout=30s')
  return {
    name,
    addressOf: (service) => kubectl('--namespace', name, 'get', 'service', service, '--output', 'jsonpath={.spec.clusterIP}'),
    /** Names of all that are there. */
    pods: async () => (await list('pods')).map(({ metadata }) => metadata.name),
    /** Until no pod leaves any more, and all others are ready. */
    async settled() {
      const isReady = ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined && (status.conditions ?? []).some(({ type, status: said }) => type === 'Ready' && said === 'True')
      while (!(await list('pods')).every(isReady)) await pause(250)
    },
    /** What the cluster tells of; it forgets after an hour. */
    events: async () => (await list('events')).map(({ reason, message }) => `${reason}: ${message}`),
    remove: () => kubectl('delete', 'namespace', name, '--wait=false'),
  }
}
