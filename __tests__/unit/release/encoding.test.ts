import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { encodeContent } from '../../../src/release/encoding'
import type { FileEntry } from '../../../src/release/manifest'

const entry = (path: string, key: string, size: number): FileEntry => ({ path, mode: '100644', key, size })

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What the host does: a line of JSON, then so many bytes. */
function decoded(bytes: Buffer): { key: string; content: Buffer }[] {
  const found: { key: string; content: Buffer }[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    const { key, size } = JSON.parse(bytes.subarray(at, end).toString()) as { key: string; size: number }
    found.push({ key, content: bytes.subarray(end + 1, end + 1 + size) })
    at = end + 1 + size
  }
  return found
}

async function* inPieces(content: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

describe('encodeContent', () => {
  it('frames each distinct key once, in order, and leaves little uncompressed', async () => {
    const { encoding, count, bytes, stream } = encodeContent(
      [entry('a', 'git:1', 3), entry('b', 'git:2', 0), entry('c', 'git:1', 3)],
      ({ key }) => inPieces(Buffer.from(key === 'git:1' ? 'a\nb' : ''), 2))
    expect({ encoding, count, bytes }).toEqual({ encoding: 'identity', count: 2, bytes: 3 })
    expect((await whole(stream)).toString()).toBe('{"key":"git:1","size":3}\na\nb{"key":"git:2","size":0}\n')
  })

  it('compresses what is larger, whatever pieces it comes in', async () => {
    const contents = Array.from({ length: 300 }, (_, index) => randomBytes((index * 7919) % 60_000))
    const { encoding, stream } = encodeContent(
      contents.map(({ length }, index) => entry(`f${index}`, `git:${index}`, length)),
      ({ key }) => inPieces(contents[Number(key.slice(4))] ?? Buffer.alloc(0), 10_007))
    expect(encoding).toBe('gzip')
    const found = decoded(gunzipSync(await whole(stream)))
    expect(found.map(({ key }) => key)).toEqual(contents.map((_, index) => `git:${index}`))
    expect(found.every(({ content }, index) => content.equals(contents[index] ?? Buffer.alloc(0)))).toBe(true)
  })

  it('reads ahead, but not without bound', async () => {
    let open = 0
    let most = 0
    const { stream } = encodeContent(
      Array.from({ length: 200 }, (_, index) => entry(`f${index}`, `git:${index}`, 1024 ** 2)),
      async function* () {
        most = Math.max(most, ++open)
        yield Buffer.alloc(1024 ** 2)
        open--
      })
    await whole(stream)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
  })

  it.each([['identity', 10], ['gzip', 10_000]])('passes on what a reader throws (%s)', async (encoding, size) => {
    const failing = encodeContent([entry('a', 'git:1', size), entry('b', 'git:2', size)], async function* ({ key }) {
      if (key === 'git:2') throw new Error('gone')
      yield Buffer.alloc(size)
    })
    expect(failing.encoding).toBe(encoding)
    await expect(whole(failing.stream)).rejects.toThrow('gone')
  })

  it('leaves no rejection unhandled when what was read ahead fails first', async () => {
    const unhandled: unknown[] = []
    const listen = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    try {
      const { stream } = encodeContent([entry('a', 'git:1', 1), entry('b', 'git:2', 1)], async function* ({ key }) {
        if (key === 'git:2') throw new Error('gone')
        for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
        yield Buffer.alloc(1)
      })
      await expect(whole(stream)).rejects.toThrow('gone')
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', listen)
    }
  })

  it.each([[-1], [1]])('does not send another number of bytes than announced (%p)', async (more) => {
    const { stream } = encodeContent([entry('a', 'git:1', 10)], () => inPieces(Buffer.alloc(10 + more), 100))
    await expect(whole(stream)).rejects.toThrow('has not the 10 bytes')
  })

  it('closes what it opened when its reader stops early', async () => {
    let closed = 0
    const { stream } = encodeContent(
      Array.from({ length: 10 }, (_, index) => entry(`f${index}`, `git:${index}`, 400_000)),
      async function* () {
        try {
          for (let i = 0; i < 4; i++) yield randomBytes(100_000)
        } finally {
          closed++
        }
      })
    for await (const chunk of stream) if (chunk.length > 0) break
    // The compressor's side is torn down in turns of the event loop, not at once.
    for (let turn = 0; closed < 10 && turn < 1000; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(closed).toBe(10)
  })
})
