import { chartFolders } from './cluster/charts'
import { detectedFiles } from './compose/project'
import { isOfVm } from './docker'
import type { RepositoryFiles } from './repository'
import { textAt, type Mapping } from './tree'
import type { TargetKind } from './types'

/** What the file says, by `target` or by what only one of them has; null: nothing. */
export function writtenTarget(tree: Mapping): TargetKind | null {
  const written = textAt(tree, 'target')
  // Another word is reported when the whole is read.
  if (written !== undefined) return written === 'docker' || written === 'cluster' ? written : 'vm'
  return tree.entries.has('compose') ? 'docker' : tree.entries.has('cluster') ? 'cluster' : null
}

/** What the file says; where it does not, what the action deploys to; and without either, what the repository holds. */
export function targetOf(tree: Mapping, asked: TargetKind | null, app: string, files: RepositoryFiles): TargetKind {
  const said = writtenTarget(tree) ?? asked
  if (said !== null) return said
  if ([...tree.entries.keys()].some(isOfVm) || files.exists('Procfile')) return 'vm'
  return detectedFiles(files).length > 0 ? 'docker' : chartFolders(files, app).length > 0 ? 'cluster' : 'vm'
}
