import { mentionsLfs, parsePointer } from '../../../src/release/lfs'
import { submoduleNames } from '../../../src/release/submodules'

const oid = 'ab'.repeat(32)

describe('parsePointer', () => {
  it('reads oid and size, with extensions between', () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\n`
      + `ext-0-x sha256:${'0'.repeat(64)}\noid sha256:${oid}\nsize 12345\n`
    expect(parsePointer(pointer)).toEqual({ oid, size: 12345 })
  })

  it.each([
    '', 'hello', `oid sha256:${oid}\nsize 1\n`, `version https://git-lfs.github.com/spec/v1\nsize 1\n`,
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid.toUpperCase()}\nsize 1\n`,
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize -1\n`,
    `# version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 1\n`,
  ])('takes %p for content', (text) => {
    expect(parsePointer(text)).toBeNull()
  })
})

it('mentionsLfs looks for the filter outside of comments', () => {
  expect(mentionsLfs('*.txt text\n*.bin filter=lfs diff=lfs merge=lfs -text\n')).toBe(true)
  expect(mentionsLfs('# *.bin filter=lfs\n*.bin -text\n')).toBe(false)
  expect(mentionsLfs('*.bin filter=lfsx')).toBe(false)
})

it('submoduleNames reads names by path, where they differ too', () => {
  const text = '[submodule "old name"]\n\tpath = new/place\n\turl = x\n'
    + '[submodule "b"] ; c\n\tpath="b"\n[other "x"]\n\tpath = no\n'
  expect([...submoduleNames(text)]).toEqual([['new/place', 'old name'], ['b', 'b']])
})
