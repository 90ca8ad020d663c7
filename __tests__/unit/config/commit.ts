import { failuresOf, type Failure } from '../../../src/errors'
import { resolveConfig, type Located, type RepositoryFiles, type ResolveOptions } from '../../../src/config'

export type Tree = Readonly<Record<string, string>>

/** A commit of these files. */
export function commit(tree: Tree): RepositoryFiles {
  const paths = Object.keys(tree)
  const below = (folder: string): string[] => folder === '.' ? paths
    : paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1))
  return {
    read: async (path) => Object.hasOwn(tree, path) ? tree[path]! : null,
    exists: (path) => Object.hasOwn(tree, path) || below(path).length > 0,
    list: (folder) => [...new Set(below(folder).map((path) => path.split('/')[0]!))]
  }
}

type Rest = Partial<Omit<ResolveOptions, 'files'>>

/** What a commit with this slipway.yml resolves to. */
export async function resolved(yaml: string | null, tree: Tree = {}, rest: Rest = {}): Promise<Located> {
  const files = commit(yaml === null ? tree : { ...tree, 'slipway.yml': yaml })
  return resolveConfig({ files, repositoryName: 'acme/shop', ...rest })
}

/** All that is wrong with it, in order. */
export async function faults(yaml: string | null, tree: Tree = {}, rest: Rest = {}): Promise<readonly Failure[]> {
  try {
    await resolved(yaml, tree, rest)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    return failures
  }
  throw new Error('expected a failure, and it resolved')
}

/** A failure in one line: `slipway.yml:3:5 code`, without the position when there is none. */
export function said(failure: Failure): string {
  const { at, code } = failure
  return at === undefined ? code : `${at.file}:${at.line}:${at.column ?? 0} ${code}`
}
