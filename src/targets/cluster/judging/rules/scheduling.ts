import { conditionOf, type Kept } from '../objects'
import { soon, type Finding, type ObjectRule, type PodCase, type PodRule } from '../verdict'
import { claimUnbound } from './storage'

/** What a node is only for a while. */
const passingTaint = /taint.*node\.kubernetes\.io\/(not-ready|unreachable|disk-pressure|memory-pressure|pid-pressure|network-unavailable|unschedulable)|node\.cloudprovider\.kubernetes\.io\/uninitialized/
/** What a pod that leaves gives back. */
const freed = /Insufficient|free ports|anti-affinity|topology spread|Too many pods/i

/**
 * No node takes the pod: the scheduler's own words. A pod that is leaving may make room, so room is judged when none
 * leaves any more and the scheduler had time to look again. An autoscaler of nodes looks every 10 s and needs minutes for a node: once one has shown itself by an
 * event, or `patience.autoscaler` says so, its silence is given a minute, its refusal half of one, and a node it ordered a quarter of an hour.
 * A claim that is not bound yet is judged by its own signs: disks take their time.
 */
export const unschedulable: PodRule = (at) => {
  const condition = conditionOf(at.pod, 'PodScheduled')
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable' || at.parts.node !== '') return []
  const words = condition.message
  const finding = { event: words, message: `No node takes ${at.pod.name}: ${inShort(words)}.`, cure: cureOf(words, at) }
  if (/unbound immediate PersistentVolumeClaims|waiting for .*volume.* to be (bound|provisioned)/i.test(words)) return [unbound(at, finding)]
  return [{ ...finding, ...waitFor(at, words) }]
}

function waitFor(at: PodCase, words: string): Pick<Finding, 'grace' | 'stage' | 'recheck'> {
  const { patience } = at
  if (at.parts.nominatedNode !== '') return { grace: patience.passing, stage: 'preempting' }
  const leaving = freed.test(words) && at.world.somePodLeaves
  const waited = at.world.waited(at.pod.uid, 'room', leaving, at.now)
  if (leaving) return { grace: Infinity, stage: 'leaving', recheck: soon }
  if (passingTaint.test(words)) return { grace: patience.passing }
  const said = (reason: RegExp): boolean => at.said.some((one) => reason.test(one.reason))
  if (patience.autoscaler !== false) {
    if (said(/^(TriggeredScaleUp|Nominated)$/)) return { grace: patience.nodeJoins, stage: 'ordered' }
    if (said(/^NotTriggerScaleUp$/)) return { grace: patience.autoscalerDeclined, stage: 'declined' }
    if (patience.autoscaler === true || at.world.autoscaler || /ToBeDeletedByClusterAutoscaler|karpenter\.sh|DeletionCandidateOfClusterAutoscaler/.test(words)) {
      return { grace: patience.autoscalerSilent }
    }
  }
  if (/persistentvolumeclaim "[^"]+" not found/.test(words)) return { grace: patience.appears }
  // The scheduler lets a pod that did not fit wait for up to 10 s before it looks again.
  return { grace: patience.unschedulable + Math.min(waited, 10_000) }
}

function unbound(at: PodCase, finding: Omit<Finding, 'grace'>): Finding {
  for (const name of at.parts.spec.claims) {
    const claim = at.world.get({ group: '', kind: 'PersistentVolumeClaim', namespace: at.pod.namespace, name })
    if (claim === null) continue
    const { world, now, patience } = at
    const [why] = claimUnbound({ world, object: claim, now, patience, said: world.said(claim.uid), creator: null, pods: [], allPods: [] })
    if (why !== undefined) return { ...why, object: `persistentvolumeclaim/${name}`, rule: 'claim-unbound', stage: name }
  }
  return { ...finding, grace: Infinity }
}

/** Without what the scheduler tried in vain to make room by, and without a claim's second `not found`. */
function inShort(words: string): string {
  return words.replace(/[,.]? ?(no new claims to deallocate|preemption: ).*$/s, '').replace(/(not found)\. not found$/, '$1').replace(/[. ]+$/, '')
}

function cureOf(words: string, at: PodCase): string {
  if (/persistentvolumeclaim "[^"]+" not found/.test(words)) return 'Put the PersistentVolumeClaim into the chart, or make it before the rollout.'
  if (/Insufficient|Too many pods/.test(words)) return 'Lower resources.requests in the values of the chart, lower maxSurge, or add a node.'
  if (/affinity\/selector/.test(words)) return 'Correct nodeSelector or affinity; what nodes have: kubectl get nodes --show-labels'
  if (/taint/.test(words)) return 'Add a toleration, or remove the taint: kubectl describe nodes'
  if (/free ports/.test(words)) return 'A host port is there once per node: drop hostPort, or let old pods go first (maxSurge: 0).'
  if (/anti-affinity|topology spread/.test(words)) return 'Prefer the spread instead of requiring it, or add a node.'
  if (/persistent volumes to bind/.test(words)) return 'Make the volumes, or take a storage class that makes them: kubectl get pv,storageclass'
  if (/volume node affinity/.test(words)) return 'The volume is in another zone than the nodes that fit: choose nodes of its zone.'
  return `See what the scheduler says: kubectl describe pod ${at.pod.name} --namespace ${at.pod.namespace}`
}

/**
 * No sandbox (network, mostly) for the pod, or its volume cannot be attached. A node that is busy, or has just joined, says so a few times;
 * it is doom when it goes on.
 */
export const nodeCannotHost: PodRule = (at) => {
  if (at.parts.phase !== 'Pending' || !at.containers.every(({ status }) => status.runningSince === null && status.ended === null)) return []
  const said = at.said.findLast(({ reason, times }) => /^(FailedCreatePodSandBox|FailedAttachVolume)$/.test(reason) && times >= 3)
  return said === undefined ? [] : [{
    event: said.message, grace: at.patience.passing,
    message: `Node ${at.parts.node} cannot give ${at.pod.name} what it needs to start.`,
    cure: `Look at the node's network and disks, or drain it: kubectl describe node ${at.parts.node}`,
  }]
}

/**
 * Nodes turn pods away or evict them: full disk, preemption, a node that shuts down, affinity that no longer fits. Each alone is nobody's fault and
 * a new pod is made. When five of the new revision have gone that way, the next will too.
 */
export const podsTurnedAway: ObjectRule = ({ world, pods, patience }) => {
  const away = pods.filter((pod) => world.fresh(pod.uid) && turnedAway(pod))
  const last = away.at(-1)
  if (last === undefined) return []
  return [{
    event: last.pod?.message ?? '', grace: away.length >= patience.turnedAway ? 0 : Infinity,
    message: `${away.length} new ${away.length === 1 ? 'pod was' : 'pods were'} turned away: ${last.pod?.reason ?? ''}.`,
    cure: `See what node ${last.pod?.node ?? ''} lacks: kubectl describe node ${last.pod?.node ?? ''}`,
  }]
}

export function turnedAway(pod: Kept): boolean {
  return pod.pod?.phase === 'Failed' && (
    /^(Evicted|Preempting|NodeAffinity|NodeShutdown|NodeLost|Terminated|Shutdown|UnexpectedAdmissionError|OutOf\w+)$/.test(pod.pod.reason)
    || conditionOf(pod, 'DisruptionTarget')?.status === 'True')
}
