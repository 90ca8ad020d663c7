import { readFileSync } from 'node:fs'
import { nextOf } from './history'

const text = readFileSync('docs/releases.md', 'utf8')
const rows = [...text.matchAll(/^\| (none|`[^`]+`) \| (.*) \| (.*) ?\| (nothing|error|`[^`]+`) \|$/gm)]
const spans = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)

it('finds the rows of all tables', () => {
  expect(rows).toHaveLength(text.match(/^\|(?!---| last release )/gm)?.length ?? 0)
  expect(rows.length).toBeGreaterThan(40)
})

it.each(rows.map(([row, last = '', commits = '', inputs = '', next = '']) => ({ row, last, commits, inputs, next })))('$row', ({ last, commits, inputs, next }) => {
  const given = new Map(spans(inputs).map((span) => span.split(': ') as [string, string]))
  const history = [
    ...(last === 'none' ? [] : ['begin', `=${spans(last)[0]}`]),
    ...spans(commits).map((span) => span.replace(/^tag /, '=').replaceAll(' ⏎ ', '\n\n')),
  ]
  const found = nextOf(history, {
    bump: (given.get('bump') ?? 'auto') as 'auto', preRelease: given.get('pre-release') ?? '', scheme: given.get('version-scheme') ?? '',
  })
  if (next === 'nothing') expect(found).toBe('unchanged')
  else if (next === 'error') expect(found).toMatch(/^[a-z]+(-[a-z]+)+$/)
  else expect(found).toBe(spans(next)[0])
})
