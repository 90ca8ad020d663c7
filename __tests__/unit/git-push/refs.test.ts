import { parseUpdates, twoCommits, wantedOf, type RefUpdate } from '../../../src/actions/git-push/refs'
import { failuresOf } from '../../../src/errors'

const zeros = '0'.repeat(40)
const id = (digit: string): string => digit.repeat(40)
const update = (ref: string, to = id('a'), from = zeros): RefUpdate => ({ old: from, new: to, ref })
const refusal = (...updates: RefUpdate[]): object => {
  try {
    return { accepted: wantedOf(updates, 'main') }
  } catch (thrown) {
    const [failure] = failuresOf(thrown)
    return { code: failure?.code, what: failure?.what, cure: failure?.cure }
  }
}

describe('what Git tells the hook', () => {
  it('is a line for each ref, whose name may hold spaces', () => {
    expect(parseUpdates(`${zeros} ${id('a')} refs/tags/v1\n${id('b')} ${zeros} refs/heads/a b\n`)).toEqual([
      { old: zeros, new: id('a'), ref: 'refs/tags/v1' }, { old: id('b'), new: zeros, ref: 'refs/heads/a b' },
    ])
    expect(parseUpdates('')).toEqual([])
    expect(parseUpdates('nonsense\n')).toEqual([])
  })
})

describe('what a push deploys', () => {
  it('is a tag, or the branch', () => {
    expect(wantedOf([update('refs/tags/v1')], 'main')).toEqual({ wanted: { ref: 'refs/tags/v1', old: zeros, id: id('a'), tag: 'v1' }, also: null })
    expect(wantedOf([update('refs/heads/live', id('a'), id('b'))], 'live'))
      .toEqual({ wanted: { ref: 'refs/heads/live', old: id('b'), id: id('a'), tag: null }, also: null })
  })

  it('is the tag when both come, and the branch is told beside it', () => {
    expect(wantedOf([update('refs/heads/main'), update('refs/tags/v1')], 'main'))
      .toMatchObject({ wanted: { tag: 'v1' }, also: { ref: 'refs/heads/main' } })
  })

  it('is nothing when something is only removed, whatever it is', () => {
    expect(wantedOf([update('refs/tags/v1', zeros, id('a')), update('refs/heads/other', zeros, id('a'))], 'main')).toBeNull()
    expect(wantedOf([update('refs/tags/v0', zeros, id('a')), update('refs/tags/v1')], 'main')).toMatchObject({ wanted: { tag: 'v1' } })
  })

  it.each([['refs/heads/feature'], ['refs/notes/commits'], ['refs/heads/main/x'], ['refs/tagsx/v1']])('is never %s', (ref) => {
    expect(refusal(update(ref))).toMatchObject({ code: 'ref-not-deployed' })
    // Not even beside a good one.
    expect(refusal(update('refs/tags/v1'), update(ref))).toMatchObject({ code: 'ref-not-deployed' })
  })

  it('is one thing: of several tags it is said which were there', () => {
    expect(refusal(update('refs/tags/v1'), update('refs/tags/v2', id('b'))))
      .toMatchObject({ code: 'refs-too-many', what: '2 tags were pushed at once: v1, v2.', cure: expect.stringContaining('git push production v2') })
  })

  it('says which branch may have been meant', () => {
    expect(refusal(update('refs/heads/mian'))).toMatchObject({ what: expect.stringMatching(/did you mean main\?$/), cure: expect.stringContaining('mian:main') })
    expect(refusal(update('refs/heads/feature'))).toMatchObject({ what: expect.stringMatching(/that branch\.$/) })
  })

  it('is not two commits', () => {
    const { wanted, also } = wantedOf([update('refs/heads/main', id('b')), update('refs/tags/v1')], 'main') ?? {}
    if (!wanted || !also) throw new Error('both are there')
    expect(twoCommits(wanted, also)).toMatchObject({ what: 'v1 and main are different commits, and both would be deployed.' })
  })
})
