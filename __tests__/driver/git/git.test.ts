import { createHash } from 'node:crypto'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Git } from '../../../src/drivers/git'
import { rejectionOf } from '../../unit/release/failure'
import { Scratch, unknownCommit } from './scratch'
import type { Repository } from './scratch'

const scratch = new Scratch()
const opened: Git[] = []
afterEach(async () => {
  for (const git of opened.splice(0)) await git[Symbol.asyncDispose]()
})
afterAll(() => {
  scratch.remove()
})

async function open(repository: Repository, options = {}): Promise<Git> {
  const git = await Git.open(repository.folder, options)
  opened.push(git)
  return git
}

describe('reading objects', () => {
  it('answers in order, whatever sizes and names, from one process', async () => {
    const repository = scratch.repository()
    const contents = [0, 1, 10, 65_535, 65_536, 65_537, 1_000_000, 3].map((size, index) => Buffer.alloc(size, `${index}\n`))
    const commit = repository.commit(Object.fromEntries(contents.map((content, index) => [`f ${index}`, content])))
    const git = await open(repository)
    const names = contents.flatMap((_, index) => [`${commit}:f ${index}`, 'no such thing', 'ends missing', `${commit}:f`])
    const objects = await Promise.all(names.map((name) => git.read(name)))
    contents.forEach((content, index) => {
      expect(objects[4 * index]?.content.equals(content)).toBe(true)
      expect(objects.slice(4 * index + 1, 4 * index + 4)).toEqual([null, null, null])
    })
    expect(await git.read('HEAD\nHEAD')).toBeNull()
    expect((await git.read('HEAD'))?.type).toBe('commit')
    expect(git.processes).toBe(1)
  })

  it('refuses digits that several commits begin with', async () => {
    const repository = scratch.repository()
    // Ids follow from the content, so a pair with the same beginning is found without Git.
    const tree = repository.git('rev-parse', `${repository.commit()}^{tree}`)
    const stamp = repository.git('log', '-1', '--format=%an <%ae> %at +0200')
    const seen = new Map<string, string>()
    let short = ''
    for (let i = 0; short === ''; i++) {
      const body = `tree ${tree}\nauthor ${stamp}\ncommitter ${stamp}\n\n${i}\n`
      const begin = createHash('sha1').update(`commit ${body.length}\0${body}`).digest('hex').slice(0, 7)
      const twin = seen.get(begin)
      seen.set(begin, String(i))
      if (twin === undefined) continue
      short = begin
      for (const message of [twin, String(i)]) expect(repository.git('commit-tree', tree, '-m', message)).toMatch(begin)
    }
    const failure = await rejectionOf((await open(repository)).read(short))
    expect(failure.code).toBe('ambiguous-commit')
    expect(failure.what).toContain(`\`${short}\``)
  })

  it('fails what waits when Git ends, with what Git said', async () => {
    const repository = scratch.repository()
    repository.commit({ a: '1' })
    const undo = scratch.wrapGit('echo "fatal: the disk is gone" >&2; exit 128')
    try {
      const git = await open(repository)
      const failures = await Promise.all([git.read('HEAD'), git.read('HEAD')].map(rejectionOf))
      for (const failure of failures) {
        expect(failure.code).toBe('git-failed')
        expect(failure.evidence[0]?.text).toContain('the disk is gone')
      }
      expect((await rejectionOf(git.tree('HEAD', ''))).why).toContain('the disk is gone')
    } finally {
      undo()
    }
  })

  it('stops at the signal, with its reason', async () => {
    const repository = scratch.repository()
    repository.commit({ a: '1' })
    const undo = scratch.wrapGit('exec sleep 60')
    try {
      const abort = new AbortController()
      const git = await open(repository, { signal: abort.signal })
      const both = Promise.allSettled([git.read('HEAD'), git.tags()])
      abort.abort(new Error('cancelled'))
      for (const result of await both) expect(result).toMatchObject({ status: 'rejected', reason: { message: 'cancelled' } })
      await expect(git.read('HEAD')).rejects.toThrow('cancelled')
    } finally {
      undo()
    }
  })

  it('can be closed before, after and twice, and then reads no more', async () => {
    const repository = scratch.repository()
    repository.commit({ a: '1' })
    const git = await open(repository)
    await git.read('HEAD')
    await git[Symbol.asyncDispose]()
    await git[Symbol.asyncDispose]()
    await expect(git.read('HEAD')).rejects.toThrow('closed')
  })
})

describe('tree', () => {
  it('lists modes, sizes and odd names in bytewise order, of all or of one folder', async () => {
    const repository = scratch.repository()
    const names = ['a b', 'a"b\'c', 'ü', '\u{1F600}', 'a/b', 'a-b', 'a.b', 'tab\tname', 'back\\slash', ':x/y', '*']
    repository.write(Object.fromEntries(names.map((name) => [name, name]))).executable('a-b').link('z', 'a/b')
    const commit = repository.commit()
    const git = await open(repository)
    const entries = await git.tree(commit, '')
    const sorted = [...names, 'z'].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(entries.map(({ path }) => path)).toEqual(sorted)
    expect(entries.find(({ path }) => path === 'a-b')).toMatchObject({ mode: '100755', size: 3 })
    expect(entries.find(({ path }) => path === 'z')).toMatchObject({ mode: '120000', size: 3 })
    expect((await git.tree(commit, ':x')).map(({ path }) => path)).toEqual([':x/y'])
    expect((await git.tree(commit, 'a')).map(({ path }) => path)).toEqual(['a/b'])
    expect(await git.tree(commit, 'nowhere')).toEqual([])
  })

  it('names paths that are not UTF-8', async () => {
    const repository = scratch.repository()
    writeFileSync(Buffer.concat([Buffer.from(`${repository.folder}/caf`), Buffer.from([0xe9])]), 'x')
    const commit = repository.commit()
    const failure = await rejectionOf((await open(repository)).tree(commit, ''))
    expect(failure.code).toBe('path-not-utf8')
    expect(failure.what).toContain('caf')
  })
})

describe('isAncestor', () => {
  it('knows the order of commits', async () => {
    const repository = scratch.repository()
    const [first, second] = [repository.commit(), repository.commit()]
    repository.git('checkout', '-q', '-b', 'side', first)
    const side = repository.commit({ side: 'x' })
    const git = await open(repository)
    expect(await git.isAncestor(first, second)).toBe('yes')
    expect(await git.isAncestor(second, first)).toBe('no')
    expect(await git.isAncestor(second, side)).toBe('no')
    expect(await git.isAncestor(first, first)).toBe('yes')
    expect(await git.isAncestor(unknownCommit, second)).toBe('unknown')
    expect(await git.isAncestor(second, unknownCommit)).toBe('unknown')
  })

  it('does not guess where history is cut off', async () => {
    const origin = scratch.repository()
    const commits = [origin.commit(), origin.commit(), origin.commit()]
    const [first = '', second = '', third = ''] = commits
    origin.git('checkout', '-q', '-b', 'side', first)
    const side = origin.commit({ side: 'x' })
    const git = await open(scratch.clone(origin, '--depth=2', '--no-single-branch'))
    expect(await git.isShallow()).toBe(true)
    expect(await git.isAncestor(second, third)).toBe('yes')
    expect(await git.isAncestor(third, second)).toBe('no')
    expect(await git.isAncestor(first, third)).toBe('unknown')
    expect(await git.isAncestor(side, third)).toBe('unknown')
    expect(await (await open(origin)).isShallow()).toBe(false)
  })
})

describe('filters', () => {
  it('reads the attributes of the commit, not of the work tree', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({
      '.gitattributes': '*.bin filter=lfs -text\nsub/*.bin -filter\n', 'a b.bin': '', 'sub/c.bin': '', 'd.txt': '',
    })
    repository.write({ '.gitattributes': '*.txt filter=lfs\n' })
    const filters = await (await open(repository)).filters(commit, ['a b.bin', 'sub/c.bin', 'd.txt'])
    expect([...filters]).toEqual([['a b.bin', 'lfs'], ['sub/c.bin', null], ['d.txt', null]])
    expect(repository.git('status', '--porcelain')).toBe('M .gitattributes')
  })
})

describe('the work tree beside a commit', () => {
  it('differs where content does, or is not there; not by its times, and not by what is in no commit', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ 'a/same': 'same\n', 'a/changed': 'old\n', 'a/gone': 'x\n', 'b/changed': 'old\n', 'top': 'x\n', '.gitattributes': '*.big filter=lfs\n', 'a/x.big': 'pointer\n' })
    const at = (name: string): string => join(repository.folder, name)
    const git = await open(repository)
    utimesSync(at('a/same'), 1, 1)
    expect(await git.changed(commit, [])).toEqual([])
    for (const name of ['a/changed', 'b/changed', 'a/x.big', 'a/untracked']) writeFileSync(at(name), 'new\n')
    rmSync(at('a/gone'))
    expect(await git.changed(commit, [])).toEqual(['a/changed', 'a/gone', 'b/changed'])
    expect(await git.changed(commit, ['a'])).toEqual(['a/changed', 'a/gone'])
    expect(await git.changed(commit, ['b', 'top'])).toEqual(['b/changed'])
  })
})
