import { Failure } from '../../errors'
import { GitHub, type GitHubOptions } from './client'
import { GitHubFailure } from './failures'
import { shapeOf } from './shape'

export interface CompareRequest extends GitHubOptions {
  readonly base: string
  readonly head: string
}

const isComparison = shapeOf<{ readonly status: string }>({ status: 'string' })
const standings = ['ahead', 'behind', 'identical', 'diverged'] as const

/**
 * How `head` stands to `base`, by GitHub's knowledge. Throws a `Failure`: `github-unreachable`, `github-rate-limit`,
 * `github-forbidden`, `github-unknown-commit`.
 */
export async function compareCommits({ base, head, ...options }: CompareRequest): Promise<(typeof standings)[number]> {
  const doing = { what: 'compare two commits', needs: 'contents: read' }
  // Whoever deploys waits for this: a limit that lasts longer is told of.
  const github = new GitHub({ patience: 10_000, ...options })
  const found = await github.find(`compare/${base}...${head}?per_page=1`, doing, isComparison)
  if (found === null) {
    throw new Failure({
      code: 'github-unknown-commit',
      what: `GitHub does not find ${base.slice(0, 12)} or ${head.slice(0, 12)} in ${options.repository}.`,
      why: 'The history was rewritten, the commit was never pushed, or the token may not read the repository.',
      cure: 'Push the commit, and give the job `permissions: { contents: read }`.',
    })
  }
  const standing = standings.find((known) => known === found.status)
  if (standing === undefined) throw GitHubFailure.ofOtherAnswer(doing, options)
  return standing
}
