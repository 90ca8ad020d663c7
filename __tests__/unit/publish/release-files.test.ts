import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assetName, releaseFiles, sameFile } from '../../../src/publish/release-files'
import { rejectionOf } from '../release/failure'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'files-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text = name): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('the name of a file in a release', () => {
  it.each([
    ['shop-1.4.2.tar.gz', 'shop-1.4.2.tar.gz'], ['cpython-3.13+2026_x86.zip', 'cpython-3.13+2026_x86.zip'], ['My App  Setup.exe', 'My.App.Setup.exe'],
    ['app-(15-5)-r.apk', 'app-.15-5.-r.apk'], ['1.0-1~buster.deb', '1.0-1.buster.deb'], ['éclair.txt', 'clair.txt'], ['.env.example', 'env.example'],
    ['a..b', 'a.b'], ['end.', 'end'], ['dist/deep/x.js', 'x.js'],
  ])('%s → %s', (path, name) => expect(assetName(path)).toBe(name))
})

it('files come with a list of their sums that sha256sum understands', async () => {
  const files = await releaseFiles([file('b.txt', 'bee'), file('a b.txt', 'a and b')])
  expect(files.map(({ name, size }) => [name, size])).toEqual([['b.txt', 3], ['a.b.txt', 7], ['SHA256SUMS', files[2]?.size]])
  const sums = files[2]?.body as Buffer
  expect(sums.toString().split('\n').map((line) => line.slice(66))).toEqual(['a.b.txt', 'b.txt', ''])
  writeFileSync(join(folder, 'a.b.txt'), 'a and b')
  writeFileSync(join(folder, 'SHA256SUMS'), sums)
  expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })).toBe('a.b.txt: OK\nb.txt: OK\n')
})

it('no files, no list', async () => expect(await releaseFiles([])).toEqual([]))

it('all that is wrong with files is said at once', async () => {
  mkdirSync(join(folder, 'dist'))
  const paths = [file('empty', ''), join(folder, 'dist'), join(folder, 'gone'), file('a b'), file('a~b'), file('SHA256SUMS'), file('…')]
  const failure = await rejectionOf(releaseFiles(paths))
  expect(failure.code).toBe('release-files')
  for (const text of ['empty is empty', 'dist is no file', 'gone is not there', 'a~b would be called a.b, as another', 'cannot be called SHA256SUMS', 'cannot be called anything']) {
    expect(failure.what).toContain(text)
  }
})

describe('an asset is the file', () => {
  const wanted = { name: 'a', size: 3, sha256: 'c'.repeat(64), body: Buffer.alloc(3) }
  const asset = { id: 1, name: 'a', state: 'uploaded', size: 3, digest: `sha256:${'c'.repeat(64)}` }
  it.each([
    ['yes', {}], ['no', { digest: `sha256:${'d'.repeat(64)}` }], ['no', { size: 4 }], ['no', { state: 'starter' }], ['unknown', { digest: null }],
  ] as const)('%s: %p', (is, more) => expect(sameFile({ ...asset, ...more }, wanted)).toBe(is))
})
