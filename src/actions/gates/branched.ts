import { Failure } from '../../errors'
import { any, fits, literal, many, noSlash } from '../../image/glob'

/** Null: the commit lies behind a branch of these patterns. `behind`: all branches of the remote that it lies behind; `all`: those that there are. */
export function unbranched(patterns: readonly string[], behind: readonly string[], all: readonly string[], commit: string): Failure | null {
  if (patterns.length === 0 || behind.some((branch) => patterns.some((pattern) => matches(pattern, branch)))) return null
  const named = patterns.map((pattern) => `\`${pattern}\``).join(', ')
  const known = all.some((branch) => patterns.some((pattern) => matches(pattern, branch)))
  return new Failure({
    code: 'gate-branches', what: `${commit.slice(0, 12)} lies behind no branch that may be deployed (${named}).`,
    why: behind.length > 0 ? `It lies behind ${behind.slice(0, 5).map((branch) => `\`${branch}\``).join(', ')}.` : known ? 'slipway.yml says so under `gates: { branches: … }`.' : 'The checkout knows no branch of that name.',
    cure: known ? 'Merge it there first; or, if it has to be now, run the job with `ignore-gates: true`.' : 'Set `fetch-depth: 0` at actions/checkout, which brings all branches; or correct the names.',
  })
}

function matches(pattern: string, branch: string): boolean {
  return fits(pattern.split(/(\*+)/).flatMap((part) => part === '*' ? many(noSlash) : part.startsWith('*') ? many(any) : literal(part)), branch)
}
