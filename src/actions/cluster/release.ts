import { createHash } from 'node:crypto'
import { mergedValues, pathParts, placeImages, readValues, Findings, type ClusterCheckout, type Located } from '../../config'
import type { ClusterConfig } from '../../config/types'
import { throwAll } from '../../errors'
import { releaseId, writeFolder } from '../../release'
import type { ReleaseSource } from '../../rollout/target'
import type { ChartContent } from '../../targets/cluster'
import type { Source } from '../source'
import { ownChart, type OwnChart } from './own-chart'
import type { PrivateFolders } from './private-folders'

/** The release of a commit for a cluster: its chart as a folder on this runner, or where it is to be had; and how its values are made. */
export async function releaseFor(source: Source, commit: string, version: string, located: Located, folders: PrivateFolders): Promise<ReleaseSource> {
  const { config, chart: checkout } = located
  const { cluster } = config
  if (cluster === undefined || checkout === null) throw new Error('a release for a cluster without a chart')
  const { chart } = cluster
  const secretValues = Object.entries(cluster.secretValues).map(([path, secret]) => ({ path: pathParts(path), secret }))
  let ref: ChartContent['chart']
  let digest: string
  let own: OwnChart | null = null
  if (chart.kind === 'folder') {
    const folder = await folders.make('chart')
    digest = await writeFolder({ checkout: source.checkout, commit, folder: chart.path, to: folder })
    ref = { kind: 'folder', path: folder }
  } else if (chart.kind === 'web') {
    own = await ownChart(located, version, commit, checkout.values)
    ref = own.chart
    digest = own.digest
  } else {
    ref = chart
    digest = JSON.stringify(chart)
  }
  const content: ChartContent = {
    chart: ref, createNamespace: false,
    secretValues: own === null ? secretValues : [...own.secretValues, ...secretValues],
    valuesFor: own === null ? (defaults) => valuesFor(cluster, checkout, defaults) : own.valuesFor,
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
