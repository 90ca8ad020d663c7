import type { Change } from './changes'
import { prose, words } from './escaping'
import type { Author } from './merges'

export interface NotesRequest {
  /** The newest first. */
  readonly changes: readonly Change[]
  /** The tag that is released, and the one of the line before it; null: it is the first. */
  readonly tag: string
  readonly previous: string | null
  /** `GITHUB_SERVER_URL`, e.g. `https://github.com`. */
  readonly server: string
  /** `OWNER/NAME`. */
  readonly repository: string
  /** Logins of authors that are known, by email. */
  readonly logins?: ReadonlyMap<string, string> | undefined
}

/** GitHub refuses the text of a Release that is longer. It counts characters, of which there are never more than UTF-16 units. */
export const mostCharacters = 125_000

const groups: readonly (readonly [title: string, is: (change: Change) => boolean])[] = [
  ['Breaking changes', ({ breaking }) => breaking],
  ['Features', ({ type }) => type === 'feat'],
  ['Fixes', ({ type }) => type === 'fix'],
  ['Performance', ({ type }) => type === 'perf'],
  ['Reverts', ({ type }) => type === 'revert'],
]

/**
 * The notes of a release in Markdown, what matters most first. All that makes no release is folded, since whoever runs an app may look for just that. When it is
 * too long the end is left out, and said to be.
 */
export function notesOf(request: NotesRequest, most = mostCharacters): string {
  const { changes } = request
  const groupOf = (change: Change): number => groups.findIndex(([, is]) => is(change))
  const sections = groups.map(([title], index) => ({ before: `## ${title}\n\n`, changes: changes.filter((change) => groupOf(change) === index), after: '' }))
  const others = changes.filter((change) => groupOf(change) === -1)
  sections.push({ before: `<details><summary>Other changes (${others.length})</summary>\n\n`, changes: others, after: '\n</details>\n' })

  const end = changes.length === 0 ? `No changes${request.previous === null ? '' : ` since ${words(request.previous)}`}.\n\n${compared(request)}` : compared(request)
  let text = ''
  let leftOut = 0
  // Room for the end, and for the sentence that something is missing.
  const room = most - end.length - 100
  for (const section of sections.filter((each) => each.changes.length > 0)) {
    const lines: string[] = []
    let length = text.length + section.before.length + section.after.length + 1
    for (const change of section.changes) {
      const line = lineOf(change, request)
      if (leftOut === 0 && length + line.length <= room) {
        lines.push(line)
        length += line.length
      } else leftOut += 1
    }
    if (lines.length > 0) text += `${section.before}${lines.join('')}${section.after}\n`
  }
  return text + (leftOut === 0 ? '' : `${leftOut} more ${leftOut === 1 ? 'change is' : 'changes are'} left out, for want of room.\n\n`) + end
}

function lineOf(change: Change, request: NotesRequest): string {
  const at = `${request.server}/${request.repository}`
  const issue = (number: string): string => `[#${number}](${at}/issues/${number})`
  const scope = change.scope === '' ? '' : `**${words(shortened(change.scope))}:** `
  const pull = change.pull === null ? '' : ` ([#${change.pull}](${at}/pull/${change.pull}))`
  const commits = change.commits.slice(0, 3).map((id) => `[${id.slice(0, 7)}](${at}/commit/${id})`)
  const more = change.commits.length > 3 ? ` and ${change.commits.length - 3} more` : ''
  const line = `- ${scope}${prose(shortened(change.text), issue)}${pull} (${commits.join(', ')}${more}), ${authorOf(change.author, request)}\n`
  const notes = change.breaking ? change.notes.filter((note) => note !== '' && note !== change.text).map((note) => `  - ${prose(shortened(note), issue)}\n`) : []
  return line + notes.join('')
}

/** Of a first line or a paragraph: nobody reads on from there, and one commit must not take the room of all. */
function shortened(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000).toWellFormed()} …` : text
}

/**
 * Who wrote it: `@login` where GitHub's own address tells the login, or somebody does who asked, for that is what shows their picture on the Release; else the
 * name, so that no stranger is called by what a commit says.
 */
function authorOf({ name, email }: Author, { logins, server }: NotesRequest): string {
  const host = server.replace(/^https?:\/\//, '').replace(/[/:].*$/, '')
  const [, hidden, domain] = /^(?:\d+\+)?([A-Za-z\d](?:[A-Za-z\d-]{0,38}))@users\.noreply\.([A-Za-z\d.-]+)$/.exec(email) ?? []
  const login = logins?.get(email.toLowerCase()) ?? (domain === host ? hidden : undefined)
  return login !== undefined && /^[A-Za-z\d-]+$/.test(login) ? `@${login}` : words(shortened(name === '' ? 'unknown' : name))
}

function compared({ server, repository, tag, previous }: NotesRequest): string {
  const path = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
  const at = `${server}/${repository}`
  if (previous === null) return `**All commits**: ${at}/commits/${path(tag)}\n`
  return `**All changes**: ${at}/compare/${path(previous)}...${path(tag)}\n`
}
