import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGitHub, type GitHubServer } from '../../../rig/github/server.mjs'
import { Git, type NewTag, type Remote, type Signing } from '../../../src/drivers/git'
import { ensureTag } from '../../../src/publish/tagging'
import { rejectionOf } from '../../unit/release/failure'

/** A tag is made at GitHub once, stands for its commit, and is never moved; whichever of two runs comes first. */
let server: GitHubServer
let folder: string
let first: string
let second: string
beforeAll(async () => {
  server = await startGitHub({ tokens: { 'may-write': { contents: 'write' }, 'may-read': { contents: 'read' } } })
  first = server.repository.commit('feat: a')
  second = server.repository.commit('fix: b')
}, 120_000)
afterAll(async () => { await server.stop() })
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-tagging-')) })
afterEach(() => { rmSync(folder, { recursive: true }) })

const remote = (token = 'may-write'): Remote => ({ url: server.gitUrl, token })
const clone = (name: string, ...words: string[]): string => {
  const path = join(folder, name)
  execFileSync('git', ['clone', '--quiet', ...words, server.repository.path, path], { stdio: 'pipe' })
  return path
}
const tag = (name: string, commit: string, signing: Signing | null = null): NewTag =>
  ({ name, commit, message: `${name}\n\nBy a test.\n`, tagger: { name: 'Ada', email: 'ada@users.noreply.github.com' }, signing })
const raw = (name: string): string => server.repository.git('cat-file', '-p', `refs/tags/${name}`)

it('is annotated, by whoever started the run, also from a checkout of depth 1', async () => {
  await using git = await Git.open(clone('shallow', '--depth', '1', '--no-local'))
  expect(await ensureTag(git, remote(), tag('v1.0.0', second))).toBe('made')
  expect(raw('v1.0.0')).toMatch(new RegExp(`^object ${second}\ntype commit\ntag v1\\.0\\.0\ntagger Ada <ada@users\\.noreply\\.github\\.com> .*\n\nv1\\.0\\.0\n\nBy a test\\.$`))
})

it('the same again changes nothing, from wherever; on another commit it is an error, and stays', async () => {
  await using git = await Git.open(clone('again', '--no-tags'))
  expect(await ensureTag(git, remote(), tag('v1.0.0', second))).toBe('there')
  expect(await rejectionOf(ensureTag(git, remote(), tag('v1.0.0', first)))).toMatchObject({ code: 'tag-elsewhere', what: expect.stringContaining(second.slice(0, 12)) })
  expect(server.repository.commitOf('v1.0.0')).toBe(second)
})

it('one that a dead run has left in the checkout is pushed as it is', async () => {
  await using git = await Git.open(clone('left'))
  await git.makeTag(tag('v1.1.0', first))
  const before = (await git.read('refs/tags/v1.1.0'))?.id
  expect(await ensureTag(git, remote(), tag('v1.1.0', first))).toBe('made')
  expect(server.repository.git('rev-parse', 'refs/tags/v1.1.0')).toBe(before)
})

it('of two at the same moment one makes it, and both have it', async () => {
  await using one = await Git.open(clone('one'))
  await using other = await Git.open(clone('other'))
  const ended = await Promise.all([one, other].map((git) => ensureTag(git, remote(), tag('v1.2.0', second))))
  expect(ended).toContain('made')
  expect(server.repository.commitOf('v1.2.0')).toBe(second)
})

it('who comes second with another commit is told so, and the checkout has no tag of it', async () => {
  await using git = await Git.open(clone('late', '--no-tags'))
  // Between the look and the push somebody else was there.
  const pushed = git.pushTag.bind(git)
  git.pushTag = async (to, name) => {
    server.repository.git('tag', name, second)
    return await pushed(to, name)
  }
  expect(await rejectionOf(ensureTag(git, remote(), tag('v1.3.0', first)))).toMatchObject({ code: 'tag-elsewhere' })
  expect(await git.read('refs/tags/v1.3.0')).toBeNull()
})

it('a token that may not write is told what it lacks, and is in no argument', async () => {
  await using git = await Git.open(clone('forbidden'))
  const failure = await rejectionOf(ensureTag(git, remote('may-read'), tag('v1.4.0', first)))
  expect(failure).toMatchObject({ code: 'git-remote', cure: expect.stringContaining('contents: write') })
  expect(JSON.stringify(failure)).not.toContain('may-read')
})

it('is signed with an SSH key, so that Git itself verifies it', async () => {
  const key = join(folder, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'a test', '-f', key])
  const path = clone('signed')
  await using git = await Git.open(path)
  expect(await ensureTag(git, remote(), tag('v2.0.0', second, { kind: 'ssh', file: key }))).toBe('made')
  writeFileSync(join(folder, 'signers'), `ada@users.noreply.github.com ${readFileSync(`${key}.pub`, 'utf8')}`)
  expect(raw('v2.0.0')).toContain('-----BEGIN SSH SIGNATURE-----')
  execFileSync('git', ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${join(folder, 'signers')}`, 'verify-tag', 'v2.0.0'], { cwd: path, stdio: 'pipe' })
  expect(await rejectionOf(ensureTag(git, remote(), tag('v2.1.0', second, { kind: 'ssh', file: join(folder, 'none') })))).toMatchObject({ code: 'tag-signing' })
})
