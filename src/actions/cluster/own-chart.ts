import { createHash } from 'node:crypto'
import { mergedValues, type ChartValues, type Located } from '../../config'
import { webValues, type ChartContent } from '../../targets/cluster'
import { webChart } from '../../targets/web-chart'
import { folderDigest } from './folder-digest'

export interface OwnChart extends Pick<ChartContent, 'chart' | 'secretValues' | 'valuesFor'> {
  /** Of the chart and of what it is told, secrets apart. */
  readonly digest: string
}

/** The chart that comes with Slipway, told of `services`. `over`: values that go before. Throws every `Failure` of `webValues`. */
export async function ownChart({ config, rollout }: Located, version: string, commit: string, over: ChartValues): Promise<OwnChart> {
  const { values, secretValues } = webValues(config, { version, commit, drain: rollout.drain })
  const folder = webChart()
  return {
    chart: folder, secretValues, valuesFor: () => mergedValues(values, over),
    // Another version of Slipway may bring another chart, and that is another release.
    digest: createHash('sha256').update(await folderDigest(folder)).update(JSON.stringify(values)).digest('hex'),
  }
}
