import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'

interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}
type Lease = KubeObject & { readonly spec?: LeaseSpec }

/** Milliseconds between two renewals. */
const beat = 5_000
/** Milliseconds without a renewal seen after which a holder is dead. */
export const silence = 20_000
/** Milliseconds between looks while somebody else holds it. */
const look = 1_000

export interface LockOptions {
  readonly client: KubernetesClient
  readonly namespace: string
  readonly release: string
  /** Who and which run; for whoever waits. */
  readonly holder: string
  /** Seconds to wait for another. */
  readonly timeout: number
  readonly signal: AbortSignal
  readonly waiting: (text: string) => void
}

/** The name of the Lease of a release; Helm's own names never begin so. */
export const leaseName = (release: string): string => `slipway.${release}`

/**
 * A Lease that is renewed while we live. Whether its holder lives is judged by renewals that are seen here, never by the times in it: clocks of
 * runners differ. Ours is lost when somebody else has it, or when it could not be renewed for as long as it takes others to think us dead.
 */
export class Lock implements AsyncDisposable {
  readonly #options: LockOptions
  readonly #identity: string
  readonly #lost = new AbortController()
  readonly #ended = new AbortController()
  #lease: Lease
  #renewing: Promise<void> = Promise.resolve()

  private constructor(options: LockOptions, identity: string, lease: Lease) {
    this.#options = options
    this.#identity = identity
    this.#lease = lease
  }

  /** Throws a `Failure`: `locked`. */
  static async take(options: LockOptions): Promise<Lock> {
    const identity = `${options.holder} ${randomUUID().slice(0, 8)}`
    const { client, namespace, release, timeout, signal, waiting } = options
    const path = pathOf(resources.leases, namespace, leaseName(release))
    const began = Date.now()
    let seen = { version: '', at: Date.now() }
    let told = ''
    for (;;) {
      signal.throwIfAborted()
      const there = await client.find<Lease>(path)
      const holder = there?.spec?.holderIdentity ?? ''
      const version = there?.metadata.resourceVersion ?? ''
      if (seen.version !== version) seen = { version, at: Date.now() }
      const dead = holder !== '' && Date.now() - seen.at >= silence
      if (there === null || holder === '' || dead) {
        const lease = await claimed(options, there, identity)
        if (lease !== null) {
          const lock = new Lock(options, identity, lease)
          lock.#renewing = lock.#renew()
          return lock
        }
        continue
      }
      const name = holder.replace(/ [0-9a-f]{8}$/, '')
      if (told !== name) {
        told = name
        waiting(`waiting for the lock that ${name} holds`)
      }
      if (Date.now() - began >= timeout * 1000) throw locked(release, name, timeout)
      await sleep(look, undefined, { signal })
    }
  }

  /** Aborted when it is ours no more: nothing may be changed then. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await this.#renewing
    if (this.#lost.signal.aborted) return
    // Whoever comes next waits for nothing. If it cannot be said, he waits until we are silent.
    await this.#put({ holderIdentity: '' }).catch(() => undefined)
  }

  async #renew(): Promise<void> {
    let last = Date.now()
    for (;;) {
      await sleep(beat, undefined, { signal: this.#ended.signal }).catch(() => undefined)
      if (this.#ended.signal.aborted) return
      try {
        await this.#put({ holderIdentity: this.#identity })
        last = Date.now()
      } catch (error) {
        const taken = error instanceof ApiError && (error.status === 409 || error.status === 404)
        if (taken || Date.now() - last > silence - beat) {
          this.#lost.abort(lost(this.#options.release, error))
          return
        }
      }
    }
  }

  async #put({ holderIdentity }: { readonly holderIdentity: string }): Promise<void> {
    const { client, namespace, release } = this.#options
    this.#lease = await client.replace<Lease>(pathOf(resources.leases, namespace, leaseName(release)), {
      ...this.#lease, spec: { ...this.#lease.spec, holderIdentity, renewTime: microTime() },
    })
  }
}

/** Null: somebody else was sooner. */
async function claimed({ client, namespace, release }: LockOptions, there: Lease | null, identity: string): Promise<Lease | null> {
  const spec = {
    holderIdentity: identity, leaseDurationSeconds: silence / 1000, acquireTime: microTime(), renewTime: microTime(),
    leaseTransitions: (there?.spec?.leaseTransitions ?? 0) + 1,
  }
  try {
    if (there !== null) return await client.replace<Lease>(pathOf(resources.leases, namespace, leaseName(release)), { ...there, spec })
    return await client.create<Lease>(pathOf(resources.leases, namespace), {
      apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec,
      metadata: { name: leaseName(release), namespace, labels: { 'app.kubernetes.io/managed-by': 'slipway', 'slipway/release': release } },
    })
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return null
    throw error
  }
}

/** Leases have microseconds. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z')

function locked(release: string, holder: string, timeout: number): Failure {
  return new Failure({
    code: 'locked', what: `${holder} is working on ${release}, and had not ended after ${timeout} s.`,
    why: 'One run at a time works on a release.', cure: 'Wait for that run, or cancel it; `lock-timeout` says how long this one waits.',
  })
}

function lost(release: string, cause: unknown): Failure {
  return new Failure({
    code: 'lock-lost', what: `The lock of ${release} was lost.`, why: 'It could not be renewed, or somebody has removed or taken it.',
    cure: 'Look at what serves with `operation: status`, then run the job again.', cause,
  })
}
