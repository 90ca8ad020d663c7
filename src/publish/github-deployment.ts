import type { Failure } from '../errors'
import {
  addStatus, createDeployment, deploymentsOf, GitHubFailure, lastState, newestDeployments, type Deployment, type DeploymentStatus, type GitHub,
} from '../drivers/github'
import { once, unlessOut, type Untold } from './untold'

export interface WantedDeployment {
  /** Which deployment it is: of those of a commit and an environment, each attempt of a run has one for each app. */
  readonly run: string
  readonly attempt: string
  readonly app: string
  /** Where the run deploys to, of which there may be several in an environment: any text that stays the same from run to run. */
  readonly place: string
  readonly commit: string
  readonly environment: string
  /** For people: `v1.4.2`. */
  readonly version: string
  /** It goes away some day, as a preview does. */
  readonly transient: boolean
  /** Null: by its name. */
  readonly production: boolean | null
  /** The run, for people; empty: outside of GitHub. */
  readonly logUrl: string
}

/** `none`: there is no such deployment. */
export interface GitHubDeployment {
  readonly status: 'in-progress' | 'settled' | 'none'
  readonly id: number | null
  /** Why those of runs before that died could not be closed; null: they are, or there were none. */
  readonly left: Failure | null
}

const task = 'deploy'
/** Of the states that GitHub knows, those after which nothing more comes from us. */
const final = ['success', 'failure', 'error', 'inactive']

/**
 * Says that it is under way; found again when the run did so before. What a run has begun before to the same place, and never told the end of,
 * is closed: while the lock on the place is held, from before it is begun until it is settled, none but the dead have one open there. Throws `github-*` failures but outages.
 */
export async function beginDeployment(github: GitHub, wanted: WantedDeployment): Promise<GitHubDeployment | Untold> {
  return await unlessOut(async () => {
    const { commit, environment, version, transient, production, logUrl, ...who } = wanted
    const fields = { commit, environment, task, payload: { slipway: { app: who.app, attempt: who.attempt, place: who.place, run: who.run } }, description: version, transient, production }
    const deployment = (await found(github, wanted))[0] ?? await once(() => createDeployment(github, fields), async () => (await found(github, wanted))[0] ?? null)
    const state = await lastState(github, deployment)
    if (state !== null && final.includes(state)) return { status: 'settled', id: deployment.id, left: null }
    if (state !== 'in_progress') await say(github, deployment, { state: 'in_progress', description: version, environmentUrl: '', logUrl })
    return { status: 'in-progress', id: deployment.id, left: await closeLeft(github, wanted, deployment) }
  })
}

/** How many before it are looked at that have their end already: each run looks, so what is open is among the newest. */
const settledBefore = 3

/** What goes wrong with those of others is none of this one's: it is returned. */
async function closeLeft(github: GitHub, wanted: WantedDeployment, { id }: Pick<Deployment, 'id'>): Promise<Failure | null> {
  try {
    let settled = 0
    for (const one of await newestDeployments(github, { environment: wanted.environment, task })) {
      const { app, place } = markOf(one)
      if (one.id >= id || app !== wanted.app || place !== wanted.place) continue
      if (!final.includes(await lastState(github, one) ?? '')) await say(github, one, { state: 'inactive', description: 'Its run ended without telling how', environmentUrl: '', logUrl: '' })
      else if (++settled === settledBefore) break
    }
    return null
  } catch (error) {
    if (error instanceof GitHubFailure) return error
    throw error
  }
}

/**
 * Says how it ended, unless that was said: what `main` has said, `post` does not change. `inactive`: nothing serves that did not
 * before, as after a cancel. `url`: where people find it; empty: nowhere. `id`: of the deployment, where it is known; else it is looked for.
 */
export async function settleDeployment(
  github: GitHub, wanted: WantedDeployment, state: 'success' | 'failure' | 'inactive', { description, url }: { readonly description: string; readonly url: string }, id: number | null = null,
): Promise<GitHubDeployment | Untold> {
  return await unlessOut(async () => {
    const listed = await found(github, wanted)
    const [first, ...others] = id === null ? listed : [{ id }, ...listed.filter((one) => one.id !== id)]
    if (first === undefined) return { status: 'none', id: null, left: null }
    const settle = async (deployment: Pick<Deployment, 'id'>, as: typeof state): Promise<void> => {
      if (final.includes(await lastState(github, deployment) ?? '')) return
      await say(github, deployment, { state: as, description, environmentUrl: /^https?:\/\//.test(url) ? url : '', logUrl: wanted.logUrl })
    }
    await settle(first, state)
    // A list may have been late when it was asked for what had just been made.
    for (const other of others) await settle(other, 'inactive')
    return { status: 'settled', id: first.id, left: null }
  })
}

/** Those with our mark, the oldest first: mostly one. */
async function found(github: GitHub, { run, attempt, app, place, commit, environment }: WantedDeployment): Promise<readonly Deployment[]> {
  const all = await deploymentsOf(github, { commit, environment, task })
  return all.filter((one) => {
    const mark = markOf(one)
    return mark.run === run && mark.attempt === attempt && mark.app === app && mark.place === place
  })
}

/** What ours say of themselves; empty for others. */
function markOf({ payload }: Deployment): { readonly run?: unknown; readonly attempt?: unknown; readonly app?: unknown; readonly place?: unknown } {
  const { slipway } = objectOf(payload) as { slipway?: unknown }
  return objectOf(slipway)
}

/** Servers of some versions give a payload back as the text that it was sent as. */
function objectOf(payload: unknown): object {
  if (typeof payload === 'object' && payload !== null) return payload
  try {
    const read: unknown = JSON.parse(String(payload))
    return typeof read === 'object' && read !== null ? read : {}
  } catch {
    return {}
  }
}

async function say(github: GitHub, deployment: Pick<Deployment, 'id'>, status: DeploymentStatus): Promise<void> {
  await once<true>(async () => {
    await addStatus(github, deployment, status)
    return true
  }, async () => await lastState(github, deployment) === status.state ? true : null)
}
