import type { FileHandle } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Archive } from '../../../src/image/archive'
import { claim, surfaceOf } from '../surface'
import { digestOf, tar, type Entry } from '../tar'
import { altered, text } from '../texts'

const layer = gzipSync(tar([{ name: 'a', body: Buffer.from('x') }]))
const config = { os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [digestOf(layer)] } }
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '')
const blob = (body: Buffer): Entry => ({ name: `blobs/${digestOf(body).replace(':', '/')}`, body })

/** An OCI layout, or what the Engine saves, with these documents in it. */
function image(configured: unknown, index: (digest: string) => unknown, manifest: (config: string, layer: string) => unknown): readonly Entry[] {
  const described = json(configured)
  const listed = json(manifest(digestOf(described), digestOf(layer)))
  return [{ name: 'oci-layout', body: json({ imageLayoutVersion: '1.0.0' }) }, { name: 'index.json', body: json(index(digestOf(listed))) }, blob(listed), blob(described), blob(layer)]
}

const entries = fc.tuple(altered([config]), altered([{ manifests: [{ digest: 'INNER', platform: { os: 'linux', architecture: 'amd64' } }] }]), altered([{ config: { digest: 'CONFIG' }, layers: [{ digest: 'LAYER' }] }, { manifests: [{ digest: 'CONFIG' }, { digest: 'CONFIG' }] }]))
  .map(([configured, index, manifest]) => image(configured, (digest) => named(index, { INNER: digest }), (configured, layered) => named(manifest, { CONFIG: configured, LAYER: layered })))
const saved = altered([[{ Config: 'c.json', Layers: ['l.tar'] }]]).map((one): readonly Entry[] => [{ name: 'manifest.json', body: json(one) }, { name: 'c.json', body: json(config) }, { name: 'l.tar', body: layer }])
const more = fc.array(fc.record({ name: fc.oneof(fc.constantFrom('index.json', 'a', '../a', '', 'x/'.repeat(40)), text), body: text.map((one) => Buffer.from(one)), type: fc.constantFrom('0', '1', '2', 'x', 'L', 'g', 'K', '5', '\0'), link: fc.oneof(fc.constantFrom('a', 'index.json', '../../a'), text),
  size: fc.constantFrom('00000000001\0', '-1000\0', '-1\0', '', '77777777777\0', '\u0080\0\0\0\0\0\0\0\0\0\0\x05', '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff', '9\0', 'x') }), { maxLength: 2 })
const pax = fc.constantFrom('12 size=-512\n', '20 size=99999999999999999999\n', '9 path=a\n', '17 path=../../etc\n')

function named(value: unknown, names: Readonly<Record<string, string>>): unknown {
  return JSON.parse((JSON.stringify(value) ?? 'null').replace(/"(INNER|CONFIG|LAYER)"/g, (_, name: string) => JSON.stringify(names[name] ?? name))) as unknown
}

/** An image in a file of the runner: the tar, and the documents in it. */
export const surface = surfaceOf({
  inputs: fc.record({ entries: fc.oneof({ weight: 2, arbitrary: entries }, { weight: 1, arbitrary: saved }), more, extended: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: pax }), first: fc.boolean(), cut: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(6000) }) })
    .map(({ entries, more, extended, first, cut }) => {
      const extension: readonly Entry[] = extended === null ? [] : [{ name: 'pax', body: Buffer.from(extended), type: 'x' }]
      const whole = tar(first ? [...more, ...extension, ...entries] : [...entries, ...extension, ...more])
      return { bytes: (cut === null ? whole : whole.subarray(0, cut)).toString('base64') }
    }),
  async attempt({ bytes }) {
    const archive = await Archive.of(inMemory(Buffer.from(bytes, 'base64')), 'the archive')
    await archive.top().catch(() => undefined)
    const { config, layers } = await archive.image({ os: 'linux', architecture: 'amd64' })
    claim(config.length <= 16 * 1024 ** 2 && layers.length <= 1000, 'an image is endless')
    return undefined
  },
})

/** As much of a file as is read here. More than 1,000 pieces nothing of this size has: who asks for them runs in a circle. */
function inMemory(bytes: Buffer): FileHandle {
  let asked = 0
  return {
    async read(buffer: Buffer, offset: number, length: number, position: number) {
      claim(++asked < 1000, 'an archive is read for ever')
      if (!Number.isSafeInteger(position) || position < 0) throw new RangeError(`the position ${position} is none`)
      return { bytesRead: bytes.copy(buffer, offset, position, position + length) }
    },
    createReadStream: () => { throw new Error('no layer is asked for') },
  } as unknown as FileHandle
}
