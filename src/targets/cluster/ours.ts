import type { Place } from './place'
import type { Intent } from './history'
import type { Revision } from './revisions'

/** What Helm's history says of an upgrade of ours. A rollback is described by Helm itself. */
export const descriptionOf = (version: string, number: number): string => `${version} (#${number}) by Slipway`

/**
 * The revision that an intent has come to: newer than what was there before, and described as ours. Null: Helm has written none, or what is newer is
 * somebody else's. Of one that is pending Helm does not say yet what it is: since its run is dead, and ours was the last to begin, it is ours.
 */
export async function revisionOf({ revisions }: Pick<Place, 'revisions'>, intent: Intent, known: readonly Revision[]): Promise<Revision | null> {
  for (const revision of known.filter((one) => one.revision > intent.before).toReversed()) {
    if (revision.status.startsWith('pending-') || revision.status === 'uninstalling') return revision
    const description = (await revisions.read(revision.revision))?.info.description ?? ''
    const words = intent.rollbackTo === null ? `(#${intent.to}) by Slipway` : `Rollback to ${intent.rollbackTo}`
    // One that failed or was ended is described by its failure.
    if (description.includes(words) || revision.status === 'failed') return revision
  }
  return null
}
