import { conditionOf, numberIn, type Kept } from '../objects'
import type { ObjectRule, PodRule } from '../verdict'

/**
 * The Job gave up: by backoffLimit, by activeDeadlineSeconds, by its pod failure policy. Pods of it that fail before that are what
 * backoffLimit is for. From 1.31 on `FailureTarget` says it before the last pod is gone.
 */
export const jobFailed: ObjectRule = ({ object, allPods }) => {
  const condition = ['Failed', 'FailureTarget'].map((type) => conditionOf(object, type)).find((one) => one?.status === 'True') ?? null
  if (condition === null) return []
  const pod = allPods.findLast((one) => one.pod?.phase === 'Failed') ?? allPods.at(-1)
  const end = pod === undefined ? null : endOf(pod)
  const hook = object.annotations['helm.sh/hook']
  return [{
    event: condition.message, grace: 0, wantsLogs: pod !== undefined,
    ...(pod === undefined ? {} : { object: `pod/${pod.name}` }), ...(end === null ? {} : { container: end.container }),
    message: `${hook === undefined ? 'Job' : `The ${hook} hook`} ${object.name} failed: ${reasonOf(condition.reason, object)}${end === null ? '' : `; ${end.container} ended with exit code ${end.exitCode}`}.`,
    cure: pod === undefined ? `See its events: kubectl describe job ${object.name} --namespace ${object.namespace}`
      : `Read its log: kubectl logs ${pod.name} --namespace ${pod.namespace}`,
  }]
}

/** A pod that nobody makes again, such as a hook of Helm, has failed. */
export const podFailed: PodRule = (at) => {
  if (at.ownedBy !== 'nobody' || at.parts.phase !== 'Failed') return []
  const end = endOf(at.pod)
  return [{
    event: at.parts.message, grace: 0, wantsLogs: true, ...(end === null ? {} : { container: end.container }),
    message: `Pod ${at.pod.name} failed${end === null ? `: ${at.parts.reason}` : `: ${end.container} ended with exit code ${end.exitCode}`}.`,
    cure: `Read its log: kubectl logs ${at.pod.name} --namespace ${at.pod.namespace}`,
  }]
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
