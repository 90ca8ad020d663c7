import { failuresOf, type Failure } from '../../errors'
import type { Redactor } from '../../report/redact'
import type { RunContext } from '../run-context'
import { asks, type PublicationStep } from './inputs'
import type { PlaceOf } from './places'
import type { Publication } from './publication'

export interface PublicationPlace {
  readonly context: RunContext
  readonly placeOf: PlaceOf
  readonly signal: AbortSignal
  readonly redactor: Redactor
}

/** Null: nothing of it is asked for, and nothing of it is loaded; or it was refused, and `failures` has why. */
export async function openPublication(step: PublicationStep | null, place: PublicationPlace, failures: Failure[]): Promise<Publication | null> {
  if (step === null || !asks(step)) return null
  const { Publication: Opened } = await import('./index')
  try {
    return Opened.open(step, place)
  } catch (thrown) {
    const found = failuresOf(thrown)
    if (found.length === 0) throw thrown
    failures.push(...found)
    return null
  }
}

/** For `post`: what `main` may have left. */
export async function settleIfLeft(): Promise<void> {
  const core = await import('@actions/core')
  const left = { deployment: core.getState('deployment'), signing: core.getState('signing') }
  if (left.deployment !== '' || left.signing !== '') await (await import('./index')).settleLeft(left)
}
