import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, type Answer, type Exchange } from './exchange'
import { failureOf, type Doing } from './failures'
import type { Shape } from './shape'

export interface GitHubOptions {
  /** `GITHUB_API_URL`; that of a GitHub Enterprise Server ends in `/api/v3`. */
  readonly apiUrl: string
  readonly token: string
  /** `owner/name`. */
  readonly repository: string
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that an answer may take. Default 10,000. */
  readonly timeout?: number | undefined
  /** Milliseconds before each further attempt at what may be asked again. */
  readonly waits?: readonly number[] | undefined
  /** Milliseconds that a limit of GitHub's may ask to wait for; what asks for more fails. Default 60,000. */
  readonly patience?: number | undefined
  /** Hears why it waits, and for how long. */
  readonly progress?: ((text: string) => void) | undefined
}

export interface Sent {
  readonly body?: unknown
  /** May it be asked twice? Default: all but POST and PATCH. */
  readonly repeatable?: boolean
}

/** Milliseconds without a byte after which an upload counts as dead: GitHub takes its time after the last one. */
const uploadSilence = 120_000
/** Of one list; a hundred entries each. */
const mostPages = 200
/** What GitHub asks for where a limit does not say for how long. */
const usualPause = 60_000

/**
 * One repository at GitHub, in JSON, through the proxy that the environment names. What may be asked twice is asked again when there
 * is no answer; what may not, only when it surely was not done. Throws `GitHubFailure`.
 */
export class GitHub {
  readonly repository: string
  readonly apiUrl: string
  readonly #options: GitHubOptions
  readonly #base: string

  constructor(options: GitHubOptions) {
    this.repository = options.repository
    this.apiUrl = options.apiUrl.replace(/\/+$/, '')
    this.#options = { ...options, apiUrl: this.apiUrl }
    this.#base = `${this.apiUrl}/repos/${options.repository}`
  }

  /** `path` is below the repository's. */
  async get<T>(path: string, doing: Doing, is: Shape<T>): Promise<T> {
    return this.#said(await this.#ask('GET', `${this.#base}/${path}`, doing, {}), doing, is)
  }

  /** Null: there is none, or none that this token may see. */
  async find<T>(path: string, doing: Doing, is: Shape<T>): Promise<T | null> {
    const answer = await this.#ask('GET', `${this.#base}/${path}`, doing, {}, [404])
    return answer.status === 404 ? null : this.#said(answer, doing, is)
  }

  /** All entries, page by page. `of` gives those of one page. */
  async list<T>(path: string, doing: Doing, is: Shape<T>, of: (said: unknown) => unknown = (said) => said): Promise<readonly T[]> {
    const found: T[] = []
    let url: string | null = `${this.#base}/${path}${path.includes('?') ? '&' : '?'}per_page=100`
    for (let page = 0; url !== null; page++) {
      const answer: Answer = await this.#ask('GET', url, doing, {})
      const entries: unknown = of(answer.said)
      if (!Array.isArray(entries) || !entries.every(is) || page === mostPages) throw this.#failure({ ...answer, said: undefined }, doing)
      found.push(...entries)
      url = next(answer.headers['link'], url)
    }
    return found
  }

  async send<T>(verb: 'POST' | 'PATCH' | 'PUT', path: string, doing: Doing, is: Shape<T>, sent: Sent = {}): Promise<T> {
    return this.#said(await this.#ask(verb, `${this.#base}/${path}`, doing, { repeatable: verb === 'PUT', ...sent }), doing, is)
  }

  /** What is gone already is deleted. */
  async delete(path: string, doing: Doing): Promise<void> {
    await this.#ask('DELETE', `${this.#base}/${path}`, doing, {}, [404])
  }

  /** Bytes, or a file of that size, to an address that GitHub gave. Never asked twice. */
  async upload<T>(url: string, type: string, body: Buffer | { readonly file: string; readonly size: number }, doing: Doing, is: Shape<T>): Promise<T> {
    return this.#said(await this.#ask('POST', url, doing, { repeatable: false, bytes: body, type }), doing, is)
  }

  #said<T>(answer: Answer, doing: Doing, is: Shape<T>): T {
    if (is(answer.said)) return answer.said
    throw this.#failure({ ...answer, said: undefined }, doing)
  }

  async #ask(
    verb: string, url: string, doing: Doing,
    { body, repeatable = true, bytes, type }: Sent & { readonly bytes?: Exchange['body']; readonly type?: string }, taken: readonly number[] = [],
  ): Promise<Answer> {
    const { token, signal, timeout = 10_000, waits = [500, 1_500, 4_000], patience = 60_000, progress } = this.#options
    const payload = bytes ?? (body === undefined ? null : Buffer.from(JSON.stringify(body)))
    const headers = {
      'Accept': 'application/vnd.github+json', 'Authorization': `Bearer ${token}`, 'User-Agent': 'slipway', 'X-GitHub-Api-Version': '2022-11-28',
      ...(payload === null ? {} : { 'Content-Type': type ?? 'application/json' }),
    }
    let moved = 0
    for (const wait of [...waits, null]) {
      let answer = await exchange({ verb, url, headers, body: payload, signal, timeout: bytes === undefined ? timeout : uploadSilence })
      // The repository was renamed: the token goes nowhere but where it went.
      for (; movedTo(verb, answer, url) !== null && moved < 3; moved++) {
        url = movedTo(verb, answer, url) ?? url
        answer = await exchange({ verb, url, headers, body: payload, signal, timeout })
      }
      if (taken.includes(answer.status) || (answer.status >= 200 && answer.status < 300 && answer.said !== undefined)) return answer
      const pause = pauseOf(answer)
      const again = pause !== null ? pause <= patience : !answer.left || (repeatable && (answer.status === 0 || answer.status >= 500))
      if (wait === null || !again) throw this.#failure(answer, doing)
      const length = Math.max(wait, pause ?? 0)
      progress?.(`GitHub: ${answer.reason || `HTTP ${answer.status}`}; trying again in ${(length / 1000).toFixed(1)} s`)
      await sleep(length, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
    throw new Error('the attempts ended without a result')
  }

  #failure(answer: Answer, doing: Doing): Error {
    return failureOf(answer, doing, this.#options, pauseOf(answer))
  }
}

/** Milliseconds that a limit asks to wait; null: it is none. */
function pauseOf({ status, headers, said }: Answer): number | null {
  if (status !== 403 && status !== 429) return null
  const after = headers['retry-after']
  if (after !== undefined && /^\d+$/.test(after)) return Number(after) * 1000
  // Its clock is not ours: a second more.
  if (headers['x-ratelimit-remaining'] === '0') return Math.max(0, Number(headers['x-ratelimit-reset'] ?? 0) * 1000 - Date.now()) + 1000
  const { message } = (said ?? {}) as { message?: unknown }
  return status === 429 || (typeof message === 'string' && /rate limit/i.test(message)) ? usualPause : null
}

function movedTo(verb: string, { status, headers }: Answer, from: string): string | null {
  const kept = [307, 308].includes(status) || (verb === 'GET' && [301, 302].includes(status))
  if (!kept || headers.location === undefined) return null
  return sameOrigin(headers.location, from)
}

/** The address of the next page. */
function next(link: string | string[] | undefined, from: string): string | null {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec([link ?? ''].flat().join(',')) ?? []
  return target === undefined ? null : sameOrigin(target, from)
}

/** Null: it is elsewhere, where the token does not go. */
function sameOrigin(target: string, from: string): string | null {
  const url = URL.parse(target, from)
  return url?.origin === new URL(from).origin ? url.href : null
}
