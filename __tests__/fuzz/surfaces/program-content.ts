import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { mutated, text } from '../texts'

const program = new Program('received')
const keyOf = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`
const zeros = 'a'.repeat(2 ** 20)

/** The content of files as it comes to a host: headers, bytes, gzip around all of it, cut anywhere. */
export const surface = surfaceOf({
  inputs: fc.record({
    files: fc.array(fc.oneof({ weight: 30, arbitrary: text }, { weight: 1, arbitrary: fc.constant(zeros) }), { maxLength: 3 }), packed: fc.boolean(),
    wrong: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom('size', 'key', 'missing', 'twice', 'path') }, { weight: 1, arbitrary: mutated(['{"key":"KEY","size":3}\n']) }),
    cut: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(200) }), cuts: fc.array(fc.nat(300), { maxLength: 4 }),
  }).map(({ files, packed, wrong, cut, cuts }) => {
    const bodies = files.map((one) => Buffer.from(one))
    const pieces = bodies.flatMap((body) => [Buffer.from(`${JSON.stringify({ key: wrong === 'path' ? '../../x' : keyOf(wrong === 'key' ? Buffer.from('other') : body), size: body.length + (wrong === 'size' ? 1 : 0) })}\n`), body])
    if (wrong !== null && wrong.includes('{')) pieces.push(Buffer.from(wrong))
    if (wrong === 'twice') pieces.push(...pieces)
    const whole = packed ? gzipSync(Buffer.concat(pieces)) : Buffer.concat(pieces)
    const sizes = Object.fromEntries(bodies.map((body) => [keyOf(body), body.length]))
    return { bytes: (cut === null ? whole : whole.subarray(0, cut)).toString('base64'), cuts, sizes: wrong === 'missing' ? { ...sizes, [keyOf(Buffer.from('more'))]: 4 } : sizes }
  }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
