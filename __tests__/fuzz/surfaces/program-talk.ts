import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { json, mutated, text } from '../texts'

const program = new Program('talk')
const frame = fc.tuple(fc.oneof(fc.nat(40).map(String), fc.constantFrom('0', '00', '-1', '99999999999', '4194305', '1e3', ' 3')), fc.string({ maxLength: 40 })).map(([length, body]) => `data ${length}\n${body}`)
const message = fc.oneof(
  frame, fc.constantFrom('beat\n', 'abandon\n', 'bye\n', 'data 3\nabcdata 0\n', 'stage {"a": 1}\n', 'stage {"a": NaN}\n', `stage {"a": ${'9'.repeat(5000)}}\n`, `stage ${'['.repeat(3000)}\n`),
  fc.tuple(fc.constantFrom('stage', 'cutover', 'begin', ''), json).map(([verb, given]) => `${verb} ${JSON.stringify(given)}\n`), mutated(['stage {"kind":"stored"}\ndata 4\n{}\n\ndata 0\nbye {}\n']), text.map((one) => `${one}\n`))

/** The bytes that a runner sends to the host program: lines of verbs, frames of content, in any pieces. */
export const surface = surfaceOf({
  inputs: fc.record({ bytes: fc.array(message, { maxLength: 6 }).map((all) => Buffer.from(all.join('')).toString('base64')), cuts: fc.array(fc.nat(300), { maxLength: 5 }) }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
