import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../errors'
import { quoted } from './paths'

/** What a Git LFS pointer stands for. */
export interface LfsObject {
  /** SHA-256 of the content, 64 hex. */
  readonly oid: string
  readonly size: number
}

/** Blobs of other sizes are no pointers; by LFS's own rule one has less than 1,024 bytes. */
export const pointerSizes = { least: 100, most: 1023 } as const

/** Reads a pointer; null when the text is anything else. */
export function parsePointer(text: string): LfsObject | null {
  if (!/^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\n/.test(text)) return null
  const [, oid] = /^oid sha256:([0-9a-f]{64})$/m.exec(text) ?? []
  const [, size] = /^size (\d{1,15})$/m.exec(text) ?? []
  return oid === undefined || size === undefined ? null : { oid, size: Number(size) }
}

/** Could this .gitattributes hand anything to LFS? */
export function mentionsLfs(attributes: string): boolean {
  return /^[^#\n]*\bfilter=lfs\b/m.test(attributes)
}

/** Where a checkout keeps an LFS object. */
export function lfsPath(commonDir: string, oid: string): string {
  return join(commonDir, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid)
}

/** A failure when some of these objects are not in the checkout; `file` is where one must be. */
export async function lfsFailures(expected: readonly { readonly path: string; readonly file: string; readonly size: number }[]):
Promise<Failure[]> {
  const missing: string[] = []
  for (const { path, file, size } of expected) {
    const found = await stat(file).catch(() => null)
    if (found?.size !== size) missing.push(path)
  }
  if (missing.length === 0) return []
  return [new Failure({
    code: 'lfs-missing',
    what: `The checkout has only the Git LFS pointers of ${quoted(missing)}.`,
    why: 'A release holds the files themselves.',
    cure: 'Set `lfs: true` at actions/checkout. It brings the files of the commit that it checks out; to deploy another version, '
      + 'check that one out: `ref: <its tag>`.',
  })]
}
