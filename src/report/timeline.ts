import type { Event, Step } from '../rollout/events'
import type { Outcome } from '../rollout/outcome'
import { details, prose, table } from './markdown'
import { duration } from './quantities'
import type { Redactor } from './redact'

interface Row {
  readonly target: string
  readonly step: Step | 'proven'
  readonly at: number
  readonly took: number | null
  readonly what: string
}

const mostRows = 200

/** A table of the steps in the order in which they began; the proof is a row of its own. Empty when nothing began. */
export function timeline(outcome: Outcome, events: readonly Event[], redactor: Redactor): string {
  const rows = rowsOf(events)
  if (rows.length === 0) return ''
  const several = outcome.targets.length > 1
  const cells = rows.slice(0, mostRows).map(({ target, step, at, took, what }) => [
    step === 'proven' ? '**proven**' : step, ...(several ? [prose(target, redactor)] : []),
    duration(at), took === null ? '' : duration(took), prose(what.replace(/ {2,}/g, ' · '), redactor),
  ])
  const body = table(['step', ...(several ? ['target'] : []), 'at', 'took', ''], cells)
  const more = rows.length > mostRows ? `\n\n… and ${rows.length - mostRows} more steps.` : ''
  return `### Timeline\n\n${rows.length > 30 ? details(`${rows.length} steps`, body + more) : body + more}`
}

function rowsOf(events: readonly Event[]): readonly Row[] {
  const open = new Map<string, number>()
  const rows: Row[] = []
  for (const event of events) {
    if (event.type === 'begin') {
      open.set(`${event.step} ${event.target}`, rows.push({
        target: event.target, step: event.step, at: event.at, took: null, what: event.detail ?? '',
      }) - 1)
    } else if (event.type === 'end' || event.type === 'fail') {
      const key = `${event.step} ${event.target}`
      const index = open.get(key)
      const row = index === undefined ? undefined : rows[index]
      if (index === undefined || row === undefined) continue
      open.delete(key)
      const what = event.type === 'fail' ? '❌ failed' : event.detail ?? row.what
      rows[index] = { ...row, took: event.at - row.at, what }
    } else if (event.type === 'proven') {
      rows.push({ target: event.target, step: 'proven', at: event.at, took: null, what: `#${event.proof.number} answered` })
    }
  }
  return rows
}
