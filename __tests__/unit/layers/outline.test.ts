import { execFileSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { join } from 'node:path'
import { outlineOf, travelling } from '../../../src/targets/host/layers/outline'
import { tar } from '../image/archives'

const noise = (seed: number, size: number): Buffer =>
  createCipheriv('aes-256-ctr', Buffer.alloc(32, seed), Buffer.alloc(16)).update(Buffer.alloc(size))

async function* chunks(data: Buffer, size = 100_000): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of stream) all.push(chunk)
  return Buffer.concat(all)
}

/** What the host program finds in a layer. */
function onTheHost(layer: Buffer): readonly string[] {
  const program = join(import.meta.dirname, '..', '..', '..', 'src', 'targets', 'host', 'program')
  const script = 'import sys\nsys.path.insert(0, sys.argv[1])\nfrom slipway.layers import pieces\n'
    + 'for block in pieces.blocks(iter(lambda: sys.stdin.buffer.read(70000), b"")): print(len(block), pieces.digest(block).hex())'
  return execFileSync('python3', ['-B', '-c', script, program], { input: layer }).toString('utf8').split('\n').filter((line) => line !== '')
}

const text = Buffer.from('It was the best of times, it was the worst of times. '.repeat(20_000))
const layers: Readonly<Record<string, Buffer>> = {
  files: tar([
    { name: 'large', data: noise(1, 3_000_000) }, { name: 'small', data: Buffer.from('x') }, { name: 'text', data: text },
    { name: 'folder', type: '5' }, { name: 'link', type: '2', link: 'text' }, { name: 'zeros', data: Buffer.alloc(300_000) }, { name: 'least', data: noise(2, 256) },
    { name: 'most', data: noise(3, 128 * 1024) },
  ]),
  'no tar': noise(4, 100_000),
  'cut short': tar([{ name: 'large', data: noise(5, 300_000) }]).subarray(0, 200_000),
  'a header alone': tar([{ name: 'large', data: noise(5, 300_000) }]).subarray(0, 512),
  'zeros behind it': Buffer.concat([tar([{ name: 'a', data: noise(6, 1000) }]), Buffer.alloc(20_000)]),
  nothing: Buffer.alloc(0),
}

describe.each(Object.entries(layers))('a layer (%s)', (_name, layer) => {
  it('divides as it does on the host, however it comes', async () => {
    const { parts, size } = await outlineOf(chunks(layer))
    expect(size).toBe(layer.length)
    expect(parts.map(({ length, digest }) => `${length} ${digest}`)).toEqual(onTheHost(layer))
    expect((await outlineOf(chunks(layer, 999))).parts).toEqual(parts)
  })

  it('travels without what the host has', async () => {
    const outline = await outlineOf(chunks(layer))
    expect((await collected(travelling(chunks(layer), outline, () => false))).equals(layer)).toBe(true)
    const had = outline.parts.filter((_, index) => index % 2 === 0)
    const sent = await collected(travelling(chunks(layer), outline, (digest) => had.some((part) => part.digest === digest)))
    expect(sent.length).toBe(layer.length - outline.parts.filter(({ digest }) => had.some((part) => part.digest === digest))
      .reduce((sum, { length }) => sum + length, 0))
  })
})

it('of what is put into a file the rest is the same', async () => {
  const data = noise(7, 2_000_000)
  const before = new Set((await outlineOf(chunks(tar([{ name: 'a', data }])))).parts.map(({ digest }) => digest))
  const changed = tar([{ name: 'a', data: Buffer.concat([data.subarray(0, 900_000), Buffer.from('put in'), data.subarray(900_000)]) }])
  const { parts } = await outlineOf(chunks(changed))
  expect(parts.filter(({ digest }) => !before.has(digest)).reduce((sum, { length }) => sum + length, 0)).toBeLessThan(256 * 1024)
})
