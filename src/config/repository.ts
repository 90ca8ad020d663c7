/** The files of the commit that is deployed, not those of the work tree. Given by the Git driver. */
export interface RepositoryFiles {
  /** UTF-8 text; null when absent. */
  read(path: string): Promise<string | null>
  /** A file or a folder. */
  exists(path: string): boolean
  /** Names directly in a folder; `.` is the root. Empty when there is no such folder. */
  list(folder: string): readonly string[]
}

/** A path below a folder of the repository: `src/api` and `package.json`, or `.` and `package.json`. */
export const within = (folder: string, name: string): string => folder === '.' ? name : `${folder}/${name}`

/** A folder and all those above it, the root last. */
export function upwards(folder: string): readonly string[] {
  if (folder === '.') return ['.']
  const parts = folder.split('/')
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), '.']
}

/** What shows that a folder holds something to run. */
export const MARKERS = ['requirements.txt', 'pyproject.toml', 'package.json', 'Procfile'] as const

/** Folders that hold a marker, the root first, nearest first; looks at most three levels and 200 folders deep. */
export function foldersToRun(files: RepositoryFiles): readonly string[] {
  const found: string[] = []
  let level = ['.']
  let looked = 0
  for (let depth = 0; depth <= 3 && level.length > 0; depth++) {
    const below: string[] = []
    for (const folder of level) {
      if (++looked > 200) return found
      const names = files.list(folder)
      if (MARKERS.some((marker) => names.includes(marker))) found.push(folder)
      const folders = names.filter((name) => !name.includes('.') && name !== 'node_modules')
      below.push(...folders.map((name) => within(folder, name)))
    }
    level = below
  }
  return found
}
