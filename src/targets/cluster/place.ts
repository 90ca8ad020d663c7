import type { Helm } from '../../drivers/helm'
import type { Discovery, KubernetesClient } from '../../drivers/kubernetes'
import type { Actor } from '../../rollout/target'
import type { History } from './history'
import type { Revisions } from './revisions'
import type { Watching } from './watching'

/** All that the steps on a release of a cluster have in common. */
export interface Place {
  /** `namespace/release`. */
  readonly name: string
  readonly app: string
  readonly release: string
  readonly namespace: string
  readonly client: KubernetesClient
  readonly discovery: Discovery
  readonly helm: Helm
  readonly revisions: Revisions
  readonly history: History
  readonly watching: Watching
  /** Aborted when the run is cancelled, or the lock is lost. */
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
  readonly warn: (text: string) => void
}

/** What is applied: Helm's words for it, and what comes of it. */
export interface Applying {
  readonly actor: Actor
  /** Milliseconds since 1970 by which it has to be done. */
  readonly until: number
}
