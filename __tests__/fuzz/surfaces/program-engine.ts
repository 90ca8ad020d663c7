import fc, { type Arbitrary } from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, mutated, text } from '../texts'

const program = new Program('engine_answers')
const layer = `sha256:${'0'.repeat(64)}`
const info = { DockerRootDir: '/var/lib/docker', DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']], Architecture: 'x86_64', SecurityOptions: ['name=userns'] }
const image = { Id: `sha256:${'1'.repeat(64)}`, RootFS: { Type: 'layers', Layers: [layer] }, Config: { User: 'app' }, Size: 7, RepoTags: ['shop:1'], Metadata: { LastTagTime: '2026-11-28T00:00:00Z' } }
const listed = { Id: image.Id, RepoTags: ['shop:1'], Created: 5, Labels: null }
const refused = { message: 'No such image: shop' }

/** Frames of a stream that is two: which, three nulls, a length, and so many bytes. */
const frame = fc.tuple(fc.constantFrom(0, 1, 2, 2, 1, 9), fc.oneof(fc.constant(null), fc.constantFrom(0, 1, 2 ** 32 - 1, 70_000)), text).map(([stream, length, said]) => {
  const head = Buffer.alloc(8)
  head[0] = stream
  head.writeUInt32BE(length ?? Buffer.byteLength(said), 4)
  return Buffer.concat([head, Buffer.from(said)])
})
const frames = fc.array(frame, { maxLength: 4 }).map((all) => Buffer.concat(all))
const progress = [{ status: 'Pulling', id: 'a', progressDetail: { current: 1, total: 2 } }, { error: 'no space left on device' }, { stream: 'Loaded' }]
const lines = fc.array(altered(progress).map((one) => JSON.stringify(one) ?? ''), { maxLength: 4 }).map((all) => `${all.join('\n')}\n`)

/** What answers each question, in the order in which the questions come. */
const good: Readonly<Record<string, readonly unknown[]>> = {
  ask: [image], find: [image], quietly: [refused], delete: [refused], images: [info, [listed], image], platform: [{ Os: 'linux', Arch: 'amd64' }], descriptors: [info, { a: 1 }],
}
const bytes = (body: Arbitrary<string | Buffer>): Arbitrary<Buffer> => body.map((one) => Buffer.from(one))

function bodyOf(asks: string, document: unknown): Arbitrary<Buffer> {
  if (asks === 'output') return fc.oneof({ weight: 3, arbitrary: frames }, { weight: 1, arbitrary: bytes(text) })
  if (asks === 'lines' || asks === 'load') return bytes(fc.oneof({ weight: 4, arbitrary: lines }, { weight: 1, arbitrary: text }))
  return bytes(fc.oneof({ weight: 3, arbitrary: fc.constant(JSON.stringify(document)) }, { weight: 3, arbitrary: altered([document, refused]).map((one) => JSON.stringify(one) ?? '') }, { weight: 1, arbitrary: mutated([JSON.stringify(document)]) }))
}

const status = fc.oneof({ weight: 12, arbitrary: fc.constantFrom('200 OK', '201 Created') }, { weight: 4, arbitrary: fc.constantFrom('204 No Content', '304 Not Modified', '400 Bad', '404 Not Found', '409 Conflict', '500 X', '100 Continue', '101 UPGRADED') }, { weight: 1, arbitrary: fc.constantFrom('', 'x', '-1 X', '99999 X', '2e2 OK') })
const header = fc.oneof(fc.constantFrom('Content-Type: application/json', 'Content-Type: application/vnd.docker.multiplexed-stream', 'Content-Type: application/vnd.docker.raw-stream'), fc.tuple(fc.constantFrom('Content-Length', 'Transfer-Encoding', 'Connection', 'Content-Type', 'X'), text).map(([name, value]) => `${name}: ${value}`))
/** How a body is told from what follows it. */
const framing = fc.oneof({ weight: 3, arbitrary: fc.constant('length') }, { weight: 3, arbitrary: fc.constant('chunked') }, { weight: 3, arbitrary: fc.constant('end') }, { weight: 1, arbitrary: fc.constantFrom('longer', 'shorter', 'bad chunk', 'no last chunk', 'negative chunk', 'endless chunk') })

function answer(asks: string, document: unknown): Arbitrary<Buffer> {
  return fc.record({ status, headers: fc.array(header, { maxLength: 2 }), framing, body: bodyOf(asks, document), at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.oneof({ weight: 12, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }) })
    .map(({ status, headers, framing, body, at, cut }) => {
      const whole = Buffer.concat([Buffer.from([`HTTP/1.1 ${status}`, ...headers, ...framed(framing, body.length), '', ''].join('\r\n'), 'latin1'), framing.includes('chunk') ? chunked(framing, body, Math.floor(at * body.length)) : body])
      return whole.subarray(0, Math.ceil(cut * whole.length))
    })
}

function framed(framing: string, length: number): readonly string[] {
  if (framing.includes('chunk')) return ['Transfer-Encoding: chunked']
  const said = { length, longer: length + 5, shorter: Math.max(0, length - 5) }[framing]
  return said === undefined ? ['Connection: close'] : [`Content-Length: ${said}`]
}

function chunked(framing: string, body: Buffer, at: number): Buffer {
  const chunk = (piece: Buffer, size = piece.length.toString(16)): Buffer => Buffer.concat([Buffer.from(`${size}\r\n`), piece, Buffer.from('\r\n')])
  const size = { 'bad chunk': 'zz', 'negative chunk': '-5', 'endless chunk': 'ffffffffffffffff' }[framing]
  return Buffer.concat([body.subarray(0, at), body.subarray(at)].map((piece, index) => piece.length === 0 && size === undefined ? Buffer.alloc(0) : index === 1 ? chunk(piece, size) : chunk(piece)).concat(framing === 'no last chunk' ? [] : [Buffer.from('0\r\n\r\n')]))
}

/** Answers of the Docker Engine of a host: status lines, chunks, streams in one another, JSON of other shapes. */
export const surface = surfaceOf({
  inputs: fc.constantFrom(...Object.keys(good), 'output', 'lines', 'load').chain((asks) => fc.record({
    asks: fc.constant(asks),
    answers: fc.oneof({ weight: 15, arbitrary: fc.tuple(...(good[asks] ?? [null]).map((document) => answer(asks, document))) }, { weight: 1, arbitrary: bytes(text).map((one) => [one]) }).map((all) => all.map((one) => one.toString('base64'))),
  })),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
