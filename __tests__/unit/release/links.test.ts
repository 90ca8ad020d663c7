import { linkFailures, linkFollower } from '../../../src/release/links'

const links = (record: Record<string, string>): Map<string, string> => new Map(Object.entries(record))

describe('linkFailures', () => {
  it.each([
    ['to a neighbour', { 'a/b': 'c' }],
    ['up and down within the tree', { 'a/b': '../c/d' }],
    ['to the top', { 'a/b': '..' }],
    ['to nothing yet', { current: 'uploads/x' }],
    ['through another link', { a: 'b/c', 'b/c': '../d' }],
    ['up behind a link, still within', { 'x/in': '../a/b', y: 'x/in/..' }],
  ])('keeps links %s', (_, record) => {
    expect(linkFailures(links(record))).toEqual([])
  })

  it.each([
    ['an absolute one', { a: '/etc/passwd' }],
    ['one that climbs out', { 'a/b': '../../c' }],
    ['one that climbs out and back in', { 'a/b': '../../app/c' }],
    ['one that leaves behind a link to the top', { here: '.', out: 'here/..' }],
    ['one whose text stays inside but whose links do not', { 'd/e/f/a': '../../../sub', 'd/e/f/x': 'a/../..' }],
    ['one to an absolute one', { a: 'b/c', b: '/srv' }],
    ['a circle', { a: 'b', b: 'a' }],
    ['an empty one', { a: '' }],
  ])('refuses %s', (_, record) => {
    const [failure] = linkFailures(links(record))
    expect(failure?.code).toBe('link-escapes')
    const [path, target] = Object.entries(record).at(-1) ?? []
    expect(failure?.what).toContain(`${path} -> ${target}`.slice(0, 4))
    expect(failure?.cure).toContain('working-directory')
  })

  it('names only those that escape', () => {
    expect(linkFailures(links({ good: 'x', bad: '../x' }))[0]?.what).not.toContain('good')
  })
})

describe('linkFollower', () => {
  const follow = linkFollower(links({ lib: 'src/lib', 'src/lib': '../vendor/lib', loop: 'loop', out: '../x' }))

  it('leads through links, in the middle of a path too', () => {
    expect(follow('lib/a.py')).toBe('vendor/lib/a.py')
    expect(follow('.')).toBe('')
    expect(follow('./src/./x/../y')).toBe('src/y')
  })

  it('gives null for what leaves the tree or never ends', () => {
    expect(follow('loop')).toBeNull()
    expect(follow('out/y')).toBeNull()
    expect(follow('../slipway.yml')).toBeNull()
  })
})
