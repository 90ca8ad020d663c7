import { proposalOf } from './history'
import type { History } from './history'

type Case = readonly [what: string, history: History, reason: string]

const released = ['chore: begin', '=v1.2.0'] as const

describe('the reason', () => {
  it.each<Case>([
    ['by commits', [...released, 'feat: a', 'feat: b', 'fix: c'], 'minor: feat 2, fix 1 since v1.2.0'],
    ['what breaks', [...released, 'feat!: a', 'fix: c'], 'major: breaking 1, fix 1 since v1.2.0'],
    ['lowered', ['a', '=v0.4.0', 'feat!: b'], 'minor: breaking 1 since v0.4.0; below 1.0 what breaks raises the minor'],
    ['first', ['a', 'feat: b'], 'first release'],
    ['first beside others', ['a', '=v1', 'feat: b'], 'first release: no tag here is a version of this app, such as v1 is not'],
    ['the same', [...released], 'v1.2.0 is this commit already'],
    ['after a pre-release', [...released, 'feat: a', '=v2.0.0-rc.1', 'fix: b'], 'after v1.2.0, the numbers of the pre-release before: feat 1, fix 1'],
    ['types that do not count', [...released, 'docs: a', 'chore: b'], 'nothing to release since v1.2.0: chore 1, docs 1, and none of these makes a release'],
    ['no types', [...released, 'work', 'note:this'],
      'nothing to release since v1.2.0: 2 commits, and none says what it is by Conventional Commits (`feat: …`, `fix: …`); `bump: patch` releases them all the same'],
    ['another folder', [...released, '~feat: a'], 'nothing to release since v1.2.0: 1 commit, none of which changes this app'],
  ])('%s', (_, history, reason) => {
    expect(proposalOf(history).reason).toBe(reason)
  })

  it('counts from the last pre-release when there is nothing for the next', () => {
    const { reason } = proposalOf([...released, 'feat: a', '=v1.3.0-rc.1', 'docs: b'], { preRelease: 'rc' })
    expect(reason).toBe('nothing to release since v1.3.0-rc.1: docs 1, and none of these makes a release')
  })

  it('says what was asked for', () => {
    expect(proposalOf([...released, 'feat: a'], { bump: 'patch' }).reason).toBe('patch: as asked, with feat 1 since v1.2.0')
    expect(proposalOf([...released, 'feat: a'], { bump: 'none' }).reason).toBe('no version was asked for')
  })
})

describe('what a release is', () => {
  it('is the latest unless a higher one is elsewhere', () => {
    expect(proposalOf([...released, 'fix: a'])).toMatchObject({ tag: 'v1.2.1', version: 'v1.2.1', isLatest: true, isPreRelease: false })
    expect(proposalOf([...released, '/1.x@v1.2.0', '/main', 'feat!: b', '=v2.0.0', '/1.x', 'fix: c'])).toMatchObject({ tag: 'v1.2.1', isLatest: false })
    expect(proposalOf([...released, 'fix: a'], { preRelease: 'rc' })).toMatchObject({ tag: 'v1.2.1-rc.1', isLatest: false, isPreRelease: true })
    for (const made of [[], ['=shop/v1.0.1']]) {
      expect(proposalOf(['a', '=shop/v1.0.0', 'fix: b', ...made], { prefix: 'shop/' })).toMatchObject({ tag: 'shop/v1.0.1', version: 'v1.0.1' })
    }
  })

  it('tells what is new since the release before of its kind', () => {
    const history = [...released, 'feat: a', '=v1.3.0-rc.1', 'fix: b']
    const texts = (asked: object): readonly string[] => proposalOf(history, asked).changes.map(({ text }) => text)
    expect(texts({ preRelease: 'rc' })).toEqual(['b'])
    expect(proposalOf(history, { preRelease: 'rc' }).previous?.tag).toBe('v1.3.0-rc.1')
    expect(texts({})).toEqual(['b', 'a'])
    expect(proposalOf(history).previous?.tag).toBe('v1.2.0')
  })

  it('comes after a lower one that is another commit', () => {
    const before = (history: History): string | undefined => proposalOf(history).previous?.tag
    expect(before(['a', '=v1.0.0', 'b', '=v2.0.0', 'c', '=v1.5.0'])).toBe('v1.0.0')
    expect(before(['a', '=v1.0.0', 'b', '=v1.1.0', '=v1.2.0'])).toBe('v1.0.0')
  })

  it('tells the same once the tag is there', () => {
    for (const preRelease of ['', 'rc']) {
      const history = [...released, 'feat: a', '=v1.3.0-rc.1', 'fix: b']
      const before = proposalOf(history, { preRelease })
      if (before.kind !== 'next') throw new Error(before.kind)
      expect(proposalOf([...history, `=${before.tag}`], { preRelease })).toEqual({ ...before, kind: 'tagged', level: null, reason: `${before.tag} is this commit already` })
    }
  })
})
