import { readFileSync } from 'node:fs'
import { Failure } from '../errors'
import type { Actor } from '../rollout/target'

/** What the runner says of this run, from its GITHUB_* variables; outside GitHub most of it is empty. */
export interface RunContext {
  /** `owner/name`. */
  readonly repository: string
  readonly ref: string
  readonly sha: string
  readonly event: string
  readonly actor: Actor
  /** The run's number, which of its attempts this is, and the job's name in the workflow. */
  readonly runId: string
  readonly attempt: string
  readonly job: string
  readonly apiUrl: string
  /** Of repositories, for people. */
  readonly serverUrl: string
  readonly workspace: string
}

export function runContext(env: NodeJS.ProcessEnv): RunContext {
  const repository = env['GITHUB_REPOSITORY'] ?? ''
  const runId = env['GITHUB_RUN_ID'] ?? ''
  const attempt = env['GITHUB_RUN_ATTEMPT'] ?? '1'
  return {
    repository,
    ref: env['GITHUB_REF'] ?? '',
    sha: env['GITHUB_SHA'] ?? '',
    event: env['GITHUB_EVENT_NAME'] ?? '',
    actor: {
      by: env['GITHUB_TRIGGERING_ACTOR'] || env['GITHUB_ACTOR'] || env['USER'] || 'somebody',
      run: runId === '' ? '' : `${repository}#${runId}/${attempt}`,
    },
    runId, attempt,
    job: env['GITHUB_JOB'] ?? '',
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    serverUrl: env['GITHUB_SERVER_URL'] || 'https://github.com',
    workspace: env['GITHUB_WORKSPACE'] || process.cwd(),
  }
}

/**
 * Hosts are refused where code of strangers runs with the secrets of the repository: there, whoever opens a pull request
 * decides what is deployed, and to whom the key is shown.
 */
export function refuseStrangers(context: RunContext, env: NodeJS.ProcessEnv): void {
  const stranger = strangerIn(context, env)
  if (stranger === null) return
  throw new Failure({
    code: 'untrusted-trigger',
    what: `Slipway neither deploys nor publishes in a run started by ${stranger}.`,
    why: 'Such a run has the secrets of this repository, but somebody outside of it may decide what it deploys.',
    cure: 'Start the deployment by `push` of a tag or by `workflow_dispatch`.',
  })
}

function strangerIn({ event, repository }: RunContext, env: NodeJS.ProcessEnv): string | null {
  if (event === 'pull_request_target') return '`pull_request_target`'
  if (event !== 'workflow_run') return null
  const origin = workflowRunOrigin(env['GITHUB_EVENT_PATH'])
  return origin !== null && origin === repository ? null : '`workflow_run` of a fork'
}

/** The repository that the first run's commit came from; null when the event does not say. */
function workflowRunOrigin(path: string | undefined): string | null {
  if (path === undefined) return null
  try {
    const event = JSON.parse(readFileSync(path, 'utf8')) as { workflow_run?: { head_repository?: { full_name?: string } } }
    return event.workflow_run?.head_repository?.full_name ?? null
  } catch {
    return null
  }
}

/** What to type to have a host prepared: the step of setup-vm, of the very version that runs now. */
export function setupStep(env: NodeJS.ProcessEnv): string {
  const [repository, ref] = [env['GITHUB_ACTION_REPOSITORY'] || 'OWNER/slipway', env['GITHUB_ACTION_REF'] || '<sha>']
  return `Run a step of setup-vm, with \`hosts\`, \`ssh-key\` and \`known-hosts\` as they are here:\nuses: ${repository}/actions/setup-vm@${ref}`
}
