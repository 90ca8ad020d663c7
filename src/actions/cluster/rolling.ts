import { Credentials, KubernetesClient, privateKubeconfig } from '../../drivers/kubernetes'
import { Failures, failuresOf } from '../../errors'
import type { HelmUpgradeInputs } from '../../inputs'
import { print } from '../../report/commands'
import { Redactor } from '../../report/redact'
import type { Request } from '../../rollout/rollout'
import { ClusterTarget } from '../../targets/cluster'
import { cancellation } from '../cancellation'
import { closeFailed } from '../closing'
import { hide } from '../hiding'
import { rollOut } from '../rolled-out'
import { refuseVersion } from '../rolling'
import { refuseStrangers, runContext } from '../run-context'
import type { ClusterAsked } from './asked'
import { helmFor } from './helm'
import { prepareCluster, type ClusterWork } from './prepared'
import { PrivateFolders } from './private-folders'
import { releaseFor } from './release'

/** A whole rollout to a cluster, from inputs to summary. Throws only bugs. */
export async function rollToCluster(inputs: HelmUpgradeInputs, asked: ClusterAsked): Promise<void> {
  const redactor = new Redactor([inputs.githubToken ?? '', ...asked.secrets].filter(Boolean))
  const cancelled = cancellation(() => process.exit(1))
  const { signal } = cancelled
  const core = await import('@actions/core')
  await using folders = new PrivateFolders(process.env, (made) => core.saveState('folders', made))
  try {
    refuseVersion(inputs)
    const context = runContext(process.env)
    refuseStrangers(context, process.env)
    const { kubeconfig } = asked
    // A cancelled run still gives the lock back: so its requests end with it, and not with the job.
    const requests = new AbortController()
    await using client = new KubernetesClient(kubeconfig, new Credentials(kubeconfig, process.env, (secret) => hide([secret], redactor)), process.env, requests.signal)
    const [found, prepared] = await Promise.allSettled([
      helmFor(asked.helm, process.env, folders, (text) => print(`  … ${redactor.redact(text)}`), signal),
      prepareCluster(inputs, asked, context, signal, redactor),
    ])
    if (found.status === 'rejected' || prepared.status === 'rejected') {
      if (prepared.status === 'fulfilled' && prepared.value.kind === 'deploy') await prepared.value.source[Symbol.asyncDispose]()
      throw both(prepared, found)
    }
    const [helm, work] = [found.value, prepared.value]
    try {
      const namespace = work.namespace ?? kubeconfig.namespace ?? 'default'
      const target = new ClusterTarget({
        app: work.app, release: work.release, namespace, client, helm, kubeconfig: privateKubeconfig(kubeconfig),
        holder: [context.actor.run, context.actor.by].filter(Boolean).join(' by ') || 'somebody', lockTimeout: inputs.lockTimeout, staging: inputs.operation !== 'status' && !inputs.dryRun,
        registryConfig: work.kind === 'deploy' ? work.registryConfig : null, temporary: folders.below, env: process.env, made: folders.made,
      })
      await rollOut({
        ...await requestOf(work, inputs, folders),
        policy: work.policy, policyAsBefore: work.policyAsBefore, operation: inputs.operation, wholeFleet: true, targets: [target], actor: context.actor, maxParallel: 1,
        dryRun: inputs.dryRun, allowOlder: inputs.allowOlder, allowRollbackFloor: inputs.allowRollbackFloor, signal,
      }, redactor)
    } finally {
      if (work.kind === 'deploy') await work.source[Symbol.asyncDispose]()
    }
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor)
  } finally {
    cancelled.end()
  }
}

async function requestOf(work: ClusterWork, { version }: HelmUpgradeInputs, folders: PrivateFolders): Promise<Pick<Request, 'release' | 'version' | 'secrets' | 'isAncestor'>> {
  if (work.kind === 'return') return { release: null, version, secrets: {}, isAncestor: async () => true }
  const { source, commit, located, secrets } = work
  return {
    release: await releaseFor(source, commit, work.version, located, folders), version: null, secrets,
    isAncestor: async (older, newer) => await source.isAncestor(older, newer),
  }
}

/** What is wrong with the checkout and with the runner, at once; a bug before all else. */
function both(...settled: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = settled.flatMap((one): unknown[] => one.status === 'rejected' ? [one.reason] : [])
  return reasons.find((reason) => failuresOf(reason).length === 0) ?? new Failures(reasons.flatMap((reason) => failuresOf(reason)))
}
