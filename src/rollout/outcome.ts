import type { Evidence, Failure, Position } from '../errors'
import type { Entry } from '../history/types'
import type { Returnable } from '../history/rollback'
import type { Plan, Proof, Traffic } from './target'

export type Operation = 'deploy' | 'rollback' | 'restart' | 'status'

/**
 * - `deployed`, `rolled-back`, `restarted`: every target that was reached has proven the new activation, or had it already.
 * - `unchanged`: every one had it already; nothing was done.
 * - `planned`, `status`: a dry run, a look; nothing was done.
 * - `reverted`: something was switched, and all of it is back.
 * - `failed`: it failed before anything was switched, or the one target there is could not be put back.
 * - `split`: some targets serve the new activation and some do not, or it is not known, or one that had to go back did not.
 * - `cancelled`: left where it was; the targets say how each of them stands.
 */
export type Verdict =
  'deployed' | 'rolled-back' | 'restarted' | 'unchanged' | 'planned' | 'status' | 'reverted' | 'failed' | 'split' | 'cancelled'

/**
 * - `proven`: serves the new activation. `unchanged`: did so before.
 * - `reverted`: was switched and serves what it did before.
 * - `untouched`: nothing of its own failed, and nothing was switched.
 * - `failed`: a step failed before the switch, or it could not be put back.
 * - `absent`: could not be reached and was left out.
 */
export type TargetState = 'proven' | 'unchanged' | 'reverted' | 'untouched' | 'failed' | 'absent'

/** A failure as plain data. */
export interface FailureRecord {
  readonly code: string
  readonly what: string
  readonly why: string
  readonly cure: string
  readonly at: Position | null
  readonly target: string | null
}

/** What serves on a place, as far as a report needs it. */
export interface Serving {
  readonly version: string
  readonly number: number
  readonly commit: string
}

/** The activation that was made for this rollout. */
export interface Made {
  readonly number: number
  readonly releaseId: string
  readonly version: string
  readonly commit: string
  readonly detail: string
}

export interface TargetOutcome {
  readonly name: string
  readonly state: TargetState
  /** What served before. */
  readonly from: Entry | null
  readonly to: Made | null
  /** What serves now; only to be believed when `servingKnown`. */
  readonly serving: Serving | null
  readonly servingKnown: boolean
  readonly proof: Proof | null
  /** Milliseconds from the action's start. */
  readonly provenAt: number | null
  readonly url: string | null
  /** What can be returned to by name, newest first. */
  readonly returnable: readonly Returnable[]
  /** All that was ever activated, by number, ascending; for `status`, else empty. */
  readonly entries: readonly Entry[]
  /** What a dead run had left and how it was settled. */
  readonly settled: readonly string[]
  /** What is not well of what serves now, a line each. */
  readonly unwell: readonly string[]
  readonly plan: Plan | null
  readonly retired: readonly string[]
  readonly failures: readonly FailureRecord[]
  readonly evidence: readonly Evidence[]
  readonly traffic: Traffic | null
}

/** What a rollout came to: plain data, fit for JSON. */
export interface Outcome {
  readonly operation: Operation
  readonly app: string
  readonly verdict: Verdict
  /** For the `status` output: the verdict, `after-failed` when all is proven but a command of `after` failed, or `not-retired` when
   * all is proven but not tidied up. `not-published` is said by whoever published it afterwards, and could not. */
  readonly status: Status
  /** Did all that was asked for succeed? False too when all is proven but something could not be retired. */
  readonly ok: boolean
  /** Does something else serve than before, or may it? */
  readonly changed: boolean
  /** The version that was wanted; null for `status` and when none could be chosen. */
  readonly version: string | null
  /** The commit of what serves now, where all targets are known to agree. */
  readonly commit: string | null
  /** What served before, where all targets agree. */
  readonly previous: string | null
  /** What serves now, where all targets are known to agree. */
  readonly serving: string | null
  readonly url: string | null
  /** The commands of `before` and `after` that ran and ended well, in order. */
  readonly tasks: readonly string[]
  /** How `after` went; null where there was nothing to run. */
  readonly after: AfterOutcome | null
  /** Of the run as a whole and of all targets. */
  readonly failures: readonly FailureRecord[]
  readonly targets: readonly TargetOutcome[]
  /** Milliseconds from the action's start to the last proof; null when nothing was proven. */
  readonly provenAt: number | null
  /** Milliseconds from the action's start to the end. */
  readonly endedAt: number
}

/** `unfinished`: the run was cut short before all of it had ended. */
export type AfterOutcome = 'done' | 'failed' | 'unfinished'

export type Status = Verdict | 'not-retired' | 'after-failed' | 'not-published'

export function statusOf(outcome: Pick<Outcome, 'verdict' | 'ok' | 'after'>): Status {
  const served = ['deployed', 'rolled-back', 'restarted'].includes(outcome.verdict)
  if ((served || outcome.verdict === 'unchanged') && (outcome.after ?? 'done') !== 'done') return 'after-failed'
  return served && !outcome.ok ? 'not-retired' : outcome.verdict
}

export function recordOf(failure: Failure): FailureRecord {
  const { code, what, why, cure, at, target } = failure
  return { code, what, why, cure, at: at ?? null, target: target ?? null }
}

/** What the verdict is made from. */
export interface Facts {
  readonly operation: Operation
  readonly dryRun: boolean
  /** Before all was proven and watched. */
  readonly cancelled: boolean
  /** Did anything fail that no target failed by itself? */
  readonly failed: boolean
  readonly targets: readonly {
    readonly state: TargetState
    readonly switched: boolean
    readonly servingKnown: boolean
  }[]
}

export function verdictOf({ operation, dryRun, cancelled, failed, targets }: Facts): Verdict {
  if (cancelled) return 'cancelled'
  const present = targets.filter(({ state }) => state !== 'absent')
  const isNew = ({ state }: { state: TargetState }): boolean => state === 'proven' || state === 'unchanged'
  if (operation !== 'status' && !dryRun && !failed && present.length > 0 && present.every(isNew)) {
    if (present.every(({ state }) => state === 'unchanged')) return 'unchanged'
    return ({ deploy: 'deployed', rollback: 'rolled-back', restart: 'restarted' } as const)[operation]
  }
  const broken = failed || present.length === 0 || present.some(({ state }) => state === 'failed')
  if (operation === 'status') return broken ? 'failed' : 'status'
  if (dryRun) return broken ? 'failed' : 'planned'
  const adrift = present.some(({ state, switched, servingKnown }) => switched && (state === 'failed' || !servingKnown))
  if (present.some(isNew) && !present.every(isNew)) return 'split'
  if (adrift) return present.length > 1 ? 'split' : 'failed'
  return present.some(({ switched }) => switched) ? 'reverted' : 'failed'
}
