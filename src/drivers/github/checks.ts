import type { GitHub } from './client'
import { shapeOf } from './shape'

export interface Check {
  readonly name: string
  /** `pending`: it has not ended, or waits for somebody. Skipped and neutral ones are green. */
  readonly state: 'green' | 'red' | 'pending'
  /** In GitHub's word: `failure`, `timed_out`, `in_progress`. */
  readonly said: string
  /** For people; empty: none. */
  readonly url: string
}

interface CheckRun {
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly details_url: string | null
  readonly html_url: string | null
}

interface CommitStatus {
  readonly context: string
  readonly state: string
  readonly target_url: string | null
}

const isCheckRun = shapeOf<CheckRun>({ name: 'string', status: 'string', conclusion: 'string?', details_url: 'string?', html_url: 'string?' })
const isCommitStatus = shapeOf<CommitStatus>({ context: 'string', state: 'string', target_url: 'string?' })

/**
 * What is said of a commit: the last check run of each name in each run of a workflow, and the last status of each context. Nothing here tells
 * two workflows apart that have a check of one name, so none of one run stands for that of another. Of the run that asks (`run`, its
 * number) only what has ended counts: it would wait for itself.
 */
export async function checksOf(github: GitHub, commit: string, run: string): Promise<readonly Check[]> {
  const runs = await github.list(`commits/${commit}/check-runs?filter=latest`, { what: 'list the check runs', needs: 'checks: read' }, isCheckRun,
    (said) => (said as { check_runs?: unknown } | null)?.check_runs)
  const statuses = await github.list(`commits/${commit}/status`, { what: 'list the statuses', needs: 'statuses: read' }, isCommitStatus,
    (said) => (said as { statuses?: unknown } | null)?.statuses)
  const own = ({ status, details_url }: CheckRun): boolean => status !== 'completed' && run !== '' && `${details_url ?? ''}/`.includes(`/actions/runs/${run}/`)
  return [
    ...runs.filter((one) => !own(one)).map(({ name, status, conclusion, html_url }): Check => {
      const said = status === 'completed' ? conclusion ?? 'failure' : status
      const state = status !== 'completed' || said === 'action_required' ? 'pending' : ['success', 'neutral', 'skipped'].includes(said) ? 'green' : 'red'
      return { name, state, said, url: html_url ?? '' }
    }),
    ...statuses.map(({ context, state, target_url }): Check => (
      { name: context, state: state === 'success' ? 'green' : state === 'pending' ? 'pending' : 'red', said: state, url: target_url ?? '' }
    )),
  ]
}
