import type { AppConfig, Located, RolloutPolicy } from '../../config'
import { collecting, failuresOf, throwAll, type Failure } from '../../errors'
import type { HelmUpgradeInputs } from '../../inputs'
import type { Redactor } from '../../report/redact'
import { wrongTarget } from '../../targets/host/wrong-target'
import { hide } from '../hiding'
import type { RunContext } from '../run-context'
import { appAndPolicy, secretsOf, Source } from '../source'
import type { ClusterAsked } from './asked'
import { registryConfigFor } from './registry-config'

/** What a run of helm-upgrade knows before it reaches the cluster. */
export type ClusterWork = Deploying | Returning

interface Common {
  readonly app: string
  readonly release: string
  /** Null: that of the context. */
  readonly namespace: string | null
  readonly policy: RolloutPolicy
  readonly policyAsBefore: boolean
}

interface Deploying extends Common {
  readonly kind: 'deploy'
  /** To be closed when done. */
  readonly source: Source
  readonly commit: string
  readonly version: string
  readonly located: Located
  /** Name → value, of all that the configuration names; hidden already. */
  readonly secrets: Readonly<Record<string, string>>
  /** What Helm logs in to the chart's registry with; null: the runner's own. */
  readonly registryConfig: string | null
}

/** A rollback or a status: all it needs is in the cluster. */
interface Returning extends Common {
  readonly kind: 'return'
  /** What is checked out; null: nothing is. */
  readonly config: AppConfig | null
}

/** Reads the checkout and the step's secrets. Throws all that is wrong. */
export async function prepareCluster(inputs: HelmUpgradeInputs, asked: ClusterAsked, context: RunContext, signal: AbortSignal, redactor: Redactor): Promise<ClusterWork> {
  const sourceInputs = { ...inputs, target: 'cluster', cluster: asked.inputs } as const
  if (inputs.operation !== 'deploy') {
    const { config, ...rest } = await appAndPolicy(sourceInputs, context, signal)
    if (config !== null && config.target !== 'cluster') throw wrongTarget(config.target, ['cluster'])
    return { kind: 'return', ...rest, config, ...whereOf(asked, config, rest.app) }
  }
  const source = await Source.open(sourceInputs, context, signal)
  try {
    const { commit, version, located } = await source.wanted()
    const { config } = located
    if (config.target !== 'cluster' || config.cluster === undefined) throw wrongTarget(config.target, ['cluster'])
    const { cluster } = config
    const failures: Failure[] = []
    const secrets = collecting(failures, () => secretsOf(located, process.env)) ?? {}
    const registryConfig = await registryConfigFor(cluster.chart, inputs, process.env).catch((error: unknown) => {
      const found = failuresOf(error)
      if (found.length === 0) throw error
      failures.push(...found)
      return null
    })
    throwAll(failures)
    hide(Object.values(secrets), redactor)
    return {
      kind: 'deploy', app: config.app, ...whereOf(asked, config, config.app), policy: located.rollout, policyAsBefore: false,
      source, commit, version, located, secrets, registryConfig,
    }
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw error
  }
}

function whereOf({ inputs }: ClusterAsked, config: AppConfig | null, app: string): Pick<Common, 'release' | 'namespace'> {
  return { release: config?.cluster?.release ?? inputs.release ?? app, namespace: config?.cluster?.namespace ?? inputs.namespace }
}
