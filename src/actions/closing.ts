import { existsSync } from 'node:fs'
import type { Failure } from '../errors'
import { annotations } from '../report/annotations'
import { print } from '../report/commands'
import { advice, codeOf } from '../report/markdown'
import type { Redactor } from '../report/redact'
import { reportJson } from '../report/report-json'
import { summary } from '../report/summary'
import type { Event } from '../rollout/events'
import { statusOf, type Outcome } from '../rollout/outcome'

/** Outputs and summary of a rollout, however it ended; sets the exit code. */
export async function closeRollout(outcome: Outcome, events: readonly Event[], redactor: Redactor): Promise<void> {
  const core = await import('@actions/core')
  const outputs: Record<string, string> = {
    status: statusOf(outcome),
    changed: String(outcome.changed),
    version: outcome.version ?? '',
    previous: outcome.previous ?? '',
    serving: outcome.serving ?? '',
    commit: outcome.commit ?? '',
    url: outcome.url ?? '',
    report: reportJson(outcome, redactor),
    ...outcome.targets[0]?.proof?.outputs,
  }
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, redactor.redact(value))
  await writeSummary(summary(outcome, events, redactor))
  markTold(core)
  if (!outcome.ok) process.exitCode = 1
}

/** Failures before anything was begun: annotations, outputs, a short summary, red. */
export async function closeFailed(failures: readonly Failure[], redactor: Redactor, printed = false): Promise<void> {
  if (!printed) print(...annotations(failures, redactor))
  const core = await import('@actions/core')
  core.setOutput('status', 'failed')
  core.setOutput('changed', 'false')
  core.setOutput('report', JSON.stringify(redactor.deep({
    schema: 1, status: 'failed', changed: false,
    failures: failures.map(({ code, what, why, cure, at, target }) => ({ code, what, why, cure, at: at ?? null, target: target ?? null })),
  })))
  await writeSummary(refusedSummary(failures, redactor))
  markTold(core)
  process.exitCode = 1
}

function refusedSummary(failures: readonly Failure[], redactor: Redactor): string {
  const told = failures.map((failure) => {
    const { at } = failure
    return advice(failure, at === undefined ? '' : codeOf(`${at.file}:${at.line}`, redactor), redactor)
  })
  return `## ❌ Nothing was changed\n\n${told.join('\n\n')}\n`
}

/** The summary file may be missing outside of GitHub, where the toolkit would throw. */
export async function writeSummary(markdown: string): Promise<void> {
  const path = process.env['GITHUB_STEP_SUMMARY'] ?? ''
  if (path === '' || !existsSync(path)) return
  const core = await import('@actions/core')
  await core.summary.addRaw(markdown, true).write()
}

/** What `post` looks for. */
export function markTold(core: { saveState(name: string, value: string): void }): void {
  core.saveState('told', 'true')
}

const whatHostsDo = 'What was not switched yet is removed by the host itself; a cut-over in hand ends there as proven, or is '
  + 'switched back. The next run says which.'

/** After `main`, however it ended: says so where `main` could not any more. Opens no connection: the places settle by themselves. */
export async function tellIfKilled(consequence: string = whatHostsDo): Promise<void> {
  const core = await import('@actions/core')
  if (core.getState('told') === 'true') return
  await writeSummary(`## ⚠️ The run was ended before it could tell how it went\n\n${consequence}\n`)
}
