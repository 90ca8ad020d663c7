import { foreign, print } from '../report/commands'
import { createLog } from '../report/console'
import type { Redactor } from '../report/redact'
import type { Event } from '../rollout/events'
import { rollout, type Request } from '../rollout/rollout'
import { closeRollout } from './closing'
import { time } from './time'

/** A rollout with all that is told of it: log, annotations, outputs, summary; sets the exit code. */
export async function rollOut(request: Omit<Request, 'emit' | keyof typeof time>, redactor: Redactor): Promise<void> {
  const events: Event[] = []
  const log = createLog((line) => print(line), redactor)
  const outcome = await rollout({
    ...request,
    emit: (event) => {
      events.push(event)
      log.event(event)
      // A bug of ours: the log of a rollout has what and cure, whoever mends it needs the stack.
      if (event.type === 'fail' && event.failure.code === 'internal' && event.failure.cause instanceof Error) {
        print(foreign(redactor.redact(event.failure.cause.stack ?? '')))
      }
    },
    ...time,
  })
  log.outcome(outcome)
  await closeRollout(outcome, events, redactor)
}
