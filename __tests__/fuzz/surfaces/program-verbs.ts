import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, json, text } from '../texts'

const program = new Program('verbs')
const given = [
  { kind: 'stored', id: 'v1-00000000', first: true, secrets: {}, timeout: 10 }, { number: 1 }, { number: 1, drain: 30 }, { number: 1, index: 0, timeout: 60, when: 'before' }, { number: 1, seconds: 0 }, { to: 1, number: 2 },
  { kind: 'new', version: '1.4.2', commit: 'a'.repeat(40), config: {}, manifest: { base: null, removed: [], changed: [], digest: 'b'.repeat(64) }, secrets: { A: 'b' }, first: true, timeout: 10 }, { by: 'ada', run: 'https://github.com/x', images: [] },
]

/** Verbs with what they are given, to a place on which nothing was deployed yet: all of it is judged before anything is touched. */
export const surface = surfaceOf({
  inputs: fc.record({ verb: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('plan', 'stage', 'maintain', 'run', 'start', 'cutover', 'observe', 'revert', 'evidence') }, { weight: 1, arbitrary: text }), given: fc.oneof({ weight: 6, arbitrary: altered(given).filter((one) => typeof one === 'object' && one !== null && !Array.isArray(one)) }, { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('number', 'kind', 'id', 'index'), json) }), inspected: fc.boolean() }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
