import { delta, encodeContent, keysOf, manifestDigest, type FileEntry, type Manifest, type ReleaseContent } from '../../release'
import type { StoredRelease } from '../../history/types'
import type { ReleaseSource } from '../../rollout/target'

/** How many stored releases are looked at for one that the checkout knows too. */
const looks = 3

/** What a release is told to the host as. Keys null: the host says what it lacks. */
export interface Journey {
  readonly fields: {
    readonly id: string
    readonly version: string
    readonly commit: string
    readonly digest: string
    readonly config: ReleaseSource['config']
    readonly base: string | null
    readonly removed: readonly string[]
    readonly manifest: readonly Row[]
    readonly keys: readonly string[] | null
  }
  /** What goes along unasked; null when the host is to say what it lacks. */
  readonly content: AsyncIterable<Uint8Array> | null
  /** The stream of the contents that the host asked for. */
  answerNeed(keys: readonly string[]): AsyncIterable<Uint8Array>
}

type Row = readonly [path: string, mode: string, key: string, size: number]

/**
 * Only what the host lacks travels. Where a release on the host is of a commit that the checkout has, the difference between
 * the two is known here: it goes in one message, with the contents. Else the whole list goes, and the host says what it lacks.
 */
export async function journey(release: ReleaseSource, stored: readonly StoredRelease[]): Promise<Journey> {
  const content = release.content as ReleaseContent
  const known = { id: release.id, version: release.version, commit: release.commit, digest: content.digest, config: release.config }
  const byKey = new Map(content.manifest.map((entry) => [entry.key, entry]))
  const stream = (entries: readonly FileEntry[]): AsyncIterable<Uint8Array> => encodeContent(entries, content.read).stream
  const answerNeed = (keys: readonly string[]): AsyncIterable<Uint8Array> =>
    stream(keys.flatMap((key) => byKey.get(key) ?? []))
  const base = await knownBase(content, stored)
  if (base === null) {
    return {
      fields: { ...known, base: null, removed: [], manifest: content.manifest.map(row), keys: null },
      content: null,
      answerNeed,
    }
  }
  const { removed, changed } = delta(base.manifest, content.manifest)
  return {
    fields: { ...known, base: base.id, removed, manifest: changed.map(row), keys: keysOf(changed) },
    content: stream(changed),
    answerNeed,
  }
}

async function knownBase(content: ReleaseContent, stored: readonly StoredRelease[]):
Promise<{ readonly id: string; readonly manifest: Manifest } | null> {
  for (const { id, commit, digest } of stored.slice(0, looks)) {
    const manifest = await content.manifestAt(commit)
    if (manifest !== null && manifestDigest(manifest) === digest) return { id, manifest }
  }
  return null
}

function row({ path, mode, key, size }: FileEntry): Row {
  return [path, mode, key, size]
}
