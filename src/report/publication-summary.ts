import type { PublicationOutcome } from '../publish/outcome'
import { codeOf, details, fenced, prose } from './markdown'
import type { Redactor } from './redact'

/** Of the summary's 900 kB; GitHub takes notes of 125,000 characters. */
const mostNotes = 20_000

/** A section of the summary: what was made public, or would be, and what did not apply. Empty when there is nothing to say. */
export function published({ tag, release, deployment, notices }: PublicationOutcome, redactor: Redactor): string {
  const lines = [tagLine(tag, redactor), releaseLine(tag, release, redactor), deploymentLine(deployment, redactor)].filter((line) => line !== '')
  const parts = [
    lines.map((line) => `- ${line}`).join('\n'),
    release === null || release.notes.trim() === '' ? '' : details('Notes', shortened(redactor.redact(release.notes.trimEnd()))),
    release === null || release.job === '' ? '' : `Add this job to the workflow, under \`jobs:\`\n\n${fenced(redactor.redact(release.job), 'yaml')}`,
    notices.map((notice) => prose(notice, redactor)).join('\n\n'),
  ].filter((part) => part !== '')
  if (parts.length === 0) return ''
  return ['### Release', ...parts].join('\n\n')
}

function tagLine(tag: PublicationOutcome['tag'], redactor: Redactor): string {
  if (tag === null) return ''
  const what = { made: 'was made', there: 'was there', planned: 'would be made', none: 'was not made' }[tag.state]
  return `The tag ${codeOf(tag.name, redactor)} ${what} at ${codeOf(tag.commit.slice(0, 12), redactor)}: ${prose(tag.reason, redactor)}`
}

function releaseLine(tag: PublicationOutcome['tag'], release: PublicationOutcome['release'], redactor: Redactor): string {
  if (release === null) return ''
  const { state, url, files, latest, prerelease, why } = release
  const name = codeOf(tag?.name ?? '', redactor)
  const linked = /^https?:\/\/[\w./:%+-]+$/.test(url) ? `[${name}](${url})` : name
  const kind = prerelease ? 'a pre-release' : latest ? 'the latest' : ''
  const what = {
    published: `The Release ${linked} is published${kind === '' ? '' : ` as ${kind}`}`,
    unchanged: `The Release ${linked} was published before`,
    draft: `The Release ${name} is a draft, which only maintainers see`,
    planned: `The Release ${name} would be published${kind === '' ? '' : ` as ${kind}`}`,
    none: `The Release ${name} is not made`,
  }[state]
  const told = files.length === 0 || state === 'none' || state === 'unchanged' ? '' : files.length === 1 ? ', with 1 file and its checksum' : `, with ${files.length} files and their checksums`
  return `${what}${told}.${why === '' ? '' : ` ${prose(why, redactor)}`}`
}

function deploymentLine(deployment: PublicationOutcome['deployment'], redactor: Redactor): string {
  if (deployment === null) return ''
  const to = `The Deployment to ${codeOf(deployment.environment, redactor)}`
  const { state } = deployment
  return state === 'planned' ? `${to} would be told to GitHub.` : state === 'none' ? `${to}: GitHub has not been told how it ended.` : `${to} is told to GitHub: ${state}.`
}

/** At the end of a line; what was folded open there is folded shut. Within a line such words are a commit's. */
function shortened(notes: string): string {
  if (notes.length <= mostNotes) return notes
  const kept = notes.slice(0, notes.lastIndexOf('\n', mostNotes))
  const open = (kept.match(/^<details>/gm)?.length ?? 0) - (kept.match(/^<\/details>/gm)?.length ?? 0)
  return `${kept}${'\n\n</details>'.repeat(Math.max(0, open))}\n\n… and more, in the Release.`
}
