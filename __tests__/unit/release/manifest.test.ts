import { createHash } from 'node:crypto'
import { compareBytes, delta, keysOf, manifestDigest, sorted } from '../../../src/release/manifest'
import type { FileEntry, FileMode } from '../../../src/release/manifest'

const entry = (path: string, key = 'a', mode: FileMode = '100644'): FileEntry => (
  { path, mode, key: `git:${key.repeat(40)}`, size: 1 }
)

describe('manifestDigest', () => {
  it('is the SHA-256 of a line for each entry, in UTF-8', () => {
    const text = `100755 git:${'a'.repeat(40)} bin/run me\n120000 git:${'b'.repeat(40)} übung\n`
    const expected = createHash('sha256').update(text, 'utf8').digest('hex')
    expect(manifestDigest([entry('bin/run me', 'a', '100755'), entry('übung', 'b', '120000')])).toBe(expected)
  })

  it('changes with path, mode, key and order', () => {
    const digests = [
      [entry('a'), entry('b')], [entry('b'), entry('a')], [entry('a', 'c'), entry('b')],
      [entry('a', 'a', '100755'), entry('b')], [],
    ].map(manifestDigest)
    expect(new Set(digests).size).toBe(5)
  })
})

describe('compareBytes', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const names = ['a', 'a/b', 'a-b', 'a.b', 'aa', 'ä', 'Z', '',
      '\u{1F600}', '\uFFFD', '\uE000', '\uD7FF', 'a\u{1F600}', 'a\uFF5E', '\u{10000}']
    const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(names.toSorted(compareBytes)).toEqual(byBytes)
    expect(sorted(names.map((path) => ({ path }))).map(({ path }) => path)).toEqual(byBytes)
  })
})

describe('delta', () => {
  const base = [entry('a'), entry('b'), entry('c'), entry('d')]

  it('is everything without a base', () => {
    expect(delta(null, base)).toEqual({ removed: [], changed: base })
  })

  it('names what is new, other in content or mode, and gone', () => {
    const target = [entry('a'), entry('b', 'z'), entry('c', 'a', '100755'), entry('e')]
    expect(delta(base, target)).toEqual({ removed: ['d'], changed: [target[1], target[2], target[3]] })
  })

  it('is empty between equals', () => {
    expect(delta(base, base)).toEqual({ removed: [], changed: [] })
  })
})

it('keysOf names each key once', () => {
  expect(keysOf([entry('a', 'b'), entry('c', 'a'), entry('d', 'b')])).toEqual([`git:${'b'.repeat(40)}`, `git:${'a'.repeat(40)}`])
})
