/**
 * Floors. A release that declares `rollback-floor` says that going back across it, from it or from what came after it to what
 * came before it, is not safe. It is one by its activations: proven, not withdrawn, and not crossed with somebody's consent.
 *
 * Nothing goes back across a floor that is in force unless somebody consents, which ends it. So whatever was activated since
 * holds it, and "before" and "after" can be told from numbers alone, also when the floor's release was pruned long ago.
 */
import type { Entry, Standing } from './types'

/** The floors in force under what serves, the newest first: of each release its first activation that still counts. */
export function floorsInForce({ serving, entries }: Standing): readonly Entry[] {
  if (serving === null) return []
  const first = new Map<string, Entry>()
  for (const entry of entries) {
    if (entry.floor !== true || !entry.proven || entry.withdrawn || entry.number > serving.number) continue
    const known = first.get(entry.releaseId)
    if (known === undefined || entry.number < known.number) first.set(entry.releaseId, entry)
  }
  return [...first.values()].sort((a, b) => b.number - a.number)
}

/** The floors that going to a stored release would cross: those set after it was last proven. */
export function crossedGoingTo(standing: Standing, releaseId: string): readonly Entry[] {
  const last = Math.max(0, ...standing.entries.filter((entry) => entry.proven && entry.releaseId === releaseId)
    .map(({ number }) => number))
  return floorsInForce(standing).filter((floor) => last < floor.number)
}

/** All activations of those floors that still count: what a consent to cross them ends. */
export function activationsOf({ entries }: Standing, floors: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry) => entry.floor === true && !entry.withdrawn
    && floors.some(({ releaseId }) => releaseId === entry.releaseId))
}
