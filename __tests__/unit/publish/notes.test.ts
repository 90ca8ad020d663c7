import type { Change } from '../../../src/publish/changes'
import { mostCharacters, notesOf } from '../../../src/publish/notes'
import type { NotesRequest } from '../../../src/publish/notes'
import { idOf, proposalOf } from './history'
import type { History } from './history'

const at = 'https://github.com/ada/shop'
const short = (index: number): string => `[${idOf(index).slice(0, 7)}](${at}/commit/${idOf(index)})`

function notes(history: History, request: Partial<NotesRequest> = {}): string {
  const { changes, previous } = proposalOf(history)
  return notesOf({ changes, previous: previous?.tag ?? null, tag: 'v1.3.0', server: 'https://github.com', repository: 'ada/shop', ...request })
}

const released = ['chore: begin', '=v1.2.0'] as const

/** The line of one commit with this subject, from after `- ` to before its links. */
function shown(subject: string): string {
  const [, text] = /^- (.*) \(\[[0-9a-f]{7}\]/m.exec(notes([...released, subject])) ?? []
  return text ?? ''
}

it('has what matters most first, and the rest folded', () => {
  const text = notes([
    ...released, 'docs: a word', 'fix(api): empty carts (#12)', 'feat!: no more XML\n\nBREAKING CHANGE: clients must speak JSON,\nall of them.\n\nThat is all.\n\nRefs: x', 'perf: faster',
    '/topic@', 'feat: a search', '/main', '+topic Merge pull request #14 from ada/topic\n\nSearch', 'Some work', 'Revert "feat: gone"\n\nThis reverts commit 0123456789.',
  ])
  expect(text).toBe(`## Breaking changes

- no more XML (${short(4)}), Ada
  - clients must speak JSON, all of them.

## Features

- a search ([#14](${at}/pull/14)) (${short(6)}), Ada

## Fixes

- **api:** empty carts ([#12](${at}/pull/12)) (${short(3)}), Ada

## Performance

- faster (${short(5)}), Ada

## Reverts

- feat: gone (${short(9)}), Ada

<details><summary>Other changes (2)</summary>

- Some work (${short(8)}), Ada
- a word (${short(2)}), Ada

</details>

**All changes**: ${at}/compare/v1.2.0...v1.3.0
`)
})

it('is of the line, wherever it is', () => {
  const request = { tag: 'shop/v1.0.0', previous: 'shop/v0.9.0', server: 'https://git.example.com:8443' }
  expect(notes([...released, 'fix: a'], request)).toContain('https://git.example.com:8443/ada/shop/compare/shop/v0.9.0...shop/v1.0.0')
  expect(notes([...released, 'fix: a'], { tag: 'a#b', previous: 'a b/c' })).toContain('compare/a%20b/c...a%23b')
  expect(notes(['feat: a'], { tag: 'v0.1.0', previous: null })).toMatch(/\n\*\*All commits\*\*: https:\/\/github\.com\/ada\/shop\/commits\/v0\.1\.0\n$/)
  expect(notesOf({ changes: [], tag: 'v1.2.1', previous: 'v1.2.0', server: 'https://github.com', repository: 'ada/shop' }))
    .toBe(`No changes since v1.2.0.\n\n**All changes**: ${at}/compare/v1.2.0...v1.2.1\n`)
})

it('tells what was reverted as little as its revert, and what was picked twice once', () => {
  const text = notes([...released, '/hot@v1.2.0', 'fix: carts', '/main', 'fix: carts', 'feat: a', 'Revert "feat: a"\n\nThis reverts commit <4>.', '+hot Merge branch \'hot\''])
  expect(text).toContain(`## Fixes\n\n- carts (${short(3)}, ${short(2)}), Ada\n\n`)
  expect(text).not.toMatch(/Features|Reverts|Merge/)
})

it('names the innermost pull request that brought a commit, the older of two', () => {
  const text = notes([
    ...released, '/one@v1.2.0', 'fix: one', '/two@', 'fix: two', '/sub@', 'fix: three', '/two', '+sub Merge branch \'sub\'', '/main',
    '+one Merge pull request #1 from ada/one\n\nOne', '+two Merge pull request #2 from ada/two\n\nTwo',
  ])
  expect(text.match(/(one|two|three) \(\[#\d\]/g)).toEqual(['three ([#2]', 'two ([#2]', 'one ([#1]'])
})

it('names the pull request by which it came first, and none for what was made on the line', () => {
  const text = notes([
    ...released, '/one@v1.2.0', 'fix: one', '/two@', '/main', '+one Merge pull request #1 from ada/one\n\nOne', 'fix: line', '/three@', '/main', 'fix: end', '/two', 'fix: two',
    '/three', 'fix: three', '/main', '+two Merge pull request #2 from ada/two\n\nTwo', '+three Merge pull request #3 from ada/three\n\nThree',
  ])
  expect(text.match(/(one|two|three|line|end) \(\[(#\d)?/g)).toEqual(['three ([#3', 'two ([#2', 'end ([', 'line ([', 'one ([#1'])
})

it('tells the title of a pull request once, of those within one another', () => {
  const text = notes([...released, '/topic@', 'wip', '/sub@', 'wip', '/topic', '+sub feat: login (#1)', '/main', '+topic feat: log in (#2)'])
  expect(text).toContain(`## Features\n\n- login ([#1](${at}/pull/1)) (${short(4)}), Ada\n\n`)
  expect(text).toContain('Other changes (1)')
})

it('leaves out what was to be squashed, and what says nothing new', () => {
  const text = notes([...released, 'fixup! feat: a', 'amend! fix: b', 'squash! fix: b', 'feat!: c\n\nBREAKING CHANGE: c'])
  expect(text).toContain(`## Breaking changes\n\n- c (${short(5)}), Ada\n\n**All`)
})

it('shows a few of many commits that say the same', () => {
  expect(notes([...released, 'wip', 'wip', 'wip', 'wip', 'wip'])).toContain(`- wip (${short(6)}, ${short(5)}, ${short(4)} and 2 more), Ada`)
})

it('tells what a list says breaks', () => {
  expect(notes([...released, 'fix: login (#12)\n\n* feat!: new cookies\n\n* fix: typo'])).toContain(`## Breaking changes\n\n- login ([#12](${at}/pull/12)) (${short(2)}), Ada\n  - new cookies\n`)
})

describe('text of others', () => {
  it.each<readonly [subject: string, shown: string]>([
    ['fix: call @everyone', 'call @<!---->everyone'],
    ['fix: `@decorator` and #12', `\`@decorator\` and [#12](${at}/issues/12)`],
    ['fix: other/repo#12', 'other/repo#<!---->12'],
    ['fix: <img src=x onerror=y>', '&lt;img src=x onerror=y&gt;'],
    ['fix: a <!-- b', 'a &lt;\\!-- b'],
    ['fix: ![x](https://x.example/p.png)', '\\!\\[x\\](<https://x.example/p.png>)'],
    ['fix: [here](javascript:x)', '\\[here\\](javascript:x)'],
    ['fix: **bold** _it_ ~~no~~ $x$ a|b \\', '\\*\\*bold\\*\\* \\_it\\_ \\~\\~no\\~\\~ \\$x\\$ a\\|b \\\\'],
    ['fix: one ` tick <b>', 'one \' tick &lt;b&gt;'],
    ['fix: `a` ` <b>', '\'a\' \' &lt;b&gt;'],
    ['fix: - a list', '\\- a list'],
    ['fix: 1. a list', '1\\. a list'],
    ['fix: > a quote & more', '&gt; a quote &amp; more'],
    ['fix: see https://x.example/a_b?c=d#e.', 'see <https://x.example/a_b?c=d#e>.'],
    ['http://x.example/ is down', '<http://x.example/> is down'],
    ['fix: back\u202ewards\u0007 and\tapart', 'backwards and apart'],
    ['fix(<b>@you): x', '**&lt;b&gt;@<!---->you:** x'],
    ['</details> # heading', '&lt;/details&gt; #<!----> heading'],
  ])('%s', (subject, expected) => {
    expect(shown(subject)).toBe(expected)
  })

  it('is no longer than a paragraph', () => {
    expect(shown(`fix: ${'x'.repeat(5000)}`)).toBe(`${'x'.repeat(1000)} …`)
  })
})

describe('authors', () => {
  const by = (name: string, email: string, request: Partial<NotesRequest> = {}): string => {
    const change: Change = { type: 'fix', scope: '', text: 'a', breaking: false, level: 'patch', notes: [], pull: null, commits: [idOf(1)], author: { name, email } }
    return /\), (.*)$/m.exec(notesOf({ changes: [change], tag: 'v1', previous: null, server: 'https://github.com', repository: 'ada/shop', ...request }))?.[1] ?? ''
  }

  it.each<readonly [name: string, email: string, shown: string]>([
    ['Ada L.', 'ada@example.com', 'Ada L.'],
    ['Ada', '123+ada-l@users.noreply.github.com', '@ada-l'],
    ['Ada', 'ada@users.noreply.github.com', '@ada'],
    ['Ada', '123+ada@users.noreply.git.example.com', 'Ada'],
    ['dependabot[bot]', '49699333+dependabot[bot]@users.noreply.github.com', 'dependabot\\[bot\\]'],
    ['@everyone', 'x', '@<!---->everyone'],
    ['<b>', 'x', '&lt;b&gt;'],
    ['', 'x', 'unknown'],
  ])('%s <%s>', (name, email, expected) => {
    expect(by(name, email)).toBe(expected)
  })

  it('are called by logins that are known', () => {
    expect(by('Ada', 'Ada@example.com', { logins: new Map([['ada@example.com', 'ada-l']]) })).toBe('@ada-l')
    expect(by('Ada', 'ada@example.com', { logins: new Map([['ada@example.com', 'no login']]) })).toBe('Ada')
    expect(by('Ada', '1+ada@users.noreply.git.example.com', { server: 'https://git.example.com:8443' })).toBe('@ada')
  })
})

describe('as long as GitHub takes', () => {
  const many = Array.from({ length: 3000 }, (_, index) => [`feat: number ${index}`, `docs: about ${index}`]).flat()

  it('leaves out the end and says so', () => {
    const text = notes([...released, ...many])
    expect(text.length).toBeLessThanOrEqual(mostCharacters)
    expect(text.length).toBeGreaterThan(mostCharacters - 1000)
    const lines = text.match(/^- /gm)?.length ?? 0
    expect(text).toContain(`\n\n${6000 - lines} more changes are left out, for want of room.\n\n**All changes**`)
    expect(text).toContain('- number 2999 ')
    expect(text).not.toContain('Other changes')
  })

  it('leaves out nothing before what it shows', () => {
    const { changes } = proposalOf([...released, 'feat: c', `feat: ${'x'.repeat(900)}`, 'feat: a'])
    const text = notesOf({ changes, tag: 'v1.3.0', previous: 'v1.2.0', server: 'https://github.com', repository: 'ada/shop' }, 700)
    expect(text).toContain('- a (')
    expect(text).not.toContain('- c (')
    expect(text).toContain('2 more changes are left out')
  })

  it('closes what it folds', () => {
    const text = notes([...released, 'feat: a', ...many.filter((subject) => subject.startsWith('docs'))])
    expect(text.length).toBeLessThanOrEqual(mostCharacters)
    expect(text).toMatch(/\n<\/details>\n\n\d+ more changes are left out/)
  })
})
