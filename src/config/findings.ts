import { type Failure, throwAll } from '../errors'

/**
 * Collects what is wrong with a configuration, so that all of it is said at once, in the order of the file. The same fault found
 * twice at one place (in the file as it is, and again with its overlay applied) counts once.
 */
export class Findings {
  readonly #found = new Map<string, Failure>()

  add(failure: Failure): void {
    const { at, code, what } = failure
    const key = at === undefined ? `${code} ${what}` : `${code} ${at.file}:${at.line}:${at.column ?? 0}`
    if (!this.#found.has(key)) this.#found.set(key, failure)
  }

  /** Was one of these kinds found? */
  has(...codes: readonly string[]): boolean {
    return this.failures.some(({ code }) => codes.includes(code))
  }

  get failures(): readonly Failure[] {
    return [...this.#found.values()].sort(byPosition)
  }

  /** Throws the one failure, or all of them as `Failures`; nothing when there are none. */
  throw(): void {
    throwAll(this.failures)
  }
}

function byPosition(a: Failure, b: Failure): number {
  if (a.at === undefined || b.at === undefined) return (a.at === undefined ? 1 : 0) - (b.at === undefined ? 1 : 0)
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1
  return a.at.line - b.at.line || (a.at.column ?? 0) - (b.at.column ?? 0)
}
