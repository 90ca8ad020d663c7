import { createHash } from 'node:crypto'
import { mergedValues, pathParts, placeImages, readValues, Findings, type ClusterCheckout } from '../../config'
import type { ClusterConfig } from '../../config/types'
import type { HelmProgram } from '../../drivers/helm'
import { throwAll } from '../../errors'
import { releaseId } from '../../release'
import type { ReleaseSource } from '../../rollout/target'
import type { ChartContent } from '../../targets/cluster'
import { broughtChart } from './brought-chart'
import { ownChart } from './own-chart'
import type { Deploying } from './prepared'
import type { PrivateFolders } from './private-folders'

/** The release of a commit for a cluster: its chart as a folder on this runner, and how its values are made. Throws a `Failure` when a chart cannot be brought. */
export async function releaseFor({ source, commit, version, located, dependencies, access }: Deploying, helm: HelmProgram, folders: PrivateFolders, signal: AbortSignal): Promise<ReleaseSource> {
  const { config, chart: checkout } = located
  const { cluster } = config
  if (cluster === undefined || checkout === null) throw new Error('a release for a cluster without a chart')
  const secretValues = Object.entries(cluster.secretValues).map(([path, secret]) => ({ path: pathParts(path), secret }))
  let content: ChartContent
  let digest: string
  if (cluster.chart.kind === 'web') {
    const own = await ownChart(located, version, commit, checkout.values)
    content = { ...own, secretValues: [...own.secretValues, ...secretValues] }
    digest = own.digest
  } else {
    const chart = await broughtChart(cluster.chart, cluster.release, { source, commit, dependencies, access, helm, folders, signal })
    content = { chart: chart.folder, secretValues, valuesFor: (defaults) => valuesFor(cluster, checkout, defaults) }
    digest = chart.digest
  }
  // What the values are is a part of the release, secrets apart: those are of the activation.
  const whole = createHash('sha256').update(digest).update(JSON.stringify(checkout.values)).digest('hex')
  return { id: releaseId(version, whole, config), version, commit, config, content }
}

function valuesFor({ images, imageValues }: ClusterConfig, { values }: ClusterCheckout, defaults: string | null): ReturnType<ChartContent['valuesFor']> {
  const own = defaults === null ? {} : readValues(defaults, 'values.yaml', new Findings()) ?? {}
  const placed = placeImages({ images, places: imageValues, defaults: own, values })
  throwAll(placed.failures)
  return mergedValues(values, placed.values)
}
