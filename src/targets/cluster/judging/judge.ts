import { conditionOf, observed, textIn, type Kept, type Subject } from './objects'
import { patience as usual, type Patience } from './patience'
import { judgePod } from './pods'
import { always, customRules, objectRules } from './rules'
import { currentCondition } from './rules/custom'
import { examine, sooner, type Cause, type Verdict } from './verdict'
import { judgeWorkload, plain, workloadKinds } from './workloads'
import type { World } from './world'

/**
 * How a subject stands now. `now` is of the same clock as the times given to `World.put`. Time is measured between judgements, so it has to be
 * asked after each change that `World.affected` names it for, and at `again`.
 */
export function judge(world: World, subject: Subject, now: number, patience: Patience = usual): Verdict {
  const object = world.get(subject)
  const verdict = object === null ? judgeAbsent(world, subject, now, patience) : judgeObject(world, object, now, patience)
  if (verdict.state === 'ready' || verdict.state === 'doomed' || patience.until === null || now >= patience.until) return verdict
  return { ...verdict, again: sooner(verdict.again, patience.until) }
}

/** Exists, and no more is asked of it: other controllers take it up when pods are there. */
const plainKinds = new Set([
  'Service', 'Ingress', 'IngressClass', 'ConfigMap', 'Secret', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'NetworkPolicy',
  'StorageClass', 'PriorityClass', 'LimitRange', 'ResourceQuota', 'PersistentVolume', 'Endpoints', 'EndpointSlice', 'Lease', 'ReplicaSet', 'ControllerRevision',
])
const coreGroups = /^$|^(apps|batch|autoscaling|policy|networking\.k8s\.io|rbac\.authorization\.k8s\.io|storage\.k8s\.io|scheduling\.k8s\.io|discovery\.k8s\.io|coordination\.k8s\.io)$/

function judgeObject(world: World, object: Kept, now: number, patience: Patience): Verdict {
  const core = coreGroups.test(object.group)
  if (core && workloadKinds.has(object.kind)) return judgeWorkload(world, object, now, patience)
  if (core && object.kind === 'Pod') return judgeBarePod(world, object, now, patience)
  const { ready, line, again: standing = null } = core ? standingOf(world, object) : customStanding(world, object, now)
  const fits = core ? objectRules[object.kind] ?? always : customRules
  const at = { world, object, now, patience, said: world.said(object.uid), creator: null, pods: [], allPods: [] }
  if (ready && !object.deleting && object.kind !== 'HorizontalPodAutoscaler') return { state: 'ready', line, causes: [], again: null }
  const own = examine(world, object, now, at, ready ? without(fits, 'never-ready') : fits, 'own ')
  const below = core ? null : judgeBelow(world, object, now, patience)
  const doom = [...own.doom, ...below?.doom ?? []]
  if (doom.length > 0) return { state: 'doomed', line, causes: plain(doom), again: null }
  const causes = plain([...own.suspected, ...below?.amiss ?? []])
  const again = sooner(sooner(own.again, below?.again ?? null), standing)
  return { state: ready && !object.deleting ? 'ready' : 'progressing', line, causes, again }
}

function judgeBarePod(world: World, pod: Kept, now: number, patience: Patience): Verdict {
  const verdict = judgePod(world, pod, now, patience, [], 'nobody')
  const hook = pod.annotations['helm.sh/hook'] !== undefined
  const ready = verdict.state === 'ready' && !pod.deleting && (!hook || pod.pod?.phase === 'Succeeded')
  if (ready) return { state: 'ready', line: pod.pod?.phase === 'Succeeded' ? 'done' : 'ready', causes: [], again: null }
  const at = { world, object: pod, now, patience, said: world.said(pod.uid), creator: null, pods: [pod], allPods: [pod] }
  const own = examine(world, pod, now, at, always, 'own ')
  const doom = [...own.doom, ...verdict.examined.doom]
  const line = verdict.state === 'ready' ? 'running' : verdict.doing
  if (doom.length > 0) return { state: 'doomed', line, causes: plain(doom), again: null }
  return { state: 'progressing', line, causes: plain([...own.suspected, ...verdict.examined.suspected]), again: sooner(own.again, verdict.examined.again) }
}

/** What a hook did is known though Helm has deleted it since. */
function judgeAbsent(world: World, subject: Subject, now: number, patience: Patience): Verdict {
  const last = world.gone(subject)
  const done = last !== null && (conditionOf(last, 'Complete')?.status === 'True' || last.pod?.phase === 'Succeeded')
  if (done) return { state: 'ready', line: 'done, and deleted since', causes: [], again: null }
  const object = `${subject.kind.toLowerCase()}/${subject.name}`
  const base = { object, since: now, wantsLogs: false }
  const failed = last === null ? null : conditionOf(last, 'Failed')
  if (failed?.status === 'True') {
    const cause = { ...base, rule: 'job-failed', message: `Job ${subject.name} failed, and was deleted since: ${failed.reason}.`, event: failed.message, cure: 'Keep it for its log: drop hook-failed from helm.sh/hook-delete-policy, or raise ttlSecondsAfterFinished.' }
    return { state: 'doomed', line: 'failed, and deleted since', causes: [cause], again: null }
  }
  if (last !== null && last.annotations['helm.sh/hook'] === undefined) {
    const cause = { ...base, rule: 'deleted', message: `${subject.kind} ${subject.name} was deleted by somebody else.`, cure: 'Find out by whom, and deploy again.' }
    return { state: 'doomed', line: 'deleted', causes: [cause], again: null }
  }
  if (patience.until !== null && now >= patience.until) {
    const cause = { ...base, rule: 'never-ready', message: `${subject.kind} ${subject.name} never came to be.`, cure: `See whether it is there: kubectl get ${subject.kind.toLowerCase()} ${subject.name} --namespace ${subject.namespace}` }
    return { state: 'doomed', line: 'not there', causes: [cause], again: null }
  }
  return { state: 'unknown', line: last === null ? 'not there yet' : 'deleted, how it ended is not known', causes: [], again: null }
}

interface Standing {
  readonly ready: boolean
  readonly line: string
  readonly again?: number
}

/** How long a fresh custom resource without a status is taken for one whose controller has not looked yet. */
const firstStatus = 3000

function standingOf(world: World, object: Kept): Standing {
  switch (object.kind) {
    case 'PersistentVolumeClaim': {
      const phase = textIn(object.status, 'phase')
      const waits = world.said(object.uid).some(({ reason }) => reason === 'WaitForFirstConsumer')
      if (phase === 'Bound') return { ready: true, line: 'bound' }
      return waits ? { ready: !world.claimed(object), line: 'bound once a pod uses it' } : { ready: false, line: phase.toLowerCase() || 'pending' }
    }
    case 'HorizontalPodAutoscaler': {
      const active = conditionOf(object, 'ScalingActive')
      return { ready: true, line: active?.status === 'False' ? `there; does not scale yet: ${active.reason}` : 'there' }
    }
    case 'CronJob':
      return { ready: true, line: object.spec['suspend'] === true ? 'suspended' : `scheduled: ${textIn(object.spec, 'schedule')}` }
    case 'Namespace':
      return { ready: textIn(object.status, 'phase') !== 'Terminating', line: textIn(object.status, 'phase').toLowerCase() }
    case 'PodDisruptionBudget':
      return { ready: observed(object), line: observed(object) ? 'there' : 'not yet seen by its controller' }
    default:
      return plainKinds.has(object.kind) || object.conditions.length === 0 ? { ready: true, line: 'there' } : customReadiness(object)
  }
}

/** As a fresh one has no status yet, it is given a moment to get one before its mere being there counts. */
function customStanding(world: World, object: Kept, now: number): Standing {
  if (object.conditions.length > 0 || textIn(object.status, 'phase') !== '' || object.observedGeneration !== null) return customReadiness(object)
  const again = world.since(object.uid, 'being there', now) + firstStatus
  return now >= again ? { ready: true, line: 'there' } : { ready: false, line: 'no status yet', again }
}

/** By the conventions of conditions: Reconciling and Stalled first, then Ready or Available. */
function customReadiness(object: Kept): Standing {
  if (!observed(object)) return { ready: false, line: 'not yet seen by its controller' }
  for (const type of ['Reconciling', 'Stalled', 'Failed']) {
    const condition = currentCondition(object, type)
    if (condition?.status === 'True') return { ready: false, line: `${type}: ${condition.message || condition.reason}` }
  }
  for (const type of ['Ready', 'Available']) {
    const condition = conditionOf(object, type)
    if (condition === null) continue
    if (condition !== currentCondition(object, type)) return { ready: false, line: 'not yet seen by its controller' }
    return condition.status === 'True' ? { ready: true, line: type.toLowerCase() } : { ready: false, line: condition.message || condition.reason || 'not ready' }
  }
  const phase = textIn(object.status, 'phase')
  return /^(failed|error|pending|creating|progressing|provisioning)$/i.test(phase) ? { ready: false, line: `phase ${phase}` } : { ready: true, line: phase === '' ? 'there' : `phase ${phase}` }
}

/** A custom resource that is not ready is doomed with what it has made. */
function judgeBelow(world: World, object: Kept, now: number, patience: Patience): { doom: readonly Cause[]; amiss: readonly Cause[]; again: number | null } {
  const doom: Cause[] = []
  const amiss: Cause[] = []
  let again: number | null = null
  for (const child of world.descendants(object.uid)) {
    const orphan = child.kind === 'Pod' && child.owners.every(({ uid }) => uid === object.uid)
    if (!orphan && !(workloadKinds.has(child.kind) && child.kind !== 'Job')) continue
    const verdict = judgeObject(world, child, now, { ...patience, until: null })
    ;(verdict.state === 'doomed' ? doom : amiss).push(...verdict.causes)
    again = sooner(again, verdict.again)
  }
  return { doom, amiss, again }
}

function without<T>(rules: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(rules).filter(([rule]) => rule !== name))
}
