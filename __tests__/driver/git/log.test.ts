import { Git } from '../../../src/drivers/git'
import type { LoggedCommit } from '../../../src/drivers/git'
import { proposeRelease } from '../../../src/publish/propose'
import type { ReleaseRequest } from '../../../src/publish/propose'
import { rejectionOf } from '../../unit/release/failure'
import { Scratch } from './scratch'
import type { Repository } from './scratch'

const scratch = new Scratch()
afterAll(() => {
  scratch.remove()
})

function commit(repository: Repository, message: string, files: Record<string, string> = {}): string {
  repository.commit(files)
  repository.git('commit', '-q', '--amend', '--allow-empty', '--allow-empty-message', '-m', message)
  return repository.git('rev-parse', 'HEAD')
}

function merge(repository: Repository, branch: string, message: string): string {
  repository.git('merge', '-q', '--no-ff', branch, '-m', message)
  return repository.git('rev-parse', 'HEAD')
}

async function propose(repository: Repository, request: Partial<ReleaseRequest> = {}): Promise<string> {
  await using git = await Git.open(repository.folder)
  const asked = { commit: repository.git('rev-parse', 'HEAD'), prefix: '', scheme: '', folder: '', bump: 'auto', preRelease: '', now: new Date('2026-11-27') } as const
  const proposal = await proposeRelease(git, { ...asked, ...request })
  return proposal.kind === 'unchanged' ? 'unchanged' : `${proposal.kind} ${proposal.tag}`
}

async function log(repository: Repository, from: string, since: string | null, folder = ''): Promise<readonly LoggedCommit[]> {
  await using git = await Git.open(repository.folder)
  return await git.log(from, since, folder)
}

describe('tags around a commit', () => {
  it('are peeled, and those behind are told from those elsewhere', async () => {
    const repository = scratch.repository()
    const first = commit(repository, 'a', { file: 'a' })
    repository.tag('v1.0.0').tag('shop/v1.0.0').tag('shop/deep/v1.0.0').tag('shopping')
    const second = commit(repository, 'b')
    repository.tag('v1.1.0', '-a', '-m', 'second')
    repository.git('tag', '-a', '-m', 'again', 'v1.1.1', 'v1.1.0')
    repository.git('tag', 'v1.1.2', 'v1.1.0^{tree}')
    repository.git('tag', 'v1.1.3', `${first}:file`)
    const third = commit(repository, 'c')
    repository.tag('v2.0.0')
    await using git = await Git.open(repository.folder)
    const byName = (tags: readonly { readonly name: string }[]): readonly object[] => tags.toSorted((a, b) => a.name < b.name ? -1 : 1)
    expect(byName(await git.tagsAround(second, ''))).toEqual([
      { name: 'shopping', commit: first, behind: true },
      { name: 'v1.0.0', commit: first, behind: true },
      { name: 'v1.1.0', commit: second, behind: true },
      { name: 'v1.1.1', commit: second, behind: true },
      { name: 'v2.0.0', commit: third, behind: false },
    ])
    expect(await git.tagsAround(second, 'shop/')).toEqual([{ name: 'shop/v1.0.0', commit: first, behind: true }])
    expect(byName(await git.tagsAround(second, 'shop'))).toEqual([{ name: 'shopping', commit: first, behind: true }])
  })
})

describe('the log', () => {
  it('has whole messages, parents and authors, each commit before its parents', async () => {
    const repository = scratch.repository()
    const first = commit(repository, 'begin')
    repository.git('switch', '-q', '-c', 'topic')
    const second = commit(repository, 'feat: ünïcode 🚀\n\nA body.\n\nBREAKING CHANGE: x')
    repository.git('switch', '-q', 'main')
    const third = commit(repository, '')
    const fourth = merge(repository, 'topic', 'Merge pull request #1 from a/topic\n\nTitle')
    const author = { name: 'A', email: 'a@example.com' }
    const commits = await log(repository, fourth, first)
    expect(commits).toEqual(expect.arrayContaining([
      { id: second, parents: [first], author, message: 'feat: ünïcode 🚀\n\nA body.\n\nBREAKING CHANGE: x\n', inside: true },
      { id: third, parents: [first], author, message: '', inside: true },
    ]))
    expect(commits[0]).toEqual({ id: fourth, parents: [third, second], author, message: 'Merge pull request #1 from a/topic\n\nTitle\n', inside: false })
    expect(commits).toHaveLength(3)
    expect(await log(repository, fourth, null)).toHaveLength(4)
    expect(await log(repository, fourth, fourth)).toEqual([])
  })

  it('has each commit before its parents whatever clocks say', async () => {
    const repository = scratch.repository()
    const base = commit(repository, 'base')
    const first = commit(repository, 'x')
    const made = (seconds: number, ...parents: readonly string[]): string => {
      const who = `A <a@example.com> ${seconds} +0000`
      const lines = [`tree ${repository.git('rev-parse', 'HEAD^{tree}')}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`, '', 'x', '']
      repository.write({ commit: lines.join('\n') })
      return repository.git('hash-object', '-t', 'commit', '-w', 'commit')
    }
    const late = made(1_900_000_000, first)
    const early = made(1_000_000_000, first)
    const both = made(1_900_000_001, late, early)
    const ids = (await log(repository, both, base)).map(({ id }) => id)
    expect(ids).toHaveLength(4)
    expect(ids.at(-1)).toBe(first)
  })

  it('reads messages of other encodings', async () => {
    const repository = scratch.repository()
    repository.write({ message: Buffer.from('fix: caf\xe9', 'latin1') })
    repository.git('-c', 'i18n.commitEncoding=ISO-8859-1', 'commit', '-q', '--allow-empty', '-F', 'message')
    repository.git('config', 'i18n.logOutputEncoding', 'ISO-8859-1')
    const [only] = await log(repository, repository.git('rev-parse', 'HEAD'), null)
    expect(only?.message).toBe('fix: café\n')
  })

  it('knows what changes a folder, also what a merge undid again', async () => {
    const repository = scratch.repository()
    const first = commit(repository, 'begin', { 'shop/a': '1', 'blog/a': '1' })
    repository.git('switch', '-q', '-c', 'topic')
    const shop = commit(repository, 'feat: shop', { 'shop/a': '2' })
    const back = commit(repository, 'fix: shop, as it was', { 'shop/a': '1' })
    repository.git('switch', '-q', 'main')
    const blog = commit(repository, 'feat: blog', { 'blog/a': '2', 'shopping': '1' })
    const merged = merge(repository, 'topic', 'Merge branch \'topic\'')
    const inside = new Map((await log(repository, merged, first, 'shop')).map((each) => [each.id, each.inside]))
    expect(inside).toEqual(new Map([[shop, true], [back, true], [blog, false], [merged, false]]))
  })
})

describe('the next release of a repository', () => {
  it('goes on from the line that lies behind', async () => {
    const repository = scratch.repository()
    commit(repository, 'feat: a')
    expect(await propose(repository)).toBe('next v0.1.0')
    repository.tag('v1.2.0', '-a', '-m', 'x')
    expect(await propose(repository)).toBe('tagged v1.2.0')
    repository.git('branch', '1.x')
    commit(repository, 'feat!: b')
    expect(await propose(repository)).toBe('next v2.0.0')
    repository.tag('v2.0.0')
    repository.git('switch', '-q', '1.x')
    commit(repository, 'fix: c')
    expect(await propose(repository)).toBe('next v1.2.1')
    repository.tag('v1.2.1')
    repository.git('switch', '-q', 'main')
    merge(repository, '1.x', 'Merge branch \'1.x\'')
    expect(await propose(repository)).toBe('next v2.0.1')
    expect(await propose(repository, { preRelease: 'rc' })).toBe('next v2.0.1-rc.1')
  })

  it('is that of an app in its folder, in four processes', async () => {
    const repository = scratch.repository()
    commit(repository, 'begin', { 'shop/a': '1', 'blog/a': '1' })
    repository.tag('shop/v1.0.0').tag('blog/v3.0.0')
    commit(repository, 'feat!: blog', { 'blog/a': '2' })
    expect(await propose(repository, { prefix: 'shop/', folder: 'shop' })).toBe('unchanged')
    expect(await propose(repository, { prefix: 'blog/', folder: 'blog' })).toBe('next blog/v4.0.0')
    await using git = await Git.open(repository.folder)
    const asked = { commit: repository.git('rev-parse', 'HEAD'), scheme: '', bump: 'auto', preRelease: '', now: new Date() } as const
    await proposeRelease(git, { ...asked, prefix: 'blog/', folder: 'blog' })
    expect(git.processes).toBe(4)
  })

  it('is not guessed from a part of the history', async () => {
    const repository = scratch.repository()
    commit(repository, 'feat: a', { a: '1' })
    repository.tag('v1.0.0')
    commit(repository, 'fix: b', { a: '2' })
    const failure = await rejectionOf(propose(scratch.clone(repository, '--depth', '1')))
    expect(failure.code).toBe('shallow-checkout')
    expect(failure.cure).toContain('fetch-depth: 0')
    expect(failure.cure).toContain('filter: blob:none')
  })

  it('needs no content of files, and says when folders are missing', async () => {
    const repository = scratch.repository()
    commit(repository, 'feat: a', { 'shop/a': '1' })
    repository.tag('shop/v1.0.0')
    commit(repository, 'fix: b', { 'shop/a': '2' })
    commit(repository, 'docs: c', { 'README': 'c' })
    repository.git('config', 'uploadpack.allowFilter', 'true')
    const app = { prefix: 'shop/', folder: 'shop' }
    const withoutFiles = scratch.clone(repository, '--filter=blob:none', '--no-checkout')
    expect(await propose(withoutFiles, app)).toBe('next shop/v1.0.1')
    const withoutFolders = scratch.clone(repository, '--filter=tree:0', '--no-checkout')
    expect(await propose(withoutFolders, { prefix: 'shop/' })).toBe('next shop/v1.0.1')
    expect((await rejectionOf(propose(withoutFolders, app))).code).toBe('git-objects-missing')
  })
})
