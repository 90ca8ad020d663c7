import { conditionOf, numberIn, observed, type Kept, type Probe } from '../objects'
import type { ObjectRule } from '../verdict'
import { endedRuns } from '../world'

/**
 * The Deployment's controller gave up: no progress within progressDeadlineSeconds. It says so of the spec it has observed; right after
 * a change it may still say it of the one before, for which a moment is left.
 */
export const progressDeadline: ObjectRule = ({ world, object, pods, patience }) => {
  const condition = conditionOf(object, 'Progressing')
  if (condition?.status !== 'False' || condition.reason !== 'ProgressDeadlineExceeded' || !observed(object) || !world.fresh(object.uid)) return []
  const why = unreadiness(world, pods)
  return [{
    event: why.event ?? condition.message, grace: patience.refused, wantsLogs: true, ...(why.container === undefined ? {} : { container: why.container }),
    ...(why.object === undefined ? {} : { object: why.object }),
    message: `No progress within ${numberIn(object.spec, 'progressDeadlineSeconds', 600)} s${why.message === '' ? '' : `: ${why.message}`}.`,
    cure: why.cure,
  }]
}

/** The rollout's own time is up, and it is not ready. What it waited for last is named. */
export const neverReady: ObjectRule = ({ world, object, pods, now, patience }) => {
  if (patience.until === null || now < patience.until) return []
  const why = unreadiness(world, pods)
  return [{
    grace: 0, wantsLogs: pods.length > 0, ...(why.event === undefined ? {} : { event: why.event }), ...(why.container === undefined ? {} : { container: why.container }),
    ...(why.object === undefined ? {} : { object: why.object }),
    message: `${object.kind} ${object.name} was not ready in time${why.message === '' ? '' : `: ${why.message}`}.`, cure: why.cure,
  }]
}

/** Nothing rolls out while it is paused; whoever paused it has to say when it goes on. */
export const paused: ObjectRule = ({ object, patience }) => object.kind !== 'Deployment' || object.spec['paused'] !== true ? [] : [{
  message: `Deployment ${object.name} is paused, so the new version does not come.`, grace: patience.refused,
  cure: `kubectl rollout resume deployment/${object.name} --namespace ${object.namespace}`,
}]

/** Somebody deletes it while it is rolled out. */
export const deleted: ObjectRule = ({ object, patience }) => !object.deleting ? [] : [{
  message: `${object.kind} ${object.name} is being deleted by somebody else.`, grace: patience.refused,
  cure: 'Find out by whom (another pipeline, a controller that takes it for its own), and deploy again.',
}]

/**
 * A StatefulSet that goes pod by pod waits for each to be ready, old ones too, so one that was broken before is never
 * replaced: a known limit of Kubernetes. Doom when such a pod crashes or cannot start and no new pod has come meanwhile. That it runs
 * between two crashes is no sign of health.
 */
export const oldPodInTheWay: ObjectRule = ({ object, pods, allPods, patience }) => {
  if (object.kind !== 'StatefulSet' || object.spec['podManagementPolicy'] === 'Parallel' || pods.some((pod) => pod.pod?.phase === 'Pending')) return []
  const stuck = allPods.find((pod) => !pods.includes(pod) && !pod.deleting && conditionOf(pod, 'Ready')?.status !== 'True'
    && pod.pod?.containers.some(({ waiting, restarts, ready }) => (!ready && restarts >= 2)
      || (waiting !== null && /BackOff$|^(ErrImagePull|CreateContainer\w*Error|RunContainerError)$/.test(waiting.reason))) === true)
  return stuck === undefined ? [] : [{
    object: `pod/${stuck.name}`, grace: patience.passing, wantsLogs: true,
    message: `${stuck.name} of the revision before is broken, and the StatefulSet waits for it before it goes on.`,
    cure: `kubectl delete pod ${stuck.name} --namespace ${stuck.namespace}`,
  }]
}

interface Why {
  readonly message: string
  readonly cure: string
  readonly object?: string
  readonly container?: string
  readonly event?: string
}

/** What a pod that is not ready waits for: the probe that fails, or its scheduling, or the image. */
function unreadiness(world: Parameters<ObjectRule>[0]['world'], pods: readonly Kept[]): Why {
  const pod = pods.find((one) => !one.deleting && conditionOf(one, 'Ready')?.status !== 'True' && one.pod?.phase !== 'Succeeded')
  if (pod?.pod === undefined || pod.pod === null) return { message: '', cure: 'See its events: kubectl get events --sort-by=.lastTimestamp' }
  const object = `pod/${pod.name}`
  const describe = `kubectl describe pod ${pod.name} --namespace ${pod.namespace}`
  const said = world.said(pod.uid)
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False') return { object, message: `${pod.name} has no node: ${scheduled.message}`, cure: describe, event: scheduled.message }
  for (const status of pod.pod.containers) {
    const spec = pod.pod.spec.containers.find(({ name }) => name === status.name)
    if (spec === undefined || status.ready || (spec.role === 'init' && status.ended?.exitCode === 0)) continue
    const container = status.name
    if (status.runningSince !== null) {
      if (spec.role === 'init') return { object, container, message: `init container ${container} still runs`, cure: `kubectl logs ${pod.name} --container ${container} --namespace ${pod.namespace}` }
      const kind = spec.probes.startup !== undefined && !status.started ? 'startup' : 'readiness'
      const probe = spec.probes[kind]
      const event = said.findLast(({ reason, message }) => reason === 'Unhealthy' && message.toLowerCase().startsWith(kind))?.message
      if (probe === undefined) continue
      return {
        object, container, message: `the ${kind} probe of ${container} (${asks(probe)}) does not pass`, ...(event === undefined ? {} : { event }),
        cure: `Correct the probe, or what it asks; if ${container} only needs longer, raise the timeout and progressDeadlineSeconds.`,
      }
    }
    if (status.waiting !== null && status.waiting.reason !== 'PodInitializing') {
      const event = status.waiting.message || said.findLast(({ reason }) => /^Failed/.test(reason))?.message
      const ended = endedRuns(status) > 0 ? `, after ${endedRuns(status)} runs` : ''
      return { object, container, message: `${container} waits: ${status.waiting.reason}${ended}`, cure: describe, ...(event === undefined ? {} : { event }) }
    }
  }
  return { object, message: `${pod.name} is not ready`, cure: describe }
}

function asks({ how, port, path }: Probe): string {
  return how === 'exec' ? 'a command' : `${how} ${String(port)}${path}`
}
