import { createHash } from 'node:crypto'
import type { Remote } from '../../drivers/git'
import { GitHub } from '../../drivers/github'
import { oneLine } from '../../report/foreign'
import { print } from '../../report/commands'
import type { Redactor } from '../../report/redact'
import type { WantedDeployment } from '../../publish/github-deployment'
import type { RunContext } from '../run-context'

/** Milliseconds for one question when the runner is about to end the job; nothing is asked twice then. */
const hurried = 2_500

/** The run's repository. In a `hurry` it neither waits nor asks twice. */
export function repositoryAtGitHub({ apiUrl, repository }: RunContext, token: string, redactor: Redactor, signal: AbortSignal | 'hurry'): GitHub {
  const how = signal === 'hurry' ? { timeout: hurried, waits: [], patience: 0 } : { signal, progress: (text: string) => print(`  … ${oneLine(text, redactor)}`) }
  return new GitHub({ apiUrl, token, repository, ...how })
}

export function remoteOf({ serverUrl, repository }: RunContext, token: string): Remote {
  return { url: `${serverUrl.replace(/\/+$/, '')}/${repository}`, token }
}

/** Whoever started the run, by the address that GitHub has for everybody. */
export function taggerOf({ actor, serverUrl }: RunContext): { readonly name: string; readonly email: string } {
  return { name: actor.by, email: `${actor.by.replace(/[^\w.[\]-]/g, '')}@users.noreply.${new URL(serverUrl).hostname}` }
}

/** `place`: by which the jobs of a matrix differ, which all have one name. */
export function deploymentOf(context: RunContext, place: string, what: Pick<WantedDeployment, 'app' | 'commit' | 'environment' | 'version'>): WantedDeployment {
  const { runId, attempt, job, serverUrl, repository } = context
  return {
    ...what, run: `${runId}/${job}`, place: createHash('sha256').update(place).digest('hex').slice(0, 12), attempt, transient: false, production: null,
    logUrl: runId === '' ? '' : `${serverUrl}/${repository}/actions/runs/${runId}`,
  }
}
