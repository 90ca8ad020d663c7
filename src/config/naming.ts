import { file as fileShape } from './keys'
import { itemsOf, textOf } from './compose/service'
import { Findings } from './findings'
import { DEFAULT_FILE, noSuchFile } from './missing'
import { overlaid } from './overlay'
import type { RepositoryFiles } from './repository'
import { targetOf, writtenTarget } from './target'
import { mapping, mappingAt, textAt, type Entry, type Mapping, type Node } from './tree'
import type { TargetKind } from './types'
import { parseYaml } from './yaml'

/** What slipway.yml says of names, and of where Compose files are; no file says nothing. */
export interface Naming {
  /** Null: the repository's name. */
  readonly app: string | null
  readonly tagPrefix: string
  readonly compose: { readonly files: readonly string[]; readonly env: Readonly<Record<string, string>> }
}

/** For those who need no more of it than names: an image may be built of a repository that nothing else of ours deploys. */
export async function resolveNaming(files: RepositoryFiles, configPath: string, environment: string): Promise<Naming> {
  const whole = await written(files, configPath, environment)
  return { app: textAt(whole, 'app') ?? null, tagPrefix: textAt(whole, 'tag-prefix') ?? '', compose: composeIn(whole.entries.get('compose')?.value) }
}

/** What a commit is for. */
export interface TargetSaid {
  /** Null: slipway.yml says nothing, or is not there. */
  readonly written: TargetKind | null
  /** The same, or what the repository holds. */
  readonly found: TargetKind
}

/** For those who have to know it before inputs decide what else is read. `repositoryName`: the default of `app`. */
export async function resolveTarget(files: RepositoryFiles, configPath: string, environment: string, repositoryName: string): Promise<TargetSaid> {
  const whole = await written(files, configPath, environment)
  const app = textAt(whole, 'app') ?? (repositoryName.split('/').at(-1) ?? '').toLowerCase()
  return { written: writtenTarget(whole), found: targetOf(whole, null, app, files) }
}

/** slipway.yml with its overlay; empty where there is none. */
async function written(files: RepositoryFiles, configPath: string, environment: string): Promise<Mapping> {
  const explicit = configPath.replace(/^(\.\/)+/, '')
  const path = explicit || DEFAULT_FILE
  const text = await files.read(path)
  if (text === null) {
    if (explicit !== '' && explicit !== DEFAULT_FILE) throw noSuchFile(explicit, files)
    return mapping([], undefined)
  }
  const findings = new Findings()
  const parsed = parseYaml(text, path, findings)
  if (parsed === null) {
    findings.throw()
    throw new Error(`${path} could not be read, and nothing says why`)
  }
  fileShape.read(parsed, { place: '', overlay: false, findings })
  const whole = overlaid(parsed, environment, findings)
  findings.throw()
  return whole
}

/** A file, several, or a mapping with `files` and `env`. */
function composeIn(node: Node | undefined): Naming['compose'] {
  if (node?.kind !== 'mapping') return { files: itemsOf(node).map(textOf), env: {} }
  const env = mappingAt(node, 'env')?.entries ?? new Map<string, Entry>()
  return {
    files: itemsOf(node.entries.get('files')?.value).map(textOf),
    env: Object.fromEntries([...env].map(([name, { value }]) => [name, textOf(value)])),
  }
}
