import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, text, word } from '../texts'

const program = new Program('rows')
const key = `git:${'a'.repeat(40)}`
const path = fc.oneof(fc.constantFrom('a', 'a/b', 'a/b/c', 'main.py', '.git/config', '../x', '/x', 'a//b', 'a/./b', 'a/../../x', 'x\ny', 'a'.repeat(256)), word, fc.array(word, { maxLength: 4 }).map((parts) => parts.join('/')), text.map((one) => one.toWellFormed()))
const row = fc.tuple(path, fc.constantFrom('100644', '100755', '120000', '100777', 'x'), fc.constantFrom(key, key, `sha256:${'0'.repeat(64)}`, '../../x'), fc.oneof(fc.nat(100), fc.constantFrom(-1, 2 ** 41, 1.5)))

/** The list of a release's files, and where its links lead. */
export const surface = surfaceOf({
  inputs: fc.record({
    rows: fc.oneof({ weight: 4, arbitrary: fc.array(row, { maxLength: 4 }) }, { weight: 1, arbitrary: fc.array(fc.tuple(word, fc.constant('100644'), fc.constant(key), fc.nat(9)), { maxLength: 3 }) }, { weight: 1, arbitrary: altered([[['a', '100644', key, 1], ['b/c', '120000', key, 1]]]) }),
    digest: fc.constantFrom('', '', '', 'x'), links: fc.dictionary(path, fc.oneof(path, fc.constantFrom('..', '../..', '../a', './b', '/etc')), { maxKeys: 4 }),
  }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
