import type { Said } from './events'
import { named, type Container, type ContainerStatus, type Kept, type PodParts } from './objects'
import type { Patience } from './patience'
import type { World } from './world'

export type State = 'ready' | 'progressing' | 'doomed' | 'unknown'

export interface Verdict {
  readonly state: State
  /** `2 of 3 new pods ready, 1 pulling` */
  readonly line: string
  /** Why it is doomed; else what is amiss but may pass. Empty when it is ready. */
  readonly causes: readonly Cause[]
  /** When to judge again though nothing has changed, on the watch's clock in ms; null: only after a change. */
  readonly again: number | null
}

export interface Cause {
  /** Its name in docs/cluster-rules.md. */
  readonly rule: string
  readonly message: string
  /** `pod/web-6d5f`, as kubectl takes it. */
  readonly object: string
  readonly container?: string
  /** When it was first seen, on the watch's clock in ms. */
  readonly since: number
  /** The cluster's own words. Other people's text: to be escaped and bounded. */
  readonly event?: string
  /** Whether the container's log tells more. */
  readonly wantsLogs: boolean
  /** What to type or change. */
  readonly cure: string
}

/** What a rule finds; it becomes a cause once it has held for `grace`. */
export interface Finding {
  readonly message: string
  readonly cure: string
  readonly container?: string
  readonly event?: string
  readonly wantsLogs?: boolean
  /** Milliseconds; 0: at once. */
  readonly grace: number
  /** It lies in what all pods of the revision have in common, so none can fare better, unless one already does. */
  readonly shared?: boolean
  /** When it is another than the one that was looked at. */
  readonly object?: string
  /** Its time begins anew when this changes: what has to be waited for first is over. */
  readonly stage?: string
  /** It depends on what others do, of which no change tells this subject: ms until it is to be looked at again. */
  readonly recheck?: number
  /** When the cause is another rule's. */
  readonly rule?: string
}

/** For `Finding.recheck`, ms. */
export const soon = 1000

export interface ObjectCase {
  readonly world: World
  readonly object: Kept
  readonly now: number
  readonly patience: Patience
  readonly said: readonly Said[]
  /** What makes the pods: of a Deployment its newest ReplicaSet, else the object itself. */
  readonly creator: Kept | null
  /** Pods of the newest revision. */
  readonly pods: readonly Kept[]
  /** All pods, old ones too. */
  readonly allPods: readonly Kept[]
}

export interface PodCase {
  readonly world: World
  readonly pod: Kept
  readonly parts: PodParts
  readonly now: number
  readonly patience: Patience
  readonly said: readonly Said[]
  readonly containers: readonly ContainerCase[]
  /** Pods of the subject's older revisions: what is known of how its containers behave. */
  readonly older: readonly Kept[]
  /** Who makes a new pod when this one has failed. */
  readonly ownedBy: 'job' | 'workload' | 'nobody'
}

export interface ContainerCase {
  readonly spec: Container
  readonly status: ContainerStatus
}

export type PodRule = (at: PodCase) => readonly Finding[]
export type ObjectRule = (at: ObjectCase) => readonly Finding[]

/** What a set of rules comes to at one object. */
export interface Examined {
  /** These have held for long enough. */
  readonly doom: readonly (Cause & { readonly shared: boolean })[]
  readonly suspected: readonly Cause[]
  /** When the next of those suspected will have. */
  readonly again: number | null
}

export function examine<Case>(
  world: World, object: Kept, now: number, at: Case, rules: Readonly<Record<string, (at: Case) => readonly Finding[]>>, prefix: string,
): Examined {
  const doom: (Cause & { shared: boolean })[] = []
  const suspected: Cause[] = []
  const holding = new Set<string>()
  let again: number | null = null
  for (const [rule, look] of Object.entries(rules)) {
    for (const { grace, shared = false, wantsLogs = false, object: other, stage = '', recheck = 0, ...found } of look(at)) {
      const key = `${prefix}${rule} ${found.container ?? ''} ${stage}`
      holding.add(key)
      const since = world.since(object.uid, key, now)
      const cause = { rule, object: other ?? named(object), since, wantsLogs, ...found }
      if (now - since >= grace) {
        doom.push({ ...cause, shared })
      } else {
        suspected.push(cause)
        if (grace !== Infinity) again = sooner(again, since + grace)
        if (recheck > 0) again = sooner(again, now + recheck)
      }
    }
  }
  world.settle(object.uid, prefix, holding)
  return { doom, suspected, again }
}

/** The earlier of two times; null is never. */
export function sooner(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.min(one, other)
}
