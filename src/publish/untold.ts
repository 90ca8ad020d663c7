import type { Failure } from '../errors'
import { GitHubFailure } from '../drivers/github'

/** GitHub could not be told or asked, for no fault of this run's: what is proven stays so, and whoever called says it. */
export interface Untold {
  readonly status: 'untold'
  readonly notice: Failure
}

/** Does something at GitHub; an outage or a limit is no failure. Everything else is thrown on. */
export async function unlessOut<T>(work: () => Promise<T>): Promise<T | Untold> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GitHubFailure && error.outage) return { status: 'untold', notice: error }
    throw error
  }
}

/** How often something is asked for whose outcome is not known, with a look in between. */
const rounds = 3

/**
 * Does what may not be done twice. Where nobody knows whether it was done, `look` tells: what it finds is the result, and null
 * means that it was not done.
 */
export async function once<T>(attempt: () => Promise<T>, look: () => Promise<T | null>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await attempt()
    } catch (error) {
      // What is not found may have been taken away meanwhile, by another run that tidied up.
      if (!(error instanceof GitHubFailure) || !(error.unsure || error.objects('already_exists') || error.status === 404)) throw error
      const found = await look()
      if (found !== null) return found
      if (round === rounds) throw error
    }
  }
}
