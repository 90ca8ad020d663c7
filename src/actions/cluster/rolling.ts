import { homedir } from 'node:os'
import type { ClusterInputs } from '../../config'
import type { WantedHelm } from '../../drivers/helm'
import { Credentials, KubernetesClient, privateKubeconfig, readKubeconfig } from '../../drivers/kubernetes'
import { Failure, failuresOf } from '../../errors'
import { print } from '../../report/commands'
import { Redactor } from '../../report/redact'
import type { Operation } from '../../rollout/outcome'
import type { Request } from '../../rollout/rollout'
import { ClusterTarget } from '../../targets/cluster'
import { cancellation } from '../cancellation'
import { closeFailed } from '../closing'
import { rollOut } from '../rolled-out'
import { hide, refuseVersion } from '../rolling'
import { refuseStrangers, runContext, type RunContext } from '../run-context'
import { appAndPolicy, secretsOf, Source, type SourceInputs } from '../source'
import { helmFor } from './helm'
import { PrivateFolders } from './private-folders'
import { registryConfigFor } from './registry-config'
import { releaseFor } from './release'

/** What a step's `with:` says of a rollout to a cluster, beside the chart. */
export interface ClusterRollingInputs extends Omit<SourceInputs, 'target' | 'compose'> {
  readonly dryRun: boolean
  readonly operation: Operation
  readonly allowOlder: boolean
  readonly allowRollbackFloor: boolean
  readonly lockTimeout: number
  readonly kubeconfig: string | null
  readonly kubeContext: string | null
  readonly registryUsername: string | null
  readonly registryPassword: string | null
}

/** What it means. */
export interface ClusterAsked {
  readonly cluster: ClusterInputs
  readonly helm: WantedHelm | null
  /** Texts in the inputs that are to be masked. */
  readonly secrets: readonly string[]
}

/** A whole rollout to a cluster, from inputs to summary. Throws only bugs. */
export async function rollToCluster(inputs: ClusterRollingInputs, asked: ClusterAsked): Promise<void> {
  const redactor = new Redactor([inputs.kubeconfig, inputs.githubToken, inputs.registryPassword, ...asked.secrets].filter((secret) => secret !== null))
  const cancelled = cancellation(() => process.exit(1))
  const { signal } = cancelled
  const core = await import('@actions/core')
  await using folders = new PrivateFolders(process.env, (made) => core.saveState('folders', made))
  try {
    refuseVersion(inputs)
    const context = runContext(process.env)
    refuseStrangers(context, process.env)
    const kubeconfig = await readKubeconfig({ text: inputs.kubeconfig, context: inputs.kubeContext, env: process.env, home: process.env['HOME'] || homedir() })
    // A cancelled run still gives the lock back: so its requests end with it, and not with the job.
    const requests = new AbortController()
    await using client = new KubernetesClient(kubeconfig, new Credentials(kubeconfig, process.env, (secret) => hide([secret], redactor)), process.env, requests.signal)
    const [helm, work] = await Promise.all([
      helmFor(asked.helm, process.env, folders, (text) => print(`  … ${redactor.redact(text)}`), signal),
      prepare(inputs, asked, context, folders, signal, redactor),
    ])
    try {
      await rollOut({
        ...work.request,
        operation: inputs.operation,
        wholeFleet: true,
        targets: [new ClusterTarget({
          app: work.app, release: work.release, namespace: work.namespace ?? kubeconfig.namespace ?? 'default', client, helm, kubeconfig: privateKubeconfig(kubeconfig),
          holder: [context.actor.run, context.actor.by].filter(Boolean).join(' by ') || 'somebody', lockTimeout: inputs.lockTimeout, staging: inputs.operation !== 'status',
          registryConfig: work.registryConfig, temporary: folders.below, env: process.env, made: folders.made,
        })],
        actor: context.actor,
        maxParallel: 1,
        dryRun: inputs.dryRun,
        allowOlder: inputs.allowOlder,
        allowRollbackFloor: inputs.allowRollbackFloor,
        signal,
      }, redactor)
    } finally {
      await work.source?.[Symbol.asyncDispose]()
    }
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor)
  } finally {
    cancelled.end()
  }
}

interface Work {
  readonly app: string
  readonly release: string
  readonly namespace: string | null
  readonly registryConfig: string | null
  readonly source: Source | null
  readonly request: Pick<Request, 'release' | 'version' | 'secrets' | 'policy' | 'policyAsBefore' | 'isAncestor'>
}

async function prepare(
  inputs: ClusterRollingInputs, { cluster }: ClusterAsked, context: RunContext, folders: PrivateFolders, signal: AbortSignal, redactor: Redactor,
): Promise<Work> {
  if (inputs.operation !== 'deploy') {
    const { app, policy, policyAsBefore, config } = await appAndPolicy({ ...inputs, target: 'cluster', cluster }, context, signal)
    return {
      app, release: cluster.release ?? config?.cluster?.release ?? app, namespace: cluster.namespace ?? config?.cluster?.namespace ?? null, registryConfig: null, source: null,
      request: { release: null, version: inputs.version, secrets: {}, policy, policyAsBefore, isAncestor: async () => true },
    }
  }
  const source = await Source.open({ ...inputs, target: 'cluster', cluster }, context, signal)
  try {
    const { commit, version, located } = await source.wanted()
    const { config, rollout } = located
    if (config.target !== 'cluster' || config.cluster === undefined) throw notForClusters(config.target)
    const secrets = secretsOf(located, process.env)
    hide(Object.values(secrets), redactor)
    const { chart, release, namespace } = config.cluster
    if (chart.kind === 'web') throw ownChart()
    return {
      app: config.app, release, namespace, source,
      registryConfig: await registryConfigFor(chart, inputs, process.env),
      request: {
        release: await releaseFor(source, commit, version, located, folders), version: null, secrets, policy: rollout, policyAsBefore: false,
        isAncestor: async (older, newer) => await source.isAncestor(older, newer),
      },
    }
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw error
  }
}

function notForClusters(target: string): Failure {
  return new Failure({
    code: 'wrong-target', what: `slipway.yml says \`target: ${target}\`, and helm-upgrade goes to a cluster.`,
    cure: target === 'vm' ? 'Use push-release, or write `target: cluster`.' : 'Use compose-up, or write `target: cluster`.',
  })
}

function ownChart(): Failure {
  return new Failure({
    code: 'chart-missing', what: 'There is no chart in the repository, and none is named.', why: 'A chart made of `services` is not yet available.',
    cure: 'Commit a chart and name its folder: `cluster: { chart: deploy/chart }` in slipway.yml, or the input `chart`. `helm create chart` makes one to begin with.',
  })
}

