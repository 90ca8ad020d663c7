import type { Git } from '../drivers/git'
import { Failure, failuresOf } from '../errors'

export type Comparison = 'ahead' | 'behind' | 'identical' | 'diverged'

export interface AncestryRequest {
  /** Null where there is no checkout. */
  readonly git: Git | null
  /** GitHub's comparison of two commits; null without a token or repository. */
  readonly compare: ((base: string, head: string) => Promise<Comparison>) | null
  /** 40 hex. */
  readonly older: string
  readonly newer: string
}

/**
 * Is `older` an ancestor of `newer`, or the same? From the checkout's history, else from GitHub. Throws a `Failure`
 * (`history-unknown`) when neither can tell: it is never guessed.
 */
export async function isAncestor({ git, compare, older, newer }: AncestryRequest): Promise<boolean> {
  if (older === newer) return true
  const local = git === null ? 'unknown' : await git.isAncestor(older, newer)
  if (local !== 'unknown') return local === 'yes'
  if (compare === null) throw historyUnknown(older, newer, 'GitHub was not asked, because there is no `github-token`.')
  try {
    const answer = await compare(older, newer)
    return answer === 'ahead' || answer === 'identical'
  } catch (error) {
    const [failure] = failuresOf(error)
    if (failure === undefined) throw error
    throw historyUnknown(older, newer, failure.what, failure)
  }
}

function historyUnknown(older: string, newer: string, why: string, cause?: Failure): Failure {
  return new Failure({
    code: 'history-unknown',
    what: `Whether ${newer.slice(0, 12)} is newer than ${older.slice(0, 12)} cannot be told.`,
    why: `The checkout does not hold the history between them. ${why}`,
    cure: 'Set `fetch-depth: 0` at actions/checkout. If the history was rewritten on purpose, '
      + 'set `allow-older: true` for this run.',
    evidence: cause?.evidence,
    cause,
  })
}
