import { numberIn, observed, textIn, type Kept, type Subject } from './objects'
import type { Patience } from './patience'
import { fares, judgePod, type PodVerdict } from './pods'
import { objectRules } from './rules'
import { turnedAway } from './rules/scheduling'
import { examine, sooner, type Cause, type Verdict } from './verdict'
import type { World } from './world'

/** What the kinds of workload have in common. */
interface Shape {
  /** What makes the pods; null: its newest one is not seen yet. */
  readonly creator: Kept | null
  /** Of the newest revision. */
  readonly pods: readonly Kept[]
  readonly allPods: readonly Kept[]
  readonly wanted: number
  readonly ready: boolean
  /** What the line says instead of counting. */
  readonly words?: string
}

/**
 * Doomed when a rule of the workload itself says so; when one of its new pods fails for what all have in common and none got
 * further; when all its new pods fail; or when those that are left over fail for a minute while others are ready.
 */
export function judgeWorkload(world: World, object: Kept, now: number, patience: Patience): Verdict {
  const shape = shapes[object.kind]?.(world, object)
  if (shape === undefined) throw new Error(`${object.kind} is no workload`)
  const seen = observed(object)
  const steadyAt = seen && shape.ready && !object.deleting ? steadyFrom(world, object, shape, now, patience) : Infinity
  if (now >= steadyAt) {
    for (const prefix of ['own ', 'left ']) world.settle(object.uid, prefix, new Set())
    return { state: 'ready', line: shape.words ?? `${shape.wanted} of ${shape.wanted} new pods ready`, causes: [], again: null }
  }
  const { creator, pods, allPods }: Shape = seen ? shape : { ...shape, creator: null, pods: [] }
  const at = { world, object, now, patience, said: world.said(object.uid), creator, pods, allPods }
  const own = examine(world, object, now, at, objectRules[object.kind] ?? {}, 'own ')

  const older = allPods.filter((pod) => !pods.includes(pod))
  const living = pods.filter((pod) => !pod.deleting && !turnedAway(pod) && pod.pod?.phase !== 'Failed')
  const ownedBy = object.kind === 'Job' ? 'job' : 'workload'
  const verdicts = living.map((pod) => judgePod(world, pod, now, patience, older, ownedBy))
  const line = seen ? lineOf(object, shape, verdicts, older) : 'not yet seen by its controller'
  const ofPods = doomOfPods(world, object, now, patience, verdicts)
  if (steadyAt === Infinity) world.settle(object.uid, 'steady', new Set())
  let again = sooner(sooner(own.again, ofPods.again), steadyAt === Infinity ? null : steadyAt)
  for (const { examined } of verdicts) again = sooner(again, examined.again)

  const doom = [...own.doom, ...ofPods.doom]
  if (doom.length > 0) return { state: 'doomed', line, causes: plain(doom), again: null }
  const amiss = [...own.suspected, ...verdicts.flatMap(({ examined }) => [...examined.doom, ...examined.suspected])]
  return { state: 'progressing', line, causes: plain(amiss), again }
}

/** From when on being ready counts: where nothing probes a container, after a while; else at once. */
function steadyFrom(world: World, object: Kept, { pods }: Shape, now: number, patience: Patience): number {
  const unprobed = pods.some((pod) => world.fresh(pod.uid) && pod.pod?.spec.containers.some(({ role, probes }) => role === 'main' && probes.readiness === undefined) === true)
  return unprobed && object.kind !== 'Job' ? world.since(object.uid, 'steady', now) + patience.steady : now
}

function doomOfPods(world: World, object: Kept, now: number, patience: Patience, verdicts: readonly PodVerdict[]): { doom: readonly Cause[]; again: number | null } {
  const doomed = verdicts.filter(({ state }) => state === 'doomed')
  const leftOver = 'left over'
  const forget = (): void => world.settle(object.uid, 'left ', new Set())
  if (doomed.length === 0) {
    forget()
    return { doom: [], again: null }
  }
  const shared = doomed.flatMap(({ pod, examined }) => examined.doom.filter((cause) => (
    cause.shared && !verdicts.some((other) => other.pod !== pod && fares(other.pod, cause.container)))))
  const all = doomed.flatMap(({ examined }) => examined.doom)
  if (shared.length > 0) return { doom: shared, again: null }
  if (verdicts.some(({ state }) => state === 'progressing')) {
    forget()
    return { doom: [], again: null }
  }
  if (doomed.length === verdicts.length) return { doom: all, again: null }
  const since = world.since(object.uid, leftOver, now)
  return now - since >= patience.stragglers ? { doom: all, again: null } : { doom: [], again: since + patience.stragglers }
}

const shapes: Readonly<Record<string, (world: World, object: Kept) => Shape>> = {
  Deployment(world, object) {
    const sets = world.children(object.uid).filter(({ kind }) => kind === 'ReplicaSet')
    const allPods = sets.flatMap((set) => podsOf(world, set))
    const newest = sets.reduce<Kept | null>((best, set) => best === null || revisionOf(set) > revisionOf(best) ? set : best, null)
    // ReplicaSets come by another stream: the newest that is seen may not be the newest that there is.
    const creator = newest !== null && revisionOf(newest) >= revisionOf(object) ? newest : null
    const wanted = numberIn(object.spec, 'replicas', 1)
    const has = (name: string): number => numberIn(object.status, name, 0)
    return {
      creator, allPods, wanted, pods: creator === null ? [] : podsOf(world, creator),
      // `replicas` counts old ones that are not told to end yet.
      ready: has('updatedReplicas') === wanted && has('replicas') === wanted && has('availableReplicas') === wanted,
    }
  },
  StatefulSet(world, object) {
    const allPods = podsOf(world, object)
    const wanted = numberIn(object.spec, 'replicas', 1)
    const partition = Math.min(wanted, numberIn(object.spec, 'partition', 0))
    const has = (name: string): number => numberIn(object.status, name, 0)
    const stays = object.spec['strategy'] === 'OnDelete'
    const serving = has('replicas') === wanted && has('readyReplicas') === wanted && numberIn(object.status, 'availableReplicas', wanted) === wanted
    const revision = textIn(object.status, 'updateRevision')
    return {
      creator: object, allPods, wanted: wanted - (stays ? 0 : partition),
      pods: revision === '' || stays ? allPods : allPods.filter((pod) => pod.labels['controller-revision-hash'] === revision),
      ready: serving && (stays || has('updatedReplicas') >= wanted - partition),
      ...(stays ? { words: `${has('readyReplicas')} of ${wanted} pods ready; OnDelete: each stays as it is until somebody deletes it` } : {}),
    }
  },
  DaemonSet(world, object) {
    const allPods = podsOf(world, object)
    const has = (name: string): number => numberIn(object.status, name, 0)
    const wanted = has('desiredNumberScheduled')
    const revisions = world.children(object.uid).filter(({ kind }) => kind === 'ControllerRevision')
    const newest = revisions.reduce<Kept | null>((best, one) => best === null || numberIn(one.spec, 'revision', 0) > numberIn(best.spec, 'revision', 0) ? one : best, null)
    const template = object.annotations['deprecated.daemonset.template.generation']
    return {
      creator: object, allPods, wanted,
      pods: object.spec['strategy'] === 'OnDelete' ? allPods : allPods.filter(({ labels }) => {
        if (newest !== null) return newest.name.endsWith(`-${labels['controller-revision-hash'] ?? ''}`)
        return template === undefined || labels['pod-template-generation'] === template
      }),
      ready: object.observedGeneration !== null && has('numberAvailable') === wanted
        && (object.spec['strategy'] === 'OnDelete' || has('updatedNumberScheduled') === wanted),
      ...(wanted === 0 && object.observedGeneration !== null && allPods.length === 0 ? { words: 'no node is meant to run it' } : {}),
    }
  },
  Job(world, object) {
    const allPods = podsOf(world, object)
    const done = object.conditions.some(({ type, status }) => (type === 'Complete' || type === 'SuccessCriteriaMet') && status === 'True')
    const wanted = numberIn(object.spec, 'completions', 1)
    const count = `${numberIn(object.status, 'succeeded', 0)} of ${wanted} done`
    const failed = numberIn(object.status, 'failed', 0)
    const words = object.spec['suspend'] === true ? 'suspended' : done ? 'done' : `${count}${failed === 0 ? '' : `, ${failed} failed so far`}`
    return { creator: object, allPods, pods: allPods, wanted, ready: done, words }
  },
}

export const workloadKinds: ReadonlySet<string> = new Set(Object.keys(shapes))

/** Pods of its newest revision that have not ended; null: it is no workload. */
export function newPods(world: World, subject: Subject): readonly Kept[] | null {
  const object = world.get(subject)
  const shape = object === null ? undefined : shapes[object.kind]?.(world, object)
  return shape?.pods.filter((pod) => !pod.deleting && pod.pod?.phase === 'Running') ?? null
}

/** `2 of 3 new pods ready, 1 pulling, 1 old one left` */
function lineOf(object: Kept, { wanted, words, creator }: Shape, verdicts: readonly PodVerdict[], older: readonly Kept[]): string {
  const doing = new Map<string, number>()
  for (const verdict of verdicts) if (verdict.state !== 'ready') doing.set(verdict.doing, (doing.get(verdict.doing) ?? 0) + 1)
  const rest = [...doing].map(([what, times]) => `${times} ${what}`)
  if (object.kind === 'Job') return [words, ...rest].join(', ')
  if (creator === null) return 'its new pods are not seen yet'
  const ready = verdicts.filter(({ state }) => state === 'ready').length
  const left = older.filter((pod) => pod.pod?.phase !== 'Failed' && pod.pod?.phase !== 'Succeeded').length
  return [words ?? `${ready} of ${wanted} new pods ready`, ...rest, ...(left === 0 ? [] : [`${left} old ${left === 1 ? 'one' : 'ones'} left`])].join(', ')
}

function podsOf(world: World, owner: Kept): readonly Kept[] {
  return world.children(owner.uid).filter(({ pod }) => pod !== null)
}

function revisionOf(object: Kept): number {
  return Number(object.annotations['deployment.kubernetes.io/revision'] ?? 0)
}

/** The same cause at several pods is told once for each; what only the judging needs is left out. */
export function plain(causes: readonly (Cause & { readonly shared?: boolean })[]): readonly Cause[] {
  return causes.map(({ shared: _, ...cause }) => cause)
}
