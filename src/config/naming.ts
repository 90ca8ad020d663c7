import { file as fileShape } from './keys'
import { Findings } from './findings'
import { DEFAULT_FILE, noSuchFile } from './missing'
import { overlaid } from './overlay'
import type { RepositoryFiles } from './repository'
import { textAt } from './tree'
import { parseYaml } from './yaml'

/** What slipway.yml says of names; no file says nothing. */
export interface Naming {
  /** Null: the repository's name. */
  readonly app: string | null
  readonly tagPrefix: string
}

/** For those who need no more of it than names: an image may be built of a repository that nothing else of ours deploys. */
export async function resolveNaming(files: RepositoryFiles, configPath: string, environment: string): Promise<Naming> {
  const explicit = configPath.replace(/^(\.\/)+/, '')
  const path = explicit || DEFAULT_FILE
  const text = await files.read(path)
  if (text === null) {
    if (explicit !== '' && explicit !== DEFAULT_FILE) throw noSuchFile(explicit, files)
    return { app: null, tagPrefix: '' }
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
  return { app: textAt(whole, 'app') ?? null, tagPrefix: textAt(whole, 'tag-prefix') ?? '' }
}
