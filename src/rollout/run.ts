import type { RolloutPolicy } from '../config/types'
import { Failure } from '../errors'
import type { Event, Unstamped } from './events'
import { Limits } from './limits'
import { asFailures, Member, type Stage } from './member'
import type { AfterOutcome, Operation, Outcome } from './outcome'
import type { Actor, ReleaseSource, Secrets, StageOptions, Target, Wanted } from './target'

/**
 * What whoever starts a deploy wants done at its turns. What they throw fails the run there, before anything is switched; a run that is
 * interrupted does not wait for them.
 */
export interface Hooks {
  /** All places are open and inspected, it is decided what to activate, and nothing is staged. */
  beforeStaging(): Promise<void>
  /** All is staged, something is to be switched, and no command of `before` has run. */
  beforeCutOver(): Promise<void>
  /** It is over, however it went, and all places are still held: `outcome` but for what was sent and received. Throws nothing but bugs. */
  beforeClosing(outcome: Outcome): Promise<void>
}

/** All that a rollout needs to know. */
export interface Request {
  readonly operation: Operation
  /** In the user's order: the first one is where `before` and `on: first` happen. Names are unique. */
  readonly targets: readonly Target[]
  /** Are these all hosts of the app? Who stands at one of them does not know whether it is the first: then it stays what it is. */
  readonly wholeFleet: boolean
  /** For `deploy`. */
  readonly release: ReleaseSource | null
  /** For `rollback`: the wanted version, null for the last good one. A restart is of what serves. */
  readonly version: string | null
  readonly secrets: Secrets
  readonly policy: RolloutPolicy
  /** Does the policy that what serves was rolled out by stand above that one? For who has no slipway.yml at hand. */
  readonly policyAsBefore: boolean
  readonly actor: Actor
  /** Targets worked on at once. */
  readonly maxParallel: number
  readonly dryRun: boolean
  readonly allowOlder: boolean
  /** Consent to go back across a release that declares `rollback-floor`. */
  readonly allowRollbackFloor: boolean
  /** Not called by a dry run. */
  readonly hooks?: Hooks | undefined
  /** Throws a Failure when it cannot be decided. */
  isAncestor(older: string, newer: string): Promise<boolean>
  /** The user's cancellation. */
  readonly signal: AbortSignal
  emit(event: Event): void
  /** Milliseconds since the action's start. */
  clock(): number
  /** Calls `ring` once after so many milliseconds; what it returns calls that off. */
  alarm(milliseconds: number, ring: () => void): () => void
}

/** One rollout under way: what its steps share. */
export class Run implements Stage {
  readonly request: Request
  readonly limits: Limits
  readonly members: readonly Member[]
  /** What failed and belongs to no target's step. */
  readonly failures: Failure[] = []
  policy: RolloutPolicy
  wanted: Wanted | null = null
  tasks: readonly string[] = []
  /** How `after` went: null where there was nothing to run. */
  after: AfterOutcome | null = null
  /** Is every target past its cut-over and bake? Then only tidying up is left to be cancelled. */
  advanced = false
  /** Is all done that there was to do? Who cancels then is too late to be told that anything is missing. */
  complete = false
  /** By the request's clock. */
  readonly #began: number

  constructor(request: Request) {
    this.request = request
    this.#began = request.clock()
    this.policy = request.policy
    this.limits = new Limits(request.signal, this.policy.timeout, (milliseconds, ring) => request.alarm(milliseconds, ring))
    this.members = request.targets.map((target) => new Member(target, this))
  }

  emit(event: Unstamped): void {
    this.request.emit({ ...event, at: this.request.clock() })
  }

  /** Those that were reached, in the user's order. */
  get present(): readonly Member[] {
    return this.members.filter((member) => !member.absent)
  }

  get first(): Member | undefined {
    return this.present[0]
  }

  /** Seconds until the policy's timeout; at least one. */
  get secondsLeft(): number {
    return Math.max(1, this.policy.timeout - (this.request.clock() - this.#began) / 1000)
  }

  /** To be called when the places have said what they are. */
  choosePolicy(): void {
    const before = this.present.map(({ standing }) => standing?.rollout).find((kept) => kept !== undefined)
    if (!this.request.policyAsBefore || before === undefined) return
    this.policy = { ...this.policy, ...before }
    this.limits.rebound(this.secondsLeft)
  }

  /** Keeps what a thrown value says against the run as a whole. */
  fail(thrown: unknown): void {
    this.failures.push(...asFailures(thrown))
  }

  /** Has the run failed before anything was switched, or been stopped? A timeout is noted as a failure, once. */
  halted(): boolean {
    this.noteTimeout()
    return this.limits.cancelled || this.failures.length > 0 || this.present.some((member) => member.failures.length > 0)
  }

  noteTimeout(): void {
    if (!this.limits.expired || this.limits.cancelled) return
    if (this.failures.some((failure) => failure.code === 'rollout-timeout')) return
    const { timeout } = this.policy
    this.failures.push(new Failure({
      code: 'rollout-timeout',
      what: `The rollout was not done within ${timeout} s.`,
      why: 'Nothing new was begun after that; what had been switched was put back.',
      cure: 'See which step took so long, or allow more: `rollout: { timeout: … }` in slipway.yml.',
    }))
  }

  stageOptions(member: Member): StageOptions {
    const { actor, wholeFleet } = this.request
    return { actor, first: wholeFleet ? member === this.first : null, policy: this.policy }
  }
}
