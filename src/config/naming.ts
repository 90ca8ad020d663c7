import { file as fileShape } from './keys'
import { itemsOf, textOf } from './compose/service'
import { Findings } from './findings'
import { DEFAULT_FILE, noSuchFile } from './missing'
import { overlaid } from './overlay'
import type { RepositoryFiles } from './repository'
import { mappingAt, textAt, type Entry, type Node } from './tree'
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
  const explicit = configPath.replace(/^(\.\/)+/, '')
  const path = explicit || DEFAULT_FILE
  const text = await files.read(path)
  if (text === null) {
    if (explicit !== '' && explicit !== DEFAULT_FILE) throw noSuchFile(explicit, files)
    return { app: null, tagPrefix: '', compose: { files: [], env: {} } }
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
  return { app: textAt(whole, 'app') ?? null, tagPrefix: textAt(whole, 'tag-prefix') ?? '', compose: composeIn(whole.entries.get('compose')?.value) }
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
