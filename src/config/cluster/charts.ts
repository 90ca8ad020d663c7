import { parse } from 'yaml'
import { Failure, nearest, type Position } from '../../errors'
import type { Findings } from '../findings'
import { within, type RepositoryFiles } from '../repository'
import { shown } from '../tree'

const PLACES = ['chart', 'helm', 'deploy/chart'] as const

/** Folders with a chart where people put one; of those in `charts` the one with the app's name alone, if there is one. */
export function chartFolders(files: RepositoryFiles, app: string): readonly string[] {
  const isChart = (folder: string): boolean => files.exists(within(folder, 'Chart.yaml'))
  // What lies in `charts` of a chart are those that it consists of.
  if (isChart('.')) return ['.']
  const own = `charts/${app}`
  const several = isChart(own) ? [own] : files.list('charts').map((name) => `charts/${name}`).filter(isChart)
  return [...PLACES.filter(isChart), ...several]
}

/** The one chart of the repository; what keeps it from being one is told, and null comes out. */
export async function detectedChart(files: RepositoryFiles, app: string, at: Position | undefined, findings: Findings): Promise<string | null> {
  const folders = chartFolders(files, app)
  const kinds = await Promise.all(folders.map(async (folder) => isLibrary(await files.read(within(folder, 'Chart.yaml')) ?? '')))
  const found = folders.filter((_, index) => !kinds[index])
  const [first, second] = found
  if (first !== undefined && second === undefined) return first
  findings.add(first === undefined ? noChart(folders[0] ?? null, at) : new Failure({
    code: 'cluster-several-charts', at, what: `There are several charts in this commit: ${found.map((folder) => `\`${folder}\``).join(', ')}.`,
    cure: `Say which is meant: \`cluster: { chart: ${first} }\` in slipway.yml, or the input \`chart\`.`,
  }))
  return null
}

function isLibrary(text: string): boolean {
  try {
    const chart: unknown = parse(text)
    return typeof chart === 'object' && chart !== null && 'type' in chart && chart.type === 'library'
  } catch {
    // Helm says better what is wrong with it.
    return false
  }
}

function noChart(library: string | null, at: Position | undefined): Failure {
  return new Failure({
    code: 'cluster-no-chart', at, what: library === null ? 'There is no chart in this commit, and no `services` of which one could be made.' : `The chart in \`${library}\` is a library, which cannot be installed.`,
    why: library === null ? `Looked for was Chart.yaml in ${[...PLACES, 'charts/*'].map((folder) => `\`${folder}\``).join(', ')} and the root.` : '',
    cure: 'Say where the chart is: `cluster: { chart: deploy/chart }` in slipway.yml (or `oci://…`), or the input `chart`. For ours write what runs: `services: { web: { route: / } }`.',
  })
}

/** A folder that is said to have a chart has one. `by`: who says it. */
export function requireChart(folder: string, by: string, files: RepositoryFiles, app: string, at: Position | undefined, findings: Findings): boolean {
  if (files.exists(within(folder, 'Chart.yaml'))) return true
  const known = chartFolders(files, app)
  const near = nearest(folder, known) ?? (known.length === 1 ? known[0] : undefined)
  const there = files.exists(folder)
  const name = folder.split('/').at(-1) ?? ''
  const elsewhere = `For a chart of a repository write \`chart: { name: ${name}, repository: https://…, version: 1.2.3 }\`, or the inputs \`chart: ${name}\`, \`chart-repository\` and \`chart-version\`.`
  findings.add(new Failure({
    code: 'chart-missing', at, what: `${by} is ${shown(folder)}, ${there ? 'a folder without a Chart.yaml' : 'which is not in this commit'}.`,
    why: there || near !== undefined ? '' : 'Names that `helm repo add` gave are known on the machine alone where that was typed.',
    cure: near !== undefined ? `Did you mean \`${near}\`?` : there ? 'Name the folder that has the Chart.yaml.' : `Commit the chart, and name its folder. ${elsewhere}`,
  }))
  return false
}
