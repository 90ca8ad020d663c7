import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Git } from '../../../src/drivers/git'
import type { Failure } from '../../../src/errors'
import { environment } from '../../../src/drivers/git/process'
import { rejectionOf } from '../../unit/release/failure'
import { Scratch } from './scratch'
import type { Repository } from './scratch'

const scratch = new Scratch()
const opened: Git[] = []
afterEach(async () => {
  for (const git of opened.splice(0)) await git[Symbol.asyncDispose]()
})
afterAll(() => {
  scratch.remove()
})

async function open(repository: Repository | string, options = {}): Promise<Git> {
  const git = await Git.open(typeof repository === 'string' ? repository : repository.folder, options)
  opened.push(git)
  return git
}

describe('finding the repository', () => {
  it('starts in any folder of it, also behind a link', async () => {
    const repository = scratch.repository()
    repository.commit({ 'apps/api/main.py': 'x' })
    const git = await open(join(repository.folder, 'apps/api'))
    expect([git.top, git.prefix]).toEqual([repository.folder, 'apps/api'])
    const link = join(scratch.folder(), 'link')
    symlinkSync(join(repository.folder, 'apps'), link)
    expect((await open(link)).prefix).toBe('apps')
    expect(git.processes).toBe(0)
  })

  it('works in a linked work tree', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ a: '1' })
    const folder = join(scratch.folder(), 'w')
    repository.git('worktree', 'add', '-q', '--detach', folder)
    const git = await open(folder)
    expect((await git.read('HEAD^{commit}'))?.id).toBe(commit)
    expect(git.commonDir).toBe(join(repository.folder, '.git'))
  })

  it('says so where there is none, and does not search above the ceiling', async () => {
    const repository = scratch.repository()
    repository.commit({ 'workspace/a': 'x' })
    const workspace = join(repository.folder, 'workspace')
    const failure = await rejectionOf(Git.open(workspace, { ceiling: workspace }))
    expect(failure.code).toBe('not-a-checkout')
    expect(failure.cure).toContain('actions/checkout')
    expect((await rejectionOf(Git.open(scratch.folder(), { ceiling: scratch.root }))).code).toBe('not-a-checkout')
  })

  it('does not take an empty .git for a repository', async () => {
    const folder = scratch.folder()
    mkdirSync(join(folder, '.git'))
    expect((await rejectionOf(Git.open(folder, { ceiling: folder }))).code).toBe('not-a-checkout')
  })

  it('says so when the folder is missing or a file', async () => {
    const folder = scratch.folder()
    writeFileSync(join(folder, 'file'), '')
    expect((await rejectionOf(Git.open(join(folder, 'nowhere')))).code).toBe('working-directory-missing')
    expect((await rejectionOf(Git.open(join(folder, 'file')))).code).toBe('working-directory-missing')
  })
})

describe('safety', () => {
  it('reads a checkout of another user, which Git by itself refuses', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ a: '1' })
    const undo = scratch.wrapGit('GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "$REAL" "$@"')
    try {
      const env = { PATH: process.env['PATH'] }
      const plain = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: repository.folder, encoding: 'utf8', env })
      expect(plain.stderr).toContain('dubious ownership')
      const git = await open(repository)
      expect((await git.read('HEAD^{commit}'))?.id).toBe(commit)
      expect(await git.tree(commit, '')).toHaveLength(1)
      expect(await git.tags()).toEqual([])
      expect(await git.filters(commit, ['a'])).toEqual(new Map([['a', null]]))
      expect(await git.isAncestor(commit, commit)).toBe('yes')
    } finally {
      undo()
    }
  })

  it('passes no secret on, no GIT_* of others, and asks nothing', () => {
    process.env['DATABASE_URL'] = 'postgres://secret'
    process.env['GIT_DIR'] = '/elsewhere'
    process.env['GIT_TRACE'] = '1'
    try {
      const passed = environment({ gitDir: '/r/.git', workTree: '/r' })
      expect(Object.keys(passed)).not.toContain('DATABASE_URL')
      expect(passed['GIT_TRACE']).toBeUndefined()
      expect(passed).toMatchObject({ GIT_DIR: '/r/.git', LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' })
    } finally {
      delete process.env['DATABASE_URL']
      delete process.env['GIT_DIR']
      delete process.env['GIT_TRACE']
    }
  })

  it('runs nothing that the repository configures', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ 'a.txt': '1', '.gitattributes': '*.txt filter=evil\n' })
    const trace = join(scratch.folder(), 'ran')
    const program = join(scratch.folder(), 'evil')
    writeFileSync(program, `#!/bin/sh\necho "$0" >> ${trace}\ncat\n`, { mode: 0o755 })
    const keys = ['core.fsmonitor', 'filter.evil.smudge', 'filter.evil.clean', 'core.pager', 'diff.external', 'core.sshCommand']
    for (const key of keys) {
      repository.git('config', key, program)
    }
    repository.git('config', 'core.hooksPath', join(scratch.root, 'hooks'))
    mkdirSync(join(scratch.root, 'hooks'))
    for (const hook of ['post-index-change', 'reference-transaction']) {
      writeFileSync(join(scratch.root, 'hooks', hook), `#!/bin/sh\necho "$0" >> ${trace}\n`, { mode: 0o755 })
    }
    const git = await open(repository)
    await git.tree(commit, '')
    expect((await git.read(`${commit}:a.txt`))?.content.toString()).toBe('1')
    expect(await git.filters(commit, ['a.txt'])).toEqual(new Map([['a.txt', 'evil']]))
    await git.tags()
    expect(existsSync(trace)).toBe(false)
  })

  it('ignores replacements', async () => {
    const repository = scratch.repository()
    const first = repository.commit({ a: 'as committed' })
    const second = repository.commit({ a: 'replaced' })
    repository.git('replace', repository.git('rev-parse', `${first}:a`), repository.git('rev-parse', `${second}:a`))
    expect((await (await open(repository)).read(`${first}:a`))?.content.toString()).toBe('as committed')
  })

  it('fetches nothing behind our back in a partial clone', async () => {
    const origin = scratch.repository()
    origin.git('config', 'uploadpack.allowFilter', 'true')
    const first = origin.commit({ a: 'old'.repeat(1000) })
    origin.commit({ a: 'new'.repeat(1000) })
    const clone = scratch.clone(origin, '--filter=blob:none')
    const packs = (): string[] => readdirSync(join(clone.folder, '.git/objects/pack')).toSorted()
    const before = packs()
    const git = await open(clone)
    // A Git that can be told not to fetch says null; an older one tries, and may not.
    const size = git.tree(first, '').then(([entry]) => entry?.size)
    const blob = git.read(origin.git('rev-parse', `${first}:a`))
    for (const result of await Promise.allSettled([size, blob])) {
      if (result.status === 'fulfilled') expect(result.value).toBeNull()
      else expect((result.reason as Failure).code).toBe('git-objects-missing')
    }
    expect(packs()).toEqual(before)
  })

  it('names Git when there is none', async () => {
    const repository = scratch.repository()
    repository.commit({ a: '1' })
    const path = process.env['PATH']
    process.env['PATH'] = scratch.folder()
    try {
      const git = await open(repository)
      expect((await rejectionOf(git.read('HEAD'))).code).toBe('git-missing')
      expect((await rejectionOf(git.tags())).code).toBe('git-missing')
    } finally {
      process.env['PATH'] = path
    }
  })
})
