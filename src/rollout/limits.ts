/** Calls `ring` once after so many milliseconds; what it returns calls that off. */
export type Alarm = (milliseconds: number, ring: () => void) => () => void

/** Thrown inside the engine when a step is left because the run was cancelled or its time is up; never leaves it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * What ends a rollout from outside: the user's cancellation, and the policy's timeout. Until something was started, both abort
 * the sessions. After that a timeout only starts nothing new, because evidence and revert still need the sessions.
 */
export class Limits {
  readonly #user: AbortSignal
  readonly #sessions = new AbortController()
  readonly #alarm: Alarm
  #silence: () => void
  readonly #waiting = new Set<() => void>()
  #expired = false
  #soft = true
  #cancelledAtEnd: boolean | null = null

  /** `seconds` bounds the whole rollout. */
  constructor(user: AbortSignal, seconds: number, alarm: Alarm) {
    this.#user = user
    this.#alarm = alarm
    this.#silence = alarm(seconds * 1000, () => { this.#expire() })
    user.addEventListener('abort', this.#stop, { once: true })
    if (user.aborted) this.#stop()
  }

  /** For the sessions. */
  get signal(): AbortSignal {
    return this.#sessions.signal
  }

  get cancelled(): boolean {
    return this.#cancelledAtEnd ?? this.#user.aborted
  }

  get expired(): boolean {
    return this.#expired
  }

  /** Is what runs now to be left alone by the engine? */
  get interrupting(): boolean {
    return this.cancelled || (this.#expired && this.#soft)
  }

  /** What is left is so many seconds from now, whatever was said before. */
  rebound(seconds: number): void {
    this.#silence()
    this.#silence = this.#alarm(seconds * 1000, () => { this.#expire() })
  }

  /** From now on a timeout leaves the sessions alive. */
  harden(): void {
    this.#soft = false
  }

  /** Waits for `work`, but no longer than until the run is interrupted; then throws Interrupted. */
  async orInterrupted<T>(work: Promise<T>): Promise<T> {
    let stop: () => void = () => undefined
    const interrupted = new Promise<never>((_, reject) => {
      stop = () => { reject(new Interrupted()) }
    })
    this.#waiting.add(stop)
    if (this.interrupting) stop()
    try {
      return await Promise.race([work, interrupted])
    } finally {
      this.#waiting.delete(stop)
    }
  }

  /** All is done: who cancels from now on changes nothing of how it went. */
  end(): void {
    this.#cancelledAtEnd ??= this.#user.aborted
    this.#silence()
    this.#user.removeEventListener('abort', this.#stop)
  }

  #expire(): void {
    this.#expired = true
    if (this.#soft) this.#stop()
  }

  readonly #stop = (): void => {
    this.#sessions.abort(new Interrupted())
    for (const stop of [...this.#waiting]) stop()
  }
}
