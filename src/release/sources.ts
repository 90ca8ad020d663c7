import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { objectsMissing } from '../drivers/git'
import type { Git } from '../drivers/git'
import { Failure } from '../errors'
import type { FileEntry } from './manifest'

/** Where the bytes of a file are on the runner. */
export type Source =
  | { readonly kind: 'blob'; readonly git: Git; readonly id: string }
  /** An LFS object or a file of an artifact, by its absolute path. */
  | { readonly kind: 'file'; readonly file: string }
  /** A link of an artifact: what it says. */
  | { readonly kind: 'text'; readonly text: string }

export interface SourcedFile extends FileEntry {
  readonly source: Source
}

/** An entry without what only this machine knows of it. */
export function entryOf({ path, mode, key, size }: FileEntry): FileEntry {
  return { path, mode, key, size }
}

/** The bytes of a blob. Throws a `Failure` when the checkout lacks it. */
export async function blobOf(git: Git, id: string): Promise<Buffer> {
  const object = await git.read(id)
  if (object === null) throw objectsMissing()
  return object.content
}

/** Key of text that is in no repository. */
export function textKey(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

/** Git's id of a blob with these bytes; `add` them piece by piece. */
export function blobHash(size: number): { add(chunk: Uint8Array): void; id(): string } {
  const hash = createHash('sha1').update(`blob ${size}\0`)
  return {
    add: (chunk) => void hash.update(chunk),
    id: () => hash.digest('hex'),
  }
}

/**
 * The bytes of a file, exactly `size` of them, checked against its key before the last of them is given. A blob comes
 * whole. Throws a `Failure`: `content-changed` when a file is no longer what the manifest says, `git-objects-missing`.
 */
export async function* contentOf({ path, key, size, source }: SourcedFile): AsyncGenerator<Uint8Array, void, undefined> {
  if (source.kind === 'blob') {
    const content = await blobOf(source.git, source.id)
    const hash = blobHash(content.length)
    hash.add(content)
    if (`git:${hash.id()}` !== key || content.length !== size) throw changed(path)
    yield content
    return
  }
  if (source.kind === 'text') {
    yield Buffer.from(source.text)
    return
  }
  const hash = createHash('sha256')
  let held: Buffer | null = null
  let read = 0
  for await (const chunk of chunksOf(path, source.file)) {
    if (held !== null) yield held
    read += chunk.length
    if (read > size) throw changed(path)
    hash.update(chunk)
    held = chunk
  }
  if (read !== size || `sha256:${hash.digest('hex')}` !== key) throw changed(path)
  if (held !== null) yield held
}

async function* chunksOf(path: string, file: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    // Not through a link: one could have been put there since the file was listed.
    await using handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    for await (const chunk of handle.createReadStream({ autoClose: false })) yield chunk as Buffer
  } catch (cause) {
    // A file system's error: gone, a link now, not readable any more.
    if (typeof cause === 'object' && cause !== null && 'code' in cause) throw changed(path, cause)
    throw cause
  }
}

function changed(path: string, cause?: unknown): Failure {
  return new Failure({
    code: 'content-changed',
    what: `The file \`${path}\` is not what it was when this step began.`,
    why: 'A release is exactly what its id says.',
    cure: 'Let nothing write to the checkout while this step runs: end background processes of earlier steps, '
      + 'then run the job again.',
    cause,
  })
}
