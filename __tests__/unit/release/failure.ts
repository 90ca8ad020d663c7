import { failuresOf } from '../../../src/errors'
import type { Failure } from '../../../src/errors'

/** The one failure that a call throws; anything else fails the test. */
export function failureOf(call: () => unknown): Failure {
  try {
    call()
  } catch (error) {
    return only(error)
  }
  throw new Error('Nothing was thrown.')
}

export async function rejectionOf(promise: Promise<unknown>): Promise<Failure> {
  return only(await promise.then(() => { throw new Error('It did not reject.') }, (error: unknown) => error))
}

function only(error: unknown): Failure {
  const [failure, ...others] = failuresOf(error)
  if (failure === undefined || others.length > 0) throw error
  expect(failure.cure).not.toBe('')
  return failure
}
