import type { Found } from '../../../src/release/commit'
import { failureOf } from './failure'
import { datedVersion, versionOf } from '../../../src/release/version'

const commit = '0123456789abcdef0123456789abcdef01234567'
const tagged = (tag: string | null, committed = 1_795_185_055): Found => ({ commit, committed, tag })

describe('versionOf', () => {
  it.each([
    ['v1.4.2', '', 'v1.4.2'],
    ['v1.4.2', 'v', '1.4.2'],
    ['api/v1.4.2', 'api/v', '1.4.2'],
    ['shop-2026.11', 'shop-', '2026.11'],
    [`v${'1'.repeat(63)}`, 'v', '1'.repeat(63)],
  ])('of tag %p with prefix %p is %p', (tag, prefix, version) => {
    expect(versionOf(tagged(tag), prefix)).toBe(version)
  })

  it('without a tag is the committer date in UTC and 12 hex, whatever the prefix', () => {
    expect(versionOf(tagged(null), 'v')).toBe('20261120.143055-0123456789ab')
    expect(datedVersion.exec('20261120.143055-0123456789ab')?.[1]).toBe('0123456789ab')
  })

  it('stays in the grammar for any date', () => {
    for (const seconds of [0, 1, 253_402_300_799, 253_402_300_800, 1e15]) {
      expect(versionOf(tagged(null, seconds), '')).toMatch(/^\d{8}\.\d{6}-[0-9a-f]{12}$/)
    }
  })

  it('sorts by time', () => {
    const times = [0, 999_999_999, 1_000_000_000, 1_795_000_000, 1_795_000_001]
    const versions = times.map((time) => versionOf(tagged(null, time), ''))
    expect(versions.toSorted()).toEqual(versions)
  })

  it('refuses a tag without the declared prefix, and says what to type', () => {
    const failure = failureOf(() => versionOf(tagged('1.4.2'), 'v'))
    expect(failure.code).toBe('tag-without-prefix')
    expect(failure.what).toBe('The tag `1.4.2` does not begin with `v`.')
    expect(failure.cure).toContain('git tag v1.4.2 0123456789ab')
  })

  it('refuses a tag outside of the grammar and proposes the prefix', () => {
    const failure = failureOf(() => versionOf(tagged('feature/x'), ''))
    expect(failure.code).toBe('version-refused')
    expect(failure.what).toContain('`feature/x`')
    expect(failure.cure).toContain('add `tag-prefix: feature/` to slipway.yml')
  })

  it.each([['v', 'v'], ['v-1', 'v'], ['v+1.0', ''], ['1.0+build', ''],
    ['ü1', ''], ['x'.repeat(64), ''], ['/1', ''], ['a/b/', '']])(
    'refuses tag %p with prefix %p', (tag, prefix) => {
      const failure = failureOf(() => versionOf(tagged(tag), prefix))
      expect(failure.code).toBe('version-refused')
      expect(failure.cure).toContain('git tag v1.0.0 0123456789ab')
    })
})
