import { lstat, lutimes, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hiddenBy, parseIgnore, type IgnoreRule } from './ignore'

/**
 * BuildKit turns times after the commit's into the commit's, and leaves those before as they are: files that a runner of one's own
 * has kept from an earlier commit. With another time another digest, so they are raised. What .dockerignore hides stays as it is.
 */
export async function raiseTimes(context: string, epoch: number): Promise<void> {
  const ignore = await readFile(join(context, '.dockerignore'), 'utf8').catch(() => '')
  const rules = parseIgnore(ignore)
  // A line that takes back in may mean something below a hidden folder.
  await raise(context, '', epoch, rules.some(({ negated }) => negated) ? [] : rules)
}

async function raise(context: string, folder: string, epoch: number, rules: readonly IgnoreRule[]): Promise<void> {
  for (const entry of await readdir(join(context, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (path === '.git' || hiddenBy(rules, path) !== null) continue
    if (entry.isDirectory()) await raise(context, path, epoch, rules)
    await raiseOne(join(context, path), epoch)
  }
}

async function raiseOne(path: string, epoch: number): Promise<void> {
  const { mtimeMs, atime } = await lstat(path)
  if (mtimeMs >= epoch * 1000) return
  await lutimes(path, atime, epoch).catch((error: unknown) => {
    // Somebody else's, in a folder that is shared: the image is as good, and its digest may differ elsewhere.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  })
}
