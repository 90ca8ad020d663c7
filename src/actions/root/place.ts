import { resolveNaming, resolveTarget, type TargetKind, type TargetSaid } from '../../config'
import { Failure, failuresOf, throwAll } from '../../errors'
import type { RootInputs } from '../../inputs'
import { commitOf } from '../../release'
import { wrongTarget } from '../../targets/host/wrong-target'
import type { RunContext } from '../run-context'
import { Source } from '../source'
import { givenInputs, listed, ofBuilds, ofClusters, ofHosts } from './given'

export type Place = 'hosts' | 'cluster'

/**
 * Where a run goes: what slipway.yml says, and where it does not, what the inputs name. Throws all that contradicts it: an input that can
 * never apply there, or the lack of one without which nothing can be done.
 */
export async function placeOf(inputs: RootInputs, context: RunContext, signal: AbortSignal): Promise<Place> {
  const given = givenInputs(inputs)
  const [hosts, cluster] = [ofHosts, ofClusters].map((names) => names.filter((name) => given.has(name))) as [string[], string[]]
  const builds = ofBuilds.filter((name) => given.has(name))
  // Connecting takes longest, and begins first. What slipway.yml says is held against it when that is read.
  if (inputs.hosts.length > 0 && cluster.length === 0 && (builds.length === 0 || inputs.operation !== 'deploy')) return 'hosts'
  const said = await targetSaid(inputs, context, signal)
  const written = said?.written ?? null
  if (written === null && hosts.length > 0 && cluster.length > 0) throw unclear(hosts, cluster)
  const target = written ?? (cluster.length > 0 ? 'cluster' : said?.found ?? 'vm')
  const failures: Failure[] = []
  if (target === 'cluster') {
    if (inputs.operation === 'setup') failures.push(setupOfCluster())
    if (hosts.length > 0) failures.push(ofAnother(hosts, target))
  } else {
    if (cluster.length > 0) failures.push(ofAnother(cluster, target))
    if (inputs.hosts.length === 0) failures.push(noHosts(written))
    if (target === 'vm' && builds.length > 0 && inputs.operation === 'deploy') failures.push(imageForVm(builds))
  }
  throwAll(failures)
  return target === 'cluster' ? 'cluster' : 'hosts'
}

/** What is said where hosts are given, and the configuration turns out to be for another target. */
export function notForHosts(inputs: RootInputs): (found: TargetKind, accepts: readonly TargetKind[]) => Failure {
  return (found, accepts) => {
    if (found !== 'cluster') return wrongTarget(found, accepts)
    if (inputs.operation === 'setup') return setupOfCluster()
    const given = givenInputs(inputs)
    return ofAnother(ofHosts.filter((name) => given.has(name)), found)
  }
}

/** Of the commit that is deployed, else of what is checked out; null: nothing is, and nothing has to be. */
async function targetSaid(inputs: RootInputs, context: RunContext, signal: AbortSignal): Promise<TargetSaid | null> {
  const { config, environment, operation } = inputs
  try {
    await using source = await Source.open(inputs, context, signal)
    const { checkout } = source
    const prefixAt = async (commit: string): Promise<string> => (await resolveNaming(await checkout.files(commit), config ?? '', environment ?? '')).tagPrefix
    const { commit } = operation === 'deploy' ? await source.named(prefixAt) : await commitOf(checkout.git, 'HEAD', null)
    return await resolveTarget(await checkout.files(commit), config ?? '', environment ?? '', context.repository)
  } catch (error) {
    const failures = failuresOf(error)
    const nothingThere = failures.length > 0 && failures.every(({ code }) => code === 'not-a-checkout' || code === 'working-directory-missing' || code === 'no-commit')
    // A deployment says itself that it needs a checkout, where the inputs say what it goes to.
    if (nothingThere) return null
    throw error
  }
}

const words: Readonly<Record<TargetKind, string>> = { vm: 'VMs', docker: 'hosts with Docker', cluster: 'a cluster' }

function ofAnother(inputs: readonly string[], target: TargetKind): Failure {
  const one = inputs.length === 1
  return new Failure({
    code: 'input-of-another-target',
    what: `The input${one ? '' : 's'} ${listed(inputs)} ${one ? 'is' : 'are'} for ${target === 'cluster' ? 'hosts' : 'a cluster'}, and the configuration is for ${words[target]} (\`target: ${target}\`).`,
    cure: `Take ${one ? 'it' : 'them'} away from the step's \`with:\`; or write \`target: ${target === 'cluster' ? 'vm' : 'cluster'}\` in slipway.yml.`,
  })
}

function unclear(hosts: readonly string[], cluster: readonly string[]): Failure {
  return new Failure({
    code: 'target-unclear',
    what: `The inputs ${listed(hosts)} are for hosts, ${listed(cluster)} for a cluster, and slipway.yml does not say which of them it is.`,
    cure: `Take ${listed(cluster)} away from the step's \`with:\` for hosts, or ${listed(hosts)} for a cluster. `
      + 'What slipway.yml is for it says by `target: vm`, `target: docker` or `target: cluster`.',
  })
}

function noHosts(written: TargetKind | null): Failure {
  return new Failure({
    code: 'input-missing',
    what: 'The input `hosts` is missing or empty.',
    cure: 'Add `hosts: deploy@203.0.113.7` to the step\'s `with:`; if it is there, the secret or variable that it names is empty or not set.'
      + (written === null ? ' For a cluster write `target: cluster` in slipway.yml, or give `kubeconfig`.' : ''),
  })
}

function setupOfCluster(): Failure {
  return new Failure({
    code: 'setup-of-a-cluster',
    what: '`operation: setup` prepares hosts, and the configuration is for a cluster.',
    why: 'Nothing of Slipway is installed in a cluster: it needs a namespace, and an account that may do there what docs/cluster.md lists.',
    cure: 'Make both once, with the Role of docs/cluster.md in role.yaml; then run `operation: deploy` with a kubeconfig of that account:\n'
      + 'kubectl create namespace shop\nkubectl --namespace shop apply --filename role.yaml\nkubectl --namespace shop create serviceaccount slipway\n'
      + 'kubectl --namespace shop create rolebinding slipway --role slipway --serviceaccount shop:slipway',
  })
}

function imageForVm(inputs: readonly string[]): Failure {
  const one = inputs.length === 1
  return new Failure({
    code: 'input-of-another-target',
    what: `The input${one ? '' : 's'} ${listed(inputs)} ${one ? 'asks' : 'ask'} for an image, and the configuration is for VMs, which run none (\`target: vm\`).`,
    cure: 'Write `target: docker` or `target: cluster` in slipway.yml; or take what asks for it away from the step\'s `with:`.',
  })
}
