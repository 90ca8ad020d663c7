import fc, { type Arbitrary } from 'fast-check'
import { actor, content, source, stored } from '../given'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, text } from '../texts'

const program = new Program('deployed')
/** What each verb is given when all is well; 2 is staged, and 3 is what is staged next. */
const given: Readonly<Record<string, readonly object[]>> = {
  begin: [actor], inspect: [{}, { staging: true }], plan: [stored, source], stage: [stored, source, { ...stored, id: 'v1-00000000', again: false }], maintain: [{ number: 2, drain: 5 }, { number: 3, drain: 0 }],
  run: [{ number: 2, index: 0, timeout: 60, when: 'before' }, { number: 1, index: 0, timeout: 60, when: 'after' }], start: [{ number: 2 }, { number: 3 }], cutover: [{ number: 2 }, { number: 3, withdraw: true, crossing: [1] }], observe: [{ number: 2, seconds: 1 }],
  retire: [{ drain: 1 }], revert: [{ number: 2, to: 1 }, { number: 3, to: 1 }, { number: 2, to: null }], evidence: [{ number: 2 }],
}

function step(verb: string): Arbitrary<readonly [string, unknown]> {
  const documents = Object.hasOwn(given, verb) ? given[verb] ?? [] : [{}]
  const isObject = (one: unknown): boolean => typeof one === 'object' && one !== null && !Array.isArray(one)
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom<unknown>(...documents) }, { weight: 1, arbitrary: altered(documents).filter(isObject) }).map((one) => [verb, one] as const)
}

const usual = ['inspect', 'stage', 'maintain', 'run', 'start', 'cutover', 'observe', 'retire']
/** A rollout that leaves out some of its steps and ends somewhere, and then anything. */
const order = fc.tuple(fc.subarray(usual.slice(1)), fc.array(fc.constantFrom(...Object.keys(given)), { maxLength: 2 })).map(([some, more]) => ['inspect', ...some, ...more])

/** Verbs in whatever order to a place where something serves, and what is in hand when the runner says goodbye. */
export const surface = surfaceOf({
  inputs: fc.record({
    steps: fc.oneof({ weight: 9, arbitrary: order }, { weight: 1, arbitrary: fc.array(fc.oneof(fc.constantFrom(...Object.keys(given)), text), { maxLength: 3 }) }).chain((verbs) => fc.tuple(...verbs.map(step))),
    // Activations that answer when they are asked whether they do.
    well: fc.oneof({ weight: 4, arbitrary: fc.constant([1, 2, 3]) }, { weight: 1, arbitrary: fc.subarray([1, 2, 3]) }), bye: fc.boolean(),
    content: fc.oneof({ weight: 4, arbitrary: fc.constant([content]) }, { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) }).map((all) => all.map((one) => Buffer.from(one).toString('base64'))),
  }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
