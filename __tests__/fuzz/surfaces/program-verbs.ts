import fc from 'fast-check'
import { actor, source, stored } from '../given'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, json, text } from '../texts'

const program = new Program('verbs')
const { services: [service] } = source.config
const config = { ...source.config, services: [{ ...service, before: [], secrets: [] }, { ...service, name: 'beat', route: null, on: 'first', overlap: false }], aliases: ['www.example.com'], hsts: 60, shared: ['uploads'], pages: { error: 'serve' } }
/** What each of them is given; most refuse it all the same, since nothing is deployed. */
const given = [
  ['plan', [source, { ...source, config }, { ...source, maintenance: true, takeOver: '/etc/nginx/sites-enabled/shop' }]], ['begin', [actor]], ['inspect', [{}, { staging: true }]], ['evidence', [{ number: 1 }]], ['stage', [stored]], ['observe', [{ number: 1, seconds: 0 }]],
  ['revert', [{ number: 2, to: null }, { number: 2, to: 1 }]], ['maintain', [{ number: 1, drain: 30 }]], ['run', [{ number: 1, index: 0, timeout: 60, when: 'before' }]], ['start', [{ number: 1 }]], ['cutover', [{ number: 1, withdraw: true, crossing: [1] }]], ['retire', [{ drain: 30 }]],
] as const
const isObject = (one: unknown): boolean => typeof one === 'object' && one !== null && !Array.isArray(one)
const fitting = fc.oneof(
  { weight: 6, arbitrary: fc.constant(given[0]) }, { weight: 3, arbitrary: fc.constantFrom(...given.slice(1, 4)) }, { weight: 3, arbitrary: fc.constantFrom(...given.slice(4)) },
).chain(([verb, documents]) => fc.record({ verb: fc.constant<string>(verb), given: altered(documents).filter(isObject) }))

/** Verbs with what they are given, to a place on which nothing was deployed yet: all of it is judged before anything is touched. */
export const surface = surfaceOf({
  inputs: fc.tuple(
    fc.oneof({ weight: 9, arbitrary: fitting }, { weight: 1, arbitrary: fc.record({ verb: fc.oneof(fc.constantFrom(...given.map(([verb]) => verb)), text), given: fc.dictionary(fc.constantFrom('number', 'kind', 'id', 'index'), json) }) }),
    fc.integer({ min: 0, max: 7 }).map((one) => one !== 0),
  ).map(([one, inspected]) => ({ ...one, inspected })),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
