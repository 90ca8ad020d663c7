import { createHash } from 'node:crypto'

/** A block of a file in a layer, and how many other bytes come before it. */
export interface Part {
  readonly plain: number
  readonly length: number
  readonly digest: string
}

/**
 * How a layer divides. It is a tar: its headers change with every checkout, the content of most files does not. So that is told by
 * digest, in blocks, and what the host has of it need not travel. Where a block ends is decided by the bytes before its end, so that
 * what is put into a file moves the rest of it and changes no other blocks. pieces.py divides an earlier image by the same rules:
 * they decide how much travels and never what comes out, for the host hashes the whole layer.
 */
export interface Outline {
  readonly size: number
  readonly parts: readonly Part[]
}

/** Of a block, its last one in a file apart. */
const shortest = 8 * 1024
const longest = 128 * 1024
/** What is smaller is not worth its digest. */
const least = 256
const header = 512
/** Of more the host is told nothing: then all of it travels. */
const most = 250_000

export async function outlineOf(layer: AsyncIterable<Uint8Array>): Promise<Outline> {
  const reader = new Reader(layer)
  const parts: Part[] = []
  let plain = 0
  for (;;) {
    const head = await reader.take(header)
    plain += head.length
    const size = sizeOfFile(head)
    if (size === null) break
    const regular = head[156] === 0x30 || head[156] === 0 || head[156] === 0x37
    let left = regular && size >= least ? size : 0
    const rest = Math.ceil(size / header) * header - left
    while (left > 0) {
      const data = await reader.block(Math.min(longest, left))
      if (data.length === 0) break
      parts.push({ plain, length: data.length, digest: createHash('sha256').update(data).digest('hex').slice(0, 32) })
      plain = 0
      left -= data.length
    }
    plain += await reader.skip(rest)
  }
  plain += await reader.skip(Infinity)
  const size = parts.reduce((sum, part) => sum + part.plain + part.length, plain)
  return { size, parts: parts.length > most ? [] : parts }
}

export async function sizeOf(layer: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0
  for await (const chunk of layer) size += chunk.length
  return size
}

/** What of a layer travels: all but the blocks that the host has. */
export async function* travelling(layer: AsyncIterable<Uint8Array>, { parts }: Outline, has: (digest: string) => boolean):
AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new Reader(layer)
  for (const { plain, length, digest } of parts) {
    yield* reader.through(plain)
    if (has(digest)) await reader.skip(length)
    else yield* reader.through(length)
  }
  yield* reader.through(Infinity)
}

/** Of a file whose header it is; null when it is none. */
function sizeOfFile(head: Buffer): number | null {
  if (head.length < header || head.subarray(257, 262).toString('latin1') !== 'ustar') return null
  if (((head[124] ?? 0) & 0x80) !== 0) return Number(head.readBigUInt64BE(128))
  const digits = head.subarray(124, 136).toString('latin1').replace(/[\0 ]+$/, '').trim()
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : null
}

/** The end of a block that is within the data: behind three bytes that are one place of 16 Ki in what looks random. */
function endOfBlock(data: Buffer): number {
  for (let at = shortest; at + 2 < data.length; at++) {
    if (((data[at] ?? 0) & 15) === 5 && ((data[at + 1] ?? 0) & 15) === 3 && ((data[at + 2] ?? 0) & 63) === 32) return at + 3
  }
  return data.length
}

/** Bytes by number, of chunks as they come. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #buffer: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Fewer at the end. */
  async take(count: number): Promise<Buffer> {
    await this.#fill(count)
    return this.#taken(count)
  }

  /** A block of at most so many bytes. */
  async block(most: number): Promise<Buffer> {
    await this.#fill(most)
    return this.#taken(endOfBlock(this.#buffer.subarray(0, most)))
  }

  /** How many were there. */
  async skip(count: number): Promise<number> {
    let skipped = 0
    for await (const piece of this.through(count)) skipped += piece.length
    return skipped
  }

  async* through(count: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = count; left > 0;) {
      await this.#fill(1)
      const piece = this.#taken(left)
      if (piece.length === 0) return
      left -= piece.length
      yield piece
    }
  }

  async #fill(count: number): Promise<void> {
    const chunks: Uint8Array[] = [this.#buffer]
    for (let length = this.#buffer.length; length < count;) {
      const next = await this.#chunks.next()
      if (next.done === true) break
      chunks.push(next.value)
      length += next.value.length
    }
    if (chunks.length > 1) this.#buffer = Buffer.concat(chunks)
  }

  #taken(count: number): Buffer {
    const taken = this.#buffer.subarray(0, count)
    this.#buffer = this.#buffer.subarray(taken.length)
    return taken
  }
}
