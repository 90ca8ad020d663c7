import { foldersOf, pathFailures, problemOf, quoted } from '../../../src/release/paths'

const entry = (path: string, size = 1) => ({ path, mode: '100644' as const, key: 'git:x', size })

describe('problemOf', () => {
  it.each(['a', 'a b/c"d\'e', 'ü/ö', '...', '.gitignore', 'x.git', '.github/a', '-rf',
    'a\\b', `${'x'.repeat(255)}/y`])('takes %p', (path) => {
    expect(problemOf(path)).toBeNull()
  })

  it.each([
    ['', 'plain'], ['/etc/passwd', 'plain'], ['a//b', 'plain'], ['a/', 'plain'],
    ['../a', 'plain'], ['a/../b', 'plain'], ['./a', 'plain'],
    ['a\nb', 'control'], ['a\0b', 'control'], ['a\tb', 'control'],
    ['a\u007fb', 'control'], ['a\u0085b', 'control'], ['a\u2028b', 'control'],
    ['.git', '.git'], ['a/.git/config', '.git'], ['a/.GIT/hooks/x', '.git'],
    ['x'.repeat(256), '255 bytes'], ['ü'.repeat(128), '255 bytes'], [`${'x/'.repeat(2048)}x`, '4096 bytes'],
  ])('refuses %p', (path, reason) => {
    expect(problemOf(path)).toContain(reason)
  })
})

describe('pathFailures', () => {
  it('finds nothing in a sound tree', () => {
    expect(pathFailures([entry('a'), entry('a-b'), entry('b/c'), entry('b/d')])).toEqual([])
  })

  it('reports each kind once with the paths', () => {
    const failures = pathFailures([entry('../x'), entry('/y'), entry('a\nb'), entry('twice'), entry('twice')])
    expect(failures.map(({ what }) => what)).toEqual([
      expect.stringContaining('not plain relative paths: `../x`, `/y`'),
      expect.stringContaining('control characters: `a\\nb`'),
      expect.stringContaining('are there twice: `twice`'),
    ])
  })

  it('sees a path that is a file and a folder, also when others sort between them', () => {
    const [failure, ...others] = pathFailures([entry('a'), entry('a-b'), entry('a/b/c')])
    expect(failure?.what).toContain('both a file and a folder: `a`')
    expect(others).toEqual([])
  })

  it('refuses what is too large', () => {
    expect(pathFailures([entry('a', 9 * 1024 ** 3)])[0]?.code).toBe('release-too-large')
  })
})

it('foldersOf knows every folder on the way', () => {
  expect([...foldersOf([{ path: 'a/b/c/d' }, { path: 'a/b/e' }, { path: 'f' }])].toSorted()).toEqual(['a', 'a/b', 'a/b/c'])
})

it('quoted shows five and counts the rest', () => {
  expect(quoted(['1', '2', '3', '4', '5', '6', '7'])).toBe('`1`, `2`, `3`, `4`, `5` and 2 more')
})
