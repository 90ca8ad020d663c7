import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpClient } from '@actions/http-client'

export interface DownloadOptions {
  readonly signal: AbortSignal | undefined
  /** Hears why it failed and how long it waits. */
  readonly progress: (text: string) => void
  /** Milliseconds before the second attempt, the third, and so on; after the last wait comes the last attempt. */
  readonly waits?: readonly number[] | undefined
}

const patience = [10_000, 20_000]

/**
 * Writes what an address gives to a file, through the proxy that the environment names. What may pass is tried again.
 * Rejects with the reason of the last attempt, and leaves no half file.
 */
export async function download(url: string, file: string, { signal, progress, waits = patience }: DownloadOptions): Promise<void> {
  for (const wait of waits) {
    try {
      return await attempt(url, file, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof HttpStatus && !error.passing) throw error
      progress(`${reason(error)}: waiting ${Math.ceil(wait / 1000)} s before trying again`)
      await sleep(wait, undefined, { signal })
    }
  }
  await attempt(url, file, signal)
}

class HttpStatus extends Error {
  readonly passing: boolean

  constructor(status: number) {
    super(`HTTP ${status}`)
    this.passing = status >= 500 || status === 408 || status === 429
  }
}

async function attempt(url: string, file: string, signal: AbortSignal | undefined): Promise<void> {
  const client = new HttpClient('slipway', [], { allowRetries: false, keepAlive: false })
  const { message } = await untilAborted(client.get(url), signal)
  if (message.statusCode !== 200) {
    message.destroy()
    throw new HttpStatus(message.statusCode ?? 0)
  }
  try {
    await pipeline(message, createWriteStream(file), { signal })
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

/** Why an attempt failed, in a few words. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  // A request that has no answer yet cannot be called off: nobody waits for how it ends.
  work.catch(() => undefined)
  let abort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
