import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { AppConfig } from '../../../src/config/types'
import { Git } from '../../../src/drivers/git'
import { failuresOf } from '../../../src/errors'
import { Checkout } from '../../../src/release/checkout'
import { encodeContent } from '../../../src/release/encoding'
import { delta, manifestDigest } from '../../../src/release/manifest'
import { buildSource } from '../../../src/release/source'
import type { Release } from '../../../src/release/source'
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

const config: AppConfig = {
  app: 'shop', target: 'vm', domains: [], aliases: [], tls: { kind: 'off' }, hsts: null, trustedProxies: [], services: [], shared: [], scratch: [], artifacts: [], keep: 5,
  open: [], packages: [], supervisor: 'systemd', pages: {}, tagPrefix: 'v', rollbackFloor: false,
}

async function build(repository: Repository, more: Partial<AppConfig> = {}, options: { commit?: string; folder?: string } = {}):
Promise<Release> {
  const git = await Git.open(join(repository.folder, options.folder ?? ''))
  opened.push(git)
  const commit = options.commit ?? repository.git('rev-parse', 'HEAD')
  return await buildSource({ checkout: new Checkout(git), commit, version: '1.0.0', config: { ...config, ...more } })
}

async function contents({ content }: Release): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of content.manifest) {
    const chunks: Uint8Array[] = []
    for await (const chunk of content.read(entry)) chunks.push(chunk)
    found[entry.path] = Buffer.concat(chunks).toString()
  }
  return found
}

/** The codes of all failures that building throws. */
async function refused(...args: Parameters<typeof build>): Promise<readonly { code: string; what: string; cure: string }[]> {
  return failuresOf(await build(...args).then(() => null, (error: unknown) => error))
}

describe('buildSource', () => {
  it('is the same everywhere, and another for every change', async () => {
    const repository = scratch.repository()
    repository.write({ 'main.py': 'x', 'bin/run': 'y' }).executable('bin/run')
    const commit = repository.commit()
    const release = await build(repository)
    expect(release).toMatchObject({ version: '1.0.0', commit, content: { digest: manifestDigest(release.content.manifest) } })
    expect(release.id).toMatch(/^1\.0\.0-[0-9a-f]{8}$/)
    const clone = scratch.clone(repository)
    expect((await build(clone)).id).toBe(release.id)
    const others = [
      await build(repository, { keep: 6 }),
      await build(repository, {}, { commit: repository.commit({ 'main.py': 'z' }) }),
    ]
    expect(new Set([release, ...others].map(({ id }) => id)).size).toBe(3)
  })

  it('reads every content, links and odd names included', async () => {
    const repository = scratch.repository()
    const files = { 'a b/"c"': '1', 'ü': '2', empty: '', '-rf': '3' }
    repository.write(files).link('l', 'empty')
    repository.commit()
    expect(await contents(await build(repository))).toEqual({ ...files, l: 'empty' })
  })

  it('names all that is wrong at once', async () => {
    const repository = scratch.repository()
    repository.write({ '.gitattributes': '*.bin filter=lfs\n', 'm.bin': pointer('x') })
      .link('etc', '/etc').link('a/up', '../../x')
    repository.commit({ 'bad\u0001name': '' })
    const failures = await refused(repository, { artifacts: ['dist'] })
    expect(failures.map(({ code }) => code).toSorted())
      .toEqual(['artifact-missing', 'lfs-missing', 'link-escapes', 'path-refused'])
    expect(failures.find(({ code }) => code === 'link-escapes')?.what).toContain('`a/up -> ../../x`, `etc -> /etc`')
  })

  it('refuses a link that leaves the app\'s folder though not the repository', async () => {
    const repository = scratch.repository()
    repository.write({ 'shared/x': '', 'api/main.py': '' }).link('api/x', '../shared/x')
    repository.commit()
    expect((await refused(repository, {}, { folder: 'api' }))[0]?.cure).toContain('`working-directory`')
    expect((await build(repository)).content.manifest).toHaveLength(3)
  })

  it('refuses to deploy nothing', async () => {
    const repository = scratch.repository()
    repository.commit()
    expect((await refused(repository))[0]?.code).toBe('release-empty')
  })
})

const pointer = (content: string): string => (
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`
)
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex')

describe('LFS', () => {
  const store = (content: string): string => {
    const oid = sha256(content)
    return `.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`
  }

  it('travels as content', async () => {
    const repository = scratch.repository()
    const content = 'model'.repeat(1000)
    repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'm.bin': pointer(content) })
    repository.write({ [store(content)]: content })
    expect((await contents(await build(repository)))['m.bin']).toBe(content)
  })

  it('says `lfs: true` where the object is missing or cut off', async () => {
    const repository = scratch.repository()
    repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'm.bin': pointer('model') })
    for (const before of [() => {}, () => repository.write({ [store('model')]: 'mod' })]) {
      before()
      const [failure] = await refused(repository)
      expect(failure?.code).toBe('lfs-missing')
      expect(failure?.what).toContain('`m.bin`')
      expect(failure?.cure).toContain('`lfs: true`')
    }
  })

  it('is not believed when its bytes are others', async () => {
    const repository = scratch.repository()
    repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'm.bin': pointer('model') })
    repository.write({ [store('model')]: 'medal' })
    expect((await rejectionOf(contents(await build(repository)))).code).toBe('content-changed')
  })
})

describe('artifacts', () => {
  const made = (): Repository => {
    const repository = scratch.repository()
    repository.commit({ 'main.py': 'x', '.gitignore': 'dist\n' })
    return repository.write({ 'dist/app.js': 'js', 'dist/run': 'sh', 'dist/sub/ü': '' })
      .executable('dist/run').link('dist/latest.js', 'app.js')
  }

  it('come along, by their SHA-256, with modes and links', async () => {
    const repository = made()
    const release = await build(repository, { artifacts: ['dist/'] })
    expect(release.content.manifest.filter(({ path }) => path.startsWith('dist'))).toEqual([
      { path: 'dist/app.js', mode: '100644', key: `sha256:${sha256('js')}`, size: 2 },
      { path: 'dist/latest.js', mode: '120000', key: `sha256:${sha256('app.js')}`, size: 6 },
      { path: 'dist/run', mode: '100755', key: `sha256:${sha256('sh')}`, size: 2 },
      { path: 'dist/sub/ü', mode: '100644', key: `sha256:${sha256('')}`, size: 0 },
    ])
    expect(await contents(release))
      .toMatchObject({ 'dist/app.js': 'js', 'dist/latest.js': 'app.js', 'main.py': 'x', 'dist/sub/ü': '' })
    repository.write({ 'dist/app.js': 'JS' })
    expect((await build(repository, { artifacts: ['dist/'] })).id).not.toBe(release.id)
  })

  it('are only those of the commit that is checked out', async () => {
    const repository = made()
    const first = repository.git('rev-parse', 'HEAD')
    repository.commit({ 'main.py': 'y' })
    const [failure] = await refused(repository, { artifacts: ['dist'] }, { commit: first })
    expect(failure).toMatchObject({ code: 'artifacts-of-another-commit', cure: expect.stringContaining(`ref: ${first}`) })
  })

  it('say what to type when they are missing or empty', async () => {
    const repository = made()
    execFileSync('mkdir', ['-p', join(repository.folder, 'empty/sub')])
    const failures = await refused(repository, { artifacts: ['nowhere', 'empty'] })
    expect(failures.map(({ code, what }) => [code, what])).toEqual([
      ['artifact-missing', 'The artifact `nowhere` is not there.'], ['artifact-missing', 'The artifact `empty` is empty.'],
    ])
    expect(failures[0]?.cure).toMatch(/`needs:`.*actions\/download-artifact/)
  })

  it('replace nothing that is in Git, but may be the very same', async () => {
    const repository = scratch.repository()
    repository.commit({ 'dist/.gitkeep': '', 'dist/app.js': 'committed', 'dist/mode': 'x' })
    repository.write({ 'dist/new.js': 'n' })
    const release = await build(repository, { artifacts: ['dist'] })
    expect(release.content.manifest.map(({ path, key }) => [path, key.slice(0, 4)])).toEqual([
      ['dist/.gitkeep', 'git:'], ['dist/app.js', 'git:'], ['dist/mode', 'git:'], ['dist/new.js', 'sha2'],
    ])
    repository.write({ 'dist/app.js': 'built' }).executable('dist/mode')
    const [failure] = await refused(repository, { artifacts: ['dist'] })
    expect(failure).toMatchObject({ code: 'artifact-in-git', what: expect.stringContaining('`dist/app.js`, `dist/mode`') })
  })

  it('refuse a file where Git has a folder', async () => {
    const repository = scratch.repository()
    repository.commit({ 'dist/app.js': 'x' })
    rmSync(join(repository.folder, 'dist'), { recursive: true })
    repository.write({ dist: 'a file now' })
    expect((await refused(repository, { artifacts: ['dist'] }))[0]?.what).toContain('both a file and a folder: `dist`')
  })

  it('refuse links that lead out, themselves being links, and what is no file', async () => {
    const repository = made()
    const outside = scratch.folder()
    writeFileSync(join(outside, 'secret'), 's')
    repository.link('dist/etc', '/etc/passwd').link('dist/sub/up', '../../..').link('elsewhere', outside)
    execFileSync('mkfifo', [join(repository.folder, 'dist/pipe')])
    const artifacts = ['dist', 'elsewhere', 'elsewhere/secret', '../x', '/etc/passwd', '.git/config']
    const failures = await refused(repository, { artifacts })
    expect(failures.map(({ code }) => code).toSorted()).toEqual([
      'artifact-elsewhere', 'artifact-elsewhere',
      'artifact-path-refused', 'artifact-path-refused', 'artifact-path-refused', 'artifact-special', 'link-escapes',
    ])
  })

  it('refuse a repository inside of them: its config may hold a token', async () => {
    const repository = made()
    repository.write({ 'dist/.git/config': 'token' })
    const [failure] = await refused(repository, { artifacts: ['dist'] })
    expect(failure?.code).toBe('path-refused')
    expect(failure?.what).toContain('dist/.git/config')
  })

  it.each([
    ['other bytes', (file: string) => { writeFileSync(file, 'JS') }],
    ['more bytes', (file: string) => { writeFileSync(file, 'jsjs') }],
    ['fewer bytes', (file: string) => { writeFileSync(file, 'j') }],
    ['nothing', (file: string) => { rmSync(file) }],
    // To the same bytes, even.
    ['a link', (file: string) => { execFileSync('sh', ['-c', 'mv "$1" "$1.real" && ln -s app.js.real "$1"', 'sh', file]) }],
  ])('are hashed again when read: %s', async (_, change) => {
    const repository = made()
    const release = await build(repository, { artifacts: ['dist'] })
    change(join(repository.folder, 'dist/app.js'))
    const failure = await rejectionOf(contents(release))
    expect(failure).toMatchObject({ code: 'content-changed', what: expect.stringContaining('`dist/app.js`') })
  })
})

const many = (length: number, file: (index: number) => [string, string]): Record<string, string> => (
  Object.fromEntries(Array.from({ length }, (_, index) => file(index)))
)

describe('what travels', () => {
  it('is what the host lacks, and brings it to the same manifest', async () => {
    const repository = scratch.repository()
    const first = repository.commit(many(50, (index) => [`f${index}`, `content ${index}`.repeat(100)]))
    repository.git('rm', '-q', 'f3')
    repository.commit({ f7: 'changed'.repeat(300) })
    const { content } = await build(repository)
    const base = await content.manifestAt(first)
    const { removed, changed } = delta(base, content.manifest)
    expect([removed, changed.map(({ path }) => path)]).toEqual([['f3'], ['f7']])
    const rebuilt = new Map([...base ?? [], ...changed].map((entry) => [entry.path, entry]))
    for (const path of removed) rebuilt.delete(path)
    expect(content.manifest.map(({ path }) => rebuilt.get(path))).toEqual(content.manifest)
    const { stream, count, encoding } = encodeContent(changed, content.read)
    expect([count, encoding]).toEqual([1, 'gzip'])
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(gunzipSync(Buffer.concat(chunks)).toString())
      .toBe(`{"key":"${changed[0]?.key}","size":2100}\n${'changed'.repeat(300)}`)
    expect(await content.manifestAt(unknownCommit)).toBeNull()
  })

  it('is checked against its id even where the repository is damaged', async () => {
    const repository = scratch.repository()
    repository.commit({ a: 'one', b: 'two' })
    const release = await build(repository)
    const file = (name: string): string => {
      const id = repository.git('rev-parse', `HEAD:${name}`)
      return join(repository.folder, '.git/objects', id.slice(0, 2), id.slice(2))
    }
    expect(existsSync(file('a'))).toBe(true)
    const other = readFileSync(file('b'))
    rmSync(file('a'))
    writeFileSync(file('a'), other)
    expect((await rejectionOf(contents(release))).code).toMatch(/^(content-changed|git-failed)$/)
  })

  it('takes 5,000 files from two processes', async () => {
    const repository = scratch.repository()
    repository.commit(many(5000, (index) => [`d${index % 50}/f${index}`, `content ${index}`]))
    const { content } = await build(repository)
    const { stream, count } = encodeContent(content.manifest, content.read)
    let bytes = 0
    for await (const chunk of stream) bytes += chunk.length
    expect(count).toBe(5000)
    expect(bytes).toBeGreaterThan(10_000)
    expect(opened[0]?.processes).toBe(2)
  }, 60_000)
})
