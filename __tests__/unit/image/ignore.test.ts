import { hiddenBy, parseIgnore } from '../../../src/image/ignore'

const line = (text: string, path: string): number | null => hiddenBy(parseIgnore(text), path)?.line ?? null

describe('.dockerignore', () => {
  it.each<[string, string, number | null]>([
    ['app', 'app', 1], ['app', 'app/main.js', 1], ['app', 'apple', null], ['app', 'src/app', null],
    ['/app', 'app/a', 1], ['./app/', 'app/a', 1], ['*.log', 'a.log', 1], ['*.log', 'b/a.log', null], ['**/*.log', 'a.log', 1],
    ['**/*.log', 'b/c/a.log', 1], ['b/**', 'b/c/d', 1], ['**', 'x/y', 1], ['?.js', 'a.js', 1], ['?.js', 'ab.js', null], ['[ab].js', 'b.js', 1], ['[^ab].js', 'b.js', null],
    ['[z-a]', 'a', null], ['[z-a]', 'z', null], ['a[0-2-]', 'a-', 1], [`${'**/a'.repeat(40)}b`, 'a/'.repeat(60), null], [`${'*a'.repeat(40)}b`, 'a'.repeat(200), null],
    ['# a\n\na', 'a', 3], ['*\n!app', 'app/x', null], ['*\n!app\napp/x', 'app/x', 3], ['!a\n*', 'a', 2], ['a.js', 'axjs', null],
  ])('%j hides %s: %s', (text, path, expected) => {
    expect(line(text, path)).toBe(expected)
  })
})
