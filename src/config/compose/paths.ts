import { posix } from 'node:path'
import { Failure, nearest, type Position } from '../../errors'
import { within, type RepositoryFiles } from '../repository'
import { shown } from '../tree'

/** A path as a Compose file has it, from the root of the repository; null when it leads elsewhere. */
export function inRepository(folder: string, path: string): string | null {
  if (path === '' || path.startsWith('/') || path.startsWith('~') || isRemote(path)) return null
  const normal = posix.normalize(posix.join(folder, path)).replace(/(?<=.)\/$/, '')
  return normal === '..' || normal.startsWith('../') ? null : normal
}

/** Compose also takes files from Git and from registries. */
export const isRemote = (path: string): boolean => /^([a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|oci:)/i.test(path)

export const folderOf = (path: string): string => posix.dirname(path)

export function outside(path: string, by: string, at: Position | undefined): Failure {
  return new Failure({
    code: 'compose-file-outside', at, what: `${by} names ${shown(path)}, which is not in the repository.`,
    why: 'A release is what its commit holds: what lies elsewhere could be another thing each time, and is not there for a rollback.',
    cure: isRemote(path) ? 'Commit a copy of it, and name that.' : 'Commit it into the repository, and name it by a path that does not leave it.',
  })
}

export function missing(path: string, by: string, files: RepositoryFiles, at: Position | undefined): Failure {
  const folder = folderOf(path)
  const near = nearest(path, files.list(folder).map((name) => within(folder, name)))
  const isFolder = files.exists(path)
  return new Failure({
    code: 'compose-file-missing', at,
    what: `${by} names ${shown(path)}, ${isFolder ? 'a folder' : 'which is not in this commit'}.`,
    cure: isFolder ? 'Name a file in it.'
      : near !== undefined ? `Did you mean \`${near}\`?`
        : 'Commit it (what is only in the work tree does not count, nor what .gitignore keeps out), or remove the line.',
  })
}
