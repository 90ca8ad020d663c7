import { Failure, type Position } from '../../errors'
import type { Places } from '../checks'
import type { Findings } from '../findings'
import type { complete } from '../keys'
import type { RepositoryFiles } from '../repository'
import type { ClusterConfig, ServiceConfig, TargetKind } from '../types'
import { clusterRelease, type ClusterCheckout, type ClusterInputs } from './release'

type Read = NonNullable<ReturnType<(typeof complete)['read']>>

interface Wanted {
  readonly target: TargetKind
  readonly app: string
  readonly read: Read['cluster']
  readonly places: Places
  readonly inputs: ClusterInputs
  /** Of which our own chart is made; null: it is not ours. */
  readonly services: readonly ServiceConfig[] | null
  readonly files: RepositoryFiles
}

/** What is installed in a cluster; null for another target. */
export async function clusterOf(
  { target, app, read, places, inputs, services, files }: Wanted, findings: Findings,
): Promise<{ readonly config: ClusterConfig; readonly checkout: ClusterCheckout } | null> {
  if (target !== 'cluster') {
    const at = places.top('cluster')
    if (at !== undefined) {
      findings.add(new Failure({
        code: 'config-not-together', at, what: `\`cluster\` is for clusters, and this goes to a ${target === 'vm' ? 'VM' : 'host with Docker'}.`,
        cure: 'Write `target: cluster`, or remove `cluster`.',
      }))
    }
    return null
  }
  const said = read === undefined ? {} : 'kind' in read ? { chart: read } : read
  const at = (key: string): Position | undefined => places.inside('cluster', key)
  const written = {
    chart: said.chart ?? null,
    chartBroken: said.chart === undefined && places.top('cluster') !== undefined && (read === undefined || at('chart') !== places.top('cluster')),
    release: said.release ?? null, namespace: said.namespace ?? null, valuesFiles: said['values-files'] ?? [], values: said.values ?? {},
    secretValues: Object.fromEntries(said['secret-values'] ?? []), imageValues: Object.fromEntries(said.images ?? []),
    at,
  }
  return await clusterRelease({ app, written, inputs, services, files }, findings)
}
