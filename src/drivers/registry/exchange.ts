import type { IncomingHttpHeaders } from 'node:http'
import type { HttpClient } from '@actions/http-client'
import { RegistryError } from './attempts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Milliseconds without a byte after which a connection counts as dead. */
const silence = 30_000

/** Manifests and configurations are small; an endless answer must not fill the memory. */
const mostBytes = 32 * 1024 ** 2

/** One request, one answer, through the proxy that the environment names. Rejects with a `RegistryError` without a status. */
export async function exchange(
  verb: string, url: string, headers: Readonly<Record<string, string>>, body: Buffer | null, signal: AbortSignal | undefined,
): Promise<Answer> {
  // Who reads the name of an image need not load a client that asks for it.
  const { HttpClient: Client } = await import('@actions/http-client')
  const client = new Client('slipway', [], { allowRetries: false, keepAlive: false, socketTimeout: silence })
  try {
    return await untilAborted(once(client, verb, url, headers, body), signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof RegistryError) throw error
    throw new RegistryError(0, error instanceof Error ? reasonOf(error) : String(error))
  }
}

async function once(
  client: HttpClient, verb: string, url: string, headers: Readonly<Record<string, string>>, body: Buffer | null,
): Promise<Answer> {
  // The client takes text alone. What is sent are manifests, which are text in ASCII or UTF-8 and go out as they came.
  const { message } = await client.request(verb, url, body === null ? null : body.toString('utf8'), { ...headers })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new RegistryError(413, `the answer has more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  // A connection that was cut in the middle of a body ends like one that said all.
  const announced = message.headers['content-length']
  if (verb !== 'HEAD' && announced !== undefined && message.headers['content-encoding'] === undefined && Number(announced) !== bytes) {
    throw new RegistryError(0, `the answer broke off after ${bytes} of ${announced} bytes`)
  }
  return { status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks) }
}

/** Several addresses that refuse come as one error without words. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') return (error.errors as Error[]).map(({ message }) => message).join(', ')
  return error.message || error.name
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work
  signal.throwIfAborted()
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

/** `Retry-After` in milliseconds, whether seconds or a date. */
export function retryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null
  const at = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(at) ? Math.max(0, at) : null
}

/** The first error of a registry's answer, `CODE: message`; another's page is no answer. */
export function saidOf(body: Buffer): string {
  try {
    const { errors = [] } = JSON.parse(body.toString('utf8')) as { errors?: { code?: unknown; message?: unknown }[] }
    const [first] = errors
    return [first?.code, first?.message].filter((word) => typeof word === 'string' && word !== '').join(': ').slice(0, 200)
  } catch {
    return ''
  }
}
