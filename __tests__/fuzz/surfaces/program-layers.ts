import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc, { type Arbitrary } from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { digestOf, tar, type Entry } from '../tar'
import { altered, mutated, text } from '../texts'

const program = new Program('layers')
// Hardly made smaller by gzip: what is smaller than a header is not looked into.
const block = Buffer.concat(Array.from({ length: 25 }, (_, index) => createHash('sha256').update(String(index)).digest()))
const there = tar([{ name: 'base', body: block }])
const added = tar([{ name: 'new', body: Buffer.alloc(900, 'n') }, { name: 'small', body: Buffer.from('x') }])
/** Of this one the host has the middle. */
const changed = tar([{ name: 'base2', body: block }, { name: 'new', body: Buffer.from('y') }])
const keyOf = (piece: Buffer): string => createHash('sha256').update(piece).digest('hex').slice(0, 32)

interface Layer { readonly bytes: Buffer; readonly parts: readonly (number | string)[]; readonly travelling: Buffer }

const layers: Readonly<Record<string, Layer>> = {
  there: { bytes: there, parts: [], travelling: there },
  added: { bytes: added, parts: [], travelling: added },
  changed: { bytes: changed, parts: [512, block.length, keyOf(block)], travelling: Buffer.concat([changed.subarray(0, 512), changed.subarray(512 + block.length)]) },
}
const platform = { os: 'linux', architecture: 'amd64' }

/** A value, or bytes, as the content of a key. */
const framed = (key: unknown, bytes: Buffer, size = bytes.length): Buffer => Buffer.concat([Buffer.from(`${JSON.stringify({ key, size })}\n`), bytes])

/** An image of these layers of which the host has so many, and what the runner says of it. */
function image(names: readonly string[], kept: number): Arbitrary<unknown> {
  const all = names.map((name) => layers[name] ?? { bytes: there, parts: [], travelling: there })
  const ids = all.map(({ bytes }) => digestOf(bytes))
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: ids }, config: { Cmd: ['x'] } }
  const reference = `shop@${digestOf(Buffer.from(JSON.stringify(config)))}`
  const lacking = all.slice(kept)
  const little = (right: unknown, documents: readonly unknown[] = [right]): Arbitrary<unknown> => fc.oneof({ weight: 9, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: altered(documents) })
  return fc.record({
    config: little(config), ids: little(ids), outlines: fc.tuple(...lacking.map(({ bytes, parts }) => little({ size: bytes.length, parts }))), images: little({ web: { reference } }), key: fc.oneof({ weight: 20, arbitrary: fc.constant('web') }, { weight: 1, arbitrary: text }),
    bytes: fc.tuple(...lacking.map(({ bytes, travelling }) => fc.oneof({ weight: 12, arbitrary: fc.constant(framed(digestOf(bytes), travelling)) }, { weight: 1, arbitrary: fc.constantFrom(framed(digestOf(bytes), bytes), framed(digestOf(bytes), Buffer.alloc(travelling.length)), framed(digestOf(bytes), travelling, travelling.length + 1), framed('x', travelling)) }))),
    drop: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -40, max: 40 }) }),
  }).map(({ config, ids, outlines, images, key, bytes, drop }) => {
    const described = framed(key, Buffer.from(JSON.stringify({ config: typeof config === 'string' ? config : JSON.stringify(config), layers: ids })))
    const outlined = Buffer.concat(outlines.map((one, index) => framed(digestOf(lacking[index]?.bytes ?? there), Buffer.from(JSON.stringify(one) ?? ''))))
    const whole = Buffer.concat(bytes)
    const last = drop < 0 ? whole.subarray(0, Math.max(0, whole.length + drop)) : Buffer.concat([whole, Buffer.alloc(drop)])
    // Without a layer that is lacking nothing more is asked.
    return { images, said: (lacking.length === 0 ? [described] : [described, outlined, last]).map((one) => one.toString('base64')) }
  })
}

const transfer = fc.record({
  image: fc.oneof(image(['there', 'added'], 1), image(['added'], 0), image(['changed'], 0), image(['there'], 1), image(['added', 'changed'], 0)), containerd: fc.boolean(), packed: fc.boolean(), cut: fc.constantFrom(1000, 100_000, 7),
}).map(({ image, ...rest }) => ({ kind: 'brought', there: there.toString('base64'), ...image as object, ...rest }))

const size = fc.constantFrom('00000000001\0', '-1000\0', '-1\0', '', '77777777777\0', '\u0080\0\0\0\0\0\0\0\0\0\x05\0', '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff', '9\0', 'x', '1_0\0', '0x10\0', ' 1 \0')
const entry: Arbitrary<Entry> = fc.record({ name: fc.oneof(fc.constantFrom('index.json', 'a', '../a', 'oci-layout', `blobs/sha256/${'0'.repeat(64)}`), text), body: fc.oneof(text, fc.constant(block.toString()), mutated(['{"manifests":[{"digest":"sha256:0"}]}'])).map((one) => Buffer.from(one)) })
const entries = fc.array(fc.tuple(entry, fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.record({ size }) }), fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('0', '\0', '7', '1', '2', 'x', 'L', 'K', 'g', 'S') }) })).map(([one, size, type]) => ({ ...one, ...size, ...type })), { maxLength: 3 })
/** An image as the Engine saves it, and the layer in it. */
const saved = fc.record({ entries, inner: entries, packed: fc.boolean(), cut: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(4000) }), spoilt: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.tuple(fc.nat(3000), fc.nat(255)) }) })
  .map(({ entries, inner, packed, cut, spoilt }) => {
    const layer = packed ? gzipSync(tar(inner)) : tar(inner)
    const whole = tar([...entries, { name: 'layer.tar', body: layer }])
    if (spoilt !== null) whole[spoilt[0] % whole.length] = spoilt[1]
    return cut === null ? whole : whole.subarray(0, cut)
  })
const blocks = fc.record({ kind: fc.constant('blocks'), bytes: fc.oneof({ weight: 9, arbitrary: saved }, { weight: 1, arbitrary: text.map((one) => Buffer.from(one)) }).map((one) => one.toString('base64')), cut: fc.constantFrom(1, 100, 511, 512, 4096) })

/** Images that come from the runner without a registry: what it says of them, their layers in pieces, and those that the Engine has. */
export const surface = surfaceOf({
  inputs: fc.oneof({ weight: 2, arbitrary: transfer }, { weight: 1, arbitrary: blocks }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
