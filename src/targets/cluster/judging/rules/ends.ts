import { conditionOf, numberIn, type Kept } from '../objects'
import type { ObjectRule, PodRule } from '../verdict'

/**
 * The Job gave up: by backoffLimit, by activeDeadlineSeconds, by its pod failure policy. Pods of it that fail before that are what
 * backoffLimit is for. From 1.31 on `FailureTarget` says it before the last pod is gone. Where one pod is one attempt, it is known 3 s
 * earlier: the containers have ended, but sandboxes are still taken down.
 */
export const jobFailed: ObjectRule = ({ world, object, allPods }) => {
  const hook = object.annotations['helm.sh/hook']
  // That of the rollout before stays until Helm comes to the hook, and says nothing about this one.
  if (hook !== undefined && !world.fresh(object.uid)) return []
  const told = ['Failed', 'FailureTarget'].map((type) => conditionOf(object, type)).find((one) => one?.status === 'True') ?? null
  const condition = told ?? (attempts(allPods) > limitOf(object) ? { reason: 'BackoffLimitExceeded', message: '' } : null)
  if (condition === null) return []
  const pod = allPods.findLast((one) => one.pod?.phase === 'Failed') ?? allPods.at(-1)
  const end = pod === undefined ? null : endOf(pod)
  return [{
    event: condition.message, grace: 0, wantsLogs: pod !== undefined,
    ...(pod === undefined ? {} : { object: `pod/${pod.name}` }), ...(end === null ? {} : { container: end.container }),
    message: `${hook === undefined ? 'Job' : `The ${hook} hook`} ${object.name} failed: ${reasonOf(condition.reason, object)}${end === null ? '' : `; ${end.container} ended with exit code ${end.exitCode}`}.`,
    cure: pod === undefined ? `See its events: kubectl describe job ${object.name} --namespace ${object.namespace}`
      : `Read its log: kubectl logs ${pod.name} --namespace ${pod.namespace}`,
  }]
}

/** A pod that nobody makes again, such as a hook of Helm, has failed, or will have as soon as its sandbox is taken down. */
export const podFailed: PodRule = (at) => {
  if (at.ownedBy !== 'nobody' || (at.parts.phase !== 'Failed' && !hasFailed(at.pod))) return []
  const end = endOf(at.pod)
  return [{
    event: at.parts.message, grace: 0, wantsLogs: true, ...(end === null ? {} : { container: end.container }),
    message: `Pod ${at.pod.name} failed${end === null ? `: ${at.parts.reason}` : `: ${end.container} ended with exit code ${end.exitCode}`}.`,
    cure: `Read its log: kubectl logs ${at.pod.name} --namespace ${at.pod.namespace}`,
  }]
}

/** A Job with a policy of its own decides by that which failures count. */
function limitOf({ spec }: Kept): number {
  return spec['podFailurePolicy'] !== undefined || spec['backoffLimitPerIndex'] !== undefined ? Infinity : numberIn(spec, 'backoffLimit', 6)
}

function attempts(pods: readonly Kept[]): number {
  return pods.filter((pod) => !pod.deleting && hasFailed(pod)).length
}

/** Does not run again where it is, and one of its main containers ended with an error. */
function hasFailed({ pod }: Kept): boolean {
  return pod?.spec.restartPolicy === 'Never' && pod.containers.some(({ name, ended }) => (
    ended !== null && ended.exitCode !== 0 && pod.spec.containers.some((one) => one.name === name && one.role !== 'sidecar')))
}

function reasonOf(reason: string, job: Kept): string {
  if (reason === 'BackoffLimitExceeded') return `its pods failed more than ${numberIn(job.spec, 'backoffLimit', 6)} times`
  if (reason === 'DeadlineExceeded') return `it was not done within ${numberIn(job.spec, 'activeDeadlineSeconds', 0)} s`
  return reason
}

function endOf(pod: Kept): { readonly container: string; readonly exitCode: number } | null {
  for (const { name, ended, endedBefore } of pod.pod?.containers ?? []) {
    const last = ended ?? endedBefore
    if (last !== null && last.exitCode !== 0) return { container: name, exitCode: last.exitCode }
  }
  return null
}
