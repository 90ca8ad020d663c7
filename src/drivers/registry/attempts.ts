import { setTimeout as sleep } from 'node:timers/promises'

/** How an exchange with a registry went wrong. */
export class RegistryError extends Error {
  /** 0: no answer at all. */
  readonly status: number
  /** What the registry said of it, redacted by nobody: only its code and message. */
  readonly said: string
  /** Milliseconds that the registry asks to wait; null: it does not say. */
  readonly retryAfter: number | null

  constructor(status: number, said: string, retryAfter: number | null = null) {
    super(status === 0 ? said : `HTTP ${status}${said === '' ? '' : `: ${said}`}`)
    this.status = status
    this.said = said
    this.retryAfter = retryAfter
  }

  /** May the next attempt go better? */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

export interface Patience {
  readonly signal: AbortSignal | undefined
  /** Hears why it failed and how long it waits. */
  readonly progress: (text: string) => void
  /** Milliseconds before the second attempt, the third, and so on. */
  readonly waits: readonly number[]
}

/** What passes is over within half a minute mostly. */
export const usualWaits: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000, 8_000]

/** A registry that asks for more than that is told of instead. */
const longestWait = 60_000

/** Does something that may be done twice, until it succeeds or cannot any more; rejects with the last reason. */
export async function patiently<T>(what: string, attempt: () => Promise<T>, { signal, progress, waits }: Patience): Promise<T> {
  for (const wait of waits) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof RegistryError) || !error.passing) throw error
      const asked = Math.max(wait, error.retryAfter ?? 0)
      if (asked > longestWait) throw error
      progress(`${what}: ${error.message}; trying again in ${(asked / 1000).toFixed(1)} s`)
      await sleep(asked, undefined, { signal })
    }
  }
  return await attempt()
}
