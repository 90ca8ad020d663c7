import type { Helm } from '../../drivers/helm'
import type { Discovery, KubernetesClient } from '../../drivers/kubernetes'
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
  /** Helm's number of what is to be gone back to; null: a version says it, or nothing does. */
  readonly revision: number | null
  readonly client: KubernetesClient
  readonly discovery: Discovery
  readonly helm: Helm
  readonly revisions: Revisions
  readonly history: History
  readonly watching: Watching
  /** Aborted when the run is cancelled, or the lock is lost. */
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
  /** Hears of secrets before anything with them in it is told. */
  readonly hide: (secrets: readonly string[]) => void
  /** Which texts of a release's values are taken for secrets by what they are called and look like. */
  readonly secretsIn: (values: unknown) => readonly string[]
  readonly warn: (text: string) => void
}
