import { Agent, request as send, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials } from './credentials'
import { ApiError } from './api-error'
import type { Kubeconfig } from './kubeconfig'

export interface Asked {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** False: asked once, and given up after 5 s. What it answers is worth no waiting. */
  readonly patient?: boolean
  /** Milliseconds that each attempt may take, whatever comes meanwhile. */
  readonly within?: number
}

/** Milliseconds without a byte after which a request counts as dead. */
const silence = 30_000
/** An answer of more bytes than that is none that we asked for. */
const mostBytes = 256 * 1024 ** 2
/** Milliseconds before each further attempt, where one may be made. */
const waits = [200, 500, 1_000, 2_000, 4_000]
/** Further ones, of a server that has answered before: it comes back, as in an upgrade of itself. */
const longer = [8_000, 14_000, 15_000]
/** Milliseconds after which none is made any more: a server that refuses says so at once, and has all of those; of one that says nothing each takes as long as `silence`. */
const enough = 60_000
/** Milliseconds for what is asked without patience. */
const hurry = 5_000

/**
 * Asks one API server, in JSON, over connections that are kept. What is read is asked again when the server does not answer; what is
 * written only when it says that it has not begun (429). Rejects with an `ApiError`.
 */
export class KubernetesClient implements AsyncDisposable {
  readonly config: Kubeconfig
  readonly #credentials: Credentials
  readonly #agent: Agent
  /** Streams hold their connections for minutes: what is asked meanwhile would wait for one of them. */
  readonly #streams: Agent
  readonly #signal: AbortSignal
  #answered = false
  /** Milliseconds that the server's clock is before this one's. */
  #ahead = 0
  #requests = 0
  #sent = 0
  #received = 0

  constructor(config: Kubeconfig, credentials: Credentials, env: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.config = config
    this.#credentials = credentials
    this.#signal = signal
    const { ca, tlsServerName, proxyUrl } = config
    const options = {
      ...(ca === null ? {} : { ca }), ...(tlsServerName === null ? {} : { servername: tlsServerName }),
      // Node's own reading of HTTPS_PROXY and NO_PROXY.
      proxyEnv: proxyUrl === null ? env : { HTTPS_PROXY: proxyUrl },
    }
    this.#agent = new Agent({ ...options, keepAlive: true, maxSockets: 24 })
    this.#streams = new Agent(options)
  }

  /** Requests, and bytes of bodies, so far. */
  counters(): { readonly requests: number; readonly sent: number; readonly received: number } {
    return { requests: this.#requests, sent: this.#sent, received: this.#received }
  }

  /** Milliseconds since 1970 by the server's clock, as its last answer had it; by ours until there was one. To a second. */
  serverTime(): number {
    return Date.now() + this.#ahead
  }

  async get<T = unknown>(path: string, asked: Asked = {}): Promise<T> {
    return await this.#patiently('GET', path, asked) as T
  }

  /** Null where there is none. */
  async find<T = unknown>(path: string, asked: Asked = {}): Promise<T | null> {
    try {
      return await this.get<T>(path, asked)
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    }
  }

  async create<T = unknown>(path: string, body: unknown, asked: Asked = {}): Promise<T> {
    return await this.#patiently('POST', path, { ...asked, body }) as T
  }

  /** A whole object, in the place of the version that it names. */
  async replace<T = unknown>(path: string, body: unknown, asked: Asked = {}): Promise<T> {
    return await this.#patiently('PUT', path, { ...asked, body }) as T
  }

  /** Server-side apply of these fields. */
  async apply<T = unknown>(path: string, body: unknown, asked: Asked & { readonly query: { readonly fieldManager: string } }): Promise<T> {
    return await this.#patiently('PATCH', path, { contentType: 'application/apply-patch+yaml', ...asked, body }) as T
  }

  async delete(path: string, asked: Asked = {}): Promise<void> {
    await this.#patiently('DELETE', path, asked)
  }

  /** What it says as text: logs. */
  async text(path: string, asked: Asked = {}): Promise<string> {
    return (await this.#attempts('GET', path, { accept: '*/*', ...asked })).toString('utf8')
  }

  /** An answer that goes on, once it has begun, which it has to within 30 s. The caller ends it. */
  async stream(path: string, asked: Asked): Promise<IncomingMessage> {
    let answer = await this.#exchange('GET', path, asked, false, this.#streams)
    if (answer.statusCode === 401 && this.#credentials.renewable) {
      answer.destroy()
      answer = await this.#exchange('GET', path, asked, true, this.#streams)
    }
    if ((answer.statusCode ?? 0) >= 400) throw this.#error('GET', path, answer, await bodyOf('GET', path, answer))
    // From here on the caller knows how long it may be silent.
    answer.socket.setTimeout(0)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    this.#streams.destroy()
  }

  async #patiently(method: string, path: string, asked: Asked): Promise<unknown> {
    const body = await this.#attempts(method, path, asked)
    return body.length === 0 ? null : JSON.parse(body.toString('utf8')) as unknown
  }

  async #attempts(method: string, path: string, asked: Asked): Promise<Buffer> {
    const patient = asked.patient !== false
    const { within = patient ? null : hurry } = asked
    const began = performance.now()
    for (const wait of [...patient ? waits : [], ...patient && this.#answered ? longer : [], null]) {
      const late = within === null ? null : AbortSignal.timeout(within)
      try {
        return await this.#once(method, path, late === null ? asked : { ...asked, signal: asked.signal === undefined ? late : AbortSignal.any([asked.signal, late]) })
      } catch (cause) {
        this.#signal.throwIfAborted()
        asked.signal?.throwIfAborted()
        const error = late?.aborted === true && !(cause instanceof ApiError)
          ? ApiError.unreachable(method, path, new URL(this.config.server).host, new Error(`no answer within ${(within ?? 0) / 1000} s`)) : cause
        if (!(error instanceof ApiError) || wait === null || performance.now() - began >= enough || !(method === 'GET' ? error.passing : error.status === 429)) throw error
        await sleep(Math.max(wait, error.retryAfter ?? 0), undefined, { signal: AbortSignal.any([this.#signal, ...(asked.signal === undefined ? [] : [asked.signal])]) })
      }
    }
    throw new Error('the attempts ended without a result')
  }

  async #once(method: string, path: string, asked: Asked): Promise<Buffer> {
    const answer = await this.#exchange(method, path, asked, false)
    const body = await bodyOf(method, path, answer)
    this.#received += body.length
    this.#answered ||= (answer.statusCode ?? 0) < 500
    if ((answer.statusCode ?? 0) < 400) return body
    if (answer.statusCode !== 401 || !this.#credentials.renewable) throw this.#error(method, path, answer, body)
    const second = await this.#exchange(method, path, asked, true)
    const again = await bodyOf(method, path, second)
    if ((second.statusCode ?? 0) < 400) return again
    throw this.#error(method, path, second, again)
  }

  #error(method: string, path: string, answer: IncomingMessage, body: Buffer): ApiError {
    return ApiError.of(method, path, answer.statusCode ?? 0, answer.headers['retry-after'], body.toString('utf8'))
  }

  async #exchange(method: string, path: string, { query, body, contentType, accept, signal }: Asked, anew: boolean, agent = this.#agent): Promise<IncomingMessage> {
    const { authorization, client } = await this.#credentials.account(anew)
    const words = new URLSearchParams(Object.entries(query ?? {}).flatMap(([key, value]) => value === undefined ? [] : [[key, String(value)] as [string, string]])).toString()
    const url = new URL(`${this.config.server}${path}${words === '' ? '' : `?${words}`}`)
    const payload = body === undefined ? null : Buffer.from(JSON.stringify(body))
    const options: RequestOptions = {
      method, agent, ...(client ?? {}),
      headers: {
        'Accept': accept ?? 'application/json', 'User-Agent': 'slipway', ...(authorization === null ? {} : { 'Authorization': authorization }),
        ...(payload === null ? {} : { 'Content-Type': contentType ?? 'application/json', 'Content-Length': payload.length }),
      },
      timeout: silence, signal: AbortSignal.any([this.#signal, ...(signal === undefined ? [] : [signal])]),
    }
    this.#requests += 1
    this.#sent += payload?.length ?? 0
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = send(url, options, (answer) => {
        const date = Date.parse(answer.headers.date ?? '')
        if (!Number.isNaN(date)) this.#ahead = date - Date.now()
        resolve(answer)
      })
      sending.on('timeout', () => sending.destroy(new Error(`no answer for ${silence / 1000} s`)))
      sending.on('error', (error) => {
        if (this.#signal.aborted || signal?.aborted === true) reject((this.#signal.reason ?? signal?.reason) as Error)
        else reject(ApiError.unreachable(method, path, url.host, error))
      })
      sending.end(payload ?? undefined)
    })
  }
}

async function bodyOf(method: string, path: string, answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw ApiError.unreachable(method, path, 'the answer broke off', error as Error)
  }
  return Buffer.concat(chunks)
}
