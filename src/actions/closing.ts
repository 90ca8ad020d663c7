import { existsSync } from 'node:fs'
import type { Failure } from '../errors'
import type { PublicationOutcome } from '../publish/outcome'
import { annotations } from '../report/annotations'
import { print, warningCommand } from '../report/commands'
import { advice, codeOf } from '../report/markdown'
import type { Redactor } from '../report/redact'
import { reportJson } from '../report/report-json'
import { summary } from '../report/summary'
import { withinLimit } from '../report/summary-limit'
import type { Event } from '../rollout/events'
import type { Outcome } from '../rollout/outcome'
import type { ToldImages } from './image/telling'

/** What else a run tells of beside its rollout: images that it built before, inputs that did not apply. */
export interface Alongside {
  readonly outputs: Readonly<Record<string, string>>
  /** More fields of the output `report`. */
  readonly report: Readonly<Record<string, unknown>>
  /** Markdown, redacted; it follows what is told of the rollout. */
  readonly summary: string
}

const nothing: Alongside = { outputs: {}, report: {}, summary: '' }

/** Outputs and summary of a rollout, however it ended; sets the exit code. `publication` null: the run was to make nothing public. */
export async function closeRollout(
  outcome: Outcome, events: readonly Event[], redactor: Redactor, publication: PublicationOutcome | null = null, alongside: Alongside = nothing,
): Promise<void> {
  const outputs: Record<string, string> = {
    ...alongside.outputs,
    status: outcome.status,
    changed: String(outcome.changed),
    version: outcome.version ?? '',
    previous: outcome.previous ?? '',
    serving: outcome.serving ?? '',
    commit: outcome.commit ?? '',
    url: outcome.url ?? '',
    report: reportJson(outcome, redactor, publication, alongside.report),
    ...(publication === null ? {} : publicOutputs(publication)),
    ...outcome.targets[0]?.proof?.outputs,
  }
  await setOutputs(outputs, redactor)
  await writeSummary([summary(outcome, events, redactor, publication), alongside.summary].filter(Boolean).join('\n'))
  await markTold()
  if (!outcome.ok) process.exitCode = 1
}

/** For those actions that make versions public. */
export function publicOutputs({ tag, release }: PublicationOutcome): Readonly<Record<'tag' | 'release-url', string>> {
  return { tag: tag?.name ?? '', 'release-url': release?.url ?? '' }
}

/** Failures before anything was begun: annotations, outputs, a short summary, red. */
export async function closeFailed(failures: readonly Failure[], redactor: Redactor, printed = false, alongside: Alongside = nothing): Promise<void> {
  if (!printed) print(...annotations(failures, redactor))
  const status = failures.some(({ code }) => code === 'cancelled') ? 'cancelled' : 'failed'
  const report = { schema: 1, status, changed: false, failures: inReport(failures), ...alongside.report }
  await setOutputs({ ...alongside.outputs, status, changed: 'false', report: JSON.stringify(redactor.deep(report)) }, redactor)
  await writeSummary([refusedSummary(failures, redactor), alongside.summary].filter(Boolean).join('\n'))
  await markTold()
  process.exitCode = 1
}

/** An image that is to be deployed was not built, or is not where it can be had: nothing else was begun. Its log is printed already. */
export async function closeUnbuilt(told: ToldImages, alongside: Alongside, redactor: Redactor): Promise<void> {
  const report = { schema: 1, status: told.status, changed: false, failures: inReport(told.failures), ...alongside.report }
  const outputs = { ...alongside.outputs, status: told.status, changed: 'false', version: told.version, report: JSON.stringify(redactor.deep(report)) }
  await setOutputs(outputs, redactor)
  await writeSummary(`## ${told.status === 'cancelled' ? '⏹️ Cancelled: nothing' : '❌ Nothing'} was deployed\n\n${alongside.summary}`)
  await markTold()
  process.exitCode = 1
}

/** As data, for the output `report`. The runner takes 1 MiB for all outputs of a job: those beyond some hundred are in the log. */
export const inReport = (failures: readonly Failure[]): readonly object[] =>
  failures.slice(0, 300).map(({ code, what, why, cure, at, target }) => ({ code, what, why, cure, at: at ?? null, target: target ?? null }))

function refusedSummary(failures: readonly Failure[], redactor: Redactor): string {
  const told = failures.map((failure) => {
    const { at } = failure
    return advice(failure, at === undefined ? '' : codeOf(`${at.file}:${at.line}`, redactor), redactor)
  })
  const cancelled = failures.some(({ code }) => code === 'cancelled')
  return `## ${cancelled ? '⏹️ Cancelled: nothing' : '❌ Nothing'} was changed\n\n${told.join('\n\n')}\n`
}

/** The summary file may be missing outside of GitHub, where the toolkit would throw. */
export async function writeSummary(markdown: string): Promise<void> {
  const path = process.env['GITHUB_STEP_SUMMARY'] ?? ''
  if (path === '' || !existsSync(path)) return
  const core = await import('@actions/core')
  await core.summary.addRaw(withinLimit(markdown)).write()
}

/** Sets outputs without a secret in them, and says which had one: GitHub hands none to another job that holds a masked text. */
export async function setOutputs(outputs: Readonly<Record<string, string>>, redactor: Redactor): Promise<void> {
  const core = await import('@actions/core')
  const held: string[] = []
  for (const [name, value] of Object.entries(outputs)) {
    const shown = redactor.redact(value)
    if (shown !== value) held.push(`\`${name}\``)
    core.setOutput(name, shown)
  }
  if (held.length === 0) return
  print(warningCommand(`A text that is masked was in the output${held.length === 1 ? '' : 's'} ${held.join(', ')}, and \`***\` is in its place.\n`
    + 'GitHub hands no output to another job that holds a masked text. What is no secret, such as the name of a registry, a user or a domain, '
    + 'is better stored as a variable: `gh variable set NAME`, `${{ vars.NAME }}`.', { title: 'masked outputs' }))
}

/** What `post` looks for. */
export async function markTold(): Promise<void> {
  const core = await import('@actions/core')
  core.saveState('told', 'true')
}

const whatHostsDo = 'What was not switched yet is removed by the host itself; a cut-over in hand ends there as proven, or is '
  + 'switched back. The next run says which.'

export const whatClustersDo = 'What Helm had begun is finished or put back by the next run, which says which. Until then the cluster goes on with '
  + 'what it was told last.'

/** After `main`, however it ended: says so where `main` could not any more. Opens no connection: the places settle by themselves. */
export async function tellIfKilled(consequence: string = whatHostsDo): Promise<void> {
  const core = await import('@actions/core')
  if (core.getState('told') === 'true') return
  await writeSummary(`## ⚠️ The run was ended before it could tell how it went\n\n${consequence}\n`)
}
