import { Git } from '../../../src/drivers/git'
import { Failure } from '../../../src/errors'
import { resolveCommit } from '../../../src/release/commit'
import type { CommitRequest, Found, PrefixAt } from '../../../src/release/commit'
import { versionOf } from '../../../src/release/version'
import { rejectionOf } from '../../unit/release/failure'
import { Scratch, unknownCommit } from './scratch'
import type { Repository } from './scratch'

const scratch = new Scratch()
afterAll(() => {
  scratch.remove()
})

const noPrefix: PrefixAt = () => Promise.resolve('')

async function resolve(repository: Repository, request: Partial<CommitRequest>, prefixAt = noPrefix): Promise<Found> {
  await using git = await Git.open(repository.folder)
  return await resolveCommit(git, { version: '', ref: '', sha: '', ...request }, prefixAt)
}

/** v1.0.0 (annotated), v1.1.0, main one further. */
function history(): { repository: Repository; first: string; second: string; third: string } {
  const repository = scratch.repository()
  const first = repository.commit()
  repository.tag('v1.0.0', '-a', '-m', 'first')
  const second = repository.commit()
  repository.tag('v1.1.0')
  return { repository, first, second, third: repository.commit() }
}

describe('with a version', () => {
  const { repository, first, second, third } = history()

  it('takes a tag by its name, annotated ones peeled', async () => {
    expect(await resolve(repository, { version: 'v1.0.0' })).toEqual({ commit: first, committed: 1_795_185_056, tag: 'v1.0.0' })
    const other = await resolve(repository, { version: 'v1.1.0', ref: 'refs/tags/v1.0.0', sha: first })
    expect(other).toMatchObject({ commit: second })
  })

  it('takes a tag less the prefix that its own commit declares', async () => {
    const asked: string[] = []
    const prefixAt = (commit: string): Promise<string> => {
      asked.push(commit)
      return Promise.resolve('v')
    }
    expect(await resolve(repository, { version: '1.0.0' }, prefixAt)).toMatchObject({ commit: first, tag: 'v1.0.0' })
    expect(asked).toEqual([first])
    expect((await rejectionOf(resolve(repository, { version: '1.0.0' }))).code).toBe('unknown-version')
  })

  it('takes 7 or more digits of a commit, in either case', async () => {
    for (const version of [third, third.slice(0, 7), third.slice(0, 12).toUpperCase()]) {
      expect(await resolve(repository, { version })).toEqual({ commit: third, committed: 1_795_185_058, tag: null })
    }
    expect((await rejectionOf(resolve(repository, { version: third.slice(0, 6) }))).code).toBe('unknown-version')
  })

  it('takes a version that it made itself', async () => {
    const found = await resolve(repository, {})
    expect(await resolve(repository, { version: versionOf(found, '') })).toEqual(found)
  })

  it.each(['main', 'HEAD', 'HEAD~1', 'v1.1.0~1', 'v1.1.0^{commit}',
    '@{-1}', 'heads/main', '../v1.0.0', ':/x', 'v1.0.0\nv1.1.0', '-q'])(
    'takes no other name that Git would: %p', async (version) => {
      const failure = await rejectionOf(resolve(repository, { version }))
      expect(failure.code).toBe('unknown-version')
      expect(failure.why).toContain('`v1.1.0`, `v1.0.0`')
    })

  it('names the nearest tag', async () => {
    expect((await rejectionOf(resolve(repository, { version: 'v3.0.0' }))).cure).toContain('Give a tag, such as the newest (`version: v1.1.0`), or')
    expect((await rejectionOf(resolve(repository, { version: '1.1.0' }))).cure).toContain('Did you mean `version: v1.1.0`?')
  })

  it('does not take a branch named like digits for the commit', async () => {
    repository.git('branch', 'deadbeef', first)
    expect((await rejectionOf(resolve(repository, { version: 'deadbeef' }))).code).toBe('unknown-version')
  })

  it('refuses digits of several commits', async () => {
    const ambiguous = new Failure({ code: 'ambiguous-commit', what: 'x', cure: 'x' })
    // As Git answers: only the bare digits are ambiguous, with an operator behind them there is nothing.
    const read = (name: string): Promise<null> => (name === 'abcdef0' ? Promise.reject(ambiguous) : Promise.resolve(null))
    const git = { read, tags: () => Promise.resolve([]) } as unknown as Git
    const request = { version: 'abcdef0', ref: '', sha: '' }
    expect(await rejectionOf(resolveCommit(git, request, noPrefix))).toBe(ambiguous)
  })

  it('wants the whole tag where two are the same version', async () => {
    const repository = scratch.repository()
    const old = repository.commit()
    repository.tag('v2.0')
    repository.commit()
    repository.tag('shop-2.0')
    const prefixAt: PrefixAt = (commit) => Promise.resolve(commit === old ? 'v' : 'shop-')
    const failure = await rejectionOf(resolve(repository, { version: '2.0' }, prefixAt))
    expect(failure.code).toBe('ambiguous-version')
    expect(failure.cure).toContain('`version: v2.0`')
  })

  it('says what is wrong with the config of the only commit that could be meant', async () => {
    const failure = await rejectionOf(resolve(repository, { version: '1.0.0' }, () => Promise.reject(
      new Failure({ code: 'config-syntax', what: 'x', cure: 'x' }))))
    expect(failure.code).toBe('config-syntax')
  })

  it('says `fetch-depth: 0` in a shallow checkout', async () => {
    const clone = scratch.clone(repository, '--depth=1')
    for (const version of ['v1.0.0', first]) {
      const failure = await rejectionOf(resolve(clone, { version }))
      expect(failure.code).toBe('unknown-version')
      expect(failure.why).toContain('shallow')
      expect(failure.cure).toContain('et `fetch-depth: 0` at actions/checkout')
    }
  })
})

describe('without a version', () => {
  const { repository, first, second, third } = history()

  it.each(['refs/heads/main', 'refs/pull/7/merge', ''])('takes what is checked out for %p', async (ref) => {
    expect(await resolve(repository, { ref, sha: first })).toMatchObject({ commit: third, tag: null })
  })

  it('takes the tag of the run, peeled, whatever is checked out', async () => {
    expect(await resolve(repository, { ref: 'refs/tags/v1.0.0', sha: first })).toMatchObject({ commit: first, tag: 'v1.0.0' })
    expect(await resolve(repository, { ref: 'refs/tags/v1.1.0' })).toMatchObject({ commit: second, tag: 'v1.1.0' })
  })

  it('accepts the id of the annotated tag itself for the commit', async () => {
    const sha = repository.git('rev-parse', 'refs/tags/v1.0.0')
    expect(sha).not.toBe(first)
    expect(await resolve(repository, { ref: 'refs/tags/v1.0.0', sha })).toMatchObject({ commit: first })
  })

  it('refuses a tag that was moved since', async () => {
    const failure = await rejectionOf(resolve(repository, { ref: 'refs/tags/v1.0.0', sha: second }))
    expect(failure.code).toBe('tag-moved')
    expect(failure.what).toContain(`\`v1.0.0\` is ${first.slice(0, 12)} in the checkout, but it was ${second.slice(0, 12)}`)
    expect((await rejectionOf(resolve(repository, { ref: 'refs/tags/v1.0.0', sha: unknownCommit }))).code).toBe('tag-moved')
  })

  it('believes the run where the checkout has the commit but not the tag', async () => {
    expect(await resolve(repository, { ref: 'refs/tags/v9', sha: second })).toMatchObject({ commit: second, tag: 'v9' })
  })

  it('says what to fetch where it has neither', async () => {
    const failure = await rejectionOf(resolve(scratch.clone(repository, '--depth=1'), { ref: 'refs/tags/v1.0.0', sha: first }))
    expect(failure.code).toBe('commit-missing')
    expect(failure.cure).toContain('`fetch-depth: 0`')
  })

  it('says so when nothing was ever committed', async () => {
    expect((await rejectionOf(resolve(scratch.repository(), {}))).code).toBe('no-commit')
  })
})
