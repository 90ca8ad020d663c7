import { createReadStream } from 'node:fs'
import { request as overHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as overHttps } from 'node:https'
import { pipeline } from 'node:stream'

export interface Exchange {
  readonly verb: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** What is sent: bytes, or a file of that size; null: nothing. */
  readonly body: Buffer | { readonly file: string; readonly size: number } | null
  readonly signal: AbortSignal | undefined
  /** Milliseconds until it is given up; of a file, without anything having moved. */
  readonly timeout: number
}

export interface Answer {
  /** 0: there was none. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** JSON as it was read; undefined: it is none, such as a proxy's page. Null: an answer without a body. */
  readonly said: unknown
  /** Why there was no answer. */
  readonly reason: string
  /** Did the request leave? Then what it asks for may have been done, whatever became of the answer. */
  readonly left: boolean
}

/** An answer of more bytes than that is none that we asked for. */
const mostBytes = 64 * 1024 ** 2
/** Errors of before there was a connection. */
const before = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** One request, through the proxy that the environment names. Rejects with the reason of `signal` alone. */
export async function exchange({ verb, url, headers, body, signal, timeout }: Exchange): Promise<Answer> {
  signal?.throwIfAborted()
  // Few runs ask GitHub anything: the others need not load a client for it. It knows proxies, and Node's own has signals and streams.
  const { HttpClient } = await import('@actions/http-client')
  const agent = new HttpClient('slipway', [], { keepAlive: false }).getAgent(url)
  const file = body === null || Buffer.isBuffer(body) ? null : body
  const late = file === null ? AbortSignal.timeout(timeout) : undefined
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const send = url.startsWith('http:') ? overHttp : overHttps
      const length = body === null ? {} : { 'Content-Length': String(file?.size ?? (body as Buffer).length) }
      const sending = send(url, {
        method: verb, agent, headers: { ...headers, ...length }, timeout, signal: AbortSignal.any([signal, late].filter((one) => one !== undefined)),
      })
      let answered = false
      sending.on('timeout', () => sending.destroy(new Error('it did not answer in time')))
      sending.on('response', (message) => {
        answered = true
        read(message).then(resolve, reject)
      })
      // Who has answered may close before it was told all.
      const failed = (error: Error | null | undefined): void => {
        if (!answered && error !== null && error !== undefined) reject(error)
      }
      sending.on('error', failed)
      if (file === null) sending.end(body)
      else pipeline(createReadStream(file.file), sending, failed)
    })
  } catch (error) {
    signal?.throwIfAborted()
    const { code = '' } = error as { code?: string }
    return { status: 0, headers: {}, said: undefined, reason: late?.aborted === true ? 'it did not answer in time' : reasonOf(error), left: !before.includes(code) }
  }
}

async function read(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`its answer has more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  let said: unknown
  try {
    said = bytes === 0 ? null : JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    // A page.
  }
  return { status: message.statusCode ?? 0, headers: message.headers, said, reason: '', left: true }
}

/** Several addresses that refuse come as one error without words. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return (error.errors as Error[]).map(({ message }) => message).join(', ')
  return error instanceof Error ? error.message || error.name : String(error)
}
