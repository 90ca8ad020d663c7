import { createHash } from 'node:crypto'

/** A block of a file in a layer, and how many other bytes come before it. */
export interface Part {
  readonly plain: number
  readonly length: number
  readonly digest: string
}

/**
 * How a layer divides. It is a tar: its headers change with every checkout, the content of most files does not. So that is told by
 * digest, in blocks, and what the host has of it need not travel. pieces.py divides an earlier image by the same rules: they
 * decide how much travels and never what comes out, for the host hashes the whole layer.
 */
export interface Outline {
  readonly size: number
  readonly parts: readonly Part[]
}

const block = 64 * 1024
/** What is smaller is not worth its digest. */
const least = 256
const header = 512
/** Of more the host is told nothing: then all of it travels. */
const most = 1_000_000

export async function outlineOf(layer: AsyncIterable<Uint8Array>): Promise<Outline> {
  const reader = new Reader(layer)
  const parts: Part[] = []
  let plain = 0
  for (;;) {
    const head = await reader.take(header)
    plain += head.length
    const size = sizeOfFile(head)
    if (size === null) break
    const padded = Math.ceil(size / header) * header
    const regular = head[156] === 0x30 || head[156] === 0 || head[156] === 0x37
    let left = regular && size >= least ? size : 0
    let rest = padded - left
    while (left > 0) {
      const data = await reader.take(Math.min(block, left))
      if (data.length < Math.min(block, left)) {
        plain += data.length
        rest = 0
        break
      }
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

/** Bytes by number, of chunks as they come. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const taken: Uint8Array[] = []
    for await (const piece of this.through(count)) taken.push(piece)
    const [only = Buffer.alloc(0)] = taken
    return taken.length > 1 ? Buffer.concat(taken) : Buffer.from(only.buffer, only.byteOffset, only.byteLength)
  }

  /** How many were there. */
  async skip(count: number): Promise<number> {
    let skipped = 0
    for await (const piece of this.through(count)) skipped += piece.length
    return skipped
  }

  async* through(count: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = count
    while (left > 0) {
      if (this.#chunk.length === 0) {
        const next = await this.#chunks.next()
        if (next.done === true) return
        this.#chunk = next.value
      }
      const piece = this.#chunk.subarray(0, Math.min(left, this.#chunk.length))
      this.#chunk = this.#chunk.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
  }
}
