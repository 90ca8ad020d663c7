import { advice, codeOf, prose, table } from './markdown'
import { counted, duration } from './quantities'
import type { Redactor } from './redact'
import type { Told } from './annotations'

/** One thing that was made so, or was so already. */
export interface SetupItem {
  readonly name: string
  readonly changed: boolean
  readonly detail: string
}

export interface SetupReport {
  readonly host: string
  readonly dryRun: boolean
  readonly items: readonly SetupItem[]
  readonly failures: readonly Told[]
  /** Milliseconds. */
  readonly took: number
}

/** The job summary of preparing one host, as Markdown. */
export function setupSummary({ host, dryRun, items, failures, took }: SetupReport, redactor: Redactor): string {
  const changed = items.filter((item) => item.changed).length
  const state = changed === 0 ? 'nothing to change' : `${counted(changed, 'change')}${dryRun ? ' to make' : ''}`
  const title = failures.length > 0 ? `❌ ${prose(host, redactor)} could not be prepared`
    : dryRun ? `📋 Dry run: ${prose(host, redactor)}: ${state}` : `✅ ${prose(host, redactor)} is ready: ${state}`
  const told = failures.map((failure) => advice(failure, '', redactor))
  const change = dryRun ? '**would change**' : '**changed**'
  const rows = items.map((item) =>
    [prose(item.name, redactor), item.changed ? change : 'as it was', prose(item.detail, redactor)])
  return [
    `## ${title}`,
    `${counted(items.length, 'item')}, ${codeOf(`changed: ${changed > 0 && !dryRun}`, redactor)}, took ${duration(took)}`,
    ...told,
    ...(rows.length === 0 ? [] : [table(['item', 'state', 'detail'], rows)]),
  ].join('\n\n') + '\n'
}
