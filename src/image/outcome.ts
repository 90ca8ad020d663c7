import type { Failure } from '../errors'
import type { Layer } from './manifest'
import type { Stage } from './progress'
import type { TagKind } from './tags'

/** What became of a tag. */
export interface TagResult {
  readonly name: string
  readonly kind: TagKind
  readonly state:
    /** New. */
    | 'made'
    | 'moved'
    /** It stood there already. */
    | 'there'
    /** It was not to move. */
    | 'kept'
    /** Not come to, because something failed before. */
    | 'unreached'
    /** Moved, and put back after a failure. */
    | 'undone'
    /** Nothing is pushed by this run: what would be. */
    | 'planned'
  readonly why: string
  /** The digest before; null: there was none, or it is not known. */
  readonly from: string | null
}

export type ImageStatus = 'pushed' | 'unchanged' | 'built' | 'planned' | 'failed' | 'cancelled'

/** How a run ended; what was found out until then is there after a failure too. */
export interface ImageOutcome {
  readonly status: ImageStatus
  /** The name without tag and digest. */
  readonly image: string
  readonly commit: string
  readonly version: string
  /** Empty: nothing was pushed. */
  readonly digest: string
  readonly digests: Readonly<Record<string, string>>
  readonly tags: readonly TagResult[]
  readonly layers: readonly Layer[]
  readonly previous: { readonly tag: string; readonly layers: readonly Layer[] } | null
  readonly stages: readonly Stage[]
  readonly steps: { readonly all: number; readonly cached: number }
  readonly builder: string
  /** What this builder cannot do. */
  readonly missing: readonly string[]
  readonly notes: readonly string[]
  /** The Dockerfile that was made because there was none. */
  readonly made: string | null
  /** What would be done, by a dry run. */
  readonly plan: readonly string[]
  readonly failures: readonly Failure[]
  /** Milliseconds. */
  readonly took: { readonly all: number; readonly build: number; readonly tags: number }
}

/** One of the images of a run, and the services that it is for. */
export interface ServiceImage {
  readonly services: readonly string[]
  readonly outcome: ImageOutcome
}

/** How all of them together ended. */
export function statusOfAll(outcomes: readonly Pick<ImageOutcome, 'status'>[]): ImageStatus {
  const some = (status: ImageStatus): boolean => outcomes.some((outcome) => outcome.status === status)
  const worst = (['cancelled', 'failed', 'planned', 'built', 'pushed'] as const).find(some)
  return worst ?? 'unchanged'
}

/** Is the registry otherwise than before? What was pushed without a tag counts. */
export function hasChanged({ tags, status, digest }: Pick<ImageOutcome, 'tags' | 'status' | 'digest'>): boolean {
  return tags.some(({ state }) => state === 'made' || state === 'moved') || (status === 'failed' && digest !== '')
}

/** By its digest, as it is to be run; empty: it is not in the registry. */
export function referenceOf({ image, digest }: Pick<ImageOutcome, 'image' | 'digest'>): string {
  return digest === '' ? '' : `${image}@${digest}`
}

/**
 * The same where one platform is in an index, as provenance makes it: that of the platform, for that of the index differs each time, and
 * services would be started anew without a change.
 */
export function pinnedOf(outcome: Pick<ImageOutcome, 'image' | 'digest' | 'digests'>): string {
  const [only, other] = Object.values(outcome.digests)
  return referenceOf(only !== undefined && other === undefined && outcome.digest !== '' ? { ...outcome, digest: only } : outcome)
}
