import type { AppConfig, Located, RolloutPolicy } from '../../config'
import type { ChartSource } from '../../config/types'
import type { ChartAccess } from '../../drivers/helm'
import { collecting, failuresOf, throwAll, type Failure } from '../../errors'
import type { HelmUpgradeInputs } from '../../inputs'
import type { Redactor } from '../../report/redact'
import { wrongTarget } from '../../targets/host/wrong-target'
import { holdGates } from '../gates'
import { hide } from '../hiding'
import type { PlaceOf } from '../publication/places'
import type { Publication } from '../publication/publication'
import type { RunContext } from '../run-context'
import { appAndPolicy, secretsOf, Source } from '../source'
import type { ClusterAsked } from './asked'
import { chartAccess } from './chart-access'
import { dependenciesOf, type Dependencies } from './dependencies'

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

export interface Deploying extends Common {
  readonly kind: 'deploy'
  /** To be closed when done. */
  readonly source: Source
  readonly commit: string
  readonly version: string
  readonly located: Located
  /** Name → value, of all that the configuration names; hidden already. */
  readonly secrets: Readonly<Record<string, string>>
  /** What of a chart in the repository is not in its charts/; null: nothing. */
  readonly dependencies: Dependencies | null
  /** To be told, a sentence each. */
  readonly warnings: readonly string[]
  readonly access: ChartAccess
}

/** A rollback or a status: all it needs is in the cluster. */
interface Returning extends Common {
  readonly kind: 'return'
  /** What is checked out; null: nothing is. */
  readonly config: AppConfig | null
}

/** Inputs of the step; `loginOfImage`: who is to fetch a chart has pushed an image, and no chart need come from that registry. */
export type PreparingInputs = HelmUpgradeInputs & { readonly loginOfImage: boolean }

/** Reads the checkout and the step's secrets. Throws all that is wrong. */
export async function prepareCluster(
  inputs: PreparingInputs, asked: ClusterAsked, context: RunContext, signal: AbortSignal, redactor: Redactor, publication: Publication | null = null,
): Promise<ClusterWork> {
  const sourceInputs = { ...inputs, target: 'cluster', cluster: asked.inputs } as const
  if (inputs.operation !== 'deploy') {
    const { config, ...rest } = await appAndPolicy(sourceInputs, context, signal)
    if (config !== null && config.target !== 'cluster') throw wrongTarget(config.target, ['cluster'])
    return { kind: 'return', ...rest, config, ...whereOf(asked, config, rest.app) }
  }
  const source = await Source.open(sourceInputs, context, signal)
  try {
    const { commit, version, located } = await source.wanted(publication === null ? null : async (...of) => await publication.name(...of))
    const { config } = located
    if (config.target !== 'cluster' || config.cluster === undefined) throw wrongTarget(config.target, ['cluster'])
    const { cluster } = config
    const { githubToken, ignoreGates: ignore, dryRun } = inputs
    const warnings = await holdGates(located.gates, { git: source.checkout.git, commit, githubToken, ignore, dryRun, context, signal, redactor, now: new Date() })
    const failures: Failure[] = []
    const secrets = collecting(failures, () => secretsOf(located, process.env)) ?? {}
    const elsewhere = await chartFrom(source, commit, cluster.chart, inputs).catch((error: unknown) => {
      const found = failuresOf(error)
      if (found.length === 0) throw error
      failures.push(...found)
      return null
    })
    throwAll(failures)
    if (elsewhere === null) throw new Error('a chart was refused without a reason')
    hide(Object.values(secrets), redactor)
    return {
      kind: 'deploy', app: config.app, ...whereOf(asked, config, config.app), policy: located.rollout, policyAsBefore: false,
      source, commit, version, located, secrets, warnings, ...elsewhere,
    }
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw error
  }
}

/** What of the chart comes from elsewhere, and who asks for it there. */
async function chartFrom(source: Source, commit: string, chart: ChartSource, inputs: PreparingInputs): Promise<Pick<Deploying, 'dependencies' | 'access'>> {
  const dependencies = chart.kind === 'folder' ? await dependenciesOf(await source.checkout.files(commit), chart.path) : null
  const places = chart.kind === 'oci' ? [chart.reference] : chart.kind === 'repository' ? [chart.url] : dependencies?.places ?? []
  return { dependencies, access: await chartAccess(places, inputs, process.env) }
}

/** By what the lock is: a namespace of a server, and a release in it. */
export function placeInCluster(asked: ClusterAsked): PlaceOf {
  const { server, namespace: usual } = asked.kubeconfig
  return ({ config }) => {
    const { release, namespace } = whereOf(asked, config, config.app)
    return [server, namespace ?? usual ?? 'default', release].join('\n')
  }
}

function whereOf({ inputs }: ClusterAsked, config: AppConfig | null, app: string): Pick<Common, 'release' | 'namespace'> {
  return { release: config?.cluster?.release ?? inputs.release ?? app, namespace: config?.cluster?.namespace ?? inputs.namespace }
}
