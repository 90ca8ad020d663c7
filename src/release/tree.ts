import { objectsMissing } from '../drivers/git'
import type { Git, TreeEntry } from '../drivers/git'
import { Failure } from '../errors'
import { lfsPath, mentionsLfs, parsePointer, pointerSizes } from './lfs'
import type { LfsObject } from './lfs'
import { sorted } from './manifest'
import { quoted } from './paths'
import { blobOf } from './sources'
import type { SourcedFile } from './sources'
import { submoduleNames } from './submodules'

/** All that a commit holds below the app's folder: submodules opened, LFS pointers replaced by what they stand for. */
export interface CommittedTree {
  /** In the order of a manifest; paths relative to the app's folder. */
  readonly files: readonly SourcedFile[]
  /** What each symbolic link says, by its path. */
  readonly links: ReadonlyMap<string, string>
  /** Paths of submodules whose commit is not in the checkout. */
  readonly missing: readonly string[]
}

/** Reads a commit that is in the checkout. Throws a `Failure` when some of its objects are not. */
export async function treeOf(git: Git, commit: string): Promise<CommittedTree> {
  const found: Found = { files: [], missing: [] }
  await collect(git, commit, git.prefix, '', found)
  const files = sorted(found.files)
  const links = await Promise.all(files.filter(({ mode }) => mode === '120000').map(async ({ path, source }) => (
    [path, source.kind === 'blob' ? (await blobOf(source.git, source.id)).toString('utf8') : ''] as const
  )))
  return { files, links: new Map(links), missing: found.missing.toSorted() }
}

/** Submodules that were not checked out. */
export function submoduleFailures({ missing }: CommittedTree): Failure[] {
  if (missing.length === 0) return []
  return [new Failure({
    code: 'submodule-missing',
    what: `The checkout does not hold these submodules at the commit to deploy: ${quoted(missing)}.`,
    why: 'A release includes the files of its submodules.',
    cure: 'Set `submodules: recursive` at actions/checkout (private ones need `token:` or `ssh-key:` there). It brings them for '
      + 'the commit that it checks out; to deploy another version, check that one out: `ref: <its tag>`.',
  })]
}

interface Found {
  readonly files: SourcedFile[]
  readonly missing: string[]
}

/** Adds what a repository's commit holds below `folder`, at `mount` in the app's folder. */
async function collect(git: Git, commit: string, folder: string, mount: string, found: Found): Promise<void> {
  const entries = await git.tree(commit, folder)
  const place = (path: string): string => mount + (folder === '' ? path : path.slice(folder.length + 1))
  const pointers = await pointersIn(git, commit, folder, entries)
  for (const entry of entries) {
    if (entry.mode !== '160000') found.files.push(fileOf(git, entry, place(entry.path), pointers.get(entry.path)))
  }
  const submodules = entries.filter(({ mode }) => mode === '160000')
  if (submodules.length === 0) return
  const names = submoduleNames((await git.read(`${commit}:.gitmodules`))?.content.toString('utf8') ?? '')
  await Promise.all(submodules.map(async ({ path, id }) => {
    const submodule = await git.submodule(path, names.get(path) ?? path)
    if (submodule === null || (await submodule.read(`${id}^{commit}`)) === null) found.missing.push(place(path))
    else await collect(submodule, id, '', `${place(path)}/`, found)
  }))
}

function fileOf(git: Git, entry: TreeEntry, path: string, pointer: LfsObject | undefined): SourcedFile {
  // Git has known other permissions (100664) long ago.
  const mode = entry.mode === '100755' || entry.mode === '120000' ? entry.mode : '100644'
  if (pointer !== undefined) {
    const file = lfsPath(git.commonDir, pointer.oid)
    return { path, mode, key: `sha256:${pointer.oid}`, size: pointer.size, source: { kind: 'file', file } }
  }
  if (entry.size === null) throw objectsMissing()
  if (entry.id.length !== 40) throw sha256Repository()
  return { path, mode, key: `git:${entry.id}`, size: entry.size, source: { kind: 'blob', git, id: entry.id } }
}

/** LFS pointers by their path. The attribute decides, and is asked for only where content looks like a pointer. */
async function pointersIn(git: Git, commit: string, folder: string, entries: readonly TreeEntry[]):
Promise<ReadonlyMap<string, LfsObject>> {
  const pointers = new Map<string, LfsObject>()
  const parts = folder === '' ? [] : folder.split('/')
  const above = parts.map((_, depth) => `${commit}:${[...parts.slice(0, depth), '.gitattributes'].join('/')}`)
  const within = entries.filter(({ path }) => /(?:^|\/)\.gitattributes$/.test(path)).map(({ id }) => id)
  const attributes = await Promise.all([...above, ...within].map((name) => git.read(name)))
  if (!attributes.some((file) => file !== null && mentionsLfs(file.content.toString('utf8')))) return pointers
  await Promise.all(entries.map(async ({ path, mode, id, size }) => {
    if (!mode.startsWith('100') || size === null || size < pointerSizes.least || size > pointerSizes.most) return
    const pointer = parsePointer((await blobOf(git, id)).toString('utf8'))
    if (pointer !== null) pointers.set(path, pointer)
  }))
  const filters = await git.filters(commit, [...pointers.keys()])
  for (const path of pointers.keys()) if (filters.get(path) !== 'lfs') pointers.delete(path)
  return pointers
}

function sha256Repository(): Failure {
  return new Failure({
    code: 'object-format-not-supported',
    what: 'The repository names its objects by SHA-256.',
    why: 'Files travel by the 40 digits of their SHA-1 id, which GitHub uses everywhere.',
    cure: 'Check out a repository of the usual format: `git init --object-format=sha1`.',
  })
}
