import { Failure, failuresOf, nearest, type Position } from '../../errors'
import { Findings } from '../findings'
import { within, type RepositoryFiles } from '../repository'
import { shown } from '../tree'
import type { ChartSource, ClusterConfig, ServiceConfig } from '../types'
import { pinned, type ChartAsked } from './chart'
import { detectedChart, requireChart } from './charts'
import { placeImages } from './images'
import { isValues, mergedValues, pathParts, readValues, valueAt, type ChartValues } from './values'

/** What an action's inputs say; empty or null: nothing. */
export interface ClusterInputs {
  readonly chart: ChartAsked | null
  readonly chartVersion: string | null
  readonly release: string | null
  readonly namespace: string | null
  readonly valuesFiles: readonly string[]
  readonly values: ChartValues
  /** Service → reference by digest; null: it is not known yet, for nothing is deployed. */
  readonly images: Readonly<Record<string, string>> | null
}

export const noClusterInputs: ClusterInputs = { chart: null, chartVersion: null, release: null, namespace: null, valuesFiles: [], values: {}, images: null }

/** What slipway.yml says under `cluster`, and where. */
export interface ClusterWritten {
  readonly chart: ChartAsked | null
  /** A chart is written, and wrong, which has been reported. */
  readonly chartBroken: boolean
  readonly release: string | null
  readonly namespace: string | null
  readonly valuesFiles: readonly string[]
  readonly values: ChartValues
  readonly secretValues: Readonly<Record<string, string>>
  readonly imageValues: Readonly<Record<string, string>>
  readonly at: (key: string) => Position | undefined
}

/** What the runner knows of a chart's values; belongs to the checkout, not to the release. */
export interface ClusterCheckout {
  /** Those of the files with `values` of the configuration over them; neither secrets nor images are in it. */
  readonly values: ChartValues
  /** values.yaml of a chart in the repository; null: it has none, or the chart comes from elsewhere. */
  readonly defaults: ChartValues | null
}

interface Wanted {
  readonly app: string
  readonly written: ClusterWritten
  readonly inputs: ClusterInputs
  /** Of which our own chart is made; null: it is not ours. */
  readonly services: readonly ServiceConfig[] | null
  readonly files: RepositoryFiles
}

/** Input, then slipway.yml, then what the repository holds. What is wrong with it is told when something is deployed. */
export async function clusterRelease({ app, written, inputs, services, files }: Wanted, told: Findings): Promise<{ readonly config: ClusterConfig; readonly checkout: ClusterCheckout }> {
  // A rollback must not fail for what lies in the checkout: nothing of it is deployed.
  const findings = inputs.images === null ? new Findings() : told
  const chart = await chartOf({ app, written, inputs, services, files }, findings)
  const asked = inputs.valuesFiles.length > 0
  const paths = asked ? inputs.valuesFiles : written.valuesFiles
  const layers = await Promise.all(paths.map(async (path) => await valuesIn(path, asked ? 'The input `values-files`' : '`cluster.values-files`', files, asked ? undefined : written.at('values-files'), findings)))
  const values = mergedValues(written.values, inputs.values)
  const checkout: ClusterCheckout = {
    values: mergedValues(...layers.filter((layer) => layer !== null), values),
    defaults: chart?.kind === 'folder' ? await defaultsOf(chart.path, files) : null,
  }
  checkSecrets(written, values, findings)
  const images = services === null ? ofChart(inputs.images, app, written.imageValues) : ofServices(inputs.images, app, services)
  if (images !== null) checkImages(images, written, services, chart, checkout, findings)
  return {
    config: {
      chart: chart ?? { kind: 'web' }, release: inputs.release ?? written.release ?? app, namespace: inputs.namespace ?? written.namespace, valuesFiles: paths, values,
      secretValues: written.secretValues, images: images ?? {}, imageValues: written.imageValues,
    },
    checkout,
  }
}

/** Null: it is said what is wrong. */
async function chartOf({ app, written, inputs, services, files }: Wanted, findings: Findings): Promise<ChartSource | null> {
  const ofInput = inputs.chart !== null
  const asked = inputs.chart ?? written.chart
  const at = ofInput ? undefined : written.at('chart')
  const version = (problem: { readonly what: string; readonly why?: string | undefined; readonly cure?: string | undefined }): null => {
    // A version that is written and wrong has been reported.
    if (!ofInput && inputs.chartVersion === null && findings.has('config-value', 'config-wrong-type', 'config-unknown-key')) return null
    const by = inputs.chartVersion !== null || ofInput ? 'The input `chart-version`' : 'The version of `cluster.chart`'
    findings.add(new Failure({ code: 'chart-version', at, what: `${by} ${problem.what}.`, why: problem.why, cure: problem.cure ?? 'Write it: `1.2.3`.' }))
    return null
  }
  if (asked === null && services !== null && !written.chartBroken) {
    return inputs.chartVersion === null ? { kind: 'web' } : version({ what: `is ${inputs.chartVersion}, and the chart is ours, made of \`services\``, cure: 'Leave it out.' })
  }
  // Another one would be none that is meant.
  if (asked === null && written.chartBroken) return null
  const folder = asked === null ? await detectedChart(files, app, written.at(''), findings) : null
  const chart = asked ?? (folder === null ? null : { kind: 'folder', path: folder } as const)
  if (chart === null || (chart === asked && chart.kind === 'folder' && !requireChart(chart.path, ofInput ? 'The input `chart`' : '`cluster.chart`', files, app, at, findings))) return null
  const reading = pinned(chart, inputs.chartVersion)
  return 'value' in reading ? reading.value : version(reading.problem)
}

async function valuesIn(path: string, by: string, files: RepositoryFiles, at: Position | undefined, findings: Findings): Promise<ChartValues | null> {
  let text: string | null
  try {
    text = await files.read(path)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    for (const failure of failures) findings.add(failure)
    return null
  }
  if (text !== null) return readValues(text, path, findings)
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
  const near = nearest(path, files.list(parent).map((name) => within(parent, name)))
  findings.add(new Failure({
    code: 'values-file-missing', at, what: `${by} names ${shown(path)}, ${files.exists(path) ? 'a folder' : 'which is not in this commit'}.`,
    cure: files.exists(path) ? 'Name a file in it.' : near !== undefined ? `Did you mean \`${near}\`?`
      : 'Commit it (what is only in the work tree does not count), or give its content by the input `values`.',
  }))
  return null
}

/** As Helm reads it: what is doubtful in it was so before, and is not for us to say. */
async function defaultsOf(folder: string, files: RepositoryFiles): Promise<ChartValues | null> {
  const path = within(folder, 'values.yaml')
  const text = await files.read(path).catch(() => null)
  return text === null ? null : readValues(text, path, new Findings())
}

function checkSecrets({ secretValues, at }: ClusterWritten, values: ChartValues, findings: Findings): void {
  const refuse = (what: string, why: string, cure: string): void =>
    findings.add(new Failure({ code: 'config-not-together', at: at('secret-values'), what, why, cure }))
  const paths = Object.keys(secretValues)
  for (const path of paths) {
    const inside = paths.find((other) => other !== path && other.startsWith(`${path}.`))
    if (inside !== undefined) refuse(`\`${path}\` and \`${inside}\` are both in \`secret-values\`.`, 'The one is a text, and the other would be a key in it.', 'Correct one of the paths.')
    const parts = pathParts(path)
    const above = parts.map((_, index) => parts.slice(0, index).map((part) => part.replaceAll('.', '\\.')).join('.')).find((prefix) => {
      const value = prefix === '' ? undefined : valueAt(values, prefix)
      return value !== undefined && value !== null && !isValues(value)
    })
    if (above !== undefined) refuse(`A secret belongs at \`${path}\`, and \`values\` has no mapping at \`${above}\`.`, 'There is nothing to put it into.', `Correct the path, or remove \`${above}\` from \`values\`.`)
    const there = valueAt(values, path)
    if (there !== undefined && there !== null) refuse(`\`${path}\` is in \`values\` as well as in \`secret-values\`.`, 'Only one of the two can reach the chart.', 'Remove it from `values` if it is a secret, else from `secret-values`.')
  }
}

function checkImages(
  images: Readonly<Record<string, string>>, written: ClusterWritten, services: readonly ServiceConfig[] | null, chart: ChartSource | null, { values, defaults }: ClusterCheckout, findings: Findings,
): void {
  if (services !== null) {
    checkOwnImages(images, written, services, findings)
    return
  }
  // What a chart from elsewhere has is known when it is there.
  if (chart?.kind !== 'folder' || findings.has('values-syntax', 'values-file-missing')) return
  const { failures } = placeImages({ images, places: written.imageValues, defaults: defaults ?? {}, values })
  for (const { code, what, why, cure } of failures) findings.add(new Failure({ code, at: written.at('images'), what, why, cure }))
}

/** The image of the app, as one Dockerfile makes it, is the one that slipway.yml has a place for, whatever that calls it. */
function ofChart(images: ClusterInputs['images'], app: string, places: Readonly<Record<string, string>>): ClusterInputs['images'] {
  const [place, ...others] = Object.keys(places)
  const [name, ...more] = Object.keys(images ?? {})
  if (images === null || place === undefined || others.length + more.length > 0 || name !== app) return images
  return { [place]: images[app] ?? '' }
}

/** The image of the app, as one Dockerfile makes it, is that of all its services that have none of their own. */
function ofServices(images: ClusterInputs['images'], app: string, services: readonly ServiceConfig[]): ClusterInputs['images'] {
  const { [app]: whole, ...own } = images ?? {}
  if (whole === undefined || services.some(({ name }) => name === app)) return images
  return { ...Object.fromEntries(services.map(({ name }) => [name, whole])), ...own }
}

/** Our own chart knows where images go; each service needs one. */
function checkOwnImages(images: Readonly<Record<string, string>>, { imageValues, at }: ClusterWritten, services: readonly ServiceConfig[], findings: Findings): void {
  if (Object.keys(imageValues).length > 0) {
    findings.add(new Failure({ code: 'config-not-together', at: at('images'), what: '`cluster.images` says where a chart has its images, and the chart is ours.', cure: 'Remove it: the input `images` names images by service.' }))
  }
  const names = services.map(({ name }) => name)
  for (const image of Object.keys(images).filter((name) => !names.includes(name))) {
    const near = nearest(image, names)
    findings.add(new Failure({
      code: 'cluster-image-unknown-service', what: `The input \`images\` names ${shown(image)}, and \`services\` has none of that name.`, cure: near !== undefined ? `Did you mean \`${near}\`?` : `There are ${names.join(', ')}.`,
    }))
  }
  const missing = names.filter((name) => !Object.hasOwn(images, name))
  if (missing.length === 0) return
  findings.add(new Failure({
    code: 'cluster-image-missing', what: `Nothing says which image ${missing.map((name) => `\`${name}\``).join(', ')} ${missing.length === 1 ? 'runs' : 'run'}.`, why: 'Nothing is built in a cluster: it pulls what an earlier step has built.',
    cure: `Give the step what build-image has made:\nimages: |\n${missing.map((name) => `  ${name}=\${{ steps.build.outputs.image }}`).join('\n')}`,
  }))
}
