import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../errors'
import type { ReleaseAsset } from '../drivers/github'

/** One that a release is to have. */
export interface ReleaseFile {
  /** As GitHub leaves it. */
  readonly name: string
  readonly size: number
  /** 64 hex. */
  readonly sha256: string
  readonly body: Buffer | { readonly file: string; readonly size: number }
}

export const sumsName = 'SHA256SUMS'

/**
 * What a file is called in a release. GitHub renames what it does not like and says nowhere how, so a name is made of characters that
 * it leaves alone, before it is asked.
 */
export function assetName(path: string): string {
  return basename(path).replace(/[^A-Za-z0-9._+-]+/g, '.').replace(/\.{2,}/g, '.').replace(/^\.|\.$/g, '')
}

/** The files with their sums, and last the file that lists them, as `sha256sum -c` reads it. Throws `release-files` with all that is wrong. */
export async function releaseFiles(paths: readonly string[]): Promise<readonly ReleaseFile[]> {
  const wrong: string[] = []
  const files: ReleaseFile[] = []
  for (const path of paths) {
    const name = assetName(path)
    const found = await stat(path).catch(() => null)
    if (found === null || !found.isFile()) wrong.push(`${path} ${found === null ? 'is not there' : 'is no file'}`)
    else if (found.size === 0) wrong.push(`${path} is empty, which GitHub does not take`)
    else if (name === '' || name === sumsName) wrong.push(`${path} cannot be called ${name === '' ? 'anything' : name} there`)
    else if (files.some((file) => file.name === name)) wrong.push(`${path} would be called ${name}, as another`)
    else files.push({ name, size: found.size, sha256: await sumOf(path), body: { file: path, size: found.size } })
  }
  if (wrong.length > 0) {
    throw new Failure({
      code: 'release-files', what: `Files of the release cannot be uploaded: ${wrong.join('; ')}.`,
      why: 'In a release names are unique, without folders, and of letters, digits, and . _ + -.', cure: 'Correct the paths, or the step that makes the files.',
    })
  }
  if (files.length === 0) return []
  const sums = Buffer.from(files.map(({ sha256, name }) => `${sha256}  ${name}\n`).sort(byName).join(''))
  return [...files, { name: sumsName, size: sums.length, sha256: createHash('sha256').update(sums).digest('hex'), body: sums }]
}

/** Is that asset the file, as far as GitHub tells? `unknown`: it has the size, and no digest is told. */
export function sameFile(asset: ReleaseAsset, { size, sha256 }: ReleaseFile): 'yes' | 'no' | 'unknown' {
  if (asset.state !== 'uploaded' || asset.size !== size) return 'no'
  // Servers of some versions leave it out.
  if ((asset.digest ?? null) === null) return 'unknown'
  return asset.digest === `sha256:${sha256}` ? 'yes' : 'no'
}

function byName(a: string, b: string): number {
  return a.slice(66) < b.slice(66) ? -1 : 1
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
