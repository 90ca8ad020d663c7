import type { Request } from '../rollout/rollout'

/** The clock of a rollout and its alarms. */
export const time: Pick<Request, 'clock' | 'alarm'> = {
  clock: () => performance.now(),
  alarm: (milliseconds, ring) => {
    // Longer ones would ring at once.
    const timer = setTimeout(ring, Math.min(milliseconds, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
