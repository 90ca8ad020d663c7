import fc from 'fast-check'
import { changesOf } from '../../../src/publish/changes'
import type { Commit } from '../../../src/publish/merges'
import { notesOf } from '../../../src/publish/notes'
import { claim, surfaceOf } from '../surface'
import { mutated, text, word } from '../texts'

const messages = [
  'feat(api)!: say hello (#12)\n\nBREAKING CHANGE: nobody says\nhello any more\n', 'fix: a `bug` in #7\n', 'Merge pull request #3 from ada/fix\n\nfix: three\n',
  'Revert "feat: a"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.\n', 'A squash (#4)\n\n* feat: one\n\n* fix!: two\n', 'fixup! feat: a\n', 'docs: see https://example.com/a?b=c#d\n',
]
const message = fc.oneof(mutated(messages), text, fc.tuple(fc.constantFrom('feat', 'fix', 'perf', 'x', 'revert'), text, text, text).map(([type, scope, subject, body]) => `${type}(${scope}): ${subject}\n\n${body}`))
// Git's names come out of bytes, which hold no half of a pair.
const name = fc.oneof(word, text.map((one) => one.toWellFormed()))
const id = (number: number): string => number.toString(16).padStart(40, 'c')
const nobody = 'ada'

/** Messages of commits, and what notes in Markdown they come to. */
export const surface = surfaceOf({
  refusesNothing: true,
  inputs: fc.record({
    commits: fc.array(fc.record({ message, name: fc.oneof(word, text), email: fc.oneof(fc.constantFrom('1+ada@users.noreply.github.com', 'a@b.c'), text), parents: fc.integer({ min: 0, max: 2 }) }), { maxLength: 5 }),
    tag: name, previous: fc.oneof(fc.constant(null), name), most: fc.constantFrom(125_000, 500),
  }),
  attempt({ commits, tag, previous, most }) {
    const made = commits.map(({ message, name, email, parents }, index): Commit => ({
      id: id(index), parents: Array.from({ length: parents }, (_, next) => id(index + 1 + next)), author: { name, email }, message, inside: true,
    }))
    const notes = notesOf({ changes: changesOf(made), tag, previous, server: 'https://github.com', repository: 'ada/shop' }, most)
    claim(notes.length <= Math.max(most, 1500 + (previous ?? '').length * 14 + tag.length * 14), 'the notes are longer than they may be:', notes.length)
    judgeMarkdown(notes)
    return undefined
  },
})

/** What is left when all that we write ourselves is taken out has nothing that GitHub would act on. */
function judgeMarkdown(notes: string): void {
  claim(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(notes), 'the notes hold control characters:', notes)
  for (const line of notes.split('\n')) {
    if (/^(## |<details><summary>Other changes \(\d+\)<\/summary>$|<\/details>$|\*\*All (changes|commits)\*\*: https:\/\/github\.com\/ada\/shop\/[^\s]*$|No changes)/.test(line)) continue
    claim(line === '' || /^(- | {2}- |\d+ more changes? (is|are) left out)/.test(line), 'a line of the notes is not ours:', line)
    const bare = line.replace(/(?<!\\)`[^`]*`/g, '').replaceAll(/<https?:\/\/[^\s<>]*>/g, '').replaceAll('<!---->', '')
      .replaceAll(/\[#\d+\]\(https:\/\/github\.com\/ada\/shop\/(issues|pull)\/\d+\)/g, '').replaceAll(/\[c[0-9a-f]{6}\]\(https:\/\/github\.com\/ada\/shop\/commit\/[0-9a-f]{40}\)/g, '')
    claim(!/(?<!\\)[<>]/.test(bare), 'the notes hold HTML:', line)
    claim(!/(?<!\\)(\\\\)*[[\]!~|$_]/.test(bare), 'the notes hold Markdown of others:', line)
    for (const [, called = ''] of line.replace(/(?<!\\)`[^`]*`/g, '').matchAll(/(?<![\w])@([A-Za-z\d][A-Za-z\d-]*)/g)) claim(called === nobody || line.includes(`<https`), 'the notes call somebody:', called, line)
  }
}
