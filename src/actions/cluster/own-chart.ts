import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { mergedValues, type ChartValues, type Located } from '../../config'
import { webValues, type ChartContent } from '../../targets/cluster'
import { webChart } from '../../targets/web-chart'

export interface OwnChart extends Pick<ChartContent, 'chart' | 'secretValues' | 'valuesFor'> {
  /** Of the chart and of what it is told, secrets apart. */
  readonly digest: string
}

/** The chart that comes with Slipway, told of `services`. `over`: values that go before. Throws every `Failure` of `webValues`. */
export async function ownChart({ config, rollout }: Located, version: string, commit: string, over: ChartValues): Promise<OwnChart> {
  const { values, secretValues } = webValues(config, { version, commit, drain: rollout.drain })
  const folder = webChart()
  return {
    chart: { kind: 'folder', path: folder }, secretValues, valuesFor: () => mergedValues(values, over),
    digest: createHash('sha256').update(await digestOf(folder)).update(JSON.stringify(values)).digest('hex'),
  }
}

/** Another version of Slipway may bring another chart, and that is another release. */
async function digestOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/')).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(createHash('sha256').update(await readFile(join(folder, file))).digest())
  return hash.digest('hex')
}
