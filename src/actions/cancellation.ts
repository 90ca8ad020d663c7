import { Failure, failuresOf } from '../errors'

/** The runner kills the whole tree 10 s after its SIGINT: by then we must have ended by ourselves. */
const lastMs = 7_000

/**
 * A signal that is aborted when the runner cancels the job (SIGINT, later SIGTERM). The places settle by themselves; we get
 * a few seconds to tell them, to write the summary and to go. `giveUp` is called when that time is over.
 */
export function cancellation(giveUp: () => void): { readonly signal: AbortSignal; cancel(): void; end(): void } {
  const controller = new AbortController()
  let last: NodeJS.Timeout | undefined
  const cancel = (): void => {
    if (controller.signal.aborted) return
    controller.abort(new Error('the job was cancelled'))
    last = setTimeout(giveUp, lastMs)
    last.unref()
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return {
    signal: controller.signal,
    cancel,
    end() {
      clearTimeout(last)
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
    },
  }
}

/** What is told of an error before a rollout began: after a cancel that, whatever broke off for it. None: it is a bug. */
export function failuresBefore(error: unknown, signal: AbortSignal): readonly Failure[] {
  return signal.aborted ? [wasCancelled()] : failuresOf(error)
}

/** `why`: what was done until then. */
export function wasCancelled(why = 'Nothing was begun yet.'): Failure {
  return new Failure({ code: 'cancelled', what: 'The job was cancelled.', why, cure: 'Run it again.' })
}
