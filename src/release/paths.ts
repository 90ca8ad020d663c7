import { Failure } from '../errors'
import type { FileEntry } from './manifest'

const limits = { path: 4096, component: 255, entries: 250_000, bytes: 8 * 1024 ** 3 } as const

/**
 * What is wrong with these entries as the content of a release: paths that a host cannot or must not write, a path that is
 * both a file and a folder, too many, too large. A failure for each kind, naming the first few.
 */
export function pathFailures(entries: readonly FileEntry[]): Failure[] {
  const complaints = new Map<string, string[]>()
  const complain = (kind: string, path: string): void => {
    const paths = complaints.get(kind)
    if (paths === undefined) complaints.set(kind, [path])
    else paths.push(path)
  }
  const files = new Set<string>()
  for (const { path } of entries) {
    const problem = problemOf(path)
    if (problem !== null) complain(problem, path)
    if (files.has(path)) complain('are there twice', path)
    files.add(path)
  }
  for (const folder of foldersOf(entries)) if (files.has(folder)) complain('are both a file and a folder', folder)
  const failures = [...complaints].map(([problem, paths]) => new Failure({
    code: 'path-refused',
    what: `These paths cannot be part of a release, because they ${problem}: ${quoted(paths)}.`,
    cure: 'Rename or remove them and commit, or leave them out of `artifacts`.',
  }))
  return [...failures, ...sizeFailures(entries)]
}

/** Why a path cannot be part of a release; null when it can. */
export function problemOf(path: string): string | null {
  // Also the controls beyond ASCII: some readers of lines end a line there.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(path)) return 'hold control characters'
  if (Buffer.byteLength(path) > limits.path) return `are longer than ${limits.path} bytes`
  for (const component of path.split('/')) {
    if (component === '' || component === '.' || component === '..') return 'are not plain relative paths'
    if (component.toLowerCase() === '.git') return 'lead into a `.git` folder'
    if (Buffer.byteLength(component) > limits.component) return `have a name longer than ${limits.component} bytes`
  }
  return null
}

/** Every folder that holds an entry, at any depth. */
export function foldersOf(entries: readonly { readonly path: string }[]): Set<string> {
  const folders = new Set<string>()
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** All paths at which a tree has a file or a folder. */
export function placesOf(entries: readonly { readonly path: string }[]): Set<string> {
  const places = foldersOf(entries)
  for (const { path } of entries) places.add(path)
  places.add('')
  return places
}

/** The first few paths for a message, control characters made visible. */
export function quoted(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map((path) => `\`${JSON.stringify(path.slice(0, 200)).slice(1, -1)}\``)
  return shown.join(', ') + (paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '')
}

function sizeFailures(entries: readonly FileEntry[]): Failure[] {
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (entries.length <= limits.entries && bytes <= limits.bytes) return []
  return [new Failure({
    code: 'release-too-large',
    what: `The release would have ${entries.length} files with ${Math.ceil(bytes / 1024 ** 2)} MiB.`,
    why: `At most ${limits.entries} files with ${limits.bytes / 1024 ** 2} MiB are taken to a host.`,
    cure: 'Set `working-directory` to the folder of the app, and take what is not needed to run it out '
      + 'of the repository or `artifacts`.',
  })]
}
