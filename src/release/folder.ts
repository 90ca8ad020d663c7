import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, throwAll } from '../errors'
import type { Checkout } from './checkout'
import { lfsFailures } from './lfs'
import { linkFailures } from './links'
import { manifestDigest } from './manifest'
import { pathFailures } from './paths'
import { contentOf, entryOf, type SourcedFile } from './sources'

export interface FolderRequest {
  readonly checkout: Checkout
  /** 40 hex. */
  readonly commit: string
  /** In the app's folder; `.` for that itself. */
  readonly folder: string
  /** Absolute; it is made. */
  readonly to: string
}

/**
 * Writes a folder of a commit, whatever lies in the work tree, and gives the digest of what is in it. Throws every `Failure` it finds at once:
 * LFS objects that are missing, links that escape, paths that cannot be, `folder-empty`.
 */
export async function writeFolder({ checkout, commit, folder, to }: FolderRequest): Promise<string> {
  const tree = await checkout.tree(commit)
  const prefix = folder === '.' ? '' : `${folder}/`
  const inside = ({ path }: { readonly path: string }): boolean => path.startsWith(prefix)
  const files: readonly SourcedFile[] = tree.files.filter(inside).map((file) => ({ ...file, path: file.path.slice(prefix.length) }))
  const links = new Map([...tree.links].filter(([path]) => inside({ path })).map(([path, target]) => [path.slice(prefix.length), target]))
  const lfs = tree.files.filter(inside).flatMap(({ path, size, source }) => source.kind === 'file' ? [{ path, size, file: source.file }] : [])
  throwAll([
    ...await lfsFailures(lfs), ...pathFailures(files), ...linkFailures(links),
    ...files.length > 0 ? [] : [new Failure({ code: 'folder-empty', what: `The commit ${commit.slice(0, 12)} has nothing in \`${folder}\`.`, cure: 'Commit it; what is only in the work tree does not count.' })],
  ])
  for (const file of files) {
    const path = join(to, file.path)
    await mkdir(dirname(path), { recursive: true })
    const chunks: Uint8Array[] = []
    for await (const chunk of contentOf(file)) chunks.push(chunk)
    const content = Buffer.concat(chunks)
    if (file.mode === '120000') await symlink(content.toString('utf8'), path)
    else {
      await writeFile(path, content)
      if (file.mode === '100755') await chmod(path, 0o755)
    }
  }
  return manifestDigest(files.map(entryOf))
}
