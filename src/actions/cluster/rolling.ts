import type { HelmProgram } from '../../drivers/helm'
import type { ChartValues } from '../../config'
import { Credentials, KubernetesClient, privateKubeconfig } from '../../drivers/kubernetes'
import { Failures, failuresOf, throwAll, type Failure } from '../../errors'
import type { HelmUpgradeInputs } from '../../inputs'
import { print } from '../../report/commands'
import { Redactor } from '../../report/redact'
import type { Request } from '../../rollout/rollout'
import { ClusterTarget } from '../../targets/cluster'
import { cancellation, failuresBefore } from '../cancellation'
import { closeFailed, type Alongside } from '../closing'
import { hide } from '../hiding'
import { closeNothing } from '../publication/closing-nothing'
import type { PublicationStep } from '../publication/inputs'
import { openPublication } from '../publication/opening'
import { NothingToRelease } from '../publication/nothing'
import { refuseVersion } from '../restart'
import { rollOut } from '../rolled-out'
import { refuseStrangers, runContext } from '../run-context'
import type { ClusterAsked } from './asked'
import { helmFor } from './helm'
import { secretsIn } from './hidden'
import { placeInCluster, prepareCluster, type ClusterWork } from './prepared'
import { PrivateFolders } from './private-folders'
import { releaseFor } from './release'

/** What comes before, and with, a rollout to a cluster in the same step. */
export interface Beside {
  /** What the runner has of Helm, where that was asked before. */
  readonly helm?: Promise<HelmProgram>
  readonly alongside?: Alongside
  /** `registry-username` has pushed the image: it is of use although no chart comes from its registry. */
  readonly loginOfImage?: boolean
  /** What it makes public; null or absent: nothing. */
  readonly publishing?: PublicationStep | null
}

/** A whole rollout to a cluster, from inputs to summary. Throws only bugs. */
export async function rollToCluster(inputs: HelmUpgradeInputs, asked: ClusterAsked, { helm: begun, alongside, loginOfImage = false, publishing = null }: Beside = {}): Promise<void> {
  const redactor = new Redactor([inputs.githubToken ?? '', publishing?.signingKey ?? '', ...asked.secrets].filter(Boolean))
  const cancelled = cancellation(() => process.exit(1))
  const { signal } = cancelled
  await using folders = new PrivateFolders(process.env, async (made) => (await import('@actions/core')).saveState('folders', made))
  try {
    refuseVersion(inputs)
    const context = runContext(process.env)
    refuseStrangers(context, process.env)
    const { kubeconfig } = asked
    const refused: Failure[] = []
    const publication = await openPublication(publishing, { context, placeOf: placeInCluster(asked), signal, redactor }, refused)
    throwAll(refused)
    // A cancelled run still gives the lock back: so its requests end with it, and not with the job.
    const requests = new AbortController()
    await using client = new KubernetesClient(kubeconfig, new Credentials(kubeconfig, process.env, (secret) => hide([secret], redactor)), process.env, requests.signal)
    const [found, prepared] = await Promise.allSettled([
      helmFor(asked.helm, process.env, folders, (text) => print(`  … ${redactor.redact(text)}`), signal, begun ?? null),
      prepareCluster({ ...inputs, loginOfImage }, asked, context, signal, redactor, publication),
      // It is needed from here on, and takes a while to be loaded, in which Git and Helm are at work.
      import('@actions/core'),
    ])
    if (found.status === 'rejected' || prepared.status === 'rejected') {
      if (prepared.status === 'fulfilled' && prepared.value.kind === 'deploy') await prepared.value.source[Symbol.asyncDispose]()
      throw both(prepared, found)
    }
    const [helm, work] = [found.value, prepared.value]
    try {
      const namespace = work.namespace ?? kubeconfig.namespace ?? 'default'
      const target = new ClusterTarget({
        app: work.app, release: work.release, namespace, revision: asked.revision, client, helm, kubeconfig: privateKubeconfig(kubeconfig),
        holder: [context.actor.run, context.actor.by].filter(Boolean).join(' by ') || 'somebody', lockTimeout: inputs.lockTimeout, staging: inputs.operation !== 'status' && !inputs.dryRun,
        temporary: folders.below, env: process.env, made: folders.made,
        hide: (secrets) => hide(secrets, redactor), secretsIn: (values) => secretsIn(values as ChartValues),
      })
      await rollOut({
        ...await requestOf(work, inputs, asked, helm, folders, signal),
        policy: work.policy, policyAsBefore: work.policyAsBefore, operation: inputs.operation, wholeFleet: true, targets: [target], actor: context.actor, maxParallel: 1,
        dryRun: inputs.dryRun, allowOlder: inputs.allowOlder, allowRollbackFloor: inputs.allowRollbackFloor, signal,
      }, redactor, { publication, warnings: work.kind === 'deploy' ? work.warnings : [], alongside })
    } finally {
      if (work.kind === 'deploy') await work.source[Symbol.asyncDispose]()
    }
  } catch (error) {
    if (error instanceof NothingToRelease) return await closeNothing(error, redactor, alongside)
    const failures = failuresBefore(error, signal)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor, false, alongside)
  } finally {
    cancelled.end()
  }
}

async function requestOf(work: ClusterWork, { version }: HelmUpgradeInputs, { revision }: ClusterAsked, helm: HelmProgram, folders: PrivateFolders, signal: AbortSignal): Promise<Pick<Request, 'release' | 'version' | 'secrets' | 'isAncestor'>> {
  if (work.kind === 'return') return { release: null, version: revision === null ? version : `revision-${revision}`, secrets: {}, isAncestor: async () => true }
  const { source, secrets } = work
  return {
    release: await releaseFor(work, helm, folders, signal), version: null, secrets,
    isAncestor: async (older, newer) => await source.isAncestor(older, newer),
  }
}

/** What is wrong with the checkout and with the runner, at once; a bug before all else. */
function both(...settled: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = settled.flatMap((one): unknown[] => one.status === 'rejected' ? [one.reason] : [])
  return reasons.find((reason) => failuresOf(reason).length === 0) ?? new Failures(reasons.flatMap((reason) => failuresOf(reason)))
}
