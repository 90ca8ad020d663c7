import { Failure, failuresOf, type Evidence } from '../errors'
import type { Entry, Standing } from '../history/types'
import type { Step, Unstamped } from './events'
import { Interrupted, type Limits } from './limits'
import type { Activation, Plan, Proof, Session, Target } from './target'

/** What a step came to. A failed or an interrupted one has told the member so already. */
export type Done<T> = { readonly ok: true; readonly value: T } | { readonly ok: false }

/** Where the steps of a rollout report to, and what may end them. */
export interface Stage {
  readonly limits: Limits
  emit(event: Unstamped): void
}

export interface StepOptions<T> {
  /** Is it awaited whatever happens, because the place ends it by itself? */
  readonly hold?: boolean
  /** Does a failure of it stand against the target? Otherwise it is a warning. */
  readonly counts?: boolean
  readonly detail?: (value: T) => string
}

/** A target in the course of one rollout. */
export class Member {
  readonly target: Target
  session: Session | null = null
  absent = false
  standing: Standing | null = null
  /** What served when the run began. */
  from: Entry | null = null
  activation: Activation | null = null
  plan: Plan | null = null
  /** Was a process of the new activation asked for? */
  started = false
  /** Was the switch asked for? */
  switched = false
  proof: Proof | null = null
  /** Floors that it goes back across, with the consent of `allow-rollback-floor`. */
  crossing: readonly Entry[] = []
  provenAt: number | null = null
  /** Did a step of the new activation fail here? */
  broken = false
  /** Was it put back after the switch or the start? */
  undone: 'no' | 'yes' | 'failed' = 'no'
  /** Is it known what serves? Not between a switch that failed and a look. */
  servingKnown = true
  /** What a dead run had left and how it was settled. */
  settled: readonly string[] = []
  retired: readonly string[] = []
  readonly failures: Failure[] = []
  readonly evidence: Evidence[] = []
  readonly #stage: Stage

  constructor(target: Target, stage: Stage) {
    this.target = target
    this.#stage = stage
  }

  get name(): string {
    return this.target.name
  }

  /** Runs one step with its events. Never throws: failures are kept here, and told. */
  async step<T>(step: Step, work: () => Promise<T>, options: StepOptions<T> = {}): Promise<Done<T>> {
    const { limits } = this.#stage
    if (limits.cancelled) return { ok: false }
    this.#stage.emit({ type: 'begin', target: this.name, step })
    try {
      const value = options.hold === true ? await work() : await limits.orInterrupted(work())
      const detail = options.detail?.(value) ?? ''
      this.#stage.emit({ type: 'end', target: this.name, step, ...(detail === '' ? {} : { detail }) })
      return { ok: true, value }
    } catch (thrown) {
      if (options.hold !== true && (thrown instanceof Interrupted || limits.interrupting)) return { ok: false }
      if (options.counts === false) this.warn(`${step}: ${messageOf(thrown)}`)
      else this.fail(step, thrown)
      return { ok: false }
    }
  }

  /** Asks the place for the logs of the new activation, before anything is undone. That it cannot give them is a warning. */
  async gatherEvidence(): Promise<void> {
    const { session, activation } = this
    if (session === null || activation === null) return
    const found = await this.step('evidence', () => session.evidence(activation), {
      counts: false, detail: (evidence) => evidence.map(({ source }) => source).join(', '),
    })
    if (found.ok) for (const evidence of found.value) this.show(evidence)
  }

  /** Looks again at what serves; true when that could be seen. */
  async look(): Promise<boolean> {
    const { session } = this
    if (session === null) return false
    const seen = await this.step('inspect', () => session.inspect(), { counts: false })
    if (!seen.ok) return false
    this.standing = seen.value
    this.servingKnown = true
    return true
  }

  fail(step: Step, thrown: unknown): void {
    for (const failure of asFailures(thrown)) {
      const here = failure.target === undefined ? failure.on(this.name) : failure
      this.failures.push(here)
      this.#stage.emit({ type: 'fail', target: this.name, step, failure: here })
      for (const evidence of here.evidence) this.show(evidence)
    }
  }

  /** Keeps other people's text and tells it: once, though a failure and the evidence gathered after it may both bring it. */
  show(evidence: Evidence): void {
    const text = evidence.text.trim()
    if (text === '' || this.evidence.some((known) => known.text.trim() === text)) return
    this.tell(evidence)
  }

  /** The same of what is no evidence for anything, only told: the output of a command. */
  tell(evidence: Evidence): void {
    if (evidence.text.trim() === '') return
    this.evidence.push(evidence)
    this.#stage.emit({ type: 'output', target: this.name, evidence })
  }

  warn(text: string): void {
    this.#stage.emit({ type: 'note', target: this.name, level: 'warning', text })
  }
}

/** The failures in anything thrown; what is none of ours becomes one that says so. */
export function asFailures(thrown: unknown): readonly Failure[] {
  const known = failuresOf(thrown)
  if (known.length > 0) return known
  return [new Failure({
    code: 'internal',
    what: `Slipway itself went wrong: ${messageOf(thrown)}.`,
    why: 'This is a bug and not something that you did.',
    cure: 'Report it with the log of this run; then run it again.',
    cause: thrown,
  })]
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
