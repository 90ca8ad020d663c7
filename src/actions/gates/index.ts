import type { Gates } from '../../config'
import type { Git } from '../../drivers/git'
import { Failure, failuresOf, throwAll } from '../../errors'
import type { Redactor } from '../../report/redact'
import type { RunContext } from '../run-context'
import { unbranched } from './branched'
import { unchecked } from './checked'
import { frozen } from './frozen'

export interface GatesAsked {
  readonly git: Git
  readonly commit: string
  readonly githubToken: string | null
  /** Let it through, and say what would have held it. */
  readonly ignore: boolean
  readonly dryRun: boolean
  readonly context: RunContext
  readonly signal: AbortSignal
  readonly redactor: Redactor
  readonly now: Date
}

/** Holds a deploy to what slipway.yml asks for. Throws all that does not hold; a run that ignores it, and a dry run, get it as sentences. */
export async function holdGates({ checks, branches, freeze }: Gates, asked: GatesAsked): Promise<readonly string[]> {
  const failures = [...frozen(freeze, asked.now)]
  if (branches.length > 0) failures.push(...await attempted(async () => await offBranch(branches, asked)))
  if (checks !== false) failures.push(...await attempted(async () => await notGreen(checks, asked)))
  if (!asked.ignore && !asked.dryRun) throwAll(failures)
  const lead = asked.ignore ? 'Let through by `ignore-gates`' : 'A deploy would be refused'
  return failures.map(({ what }) => `${lead}: ${what}`)
}

async function offBranch(patterns: readonly string[], { git, commit }: GatesAsked): Promise<readonly Failure[]> {
  const { all, behind } = await git.remoteBranches('origin', commit)
  const failure = unbranched(patterns, behind, all, commit)
  return failure === null ? [] : [failure]
}

async function notGreen(wanted: Gates['checks'], { commit, githubToken, context, signal, redactor }: GatesAsked): Promise<readonly Failure[]> {
  if (githubToken === null || context.repository === '') {
    return [new Failure({
      code: 'gate-checks', what: 'Checks of the commit cannot be asked for.', why: githubToken === null ? 'The input `github-token` is empty.' : 'This run belongs to no repository at GitHub.',
      cure: 'Run it in a workflow, and leave `github-token` at its default; or, if it has to be now, with `ignore-gates: true`.',
    })]
  }
  const { checksOf, repositoryAtGitHub } = await import('../publication')
  return unchecked(wanted, await checksOf(repositoryAtGitHub(context, githubToken, redactor, signal), commit, context.runId), commit)
}

/** What could not be asked for does not hold. */
async function attempted(work: () => Promise<readonly Failure[]>): Promise<readonly Failure[]> {
  try {
    return await work()
  } catch (thrown) {
    const found = failuresOf(thrown)
    if (found.length === 0) throw thrown
    return found
  }
}
