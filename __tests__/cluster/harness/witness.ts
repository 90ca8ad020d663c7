import { readFileSync } from 'node:fs'
import { Credentials, KubernetesClient, readKubeconfig, resources, watch, type Resource } from '../../../src/drivers/kubernetes'
import type { Namespace } from './cluster'

interface State { readonly waiting?: { readonly reason?: string }; readonly terminated?: { readonly reason?: string } }
interface Status { readonly restartCount?: number; readonly state?: State; readonly lastState?: State }

/** What of an object the tests look at. */
export interface Seen {
  readonly reason?: string
  readonly message?: string
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: { readonly holderIdentity?: string }
  readonly status?: {
    readonly containerStatuses?: readonly Status[]
    readonly initContainerStatuses?: readonly Status[]
    readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly reason?: string }[]
  }
}

/** What shows that it cannot become ready. */
export interface Evidence {
  readonly kind: 'Pod' | 'Event' | 'Job' | 'Deployment' | 'Secret' | 'Lease'
  readonly when: (object: Seen) => boolean
}

const kinds: Readonly<Record<Evidence['kind'], Resource>> = { Pod: resources.pods, Event: resources.events, Job: resources.jobs, Deployment: resources.deployments, Secret: resources.secrets, Lease: resources.leases }

/** Sees by a stream of its own when the API first shows something, of what comes from now on. */
export class Witness implements AsyncDisposable {
  /** On the clock of `performance.now()`. */
  readonly seen: Promise<number>
  readonly #ended: AbortController
  readonly #client: KubernetesClient

  private constructor(seen: Promise<number>, ended: AbortController, client: KubernetesClient) {
    this.seen = seen
    this.#ended = ended
    this.#client = client
  }

  static async of(namespace: Namespace, { kind, when }: Evidence): Promise<Witness> {
    const config = await readKubeconfig({ text: readFileSync(namespace.kubeconfig, 'utf8'), context: null, env: {}, home: '/' })
    const ended = new AbortController()
    const client = new KubernetesClient(config, new Credentials(config, {}, () => undefined), {}, ended.signal)
    let tell: (at: number) => void = () => undefined
    const seen = new Promise<number>((resolve) => { tell = resolve })
    await new Promise<void>((resolve, reject) => {
      let begun = false
      watch(client, { resource: kinds[kind], namespace: namespace.name }, {
        changed: (object) => { if (begun && when(object)) tell(performance.now()) },
        gone: () => undefined,
        synced: () => {
          begun = true
          resolve()
        },
      }, ended.signal).then(resolve, reject)
    })
    return new Witness(seen, ended, client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await this.#client[Symbol.asyncDispose]()
  }
}
