/** How much a change asks for. */
export type Level = 'patch' | 'minor' | 'major'

/** A first line after Conventional Commits 1.0. */
export interface Header {
  /** In small letters; empty: the line is not after the convention. */
  readonly type: string
  readonly scope: string
  /** What is said: the line itself where it has no type. */
  readonly text: string
  readonly breaking: boolean
}

export interface Message extends Header {
  /** The first line, without the number of a pull request. */
  readonly subject: string
  /** What the footers say of breaking changes. */
  readonly notes: readonly string[]
  /** The pull request whose squash or merge it is. */
  readonly pull: number | null
  /** `fixup!` and the like: a part of another commit that nobody put there. */
  readonly partial: boolean
  /** What it takes back; null: nothing. */
  readonly reverts: Reverted | null
  /** The commits that GitHub lists in the body of a squash. */
  readonly listed: readonly Header[]
}

/** What a revert names, the surest first. */
export interface Reverted {
  /** 7 or more hex of commits. */
  readonly ids: readonly string[]
  readonly pulls: readonly number[]
  /** That of what is taken back. */
  readonly subject: string
}

const pattern = /^([a-z][a-z0-9_-]*)(?:\(([^()]*)\))?(!)?:([ \t]*)(\S.*)$/i
const unspaced = ['feat', 'fix', 'perf', 'revert']
const numbered = /\(#(\d{1,9})\)$/

/**
 * A message of a commit as it is. Written ourselves: `conventional-commits-parser` knows neither `!` nor the lines of a squash without a configuration
 * of its own, and `@conventional-commits/parser` loses a whole commit because of a bracket in its body, which is what its users complain of most. So
 * only the first line has to fit here, and nothing in a body can make it unreadable.
 */
export function readMessage(message: string): Message {
  const [first = '', ...rest] = message.replaceAll('\r\n', '\n').trim().split('\n')
  const [subject, pull] = withoutNumber(first.trim())
  const header = readHeader(subject)
  const notes = notesIn(rest)
  return {
    ...header,
    subject,
    breaking: header.breaking || notes.length > 0,
    notes,
    pull,
    partial: /^(fixup|squash|amend)! /.test(subject),
    reverts: revertedBy(subject, header, rest.join('\n')),
    listed: pull === null ? [] : listedIn(rest),
  }
}

/** The message that stands for a merge: GitHub puts the title of the pull request into the body, unless it is told to make it the subject. */
export function mergeMessage(message: string): Message {
  const [, pull, rest] = /^Merge pull request #(\d{1,9}) from [^\n]*\n([^]*)$/.exec(message.replaceAll('\r\n', '\n').trim()) ?? []
  if (pull === undefined) return readMessage(message)
  return { ...readMessage(rest ?? ''), pull: Number(pull) }
}

/** What a header alone asks for; null: nothing. Below 1.0 it is read one lower, which is `next.ts`. */
export function levelOf({ type, breaking }: Header): Level | null {
  if (breaking) return 'major'
  if (type === 'feat') return 'minor'
  return type === 'fix' || type === 'perf' || type === 'revert' ? 'patch' : null
}

const order: readonly (Level | null)[] = [null, 'patch', 'minor', 'major']

/** Above zero: `a` asks for more. */
export function compareLevels(a: Level | null, b: Level | null): number {
  return order.indexOf(a) - order.indexOf(b)
}

export function highestLevel(levels: readonly (Level | null)[]): Level | null {
  return levels.reduce((highest, level) => compareLevels(level, highest) > 0 ? level : highest, null)
}

export function readHeader(line: string): Header {
  const [, type = '', scope = '', mark, gap, text = ''] = pattern.exec(line) ?? []
  const lower = type.toLowerCase()
  // Without the space that the convention wants, most of what begins so is no type: `http://…`, `note:this`.
  const fits = type !== '' && (gap !== '' || unspaced.includes(lower))
  return fits ? { type: lower, scope: scope.trim(), text: text.trim(), breaking: mark === '!' } : { type: '', scope: '', text: line, breaking: false }
}

/** With the convention's footers wherever they stand: a squash puts those of its commits into the middle of the body. */
function notesIn(lines: readonly string[]): readonly string[] {
  const notes: string[] = []
  for (const [index, line] of lines.entries()) {
    const [, begin] = /^BREAKING[ -]CHANGE(?:: ?| #)(.*)$/.exec(line) ?? []
    if (begin === undefined) continue
    const after = lines.slice(index + 1)
    const end = after.findIndex((next) => next.trim() === '' || /^(?:[A-Za-z][A-Za-z0-9-]*|BREAKING CHANGE)(?:: | #)/.test(next) || next.startsWith('* '))
    const note = [begin, ...after.slice(0, end === -1 ? after.length : end)].join(' ').replace(/\s+/g, ' ').trim()
    notes.push(note)
  }
  return notes
}

/** GitHub's list begins the body. Other lists are a description, such as what a bot tells of the release of a dependency. */
function listedIn(lines: readonly string[]): readonly Header[] {
  if (lines.find((line) => line.trim() !== '')?.startsWith('* ') !== true) return []
  const headers = lines.filter((line) => line.startsWith('* ')).map((line) => line.slice(2).trim()).map((line) => withoutNumber(line)[0])
  const gone = headers.flatMap((line) => /^Revert "(.*)"$/.exec(line)?.[1] ?? [])
  return headers.filter((line) => !gone.includes(line)).map(readHeader).filter(({ type }) => type !== '')
}

/**
 * Git writes `Revert "…"`, and `Reapply "…"` when that is taken back in turn; the convention leaves it at `revert: …`. Commits are named in the
 * body, by GitHub's button a pull request.
 */
function revertedBy(subject: string, { type, text }: Header, body: string): Reverted | null {
  const [, word, quoted] = /^(?:revert: )?(Revert|Reapply) "(.*)"$/i.exec(subject) ?? []
  if (quoted === undefined && type !== 'revert') return null
  const ids = [...body.matchAll(/\bThis reverts commit ([0-9a-f]{7,64})\b/gi), ...body.matchAll(/^Refs: ([0-9a-f]{7,64}(?:, ?[0-9a-f]{7,64})*)$/gim)]
    .flatMap(([, found = '']) => found.toLowerCase().split(/, ?/))
  const pulls = [...body.matchAll(/^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d{1,9})\b/gim)].map(([, number]) => Number(number))
  // What is applied again is in quotes there, and not the revert that this takes back.
  if (word?.toLowerCase() === 'reapply') return { ids, pulls, subject: `Revert "${quoted ?? ''}"` }
  const [what, pull] = withoutNumber(quoted ?? text)
  return { ids, pulls: pull === null ? pulls : [...pulls, pull], subject: what }
}

/** The line without the `(#12)` that GitHub puts at its end, and that number. */
export function withoutNumber(line: string): readonly [line: string, pull: number | null] {
  const [whole, number] = numbered.exec(line) ?? []
  return whole === undefined ? [line, null] : [line.slice(0, -whole.length).trimEnd(), Number(number)]
}
