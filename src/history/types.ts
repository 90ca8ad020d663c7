import type { RolloutPolicy } from '../config/types'

/** An activation as the place's history knows it. */
export interface Entry {
  readonly number: number
  readonly releaseId: string
  readonly version: string
  /** 40 hex. */
  readonly commit: string
  /** The furthest it came; `retired` ones were proven before unless `proven` is false. */
  readonly state: 'staged' | 'started' | 'proven' | 'failed' | 'withdrawn' | 'retired'
  /** Was it ever proven? */
  readonly proven: boolean
  /** Was it rolled back from or reverted after proof? */
  readonly withdrawn: boolean
  /** Does it declare `rollback-floor`, and has nobody consented to go back across it since? */
  readonly floor?: boolean
  /** ISO 8601 of the last record, by the place's clock; for people, never for ordering. */
  readonly at: string
  readonly by: string
  readonly run: string
}

/** A release whose files are on the place. */
export interface StoredRelease {
  readonly id: string
  readonly version: string
  readonly commit: string
  /** SHA-256 of the list of its files, where the place keeps one: what a new release's difference is taken from. */
  readonly digest?: string
  /** Names of the secrets that its services need. */
  readonly secrets?: readonly string[]
}

/** What a place says of itself. */
export interface Standing {
  readonly app: string
  readonly serving: Entry | null
  /** By number, ascending. */
  readonly entries: readonly Entry[]
  readonly releases: readonly StoredRelease[]
  /** Other names by which people may ask for a release here, such as `revision-7`: to its id. */
  readonly names?: Readonly<Record<string, string>>
  /** What a dead run left and how it was settled, a line each; empty normally. */
  readonly settled: readonly string[]
  /** What is not well of what serves, a line each: `mail 1: activating/auto-restart, restarted 12 times`. */
  readonly unwell?: readonly string[]
  readonly url: string | null
  /** By which policy what serves was rolled out, as far as the place knows. */
  readonly rollout?: Partial<RolloutPolicy>
  /** The domain of what serves. */
  readonly domain: string | null
}
