import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** SHA-256, hex, of the files below a folder and their names. */
export async function folderDigest(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/')).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(createHash('sha256').update(await readFile(join(folder, file))).digest())
  return hash.digest('hex')
}
