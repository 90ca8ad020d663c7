import type { Recorded } from './history'
import type { Place } from './place'
import { deployedOf } from './revisions'

/** Revisions that nobody here knows of, such as those of people, stay as many as Helm itself keeps. */
const others = 10

/** When its release was first activated. */
const firstOf = ({ entries }: Place['history'], { releaseId }: Recorded): number => entries.find((entry) => entry.releaseId === releaseId)?.number ?? 0

/** Removes from Helm's history what cannot be wanted any more; lines that say what. */
export async function prune({ history, revisions }: Place): Promise<readonly string[]> {
  const known = await revisions.list()
  const serving = deployedOf(known)
  const now = serving === null ? null : history.ofRevision(serving)
  const kept = new Set<string>(serving === null ? [] : [serving.uid])
  const releases = new Set<string>()
  for (const entry of history.entries.toReversed()) {
    if (entry.uid === '' || !entry.proven) continue
    // One that was rolled back from does not count, and stays until a newer one was proven; what was returned to is none.
    if (entry.withdrawn) {
      if (!history.entries.some((other) => other.proven && !other.withdrawn && firstOf(history, other) > entry.number)) kept.add(entry.uid)
      continue
    }
    if (!releases.has(entry.releaseId) && releases.size >= Math.max(1, now?.keep ?? 5)) continue
    if (!releases.has(entry.releaseId)) kept.add(entry.uid)
    releases.add(entry.releaseId)
  }
  const ours = new Set(history.entries.map(({ uid }) => uid))
  const rest = known.filter(({ uid }) => !kept.has(uid))
  const foreign = rest.filter(({ uid }) => !ours.has(uid)).slice(-others)
  const gone = rest.filter((one) => !foreign.includes(one) && (one.status === 'superseded' || one.status === 'failed'))
  for (const { revision } of gone) await revisions.remove(revision)
  return gone.length === 0 ? [] : [`${gone.length} ${gone.length === 1 ? 'revision' : 'revisions'} removed from Helm's history`]
}
