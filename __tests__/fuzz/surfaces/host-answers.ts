import fc from 'fast-check'
import { activationOf, evidenceOf, failureOf, linesOf, observationOf, outputOf, planOf, proofOf, retireReportOf, standingOf } from '../../../src/targets/host/answers'
import { claim, surfaceOf } from '../surface'
import { altered, json } from '../texts'

const entry = { number: 3, releaseId: '1.4.2-0a1b2c3d', version: '1.4.2', commit: 'a'.repeat(40), state: 'proven', proven: true, withdrawn: false, at: '2026-11-28T00:00:00Z', by: 'ada', run: 'https://github.com/x' }
const standing = { app: 'shop', serving: entry, entries: [entry], releases: [{ id: entry.releaseId, version: '1.4.2', commit: entry.commit, digest: 'b'.repeat(64), secrets: ['A'] }], settled: [], url: 'https://shop.example.com', domain: 'shop.example.com', rollout: { wave: { percent: 25 }, canary: 1, maintenance: false } }
const plan = { stage: ['a'], start: [], cutOver: [], retire: [] }
const answers: readonly unknown[] = [standing, { ...entry, unchanged: false, tasks: ['a'], after: [{ index: 0, name: 'x' }], output: [{ source: 's', text: 't' }], detail: '', standing }, { number: 3, version: '1.4.2', via: 'http', seen: [], url: null }, { healthy: true, findings: ['x'] }, { lines: ['x'], standing }, plan, { output: 'x' }, { evidence: [{ source: 'a', text: 'b' }] }, { code: 'x', what: 'a', why: '', cure: 'b', evidence: [] }, { lines: ['x'] }]
// In the order of the answers.
const readers = { standingOf, activationOf, proofOf, observationOf, retireReportOf, planOf, outputOf, evidenceOf, linesOf }
const names = [...Object.keys(readers).slice(0, 8) as (keyof typeof readers)[], 'failureOf' as const, 'linesOf' as const]

/** What a host answers, which somebody else may have taken over. */
export const surface = surfaceOf({
  inputs: fc.constantFrom(...names).chain((reader) => fc.record({ reader: fc.constant(reader), answer: fc.oneof({ weight: 8, arbitrary: altered([answers[names.indexOf(reader)]]) }, { weight: 1, arbitrary: altered(answers) }, { weight: 1, arbitrary: json }) })),
  attempt({ reader, answer }) {
    if (reader === 'failureOf') {
      const failure = failureOf(answer, 'deploy@203.0.113.7')
      // It is the host's own word: what it leaves empty stays so, and is told all the same.
      return failure.what.trim() === '' || failure.cure.trim() === '' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(failure.code) ? undefined : [failure]
    }
    const read: unknown = readers[reader](answer)
    const walk = (value: unknown, key: string): void => {
      if (typeof value === 'string' && ['releaseId', 'version', 'commit', 'id', 'digest'].includes(key)) claim(/^[A-Za-z0-9._-]{0,128}$/.test(value), 'a name was taken:', key, value)
      if (typeof value === 'object' && value !== null) for (const [inner, one] of Object.entries(value)) walk(one, Array.isArray(value) ? key : inner)
    }
    walk(read, '')
    return undefined
  },
})
