import { conditionOf, type ContainerStatus, type Kept, type PodParts } from './objects'
import type { Patience } from './patience'
import { podRules } from './rules'
import { endedRuns, type World } from './world'
import { examine, type ContainerCase, type Examined, type PodCase } from './verdict'

export interface PodVerdict {
  readonly pod: Kept
  readonly state: 'ready' | 'progressing' | 'doomed'
  /** What it is about, to be counted: `pulling`, `waiting for a node`. */
  readonly doing: string
  readonly examined: Examined
}

const nothing: Examined = { doom: [], suspected: [], again: null }
const unseen = { ready: false, started: false, restarts: 0, imageID: '', waiting: null, runningSince: null, ended: null, endedBefore: null, pullError: '' }

/** Whatever pod it is: of a workload, of a Job, or nobody's. */
export function judgePod(
  world: World, pod: Kept, now: number, patience: Patience, older: readonly Kept[], ownedBy: PodCase['ownedBy'],
): PodVerdict {
  const parts = pod.pod
  if (parts === null) return { pod, state: 'progressing', doing: 'unknown', examined: nothing }
  const containers = parts.spec.containers.map((spec): ContainerCase => (
    { spec, status: parts.containers.find(({ name }) => name === spec.name) ?? { ...unseen, name: spec.name } }))
  const doing = doingOf(world, pod, parts, containers)
  if (parts.phase === 'Succeeded' || conditionOf(pod, 'Ready')?.status === 'True') {
    world.settle(pod.uid, 'pod ', new Set())
    return { pod, state: 'ready', doing: 'ready', examined: nothing }
  }
  // As it has been since before the rollout: the kubelet will try again, and then it is seen.
  if (pod.deleting || !world.fresh(pod.uid)) return { pod, state: 'progressing', doing, examined: nothing }
  const at: PodCase = { world, pod, parts, now, patience, said: world.said(pod.uid), containers, older, ownedBy }
  const examined = examine(world, pod, now, at, podRules, 'pod ')
  return examined.doom.length > 0 ? { pod, state: 'doomed', doing: 'failing', examined } : { pod, state: 'progressing', doing, examined }
}

/** Has this pod got further than what the cause says cannot be done by any of its kind? */
export function fares(other: Kept, container: string | undefined): boolean {
  if (conditionOf(other, 'Ready')?.status === 'True') return true
  const statuses = other.pod?.containers.filter(({ name }) => container === undefined || name === container) ?? []
  return statuses.some(hasRun)
}

function hasRun(status: ContainerStatus): boolean {
  const last = status.ended ?? status.endedBefore
  if (last?.reason === 'StartError' || last?.reason === 'ContainerCannotRun') return false
  return status.runningSince !== null || endedRuns(status) > 0
}

function doingOf(world: World, pod: Kept, parts: PodParts, containers: readonly ContainerCase[]): string {
  if (pod.deleting) return 'going'
  if (parts.node === '') return conditionOf(pod, 'PodScheduled')?.reason === 'SchedulingGated' ? 'held back by a scheduling gate' : 'waiting for a node'
  for (const { spec, status } of containers) {
    if (spec.role === 'init' && status.ended?.exitCode === 0) continue
    if (status.ready) continue
    const reason = status.waiting?.reason ?? ''
    if (/^(ErrImagePull|ImagePullBackOff)$/.test(reason)) return 'pulling again'
    if (reason === 'CrashLoopBackOff' || status.ended !== null) return parts.spec.restartPolicy === 'Never' ? 'ending' : 'restarting'
    if (/Error$/.test(reason)) return 'not to be started yet'
    if (status.runningSince !== null) return spec.role === 'init' ? 'initialising' : 'starting'
    return pullsNow(world, pod) ? 'pulling' : 'being made'
  }
  return 'starting'
}

function pullsNow(world: World, pod: Kept): boolean {
  const last = world.said(pod.uid).findLast(({ reason, message }) => reason === 'Pulling' || reason === 'Pulled' || (reason === 'Failed' && message.includes('pull')))
  return last?.reason === 'Pulling'
}
