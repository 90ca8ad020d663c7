import { Readable, pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FileEntry } from './manifest'

export type ContentReader = (entry: FileEntry) => AsyncIterable<Uint8Array>

export interface EncodedContent {
  /** Below a kilobyte compression is not worth its header. */
  readonly encoding: 'gzip' | 'identity'
  /** How many contents travel: one for each distinct key. */
  readonly count: number
  /** Bytes of the contents, before headers and compression. */
  readonly bytes: number
  /** To be read once. */
  readonly stream: AsyncIterable<Uint8Array>
}

const tiny = 1024
/** How far reading runs ahead of sending: so many contents, so many bytes. */
const ahead = { entries: 64, bytes: 4 * 1024 ** 2 } as const
/** Each piece costs the compressor a turn, so small ones go together. */
const piece = 128 * 1024

/**
 * Contents as one stream: for each distinct key a line of JSON, `{"key":"git:…","size":12}`, then exactly that many bytes.
 * Throws, while it is read, what `read` throws; and a plain error when `read` gives another number of bytes.
 */
export function encodeContent(entries: readonly FileEntry[], read: ContentReader): EncodedContent {
  const distinct = [...new Map(entries.map((entry) => [entry.key, entry])).values()]
  const bytes = distinct.reduce((sum, entry) => sum + entry.size, 0)
  const pieces = joined(frames(distinct, read))
  const encoding = bytes < tiny ? 'identity' : 'gzip'
  return { encoding, count: distinct.length, bytes, stream: encoding === 'gzip' ? compressed(pieces) : pieces }
}

async function* compressed(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip({ level: 6 })
  // The error arrives where the stream is read; here it only must not be unhandled.
  pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), gzip, () => {})
  for await (const chunk of gzip) yield chunk as Uint8Array
}

interface Opened {
  readonly entry: FileEntry
  readonly chunks: AsyncIterator<Uint8Array>
  readonly first: Promise<IteratorResult<Uint8Array>>
}

async function* frames(entries: readonly FileEntry[], read: ContentReader): AsyncGenerator<Uint8Array, void, undefined> {
  const opened: Opened[] = []
  let next = 0
  let held = 0
  const open = (entry: FileEntry): void => {
    const chunks = read(entry)[Symbol.asyncIterator]()
    const first = chunks.next()
    // It may fail long before its turn comes.
    first.catch(() => {})
    opened.push({ entry, chunks, first })
    held += entry.size
  }
  try {
    for (;;) {
      for (let entry = entries[next]; entry !== undefined; entry = entries[next]) {
        if (opened.length > 0 && (opened.length >= ahead.entries || held + entry.size > ahead.bytes)) break
        open(entry)
        next++
      }
      const current = opened[0]
      if (current === undefined) return
      yield* frame(current)
      opened.shift()
      held -= current.entry.size
    }
  } finally {
    await Promise.allSettled(opened.map(async ({ chunks }) => await chunks.return?.()))
  }
}

async function* frame({ entry, chunks, first }: Opened): AsyncGenerator<Uint8Array, void, undefined> {
  const { key, size } = entry
  yield Buffer.from(`${JSON.stringify({ key, size })}\n`)
  let sent = 0
  for (let result = await first; result.done !== true; result = await chunks.next()) {
    sent += result.value.length
    if (sent > size) break
    yield result.value
  }
  if (sent !== size) throw new Error(`The content of ${entry.path} has not the ${size} bytes that its entry says.`)
}

async function* joined(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    waiting.push(chunk)
    length += chunk.length
    if (length < piece) continue
    yield Buffer.concat(waiting)
    waiting = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(waiting)
}
