import type { Place } from './place'

/** Revisions that nobody here knows of, such as those of people, stay as many as Helm itself keeps. */
const others = 10

/** Removes from Helm's history what cannot be wanted any more; lines that say what. */
export async function prune({ history, revisions }: Place): Promise<readonly string[]> {
  const known = await revisions.list()
  const serving = known.filter(({ status }) => status === 'deployed').at(-1)
  const now = serving === undefined ? null : history.ofRevision(serving.revision)
  const kept = new Set<number>(serving === undefined ? [] : [serving.revision])
  const releases = new Set<string>()
  for (const entry of history.entries.toReversed()) {
    if (entry.revision === null || !entry.proven) continue
    // One that was rolled back from does not count, and stays until a newer one was proven.
    if (entry.withdrawn) {
      if (now !== null && entry.number > now.number) kept.add(entry.revision)
      continue
    }
    if (!releases.has(entry.releaseId) && releases.size >= Math.max(1, now?.keep ?? 5)) continue
    if (!releases.has(entry.releaseId)) kept.add(entry.revision)
    releases.add(entry.releaseId)
  }
  const ours = new Set(history.entries.flatMap(({ revision }) => revision ?? []))
  const rest = known.filter(({ revision }) => !kept.has(revision))
  const foreign = rest.filter(({ revision }) => !ours.has(revision)).slice(-others).map(({ revision }) => revision)
  const gone = rest.filter(({ revision, status }) => !foreign.includes(revision) && (status === 'superseded' || status === 'failed'))
  for (const { revision } of gone) await revisions.remove(revision)
  return gone.length === 0 ? [] : [`${gone.length} ${gone.length === 1 ? 'revision' : 'revisions'} removed from Helm's history`]
}
