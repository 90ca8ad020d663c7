import { failuresOf, type Failure } from '../../../src/errors'

/** The one failure that this rejects with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(() => undefined, (error: unknown) => error)
  const [failure, ...more] = failuresOf(thrown)
  if (failure === undefined) throw new Error(`no Failure: ${thrown instanceof Error ? String(thrown.stack) : String(thrown)}`)
  expect(more).toEqual([])
  return failure
}
