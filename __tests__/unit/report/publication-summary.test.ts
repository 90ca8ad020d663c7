import { notesOf } from '../../../src/publish/notes'
import { published } from '../../../src/report/publication-summary'
import { Redactor } from '../../../src/report/redact'
import { proposalOf } from '../publish/history'

const told = (notes: string): string => published({
  tag: null, release: { state: 'published', url: '', files: [], notes, latest: true, prerelease: false, why: '', job: '' }, deployment: null, notices: [],
}, new Redactor([]))

it('notes that are too long for a summary end with a line, and what was folded open is folded shut', () => {
  const { changes } = proposalOf(['chore: begin', '=v1.2.0', 'feat: a page', 'feat: `</details>` explained', ...Array.from({ length: 400 }, (_, index) => `docs: a word ${'of it '.repeat(10)}${index}`)])
  const notes = notesOf({ changes, previous: 'v1.2.0', tag: 'v1.3.0', server: 'https://github.com', repository: 'ada/shop' })
  const summary = told(notes)
  expect(notes.length).toBeGreaterThan(40_000)
  expect(summary.length).toBeLessThan(21_000)
  // The fold of the notes, and in it that of what makes no release.
  expect([summary.match(/^<details>/gm), summary.match(/^<\/details>/gm)].map((found) => found?.length)).toEqual([2, 2])
  expect(summary).toMatch(/\n- [^\n]+, Ada\n\n<\/details>\n\n… and more, in the Release\.\n\n<\/details>$/)
  expect(told('- short').match(/details>/g)).toHaveLength(2)
})
