import { chartFolders } from './cluster/charts'
import { detectedFiles } from './compose/project'
import { isOfVm } from './docker'
import type { RepositoryFiles } from './repository'
import { textAt, type Mapping } from './tree'
import type { TargetKind } from './types'

/** What the file says; where it does not, what the action deploys to; and without either, what the repository holds. */
export function targetOf(tree: Mapping, asked: TargetKind | null, app: string, files: RepositoryFiles): TargetKind {
  const written = textAt(tree, 'target')
  // Another word has been reported.
  if (written !== undefined) return written === 'docker' || written === 'cluster' ? written : 'vm'
  if (tree.entries.has('compose')) return 'docker'
  if (tree.entries.has('cluster')) return 'cluster'
  if (asked !== null) return asked
  if ([...tree.entries.keys()].some(isOfVm) || files.exists('Procfile')) return 'vm'
  return detectedFiles(files).length > 0 ? 'docker' : chartFolders(files, app).length > 0 ? 'cluster' : 'vm'
}
