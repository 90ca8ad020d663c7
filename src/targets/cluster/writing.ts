import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'

/** Milliseconds before each further attempt. */
const waits = [500, 1_000, 2_000, 4_000, 8_000]

export interface Writing<T> {
  /** Path of the kind in its namespace. */
  readonly path: string
  /** The whole object. With a `resourceVersion` it replaces that version; without one it is made. */
  readonly object: T
  /** Is what is there what we were about to write? */
  readonly isOurs: (there: T) => boolean
  readonly signal?: AbortSignal
}

/**
 * Writes an object that names the version it follows, and again when the answer broke off: a write that had landed is then refused with 409,
 * and known by what is there. Gives what is there. Rejects with an `ApiError`: 409 when it is somebody else's.
 */
export async function write<T extends KubeObject>(client: KubernetesClient, { path, object, isOurs, signal }: Writing<T>): Promise<T> {
  const own = `${path}/${encodeURIComponent(object.metadata.name)}`
  for (const wait of [...waits, null]) {
    try {
      const asked = { signal }
      return object.metadata.resourceVersion === undefined ? await client.create<T>(path, object, asked) : await client.replace<T>(own, object, asked)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 409) {
        const there = await client.find<T>(own, { signal })
        if (there !== null && isOurs(there)) return there
        throw error
      }
      if (!error.passing || wait === null) throw error
      await sleep(wait, undefined, { signal })
    }
  }
  throw new Error('the attempts ended without a result')
}
