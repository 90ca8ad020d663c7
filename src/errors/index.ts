/**
 * A failure the user can act on: what happened, why, and what to type. Everything that is not a `Failure` and reaches the
 * top is a bug of ours and is printed with its stack.
 */
export interface Position {
  /** Path in the repository. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column?: number
}

/** Other people's text: a log, an exit code, a response. Printed bounded, escaped and with workflow commands off. */
export interface Evidence {
  /** Where it comes from, e.g. `api.1: journal`, `GET /healthz`. */
  readonly source: string
  readonly text: string
}

export interface FailureDetails {
  /** Stable, kebab-case: what tests, outputs and documentation refer to. */
  readonly code: string
  /** One sentence: what is wrong. */
  readonly what: string
  /** Why that is so or matters; empty when `what` says it all. */
  readonly why?: string | undefined
  /** What to type or do next. Never empty. */
  readonly cure: string
  readonly at?: Position | undefined
  /** The target on which it happened. */
  readonly target?: string | undefined
  readonly evidence?: readonly Evidence[] | undefined
  readonly cause?: unknown
}

export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  readonly what: string
  readonly why: string
  readonly cure: string
  readonly at: Position | undefined
  readonly target: string | undefined
  readonly evidence: readonly Evidence[]

  constructor(details: FailureDetails) {
    super([details.what, details.why ?? '', details.cure].filter(Boolean).join(' '), { cause: details.cause })
    this.code = details.code
    this.what = details.what
    this.why = details.why ?? ''
    this.cure = details.cure
    this.at = details.at
    this.target = details.target
    this.evidence = details.evidence ?? []
  }

  /** The same failure, said of a target. */
  on(target: string): Failure {
    return new Failure({ ...this.details(), target })
  }

  private details(): FailureDetails {
    const { code, what, why, cure, at, target, evidence, cause } = this
    return { code, what, why, cure, at, target, evidence, cause }
  }
}

/** Several failures found in one go: all of them are reported. */
export class Failures extends Error {
  override readonly name = 'Failures'
  readonly failures: readonly Failure[]

  constructor(failures: readonly Failure[]) {
    super(failures.map((failure) => failure.message).join('\n'))
    this.failures = failures
  }
}

/** Throws what was collected: nothing, the one failure, or all of them together. */
export function throwAll(failures: readonly Failure[]): void {
  const [first] = failures
  if (first === undefined) return
  throw failures.length === 1 ? first : new Failures(failures)
}

/** Does something, and keeps its failures instead of throwing them: null then. Bugs are thrown on. */
export function collecting<T>(failures: Failure[], attempt: () => T): T | null {
  try {
    return attempt()
  } catch (thrown) {
    const found = failuresOf(thrown)
    if (found.length === 0) throw thrown
    failures.push(...found)
    return null
  }
}

/** The failures inside anything thrown; empty when it is a bug and not a failure. */
export function failuresOf(thrown: unknown): readonly Failure[] {
  if (thrown instanceof Failure) return [thrown]
  if (thrown instanceof Failures) return thrown.failures
  return []
}

/** The nearest of the known names, for "did you mean": undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/**
 * The nearest of the known versions, for "did you mean": one with the same numbers in it, since `v3.0.0` is no slip of the pen
 * for `v1.0.0`; or one that holds the name, such as `shop-v1.4.2` for `v1.4`. Undefined when none is near.
 */
export function nearestVersion(version: string, known: readonly string[]): string | undefined {
  const numbers = (name: string): string => (name.match(/\d+/g) ?? []).join('.')
  return nearest(version, known.filter((name) => numbers(name) === numbers(version)))
    ?? (version.length < 3 ? undefined : known.find((name) => name.includes(version)))
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
