import { nameOfRef } from '../../../src/image/names'

/** Refs that people have, and those that were thought of to be mistaken for one another. */
const refs = [
  ...['main', 'Main', 'feature/a', 'feature-a', 'feature_a', 'feature.a', 'feature/A', 'a/b/c', 'a-b/c', 'a/b-c', 'a-b-c', 'latest', '1', '1.4',
    '1.4.2', '1.4.2-rc.1', 'v1.4.2', 'v1', 'pr-7', 'tag-nightly', 'nightly', 'größe', 'gr--e', 'gr---e', '.a', '_a', 'a@b', 'a#b', '7', '#7',
    `sha-${'a'.repeat(40)}`, 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(130), `${'x'.repeat(119)}/${'y'.repeat(80)}`,
    `${'x'.repeat(119)}/${'z'.repeat(80)}`, '2.0-maintenance', 'dependabot/npm/left-pad-1.3.0', 'refs/heads/main', 'heads/main',
  ].map((branch) => `refs/heads/${branch}`),
  ...['v1.4.2', 'v1.4.2-rc.1', 'v1.4', 'v1', '1', 'latest', 'nightly', 'main', 'pr-7', 'v2024.01.05', 'tag-nightly'].map((tag) => `refs/tags/${tag}`),
  'refs/pull/7/merge', 'refs/pull/8/merge', 'refs/pull/77/merge',
]

const tagOf = (ref: string): string => {
  const name = nameOfRef(ref, '')
  return name.kind === 'none' ? `none of ${ref}` : name.tag
}

describe('names of refs', () => {
  it('are different for different refs', () => {
    // What a hashed name looks like may be a branch, too.
    const more = refs.map((ref) => `refs/heads/${tagOf(ref)}`).filter((ref) => !refs.includes(ref))
    const names = new Map<string, string>()
    for (const ref of [...refs, ...more]) {
      expect([tagOf(ref), names.get(tagOf(ref)) ?? ref]).toEqual([tagOf(ref), ref])
      names.set(tagOf(ref), ref)
    }
  })

  it('keep clear of the tags of versions', () => {
    const ofVersions = new Set(['1.4.2', '1.4.2-rc.1', '1.4', '1', 'latest'])
    for (const ref of refs.filter((one) => !/^refs\/tags\/v?\d+\.\d+\.\d+(-rc.1)?$/.test(one))) expect(ofVersions).not.toContain(tagOf(ref))
  })

  it('can be tags of an image', () => {
    for (const ref of refs) expect(tagOf(ref)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)
  })

  it('stay the same from run to run', () => {
    expect(tagOf('refs/heads/feature/a')).toBe(tagOf('refs/heads/feature/a'))
  })
})
