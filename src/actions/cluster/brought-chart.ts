import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChartSource } from '../../config/types'
import { Charts, type ChartAccess, type HelmProgram } from '../../drivers/helm'
import { pluginEnvironment } from '../../drivers/kubernetes'
import { writeFolder } from '../../release'
import { helmFailure } from '../../targets/cluster'
import type { Source } from '../source'
import { isArchiveOf, type Dependencies } from './dependencies'
import { folderDigest } from './folder-digest'
import type { PrivateFolders } from './private-folders'

/** A chart on this runner, for as long as the run lasts. */
export interface BroughtChart {
  /** Absolute. */
  readonly folder: string
  /** Of all that is in it: a chart that was published anew under its old version is another release. */
  readonly digest: string
}

export interface Bringing {
  readonly source: Source
  readonly commit: string
  /** What of a chart in the repository is not in its charts/. */
  readonly dependencies: Dependencies | null
  readonly access: ChartAccess
  readonly helm: HelmProgram
  readonly folders: PrivateFolders
  readonly signal: AbortSignal
}

/** Brings a chart of the commit, with all that it consists of, or from elsewhere. Throws a `Failure` that says why Helm could not. */
export async function broughtChart(chart: Exclude<ChartSource, { readonly kind: 'web' }>, release: string, bringing: Bringing): Promise<BroughtChart> {
  const { signal } = bringing
  if (chart.kind === 'folder') return await ofCommit(chart.path, release, bringing)
  const found = await (await charts(bringing)).pull(chart)
  if (found.path !== null) return { folder: found.path, digest: createHash('sha256').update(JSON.stringify(chart)).update(await folderDigest(found.path)).digest('hex') }
  signal.throwIfAborted()
  throw helmFailure(found, `bring the chart ${chart.kind === 'oci' ? chart.reference : `${chart.name} of ${chart.url}`}`, release)
}

async function charts({ helm: program, folders, access, signal }: Bringing): Promise<Charts> {
  return await Charts.open({ program, folder: await folders.make('charts'), access, env: pluginEnvironment(process.env), signal })
}

async function ofCommit(path: string, release: string, bringing: Bringing): Promise<BroughtChart> {
  const { source: { checkout }, commit, dependencies, folders, signal } = bringing
  const whole = await folders.make('chart')
  // Where it is in the repository: its dependencies may be folders beside it.
  const folder = join(whole, path)
  const digest = await writeFolder({ checkout, commit, folder: path, to: folder })
  if (dependencies === null) return { folder, digest }
  const hash = createHash('sha256').update(digest)
  const lacks = (name: string): boolean => dependencies.missing.includes(name)
  // Those below the chart are there already.
  // One folder may be listed under several aliases.
  for (const local of [...new Map(dependencies.local.map((one) => [one.folder, one])).values()].filter((one) => !one.folder.startsWith(path === '.' ? '' : `${path}/`))) {
    await mkdir(join(whole, local.folder), { recursive: true })
    const its = await writeFolder({ checkout, commit, folder: local.folder, to: join(whole, local.folder) })
    if (lacks(local.name)) hash.update(`${local.folder}\0${its}`)
  }
  // Helm fetches all that is listed anew, and clears charts/ of the rest: what is committed is what runs, so that is put aside.
  const [inChart, kept] = [join(folder, 'charts'), join(await folders.make('kept'), 'charts')]
  await mkdir(inChart, { recursive: true })
  await cp(inChart, kept, { recursive: true, verbatimSymlinks: true })
  const built = await (await charts(bringing)).build(folder)
  if (built.code !== 0) {
    signal.throwIfAborted()
    throw helmFailure(built, 'fetch the dependencies of the chart', release, path)
  }
  for (const file of await namesIn(inChart)) {
    if (!dependencies.missing.some((name) => isArchiveOf(name, file))) continue
    await rename(join(inChart, file), join(kept, file))
    // Those of the repository are packed anew, with another time in them.
    if (dependencies.local.some(({ name }) => lacks(name) && isArchiveOf(name, file))) continue
    hash.update(`${file}\0`).update(createHash('sha256').update(await readFile(join(kept, file))).digest())
  }
  await rm(inChart, { recursive: true })
  await rename(kept, inChart)
  return { folder, digest: hash.digest('hex') }
}

const namesIn = async (folder: string): Promise<readonly string[]> => (await readdir(folder)).sort()
