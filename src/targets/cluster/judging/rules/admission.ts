import { conditionOf, numberIn, type Kept } from '../objects'
import { soon, type Finding, type ObjectCase, type ObjectRule } from '../verdict'

/** What is wrong with the API server, or with who it has to ask, and not with the pod. */
const passing = /failed calling webhook|timed? ?out|deadline exceeded|connection refused|internal error|etcdserver|unavailable|Unauthorized|too many requests|try again|has been modified|no endpoints available/i
const terminating = /because it is being terminated|namespaces? "[^"]+" not found/

/**
 * The namespace's quota is used up. Old pods that leave give theirs back, so it is doom only when none leaves, no older ReplicaSet
 * is shrinking, and no new pod is on its way to take an old one's place. After that the controller has to try again, which it does at intervals
 * that double: so it is given as long again as it has waited.
 */
export const quotaExceeded: ObjectRule = (at) => {
  const found = refusals(at, (words) => /exceeded quota/.test(words), (words) => {
    const relieved = relief(at)
    const waited = at.world.waited(at.object.uid, 'quota', relieved, at.now)
    return {
      message: `The namespace's quota leaves no room for another pod: ${/exceeded quota: (.*)$/s.exec(words)?.[1] ?? words}.`,
      cure: `Raise it, lower resources.requests or replicas, or set maxSurge: 0 and maxUnavailable: 1: kubectl describe quota --namespace ${at.object.namespace}`,
      ...(relieved ? { grace: Infinity, stage: 'relief', recheck: soon } : { grace: at.patience.refused + waited }),
    }
  })
  if (found.length === 0) at.world.settle(at.object.uid, 'wait quota', new Set())
  return found
}

/** An admission webhook, a policy or the namespace's pod security level refuses the pods. They are made of one template, so it refuses all. */
export const admissionRefused: ObjectRule = (at) => refusals(
  at, (words) => /admission webhook .* denied|violates PodSecurity|ValidatingAdmissionPolicy|denied (the )?request|is invalid:/i.test(words) && !/failed calling webhook/.test(words),
  (words) => ({
    message: /violates PodSecurity/.test(words) ? 'The pods break the namespace\'s pod security level.'
      : / is invalid:/.test(words) ? 'The API server takes the pods for invalid.' : 'The cluster\'s admission refuses the pods.',
    cure: 'Change the chart as the refusal says.', grace: at.patience.refused,
  }),
)

/** The namespace is being deleted: nothing new is made in it, for ever. */
export const namespaceTerminating: ObjectRule = (at) => {
  const namespace = at.world.get({ group: '', kind: 'Namespace', namespace: '', name: at.object.namespace })
  const going = namespace?.deleting === true || namespace?.status['phase'] === 'Terminating'
  const say = { message: `Namespace ${at.object.namespace} is being deleted.`, cure: 'Wait until it is gone, make it again, and deploy once more.', grace: 0 }
  return going ? [say] : refusals(at, (words) => terminating.test(words), () => say)
}

/**
 * The pods cannot be made for another reason: no such service account or priority class (which may be applied a moment later), or
 * something at the API server that passes, such as a webhook that cannot be reached.
 */
export const podsRefused: ObjectRule = (at) => refusals(
  at, (words) => !/exceeded quota|violates PodSecurity|ValidatingAdmissionPolicy|admission webhook .* denied|denied (the )?request|is invalid:/i.test(words) && !terminating.test(words),
  (words) => ({
    message: 'The cluster does not make the pods.',
    cure: /serviceaccount "([^"]+)" not found/.test(words) ? 'Put the service account into the chart, or correct serviceAccountName.'
      : `See the reason: kubectl describe ${at.creator?.kind.toLowerCase() ?? ''} ${at.creator?.name ?? ''} --namespace ${at.object.namespace}`,
    grace: passing.test(words) ? at.patience.passing : at.patience.appears,
  }),
)

function refusals(at: ObjectCase, mine: (words: string) => boolean, say: (words: string) => Finding): readonly Finding[] {
  const words = refusal(at)
  return words !== null && mine(words) ? [{ ...say(words), event: words }] : []
}

/** Why pods are not made, as it is said now; null: they are. */
function refusal({ world, creator, pods }: ObjectCase): string | null {
  if (creator === null) return null
  const wanted = creator.kind === 'DaemonSet' ? numberIn(creator.status, 'desiredNumberScheduled', 1)
    : creator.kind === 'Job' ? numberIn(creator.spec, 'parallelism', 1) : numberIn(creator.spec, 'replicas', 1)
  if (pods.filter((pod) => !pod.deleting && pod.pod?.phase !== 'Failed').length >= wanted) return null
  // Of the controllers, only that of ReplicaSets keeps it in the status; it goes with the first pod that could be made.
  if (creator.kind === 'ReplicaSet') {
    const condition = conditionOf(creator, 'ReplicaFailure')
    if (condition?.status === 'True' && condition.reason === 'FailedCreate' && world.fresh(creator.uid)) return condition.message
    return null
  }
  const said = world.said(creator.uid)
  const failed = said.findLast(({ reason }) => reason === 'FailedCreate')
  const made = said.findLast(({ reason }) => reason === 'SuccessfulCreate')
  return failed !== undefined && (made === undefined || made.last < failed.last) ? failed.message : null
}

function relief({ world, object, creator, pods, allPods }: ObjectCase): boolean {
  if (allPods.some(({ deleting }) => deleting)) return true
  const older = world.children(object.uid).filter((child) => child.kind === 'ReplicaSet' && child.uid !== creator?.uid)
  if (older.some(shrinks)) return true
  const onItsWay = pods.some((pod) => !pod.deleting && pod.pod?.phase !== 'Failed' && !pod.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'))
  return onItsWay && older.some(({ spec }) => numberIn(spec, 'replicas', 0) > 0)
}

function shrinks({ spec, status }: Kept): boolean {
  return numberIn(status, 'replicas', 0) > numberIn(spec, 'replicas', 0) || numberIn(status, 'terminatingReplicas', 0) > 0
}
