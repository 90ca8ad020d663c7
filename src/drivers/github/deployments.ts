import type { GitHub } from './client'
import { anything, shapeOf, type Shape } from './shape'

export interface DeploymentFields {
  readonly commit: string
  readonly environment: string
  readonly task: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly description: string
  /** It goes away some day, as a preview does. GitHub sets no other deployment aside for such a one. */
  readonly transient: boolean
  /** People use it; null: GitHub goes by the name of the environment. */
  readonly production: boolean | null
}

export interface Deployment {
  readonly id: number
  /** A text where it is none of ours. */
  readonly payload: unknown
}

export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive'

export interface DeploymentStatus {
  readonly state: DeploymentState
  /** At most 140 characters of it are told. */
  readonly description: string
  /** Empty: none. Addresses are http or https. */
  readonly environmentUrl: string
  readonly logUrl: string
}

const reads = { needs: 'deployments: read' }
const writes = { needs: 'deployments: write' }

const isDeployment = shapeOf<Deployment>({ id: 'number', payload: 'any' })
const isStatus = shapeOf<{ readonly state: string }>({ state: 'string' })
const areDeployments: Shape<readonly Deployment[]> = (said): said is readonly Deployment[] => Array.isArray(said) && said.every(isDeployment)
const areStatuses: Shape<readonly { readonly state: string }[]> = (said): said is readonly { readonly state: string }[] => Array.isArray(said) && said.every(isStatus)

/** Those of a commit, an environment and a task, the oldest first. */
export async function deploymentsOf(github: GitHub, wanted: Pick<DeploymentFields, 'commit' | 'environment' | 'task'>): Promise<readonly Deployment[]> {
  const query = new URLSearchParams({ sha: wanted.commit, environment: wanted.environment, task: wanted.task }).toString()
  const all = await github.list(`deployments?${query}`, { ...reads, what: 'list the deployments' }, isDeployment)
  return all.toSorted((a, b) => a.id - b.id)
}

/** The newest hundred to an environment, of any commit and anybody, the newest first. */
export async function newestDeployments(github: GitHub, wanted: Pick<DeploymentFields, 'environment' | 'task'>): Promise<readonly Deployment[]> {
  const query = new URLSearchParams({ environment: wanted.environment, task: wanted.task, per_page: '100' }).toString()
  const newest = await github.get(`deployments?${query}`, { ...reads, what: 'list the deployments' }, areDeployments)
  return newest.toSorted((a, b) => b.id - a.id)
}

/** Neither merges anything nor waits for checks: what is deployed is that commit, and gates are ours. */
export async function createDeployment(github: GitHub, fields: DeploymentFields): Promise<Deployment> {
  const { commit, environment, task, payload, description, transient, production } = fields
  return await github.send('POST', 'deployments', { ...writes, what: `begin a deployment to ${environment}` }, isDeployment, { body: {
    ref: commit, task, payload, environment, description, auto_merge: false, required_contexts: [], transient_environment: transient,
    ...(production === null ? {} : { production_environment: production }),
  } })
}

/** What was said of it last; null: nothing yet. */
export async function lastState(github: GitHub, { id }: Pick<Deployment, 'id'>): Promise<string | null> {
  const [last] = await github.get(`deployments/${id}/statuses?per_page=1`, { ...reads, what: `look at deployment ${id}` }, areStatuses)
  return last?.state ?? null
}

export async function addStatus(github: GitHub, { id }: Pick<Deployment, 'id'>, { state, description, environmentUrl, logUrl }: DeploymentStatus): Promise<void> {
  await github.send('POST', `deployments/${id}/statuses`, { ...writes, what: `say of deployment ${id} that it is ${state}` }, anything, { body: {
    state, description: description.length > 140 ? `${description.slice(0, 139)}…` : description, auto_inactive: true,
    ...(environmentUrl === '' ? {} : { environment_url: environmentUrl }), ...(logUrl === '' ? {} : { log_url: logUrl }),
  } })
}
