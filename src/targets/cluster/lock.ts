import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import { write } from './writing'

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
/** Milliseconds without a renewal that got through after which it is ours no more: less than others wait. */
const holds = 15_000
/** Milliseconds that one request of a renewal may take. */
const within = 4_000
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
  #expiry: NodeJS.Timeout | undefined

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
    let lives = false
    let told = ''
    for (;;) {
      signal.throwIfAborted()
      const there = await client.find<Lease>(path)
      const holder = there?.spec?.holderIdentity ?? ''
      const version = there?.metadata.resourceVersion ?? ''
      if (seen.version !== version) {
        lives ||= seen.version !== ''
        seen = { version, at: Date.now() }
      }
      const dead = holder !== '' && Date.now() - seen.at >= silence
      if (there === null || holder === '' || dead) {
        const asked = Date.now()
        const lease = await claimed(options, there, identity)
        if (lease !== null) {
          const lock = new Lock(options, identity, lease)
          lock.#holds(asked)
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
      // Whether a holder lives that has not been seen to is known after its silence only, however little time there is.
      if (Date.now() - began >= (lives ? timeout * 1000 : Math.max(timeout * 1000, silence))) throw locked(release, name, timeout)
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
    clearTimeout(this.#expiry)
    if (this.#lost.signal.aborted) return
    // Whoever comes next waits for nothing. If it cannot be said, he waits until we are silent.
    await this.#put({ holderIdentity: '' }).catch(() => undefined)
  }

  async #renew(): Promise<void> {
    for (;;) {
      await sleep(beat, undefined, { signal: this.#over }).catch(() => undefined)
      if (this.#over.aborted) return
      const asked = Date.now()
      try {
        await this.#put({ holderIdentity: this.#identity })
        this.#holds(asked)
      } catch (error) {
        // What did not get through is tried again, until the time is up.
        if (error instanceof ApiError && (error.status === 409 || error.status === 404)) this.#lose(error)
      }
    }
  }

  get #over(): AbortSignal {
    return AbortSignal.any([this.#ended.signal, this.#lost.signal])
  }

  /** A renewal that was asked for then got through. The time runs by itself: a request that hangs does not stop it. */
  #holds(asked: number): void {
    clearTimeout(this.#expiry)
    this.#expiry = setTimeout(() => this.#lose(new Error(`no renewal got through for ${holds / 1000} s`)), Math.max(0, asked + holds - Date.now()))
  }

  #lose(cause: unknown): void {
    clearTimeout(this.#expiry)
    if (!this.#lost.signal.aborted) this.#lost.abort(lost(this.#options.release, cause))
  }

  /** Rejects with an `ApiError`: 409 when somebody else has it, 404 when it is gone. */
  async #put({ holderIdentity }: { readonly holderIdentity: string }): Promise<void> {
    const { client, namespace, release } = this.#options
    const path = pathOf(resources.leases, namespace, leaseName(release))
    const hurried = { patient: false, within }
    const replace = async (): Promise<Lease> => await client.replace<Lease>(path, { ...this.#lease, spec: { ...this.#lease.spec, holderIdentity, renewTime: microTime() } }, hurried)
    try {
      this.#lease = await replace()
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error
      // One before may have landed, and its answer been lost on the way.
      const there = await client.find<Lease>(path, hurried)
      if (there?.spec?.holderIdentity !== this.#identity) throw error
      this.#lease = there
      this.#lease = await replace()
    }
  }
}

/** Null: somebody else was sooner. */
async function claimed({ client, namespace, release, signal }: LockOptions, there: Lease | null, identity: string): Promise<Lease | null> {
  const spec = {
    holderIdentity: identity, leaseDurationSeconds: silence / 1000, acquireTime: microTime(), renewTime: microTime(),
    leaseTransitions: (there?.spec?.leaseTransitions ?? 0) + 1,
  }
  const object: Lease = there !== null ? { ...there, spec } : {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec,
    metadata: { name: leaseName(release), namespace, labels: { 'app.kubernetes.io/managed-by': 'slipway', 'slipway/release': release } },
  }
  try {
    return await write(client, {
      path: pathOf(resources.leases, namespace), object, signal, isOurs: (now) => now.spec?.holderIdentity === identity,
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
