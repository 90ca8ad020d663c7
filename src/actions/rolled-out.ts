import { asFailures } from '../rollout/member'
import { recordOf, type Outcome } from '../rollout/outcome'
import type { PublicationOutcome } from '../publish/outcome'
import { foreign, noticeCommand, print } from '../report/commands'
import { createLog } from '../report/console'
import { oneLine } from '../report/foreign'
import type { Redactor } from '../report/redact'
import type { Event } from '../rollout/events'
import { rollout, type Request } from '../rollout/rollout'
import { closeRollout, type Alongside } from './closing'
import type { Publication } from './publication/publication'
import { time } from './time'

/** What goes with a rollout. */
export interface With {
  /** What it makes public on the way, and when it has ended; null: nothing. */
  readonly publication: Publication | null
  /** To be told with it, a sentence each. */
  readonly warnings: readonly string[]
  readonly alongside?: Alongside | undefined
}

/** A rollout with all that is told of it: log, annotations, outputs, summary; sets the exit code. */
export async function rollOut(request: Omit<Request, 'emit' | 'hooks' | keyof typeof time>, redactor: Redactor, { publication, warnings, alongside }: With): Promise<void> {
  const events: Event[] = []
  const log = createLog((line) => print(line), redactor)
  const emit = (event: Event): void => {
    events.push(event)
    log.event(event)
    // A bug of ours: the log of a rollout has what and cure, whoever mends it needs the stack.
    if (event.type === 'fail' && event.failure.code === 'internal' && event.failure.cause instanceof Error) {
      print(foreign(redactor.redact(event.failure.cause.stack ?? '')))
    }
  }
  const telling = {
    row: (word: string, text: string) => { log.row(word, 'GitHub', text) },
    warn: (text: string) => { emit({ type: 'note', target: 'GitHub', level: 'warning', at: time.clock(), text }) },
  }
  for (const text of warnings) emit({ type: 'note', target: 'gates', level: 'warning', at: time.clock(), text })
  for (const notice of publication?.notices ?? []) print(noticeCommand(oneLine(notice, redactor), { title: 'not-applied' }))
  const rolled = await rollout({ ...request, emit, hooks: publication?.hooks(telling), ...time })
  const { outcome, told } = publication === null ? { outcome: rolled, told: null } : await madePublic(publication, rolled, telling, redactor)
  log.outcome(outcome)
  await closeRollout(outcome, events, redactor, told, alongside)
}

/** What GitHub refuses of what serves undoes nothing, and is red. */
async function madePublic(publication: Publication, rolled: Outcome, telling: Parameters<Publication['finish']>[1], redactor: Redactor): Promise<{ readonly outcome: Outcome; readonly told: PublicationOutcome }> {
  const { outcome: told, failures } = await publication.finish(rolled, telling).catch((thrown: unknown) => {
    // A bug of ours, or of what we use. What serves is told all the same.
    print(foreign(redactor.redact(thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown))))
    return { outcome: publication.told(), failures: asFailures(thrown) }
  })
  if (failures.length === 0) return { outcome: rolled, told }
  const good = rolled.verdict === 'deployed' || rolled.verdict === 'unchanged'
  return { outcome: { ...rolled, ok: false, status: rolled.ok && good ? 'not-published' : rolled.status, failures: [...rolled.failures, ...failures.map(recordOf)] }, told }
}
