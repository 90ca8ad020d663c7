import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RepositoryFiles } from '../../../src/config/repository'
import { Git } from '../../../src/drivers/git'
import { Checkout } from '../../../src/release/checkout'
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

async function open(repository: Repository, folder = ''): Promise<Checkout> {
  const git = await Git.open(join(repository.folder, folder))
  opened.push(git)
  return new Checkout(git)
}

describe('files', () => {
  it('are those of the commit, whatever lies in the work tree', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ 'slipway.yml': 'app: shop\n', 'src/py/requirements.txt': 'a\n', 'src/js/main.js': '' })
    repository.commit({ 'slipway.yml': 'app: other\n' })
    repository.write({ 'slipway.yml': 'app: dirty\n', new: 'x' })
    rmSync(join(repository.folder, 'src'), { recursive: true })
    const checkout = await open(repository)
    const files: RepositoryFiles = await checkout.files(commit)
    expect(await files.read('slipway.yml')).toBe('app: shop\n')
    expect(await files.read('src/js/main.js')).toBe('')
    expect(await files.read('src')).toBeNull()
    expect(await files.read('new')).toBeNull()
    expect([files.exists('src'), files.exists('src/py/requirements.txt'), files.exists('new'), files.exists('sr')])
      .toEqual([true, true, false, false])
    expect([files.list('.'), files.list('src'), files.list('src/py'), files.list('nowhere'), files.list('slipway.yml')])
      .toEqual([['slipway.yml', 'src'], ['js', 'py'], ['requirements.txt'], [], []])
    await checkout.files(commit)
    expect(checkout.git.processes).toBe(2)
  })

  it('follow links within the commit only', async () => {
    const repository = scratch.repository()
    repository.write({ 'common/requirements.txt': 'a\n' }).link('api/requirements.txt', '../common/requirements.txt')
      .link('lib', 'common').link('out', '/etc/passwd').link('up', '../x')
    const files = await (await open(repository)).files(repository.commit())
    expect(await files.read('api/requirements.txt')).toBe('a\n')
    expect(await files.read('lib/requirements.txt')).toBe('a\n')
    expect(files.list('lib')).toEqual(['requirements.txt'])
    expect([await files.read('out'), await files.read('up'), await files.read('../x')]).toEqual([null, null, null])
    expect(files.exists('out')).toBe(false)
  })

  it('are relative to the app\'s folder', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({
      'apps/api/main.py': 'x', 'apps/api/sub/b': '', 'apps/apix/main.py': '', 'slipway.yml': '',
    })
    const checkout = await open(repository, 'apps/api')
    expect((await checkout.files(commit)).list('.')).toEqual(['main.py', 'sub'])
    expect((await checkout.manifestAt(commit))?.map(({ path }) => path)).toEqual(['main.py', 'sub/b'])
  })

  it('say so when the commit has no such folder', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ a: '1' })
    repository.write({ 'later/a': '' })
    const failure = await rejectionOf((await open(repository, 'later')).files(commit))
    expect(failure.code).toBe('unknown-folder')
    expect(failure.cure).toContain('`working-directory`')
  })

  it('say so when a file is no text', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ 'slipway.yml': Buffer.from([0x61, 0xe9]), bom: '\uFEFFapp: x' })
    const files = await (await open(repository)).files(commit)
    expect((await rejectionOf(files.read('slipway.yml'))).at).toEqual({ file: 'slipway.yml', line: 1 })
    expect(await files.read('bom')).toBe('app: x')
  })
})

describe('manifestAt', () => {
  it('has modes, blob ids and sizes', async () => {
    const repository = scratch.repository()
    repository.write({ run: 'hello\n', 'ü b': '' }).executable('run').link('link', 'run')
    const manifest = await (await open(repository)).manifestAt(repository.commit())
    expect(manifest).toEqual([
      { path: 'link', mode: '120000', key: `git:${repository.git('rev-parse', 'HEAD:link')}`, size: 3 },
      { path: 'run', mode: '100755', key: 'git:ce013625030ba8dba906f756967f9e9ca394464a', size: 6 },
      { path: 'ü b', mode: '100644', key: 'git:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391', size: 0 },
    ])
  })

  it('is null for what the checkout does not hold', async () => {
    const origin = scratch.repository()
    const first = origin.commit({ a: '1' })
    const second = origin.commit({ a: '2' })
    const checkout = await open(scratch.clone(origin, '--depth=1'))
    expect(await checkout.manifestAt(first)).toBeNull()
    expect(await checkout.manifestAt(unknownCommit)).toBeNull()
    expect(await checkout.manifestAt('HEAD')).toBeNull()
    expect(await checkout.manifestAt(second)).toHaveLength(1)
    expect(await checkout.manifestAt(origin.git('rev-parse', `${second}^{tree}`))).toBeNull()
  })

  it('is null where a partial clone lacks files; to deploy those is a failure', async () => {
    const origin = scratch.repository()
    origin.git('config', 'uploadpack.allowFilter', 'true')
    const first = origin.commit({ a: 'old' })
    origin.commit({ a: 'new' })
    const clone = scratch.clone(origin, '--filter=blob:none')
    expect(await (await open(clone)).manifestAt(first)).toBeNull()
    const failure = await rejectionOf((await open(clone)).files(first))
    expect(failure.code).toBe('git-objects-missing')
    expect(failure.cure).toContain('`filter:`')
    expect(await (await open(clone)).manifestAt(clone.git('rev-parse', 'HEAD'))).toHaveLength(1)
  })
})

describe('submodules', () => {
  const library = scratch.repository()
  const inner = scratch.repository()
  inner.commit({ 'deep.txt': 'deep' })
  library.commit({ 'old.py': '1' })
  library.git('submodule', '--quiet', 'add', `file://${inner.folder}`, 'inner')
  library.commit({ 'lib.py': '2' })
  const app = scratch.repository()
  app.commit({ 'main.py': 'x' })
  app.git('submodule', '--quiet', 'add', '--name', 'the lib', `file://${library.folder}`, 'vendor/lib')
  const commit = app.commit()
  const paths = ['.gitmodules', 'main.py', 'vendor/lib/.gitmodules', 'vendor/lib/inner/deep.txt',
    'vendor/lib/lib.py', 'vendor/lib/old.py']

  it('are a part of the release, recursively', async () => {
    const clone = scratch.clone(app, '--recurse-submodules', '-c', 'protocol.file.allow=always')
    const checkout = await open(clone)
    expect((await checkout.manifestAt(commit))?.map(({ path }) => path)).toEqual(paths)
    expect(await (await checkout.files(commit)).read('vendor/lib/inner/deep.txt')).toBe('deep')
  })

  it('are found in their store when they are not in the work tree, by name', async () => {
    const clone = scratch.clone(app, '--recurse-submodules', '-c', 'protocol.file.allow=always')
    rmSync(join(clone.folder, 'vendor'), { recursive: true })
    expect((await (await open(clone)).manifestAt(commit))?.map(({ path }) => path)).toEqual(paths)
  })

  it('say what to set where they are missing', async () => {
    const checkout = await open(scratch.clone(app))
    const failure = await rejectionOf(checkout.files(commit))
    expect(failure.code).toBe('submodule-missing')
    expect(failure.what).toContain('`vendor/lib`')
    expect(failure.cure).toContain('`submodules: recursive`')
    expect(await checkout.manifestAt(commit)).toBeNull()
  })

  it('name the inner one where only the outer was checked out', async () => {
    const clone = scratch.clone(app)
    clone.git('submodule', '--quiet', 'update', '--init')
    expect((await rejectionOf((await open(clone)).files(commit))).what).toContain('`vendor/lib/inner`')
  })

  it('are closed with the repository', async () => {
    const clone = scratch.clone(app, '--recurse-submodules', '-c', 'protocol.file.allow=always')
    const { git } = await open(clone)
    const submodule = await git.submodule('vendor/lib', 'the lib')
    expect((await submodule?.read('HEAD'))?.type).toBe('commit')
    await git[Symbol.asyncDispose]()
    await expect(submodule?.read('HEAD')).rejects.toThrow('closed')
  })

  it('count only below the app\'s folder', async () => {
    const repository = scratch.clone(app)
    const commit = repository.commit({ 'api/main.py': '' })
    expect((await (await open(repository, 'api')).files(commit)).list('.')).toEqual(['main.py'])
  })
})

describe('LFS', () => {
  const content = Buffer.alloc(5000, 'model')
  const oid = createHash('sha256').update(content).digest('hex')
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 5000\n`

  it('is the content, known by its SHA-256, where the attribute says so', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'a.bin': pointer, 'doc.txt': pointer, 'b.bin': 'plain',
    })
    const manifest = await (await open(repository)).manifestAt(commit)
    expect(manifest?.map(({ path, key, size }) => [path, key.slice(0, 11), size])).toEqual([
      ['.gitattributes', expect.stringMatching(/^git:/), expect.any(Number)],
      ['a.bin', `sha256:${oid}`.slice(0, 11), 5000],
      ['b.bin', expect.stringMatching(/^git:/), 5],
      ['doc.txt', expect.stringMatching(/^git:/), pointer.length],
    ])
  })

  it('is seen by attributes above the app\'s folder, too', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'api/a.bin': pointer })
    expect((await (await open(repository, 'api')).manifestAt(commit))?.[0]).toMatchObject({ path: 'a.bin', key: `sha256:${oid}` })
  })

  it('costs no process where nothing is a pointer', async () => {
    const repository = scratch.repository()
    const commit = repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'a.txt': 'x'.repeat(200) })
    const checkout = await open(repository)
    await checkout.manifestAt(commit)
    expect(checkout.git.processes).toBe(2)
  })
})
