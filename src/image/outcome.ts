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
