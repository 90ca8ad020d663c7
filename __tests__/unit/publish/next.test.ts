import { nextOf, proposalOf } from './history'
import type { History } from './history'

type Case = readonly [what: string, history: History, next: string]

const released = ['chore: begin', '=v1.2.0'] as const
const squash = (title: string, ...listed: readonly string[]): string => `${title} (#12)\n\n${listed.map((line) => `* ${line}`).join('\n\n')}`
const merge = (title: string): string => `+topic Merge pull request #12 from ada/topic\n\n${title}`
const revert = (subject: string, id: number): string => `Revert "${subject}"\n\nThis reverts commit <${id}>.`

describe('by what commits say', () => {
  it.each<Case>([
    ['a fix', [...released, 'fix: a'], 'v1.2.1'],
    ['a feature', [...released, 'feat: a'], 'v1.3.0'],
    ['both', [...released, 'feat: a', 'fix: b'], 'v1.3.0'],
    ['speed', [...released, 'perf: a'], 'v1.2.1'],
    ['a mark for what breaks', [...released, 'feat!: a'], 'v2.0.0'],
    ['a mark on any type', [...released, 'chore!: drop node 18'], 'v2.0.0'],
    ['a mark after a scope', [...released, 'refactor(api)!: a'], 'v2.0.0'],
    ['a footer', [...released, 'fix: a\n\nWhy.\n\nBREAKING CHANGE: b'], 'v2.0.0'],
    ['a footer with a hyphen', [...released, 'fix: a\n\nBREAKING-CHANGE: b'], 'v2.0.0'],
    ['a footer in small letters is none', [...released, 'fix: a\n\nbreaking change: b'], 'v1.2.1'],
    ['a footer below a line without a type', [...released, 'Rewrite all\n\nBREAKING CHANGE: b'], 'v2.0.0'],
    ['the words in the middle of a line are no footer', [...released, 'docs: a\n\nno BREAKING CHANGE: here'], 'unchanged'],
    ['a type in capitals', [...released, 'Feat: a'], 'v1.3.0'],
    ['a known type without the space', [...released, 'fix:a'], 'v1.2.1'],
    ['brackets in a body', [...released, 'feat: a\n\nfoo(bar(baz))\nx('], 'v1.3.0'],
    ['lines of Windows', [...released, 'fix: a\r\n\r\nBREAKING CHANGE: b\r\n\r\nMore.\r\n'], 'v2.0.0'],
    ['types that change nothing for users', [...released, 'docs: a', 'chore: b', 'ci: c', 'build(deps): d'], 'unchanged'],
    ['no types at all', [...released, 'Some work', 'more'], 'unchanged'],
    ['an address is no type', [...released, 'http://example.com is down'], 'unchanged'],
    ['what was to be squashed', [...released, 'fixup! feat: a', 'squash! fix: b', 'amend! feat!: c'], 'unchanged'],
    ['nothing since', [...released, '/topic@', '/main'], '(v1.2.0)'],
    ['an empty message', [...released, ''], 'unchanged'],
  ])('%s', (_, history, next) => {
    expect(nextOf(history)).toBe(next)
  })
})

describe('what was asked for', () => {
  it.each<readonly [bump: 'none' | 'patch' | 'minor' | 'major', history: History, next: string]>([
    ['patch', [...released, 'feat: a'], 'v1.2.1'],
    ['minor', [...released, 'docs: a'], 'v1.3.0'],
    ['major', [...released, 'Some work'], 'v2.0.0'],
    ['none', [...released, 'feat: a'], 'unchanged'],
    ['none', [...released], '(v1.2.0)'],
    ['major', [...released], '(v1.2.0)'],
    ['patch', ['a'], 'v0.0.1'],
    ['minor', ['a'], 'v0.1.0'],
    ['major', ['a'], 'v1.0.0'],
    ['major', ['a', '=v0.9.3', 'fix: b'], 'v1.0.0'],
  ])('%s', (bump, history, next) => {
    expect(nextOf(history, { bump })).toBe(next)
  })
})

describe('below 1.0, and the first', () => {
  it.each<Case>([
    ['no tag yet', ['Some work'], 'v0.1.0'],
    ['no tag yet, and much broken', ['feat!: a', 'feat: b'], 'v0.1.0'],
    ['a fix', ['a', '=v0.4.0', 'fix: b'], 'v0.4.1'],
    ['a feature', ['a', '=v0.4.0', 'feat: b'], 'v0.5.0'],
    ['what breaks raises the minor', ['a', '=v0.4.0', 'feat!: b'], 'v0.5.0'],
    ['0.0.x', ['a', '=v0.0.3', 'fix: b'], 'v0.0.4'],
    ['only other tags', ['a', '=nightly', '=v1', 'feat: b'], 'v0.1.0'],
  ])('%s', (_, history, next) => {
    expect(nextOf(history)).toBe(next)
  })
})

describe('which tags are releases of the line', () => {
  it.each<Case>([
    ['the highest, not the nearest', ['a', '=v1.10.0', 'b', '=v1.9.0', 'fix: c'], 'v1.10.1'],
    ['by number', ['a', '=v1.9.0', 'b', '=v1.10.0', 'fix: c'], 'v1.10.1'],
    ['without a v', ['a', '=1.2.0', 'fix: b'], '1.2.1'],
    ['a v that came later', ['a', '=1.2.0', 'b', '=v1.3.0', 'fix: c'], 'v1.3.1'],
    ['what is none', ['a', '=v1.2.0', 'b', '=v9', '=v9.9', '=nightly', '=v1.02.3', '=vv3.0.0', 'fix: c'], 'v1.2.1'],
    ['metadata of builds', ['a', '=v1.2.0', 'b', '=v1.3.0+5', 'fix: c'], 'v1.2.1'],
    ['a zero before the number of a pre-release', ['a', '=v1.2.0', 'b', '=v1.3.0-rc.01', 'fix: c'], 'v1.2.1'],
    ['another app\'s', ['a', '=v1.2.0', 'b', '=blog/v3.0.0', '=shop-v4.0.0', 'fix: c'], 'v1.2.1'],
    ['a branch of an old line', [...released, '/1.x@v1.2.0', '/main', 'feat!: b', '=v2.0.0', '/1.x', 'fix: c'], 'v1.2.1'],
    ['that branch again', [...released, '/1.x@v1.2.0', '/main', 'feat!: b', '=v2.0.0', '/1.x', 'fix: c', '=v1.2.1', 'fix: d'], 'v1.2.2'],
    ['a feature on it', [...released, '/1.x@v1.2.0', '/main', 'feat!: b', '=v2.0.0', '/1.x', 'feat: c'], 'v1.3.0'],
    ['a feature whose number is taken', [...released, '/1.2.x@v1.2.0', '/main', 'feat: b', '=v1.3.0', '/1.2.x', 'feat: c'], 'version-taken'],
    ['a patch whose number is taken', [...released, '/1.2.x@v1.2.0', '/main', 'fix: b', '=v1.2.1', '/1.2.x', 'fix: c'], 'version-taken'],
    ['taken without a v', [...released, '/1.2.x@v1.2.0', '/main', 'fix: b', '=1.2.1', '/1.2.x', 'fix: c'], 'version-taken'],
    ['an old line merged back', [...released, '/1.x@v1.2.0', '/main', 'feat!: b', '=v2.0.0', '/1.x', 'fix: c', '=v1.2.1', '/main', '+1.x Merge branch \'1.x\''], 'v2.0.1'],
    ['a branch from before the first release', ['a', '/old@', '/main', 'feat: b', '=v1.0.0', '/old', 'fix: c'], 'no-release-behind'],
    ['the commit is released', ['a', '=v1.2.0', 'fix: b', '=v1.2.1'], '(v1.2.1)'],
    ['two versions at one commit', ['a', '=v1.2.0', 'fix: b', '=v1.2.1', '=v1.3.0'], '(v1.3.0)'],
  ])('%s', (_, history, next) => {
    expect(nextOf(history)).toBe(next)
  })

  it('says which version is free', () => {
    const history = [
      ...released, '/1.2.x@v1.2.0', '/main', 'fix: b', '=v1.2.1', 'fix: c', '=v1.2.2', 'feat: d', '=v1.3.0', '=v1.3.0-rc.1', 'e', '=v1.3.0-rc.4', 'e', '=v1.3.7', '/1.2.x', 'feat: f',
    ]
    expect(() => proposalOf(history)).toThrow(/`v1\.3\.0`.* a minor change is none\. .*`tag: v1\.2\.3` is free/)
    expect(() => proposalOf(history, { preRelease: 'rc' })).toThrow(/`v1\.3\.0-rc\.1`.*already\. [^.]*\. A tag is never moved\. Give .*`tag: v1\.3\.0-rc\.5` is free/)
    const unstable = ['a', '=v0.1.0-alpha.1', '/old@', '/main', 'b', '=v0.1.0', 'c', '=v0.1.1', '/old', 'd']
    expect(() => proposalOf(unstable)).toThrow(/`v0\.1\.0`.*`tag: v0\.1\.2` is free/)
  })

  it.each<readonly [what: string, prefix: string, history: History, next: string]>([
    ['its own only', 'shop/', ['a', '=shop/v1.0.0', '=blog/v5.0.0', '=v9.0.0', 'fix: b'], 'shop/v1.0.1'],
    ['the first of an app', 'shop/', ['a', '=blog/v5.0.0', 'feat: b'], 'shop/v0.1.0'],
    ['a prefix that ends in v', 'shop-v', ['a', 'feat: b'], 'shop-v0.1.0'],
    ['a prefix that is the v', 'v', ['a', '=v1.0.0', 'feat: b'], 'v1.1.0'],
    ['a word that ends in v', 'dev', ['a'], 'devv0.1.0'],
    ['only its folder', 'shop/', ['a', '=shop/v1.0.0', '~feat!: other', 'fix: b'], 'shop/v1.0.1'],
    ['nothing in its folder', 'shop/', ['a', '=shop/v1.0.0', '~feat: other'], 'unchanged'],
  ])('with a prefix: %s', (_, prefix, history, next) => {
    expect(nextOf(history, { prefix })).toBe(next)
  })
})

describe('merges and squashes', () => {
  const topic = [...released, '/topic@v1.2.0'] as const
  it.each<Case>([
    ['what a merge brings counts', [...topic, 'feat: a', '/main', 'docs: b', '+topic Merge branch \'topic\''], 'v1.3.0'],
    ['the merge itself does not', [...topic, 'fix: a', '/main', '+topic Merge branch \'topic\''], 'v1.2.1'],
    ['a title where commits say nothing', [...topic, 'wip', 'more', '/main', merge('feat: login')], 'v1.3.0'],
    ['a title that says more', [...topic, 'feat: drop xml', '/main', merge('feat!: drop xml')], 'v2.0.0'],
    ['a title that says less', [...topic, 'feat!: drop xml', '/main', merge('fix: xml')], 'v2.0.0'],
    ['a title as the subject', [...topic, 'wip', '/main', '+topic feat: login (#12)'], 'v1.3.0'],
    ['a footer in the text of a pull request', [...topic, 'wip', '/main', merge('Login\n\nBREAKING CHANGE: new cookies')], 'v2.0.0'],
    ['a title over another that says the same', [...topic, 'wip', '/sub@', 'wip', '/topic', '+sub feat: login', '/main', merge('feat: login')], 'v1.3.0'],
    ['a title over nothing of the folder', [...topic, '~wip', '/main', merge('feat: login')], 'unchanged'],
    ['the line merged into a topic', [...topic, 'wip', '/main', 'fix: b', '/topic', '+main feat: not a title of anything here', '/main', '+topic Merge branch \'topic\''], 'v1.2.1'],
    ['a squash', [...released, squash('feat: login', 'wip', 'fix: typo')], 'v1.3.0'],
    ['a squash whose subject says less than its list', [...released, squash('fix: login', 'feat: form', 'fix: typo')], 'v1.2.1'],
    ['a squash whose list breaks', [...released, squash('fix: login', 'feat!: form')], 'v2.0.0'],
    ['a squash whose subject has no type', [...released, squash('Login', 'feat: form', 'fix: typo')], 'v1.3.0'],
    ['a squash with a footer in its middle', [...released, squash('Login', 'fix: a\n\n  BREAKING: no\n\nBREAKING CHANGE: yes', 'chore: b')], 'v2.0.0'],
    ['a squash that took back its own', [...released, squash('Login', 'fix: form', 'feat: form', 'Revert "feat: form"')], 'v1.2.1'],
    ['a list in the description of a pull request', [...released, 'chore(deps): update x to v2 (#12)\n\nThis updates x:\n\n* feat!: no more y'], 'unchanged'],
    ['a list without a pull request is a text', [...released, 'Notes\n\n* feat: planned'], 'unchanged'],
  ])('%s', (_, history, next) => {
    expect(nextOf(history)).toBe(next)
  })
})

describe('reverts', () => {
  const topic = [...released, '/topic@v1.2.0'] as const
  it.each<Case>([
    ['of something since', [...released, 'feat: a', revert('feat: a', 2)], 'unchanged'],
    ['beside something else', [...released, 'feat: a', revert('feat: a', 2), 'fix: b'], 'v1.2.1'],
    ['of something released', ['feat: a', '=v1.2.0', revert('feat: a', 1)], 'v1.2.1'],
    ['taken back in turn', [...released, 'feat: a', revert('feat: a', 2), revert('Revert "feat: a"', 3)], 'v1.3.0'],
    ['applied again', [...released, 'feat: a', revert('feat: a', 2), 'Reapply "feat: a"\n\nThis reverts commit <3>.'], 'v1.3.0'],
    ['twice', [...released, 'feat: a', revert('feat: a', 2), 'feat: a', revert('feat: a', 4)], 'unchanged'],
    ['as the convention has it', [...released, 'feat: a', 'revert: let us never speak of it again\n\nRefs: <2>'], 'unchanged'],
    ['of several at once', [...released, 'feat: a', 'fix: b', 'revert: both\n\nRefs: <2>, <3>'], 'unchanged'],
    ['by a number alone', [...released, 'feat: a (#12)', 'Revert "That search" (#13)\n\nReverts ada/shop#12'], 'unchanged'],
    ['of the later of two', [...released, 'feat: a', 'feat: a', 'Revert "feat: a" (#13)'], 'v1.3.0'],
    ['applied again by GitHub', [...released, 'feat: a (#12)', 'Revert "feat: a (#12)" (#13)', 'Reapply "feat: a (#12)" (#14)'], 'v1.3.0'],
    ['reverted again by GitHub', [...released, 'feat: a (#12)', 'Revert "feat: a" (#13)\n\nReverts ada/shop#12', 'Revert "Revert "feat: a"" (#14)\n\nReverts ada/shop#13'], 'v1.3.0'],
    ['of the topic\'s commit by its id before it was rebased', [...released, 'feat: a', 'Revert "feat: a"\n\nThis reverts commit 0123456789.'], 'unchanged'],
    ['by GitHub\'s button, squashed', [...released, 'feat: a (#12)', 'Revert "feat: a" (#13)\n\nReverts ada/shop#12'], 'unchanged'],
    ['by the subject alone', [...released, 'feat: a (#12)', 'Revert "feat: a (#12)" (#13)'], 'unchanged'],
    ['of a merge', [...topic, 'feat: a', 'fix: b', '/main', 'fix: c', merge('A and b'), 'Revert "Merge pull request #12"\n\nThis reverts commit <5>, reversing\nchanges made to x.'], 'v1.2.1'],
    ['of a merge whose title counted', [...topic, 'wip', '/main', merge('feat: a'), 'Revert "Merge pull request #12"\n\nThis reverts commit <3>.'], 'unchanged'],
    ['in a pull request that was merged', [...released, 'feat: a', '/topic@', revert('feat: a', 2), '/main', merge('Revert "feat: a"')], 'unchanged'],
    ['of what broke', [...released, 'feat!: a', revert('feat!: a', 2), 'feat: b'], 'v1.3.0'],
  ])('%s', (_, history, next) => {
    expect(nextOf(history)).toBe(next)
  })
})

describe('pre-releases', () => {
  const rc = [...released, 'feat: a', '=v1.3.0-rc.1'] as const
  it.each<readonly [what: string, preRelease: string, history: History, next: string]>([
    ['the first', 'rc', [...released, 'feat: a'], 'v1.3.0-rc.1'],
    ['the first of all', 'rc', ['a'], 'v0.1.0-rc.1'],
    ['the next', 'rc', [...rc, 'fix: b'], 'v1.3.0-rc.2'],
    ['by number', 'rc', [...rc, 'b', '=v1.3.0-rc.10', '=v1.3.0-rc.9', '=v1.3.0-rc', 'fix: c'], 'v1.3.0-rc.11'],
    ['after a word that is no number', 'rc', [...rc, 'b', '=v1.3.0-rc.x', 'fix: c'], 'pre-release-backwards'],
    ['after one without a dot', 'rc', [...released, 'feat: a', '=v1.3.0-rc1', 'fix: c'], 'pre-release-backwards'],
    ['nothing since', 'rc', [...rc, 'docs: b'], 'unchanged'],
    ['the commit is one', 'rc', rc, '(v1.3.0-rc.1)'],
    ['the commit is stable', 'rc', [...rc, '=v1.3.0'], '(v1.3.0)'],
    ['a feature changes no number', 'rc', [...rc, 'feat: b'], 'v1.3.0-rc.2'],
    ['what breaks does', 'rc', [...rc, 'feat!: b'], 'v2.0.0-rc.1'],
    ['the numbers of the one before stay', 'rc', [...released, 'feat: a', '=v2.0.0-rc.1', 'fix: b'], 'v2.0.0-rc.2'],
    ['a later kind', 'rc', [...released, 'feat: a', '=v1.3.0-beta.2', 'docs: b'], 'v1.3.0-rc.1'],
    ['a later kind of the same commit', 'rc', [...released, 'feat: a', '=v1.3.0-beta.2'], 'v1.3.0-rc.1'],
    ['an earlier kind', 'alpha', [...released, 'feat: a', '=v1.3.0-beta.2', 'fix: b'], 'pre-release-backwards'],
    ['the same commit, stable', '', rc, 'v1.3.0'],
    ['a later commit, stable', '', [...rc, 'docs: b'], 'v1.3.0'],
    ['stable, after a higher one that was asked for', '', [...released, 'feat: a', '=v2.0.0-rc.1', 'fix: b'], 'v2.0.0'],
    ['an old one does not matter', '', [...released, 'feat: a', '=v1.3.0-rc.1', '=v1.3.0', 'fix: b'], 'v1.3.1'],
    ['those of another branch do not', '', [...released, '/next@v1.2.0', 'feat!: b', '=v2.0.0-rc.1', '/main', 'fix: c'], 'v1.2.1'],
    ['no stable one yet', '', ['a', '=v1.0.0-beta.3', 'fix: b'], 'v1.0.0'],
    ['one that another branch has', 'rc', [...released, '/next@v1.2.0', 'feat: b', '=v1.3.0-rc.1', '/main', 'feat: c'], 'version-taken'],
  ])('%s', (_, preRelease, history, next) => {
    expect(nextOf(history, { preRelease })).toBe(next)
  })

  it('goes on with the numbers that were asked for', () => {
    expect(nextOf(rc, { preRelease: 'rc', bump: 'minor' })).toBe('(v1.3.0-rc.1)')
    expect(nextOf([...rc, 'docs: b'], { preRelease: 'rc', bump: 'minor' })).toBe('v1.3.0-rc.2')
    expect(nextOf([...rc, 'docs: b'], { preRelease: 'rc', bump: 'major' })).toBe('v2.0.0-rc.1')
  })
})

describe('calendar versions', () => {
  const november = ['a', '=2026.11.0'] as const
  it.each<readonly [what: string, scheme: string, now: string, history: History, next: string]>([
    ['the first', 'YYYY.MM.MICRO', '2026-11-27', ['a'], '2026.11.0'],
    ['the same month', 'YYYY.MM.MICRO', '2026-11-27', [...november, 'fix: b'], '2026.11.1'],
    ['a feature is no more than that', 'YYYY.MM.MICRO', '2026-11-27', [...november, 'feat!: b'], '2026.11.1'],
    ['the next month', 'YYYY.MM.MICRO', '2026-12-01', [...november, 'fix: b'], '2026.12.0'],
    ['the next year', 'YYYY.MM.MICRO', '2027-01-01', [...november, 'fix: b'], '2027.1.0'],
    ['padded', 'YYYY.0M.MICRO', '2027-01-01', ['a', '=2026.11.0', 'fix: b'], '2027.01.0'],
    ['short', 'YY.MM.MICRO', '2026-11-27', ['a', '=26.11.3', 'fix: b'], '26.11.4'],
    ['a day', 'YYYY-0M-0D.MICRO', '2026-11-27', ['a', '=2026-11-26.4', 'fix: b'], '2026-11-27.0'],
    ['a week, in the year that it belongs to', 'YYYY.0W.MICRO', '2027-01-02', ['a', '=2026.52.1', 'fix: b'], '2026.53.0'],
    ['features apart', 'YYYY.MINOR.MICRO', '2026-11-27', ['a', '=2026.3.1', 'feat: b'], '2026.4.0'],
    ['fixes apart', 'YYYY.MINOR.MICRO', '2026-11-27', ['a', '=2026.3.1', 'fix: b'], '2026.3.2'],
    ['apart in a new year', 'YYYY.MINOR.MICRO', '2027-02-01', ['a', '=2026.3.1', 'fix: b'], '2027.0.0'],
    ['nothing to release', 'YYYY.MM.MICRO', '2026-12-27', [...november, 'docs: b'], 'unchanged'],
    ['a clock that is behind', 'YYYY.MM.MICRO', '2026-10-31', [...november, 'fix: b'], '2026.11.1'],
    ['with a v', 'YYYY.MM.MICRO', '2026-12-27', ['a', '=v2026.11.0', 'fix: b'], 'v2026.12.0'],
    ['a Sunday', 'YYYY.0W.MICRO', '2027-01-03', ['a', '=2026.52.1', 'fix: b'], '2026.53.0'],
    ['a year of two digits is none of four', 'YYYY.MM.MICRO', '2026-11-27', ['a', '=26.11.0', 'fix: b'], '2026.11.0'],
    ['a date that never was is none', 'YYYY.MM.MICRO', '2026-11-27', ['a', '=2026.13.0', '=2026.0.1', 'fix: b'], '2026.11.0'],
    ['another branch was first today', 'YYYY.MM.MICRO', '2026-11-27', [...november, '/hot@2026.11.0', '/main', 'fix: b', '=2026.11.1', '/hot', 'fix: c'], '2026.11.2'],
    ['undeclared', '', '2026-11-27', [...november, 'fix: b'], 'version-scheme'],
    ['without a counter', 'YYYY.MM', '2026-11-27', ['a'], 'version-scheme'],
    ['with the month first', 'MM.YYYY.MICRO', '2026-11-27', ['a'], 'version-scheme'],
    ['with a word of its own', 'YYYY.NUMBER.MICRO', '2026-11-27', ['a'], 'version-scheme'],
  ])('%s', (_, scheme, now, history, next) => {
    expect(nextOf(history, { scheme, now: `${now}T12:00:00Z` })).toBe(next)
  })

  it('has pre-releases too', () => {
    const asked = { scheme: 'YYYY.MM.MICRO', preRelease: 'rc' }
    expect(nextOf([...november, 'fix: b'], asked)).toBe('2026.11.1-rc.1')
    expect(nextOf([...november, 'fix: b', '=2026.11.1-rc.1'], { scheme: 'YYYY.MM.MICRO' })).toBe('2026.11.1')
  })

  it('takes no bump that its numbers have no place for', () => {
    expect(nextOf([...november, 'fix: b'], { scheme: 'YYYY.MM.MICRO', bump: 'major' })).toBe('bump-without-place')
    expect(nextOf([...november, 'fix: b'], { scheme: 'YYYY.MM.MICRO', bump: 'minor' })).toBe('bump-without-place')
    expect(nextOf([...november, 'docs: b'], { scheme: 'YYYY.MM.MICRO', bump: 'patch' })).toBe('2026.11.1')
    expect(nextOf([...november, 'docs: b'], { bump: 'patch' })).toBe('2026.11.1')
  })
})
