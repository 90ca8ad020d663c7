import type { PublicationOutcome } from '../publish/outcome'
import type { Event } from '../rollout/events'
import type { FailureRecord, Outcome, TargetOutcome } from '../rollout/outcome'
import { planSteps } from './console'
import { shown, type Bounds } from './foreign'
import { headline, isFirst } from './headline'
import { advice, codeOf, details, fenced, prose, table } from './markdown'
import { published } from './publication-summary'
import { counted, duration, size } from './quantities'
import type { Redactor } from './redact'
import { summaryLimit, withinLimit } from './summary-limit'
import { timeline } from './timeline'

const evidenceBounds: Bounds = { lines: 100, bytes: 16 * 1024 }
const mostRows = 100

/** The job summary of a rollout as Markdown, at most `summaryLimit` bytes. Evidence that has no room is counted. */
export function summary(outcome: Outcome, events: readonly Event[], redactor: Redactor, publication: PublicationOutcome | null = null): string {
  const { icon, text } = headline(outcome)
  const before = [
    `## ${icon} ${prose(text, redactor)}`,
    facts(outcome, redactor),
    failures(outcome, redactor),
    unwell(outcome, redactor),
    warnings(events, redactor),
    publication === null ? '' : published(publication, redactor),
  ]
  const after = [
    undone(outcome, redactor),
    settled(outcome, redactor),
    plans(outcome, redactor),
    proofs(outcome, redactor),
    fleet(outcome, redactor),
    history(outcome, redactor),
    timeline(outcome, events, redactor),
    wayBack(outcome, redactor),
    traffic(outcome),
  ]
  const rest = join([...before, ...after])
  const room = summaryLimit - Buffer.byteLength(rest) - 500
  return withinLimit(join([...before, evidence(outcome, redactor, room), ...after]))
}

function facts(outcome: Outcome, redactor: Redactor): string {
  const { previous, version, verdict, provenAt, endedAt, url } = outcome
  // Of what was tried, where something was; else of what serves, where that is what was asked for.
  const tried = outcome.targets.find(({ to }) => to !== null)?.to?.commit
  const commit = tried ?? (verdict === 'status' ? outcome.commit : null)
  const moved = served(outcome) && version !== null
    ? `${previous === null ? (isFirst(outcome) ? 'first release' : 'several versions') : codeOf(previous, redactor)} → ` +
      codeOf(version, redactor) : ''
  return [
    moved,
    provenAt === null ? '' : `proven in **${duration(provenAt)}**`,
    provenAt === null ? `took ${duration(endedAt)}` : `${duration(endedAt)} in all`,
    commit === null ? '' : `commit ${codeOf(commit.slice(0, 12), redactor)}`,
    url === null ? '' : /^https?:\/\/[a-z0-9.:-]+\/?$/.test(url) ? url : codeOf(url, redactor),
  ].filter(Boolean).join(' · ')
}

/** Does what was asked for serve, by this very run? */
function served({ verdict }: Outcome): boolean {
  return verdict === 'deployed' || verdict === 'rolled-back' || verdict === 'restarted'
}

function unwell(outcome: Outcome, redactor: Redactor): string {
  const lines = outcome.targets.flatMap(({ name, unwell: found }) => found.map((line) => `- ${prose(`${name}: ${line}`, redactor)}`))
  return lines.length === 0 ? '' : `### Not well\n\n${lines.slice(0, mostRows).join('\n')}`
}

function warnings(events: readonly Event[], redactor: Redactor): string {
  const lines = events.flatMap((event) => event.type === 'note' && event.level === 'warning'
    ? [`- ${prose(`${event.target}: ${event.text}`, redactor)}`] : [])
  return lines.length === 0 ? '' : `### Warnings\n\n${lines.slice(0, mostRows).join('\n')}`
}

function failures(outcome: Outcome, redactor: Redactor): string {
  if (outcome.failures.length === 0) return ''
  const told = outcome.failures.slice(0, mostRows).map((failure) => one(failure, outcome.targets.length > 1, redactor))
  const more = outcome.failures.length - told.length
  return join(['### What went wrong', ...told, more > 0 ? `… and ${more} more, which are in the log.` : ''])
}

function one(failure: FailureRecord, naming: boolean, redactor: Redactor): string {
  const { at, target } = failure
  const line = at === null ? '' : codeOf(`${at.file}:${at.line}`, redactor)
  const place = [line, naming && target !== null ? prose(target, redactor) : ''].filter(Boolean).join(', ')
  return advice(failure, place, redactor)
}

function evidence(outcome: Outcome, redactor: Redactor, room: number): string {
  const all = outcome.targets.flatMap(({ name, evidence: found }) => found.map(({ source, text }) => ({ name, source, text })))
  const parts: string[] = []
  let left = room
  for (const { name, source, text } of all) {
    const { text: end, leftOut } = shown(text, redactor, evidenceBounds)
    const label = shown(`${name}: ${source}`, redactor, { lines: 1, bytes: 500 }).text
    const part = details(label, join([leftOut === null ? '' : `*${leftOut}*`, fenced(end)]))
    left -= Buffer.byteLength(part) + 2
    if (left < 0) break
    parts.push(part)
  }
  const missing = all.length - parts.length
  const rest = `*${counted(missing, 'more piece')} of evidence had no room here; the log has them.*`
  return join([...parts, missing > 0 ? rest : ''])
}

function undone(outcome: Outcome, redactor: Redactor): string {
  const lines = outcome.targets.flatMap((target) => {
    if (target.state !== 'reverted') return []
    const { name, to, from } = target
    const gone = to === null ? '' : `; ${codeOf(to.version, redactor)} (#${to.number}) was taken down`
    return [`- ${prose(name, redactor)}: ${from === null ? 'nothing serves, as before'
      : `back on ${codeOf(from.version, redactor)} (#${from.number})`}${gone}`]
  })
  return lines.length === 0 ? '' : `### What was undone\n\n${lines.slice(0, mostRows).join('\n')}`
}

function settled(outcome: Outcome, redactor: Redactor): string {
  const lines = outcome.targets.flatMap(({ name, settled: found }) =>
    found.map((line) => `- ${prose(`${name}: ${line}`, redactor)}`))
  return lines.length === 0 ? '' : `### What an earlier run had left\n\n${lines.slice(0, mostRows).join('\n')}`
}

function plans(outcome: Outcome, redactor: Redactor): string {
  return join(outcome.targets.slice(0, mostRows).flatMap(({ name, plan }) => plan === null ? [] : [
    `### What would be done on ${prose(name, redactor)}`,
    ...planSteps(plan).flatMap(([step, lines]) => [`**${step}**`, lines.map((line) => `- ${prose(line, redactor)}`).join('\n')]),
  ]))
}

function proofs(outcome: Outcome, redactor: Redactor): string {
  const lines = outcome.targets.flatMap(({ state, proof }) => {
    if (proof === null || state !== 'proven') return []
    const seen = proof.seen.slice(0, 20).map((line) => `  - ${prose(line, redactor)}`)
    return [[`- ${codeOf(proof.via, redactor)} was asked, and **#${proof.number} (${prose(proof.version, redactor)})** answered`,
      ...seen].join('\n')]
  })
  if (lines.length === 0) return ''
  const body = lines.slice(0, mostRows).join('\n')
  return `### Proof\n\n${lines.length > 3 ? details(`${lines.length} targets answered`, body) : body}`
}

function fleet(outcome: Outcome, redactor: Redactor): string {
  if (outcome.targets.length < 2) return ''
  const rows = outcome.targets.slice(0, mostRows).map((target) => [
    prose(target.name, redactor), target.state, target.from === null ? '–' : codeOf(target.from.version, redactor),
    now(target, redactor), target.provenAt === null ? '–' : duration(target.provenAt),
  ])
  const more = outcome.targets.length - rows.length
  return join([
    '### The fleet', table(['target', 'state', 'before', 'now', 'proven at'], rows),
    more > 0 ? `… and ${counted(more, 'more target')}.` : '', healing(outcome, redactor),
  ])
}

function healing(outcome: Outcome, redactor: Redactor): string {
  if (outcome.verdict !== 'split') return ''
  const inputs = (operation: string, version: string | null): string =>
    codeOf(`operation: ${operation}`, redactor) + (version === null ? '' : ` and ${codeOf(`version: ${version}`, redactor)}`)
  const forward = `- forward, when the cause is mended: run it again with ${inputs(outcome.operation, outcome.version)}`
  const back = outcome.previous === null ? '' : `\n- back: run it with ${inputs('rollback', outcome.previous)}`
  return `To bring them together again:\n\n${forward}${back}`
}

function now({ serving, servingKnown }: TargetOutcome, redactor: Redactor): string {
  if (!servingKnown) return 'not known'
  return serving === null ? 'nothing' : `${codeOf(serving.version, redactor)} (#${serving.number})`
}

function history(outcome: Outcome, redactor: Redactor): string {
  return join(outcome.targets.slice(0, mostRows).flatMap(({ name, entries }) => entries.length === 0 ? [] : [
    `### History on ${prose(name, redactor)}`,
    table(['#', 'version', 'state', 'at', 'by', 'run'], [...entries].reverse().slice(0, 20).map((entry) => [
      String(entry.number), codeOf(entry.version, redactor), entry.withdrawn ? 'withdrawn' : entry.state,
      prose(entry.at, redactor), prose(entry.by, redactor), prose(entry.run, redactor),
    ])),
  ]))
}

/** The versions that all targets can return to; after a change, the exact thing to do as well. */
function wayBack(outcome: Outcome, redactor: Redactor): string {
  if (!served(outcome) && outcome.verdict !== 'status') return ''
  const [first, ...others] = outcome.targets.filter(({ state }) => state !== 'absent')
  const shared = (first?.returnable ?? []).filter(({ version }) =>
    others.every(({ returnable }) => returnable.some((release) => release.version === version)))
  const best = shared.find(({ withdrawn, floor }) => !withdrawn && floor === null)
    ?? shared.find(({ withdrawn }) => !withdrawn) ?? shared[0]
  if (best === undefined) return ''
  const list = shared.slice(0, 20).map(({ version, withdrawn, floor }) =>
    codeOf(version, redactor) + (withdrawn ? ' (rolled back from)' : '')
      + (floor === null ? '' : ` (behind the rollback floor ${codeOf(floor, redactor)})`))
  const choices = `Versions that can be returned to: ${list.join(', ')}${shared.length > list.length ? ', …' : ''}.`
  if (!served(outcome)) return choices
  const floor = best.floor === null ? '' : `**Not safe by itself:** ${codeOf(best.floor, redactor)} declares \`rollback-floor\`. `
    + `Make sure that ${codeOf(best.version, redactor)} can work with what it has changed; deploying a correction may be the better way.`
  return join([
    '### How to go back',
    floor,
    `Run this workflow by hand with **operation** \`rollback\` and **version** ${codeOf(best.version, redactor)}, ` +
      'or give the step:',
    fenced(`operation: rollback\nversion: ${best.version}${best.floor === null ? '' : '\nallow-rollback-floor: true'}`, 'yaml'),
    choices,
  ])
}

function traffic(outcome: Outcome): string {
  const known = outcome.targets.flatMap(({ traffic: each }) => each === null ? [] : [each])
  if (known.length === 0) return ''
  const sum = (key: 'connections' | 'roundTrips' | 'bytesSent' | 'bytesReceived'): number =>
    known.reduce((total, each) => total + each[key], 0)
  return `<sub>${counted(sum('connections'), 'connection')}, ${counted(sum('roundTrips'), 'round trip')}, ` +
    `${size(sum('bytesSent'))} sent, ${size(sum('bytesReceived'))} received</sub>`
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n')
}
