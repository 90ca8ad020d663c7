import { createHash } from 'node:crypto'

export type FileMode = '100644' | '100755' | '120000'

/** One file of a release. */
export interface FileEntry {
  /** Relative to the app's folder, with `/`. */
  readonly path: string
  readonly mode: FileMode
  /** What its bytes are known by: `git:` and 40 hex of the blob, or `sha256:` and 64 hex (artifacts, LFS). */
  readonly key: string
  /** Bytes; of a link, those of its target's text. */
  readonly size: number
}

/** All files of a release, sorted by the bytes of their paths, each path once. */
export type Manifest = readonly FileEntry[]

export interface Delta {
  /** Paths that are no longer there. */
  readonly removed: readonly string[]
  /** Entries that are new, or that differ in mode or content. */
  readonly changed: readonly FileEntry[]
}

/**
 * SHA-256 as hex over a line for each entry: mode, space, key, space, path, line feed, in UTF-8. Nothing is escaped: no path
 * holds a line feed. The program on the host computes the same from what it unpacked.
 */
export function manifestDigest(manifest: Manifest): string {
  const hash = createHash('sha256')
  for (const { mode, key, path } of manifest) hash.update(`${mode} ${key} ${path}\n`)
  return hash.digest('hex')
}

/** What leads from one manifest to another. Without a base everything is new. */
export function delta(base: Manifest | null, target: Manifest): Delta {
  const before = new Map((base ?? []).map((entry) => [entry.path, entry]))
  const changed = target.filter((entry) => {
    const old = before.get(entry.path)
    before.delete(entry.path)
    return old === undefined || old.key !== entry.key || old.mode !== entry.mode
  })
  return { removed: [...before.keys()], changed }
}

/** The distinct keys, in the order of their first entry. */
export function keysOf(entries: readonly FileEntry[]): string[] {
  return [...new Set(entries.map(({ key }) => key))]
}

/** In the order of the manifest. */
export function sorted<T extends { readonly path: string }>(entries: readonly T[]): T[] {
  return entries.toSorted((a, b) => compareBytes(a.path, b.path))
}

/** Orders texts by their UTF-8 bytes, which for characters beyond U+FFFF is not the order of JavaScript's own comparison. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return lifted(x) - lifted(y)
  }
  return a.length - b.length
}

/** Surrogates stand for characters above all others. */
function lifted(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
