import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Git } from '../../../src/drivers/git'
import { releaseNamed, type NamedRelease } from '../../../src/publish/named'

/** v1.0.0, v1.1.0-rc.1 and v2.0.0 in a row, and a commit after each. */
let folder: string
const commits: string[] = []
const git = (...words: string[]): string => execFileSync('git', words, {
  cwd: folder, encoding: 'utf8',
  env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'a@example.com' },
}).trim()
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-named-'))
  git('init', '--quiet')
  for (const [message, tag] of [['feat: a', 'v1.0.0'], ['fix: b', ''], ['feat: c', 'v1.1.0-rc.1'], ['fix: d', ''], ['feat!: e', 'v2.0.0'], ['fix: f', '']] as const) {
    git('commit', '--quiet', '--allow-empty', '--message', message)
    if (tag !== '') git('tag', tag)
    commits.push(git('rev-parse', 'HEAD'))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

async function named(tag: string, at: number): Promise<NamedRelease> {
  await using opened = await Git.open(folder)
  return await releaseNamed(opened, tag, { commit: commits[at] ?? '', prefix: '', scheme: 'semver', folder: '' })
}
const texts = ({ changes }: NamedRelease): readonly string[] => changes.map(({ text }) => text)

it('tells what is new since the release before it, whether its tag is there or not', async () => {
  expect(await named('v2.0.0', 4)).toMatchObject({ tag: 'v2.0.0', version: 'v2.0.0', isLatest: true, isPreRelease: false, previous: { tag: 'v1.0.0' } })
  expect(texts(await named('v2.0.0', 4))).toEqual(['e', 'd', 'c', 'b'])
  const next = await named('v2.0.1', 5)
  expect([next.previous?.tag, texts(next), next.isLatest]).toEqual(['v2.0.0', ['f'], true])
})

it('is no latest below a higher one, nor as a pre-release', async () => {
  expect(await named('v1.0.1', 1)).toMatchObject({ isLatest: false, previous: { tag: 'v1.0.0' } })
  expect(await named('v1.1.0-rc.1', 2)).toMatchObject({ isLatest: false, isPreRelease: true, previous: { tag: 'v1.0.0' } })
  const second = await named('v1.1.0-rc.2', 3)
  expect([second.previous?.tag, texts(second)]).toEqual(['v1.1.0-rc.1', ['d']])
})

it('may be a name that is no version: new is what came since the last stable one', async () => {
  const release = await named('autumn', 5)
  expect(release).toMatchObject({ kind: 'tagged', tag: 'autumn', version: 'autumn', isLatest: false, isPreRelease: false, previous: { tag: 'v2.0.0' } })
  expect(texts(release)).toEqual(['f'])
})

it('goes by its own name where the commit has another', async () => {
  git('tag', 'v2.1.0', commits[4] ?? '')
  expect((await named('v2.0.0', 4)).tag).toBe('v2.0.0')
  git('tag', '--delete', 'v2.1.0')
})
