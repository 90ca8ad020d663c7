import { glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '../../errors'
import type { Git } from '../../drivers/git'
import type { WantedRelease } from '../../publish/github-release'
import { releaseFiles } from '../../publish/release-files'

/** Files of a Release, as far as they come from this work tree; and why not, as a sentence, where it is of another commit. Throws as `filesFor`. */
export async function filesAt(
  git: Git, commit: string, tag: string, { files: patterns, due }: { readonly files: readonly string[]; readonly due: boolean },
): Promise<Pick<WantedRelease, 'files' | 'filesDue'> & { readonly notice: string | null }> {
  const head = patterns.length === 0 ? null : (await git.read('HEAD^{commit}'))?.id ?? null
  if (head === null || head === commit) return { files: await filesFor(patterns, join(git.top, git.prefix)), filesDue: due, notice: null }
  return { files: [], filesDue: true, notice: `\`release-files\` do not apply: the work tree is of ${head.slice(0, 12)}, and ${tag} is ${commit.slice(0, 12)}. What its Release has of files it keeps.` }
}

/** Paths of the files that patterns name in a folder, each once. Throws a `Failure`: `release-files`, for those too that cannot be uploaded. */
async function filesFor(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    if (!/[*?[{]/.test(pattern)) {
      found.add(resolve(folder, pattern))
      continue
    }
    const matching: string[] = []
    for await (const entry of glob(pattern, { cwd: folder, withFileTypes: true })) if (entry.isFile()) matching.push(join(entry.parentPath, entry.name))
    if (matching.length === 0) throw nothing(pattern, folder)
    for (const path of matching.sort()) found.add(path)
  }
  const files = [...found]
  // What is wrong with them is said before anything is done.
  await releaseFiles(files)
  return files
}

function nothing(pattern: string, folder: string): Failure {
  return new Failure({
    code: 'release-files', what: `No file matches \`${pattern}\` in \`${folder}\`.`,
    why: '`release-files` are looked for in the app\'s folder of the work tree.', cure: 'Correct the pattern, or the step that makes the files.',
  })
}
