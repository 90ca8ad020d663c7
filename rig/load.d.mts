export interface LoadOptions {
  readonly address: string
  readonly port: number
  /** By https: the name that is asked for, and the PEM of who must have signed its certificate. */
  readonly tls?: { readonly servername: string; readonly ca: string | readonly string[] }
  /** The `Host` header; default: the address. */
  readonly host?: string
  /** A redirect is an answer, too: its version is `redirected`. */
  readonly redirects?: boolean
  /** Requests a second, half on new connections, half on kept ones. Default 50. */
  readonly rate?: number
  /** Kept connections; 0: only new ones. Default 5. */
  readonly kept?: number
  /** It ends by itself after so many seconds. Default 60. */
  readonly seconds?: number
  /** … or after so many requests. */
  readonly count?: number
  /** Milliseconds after which an answer that has not come is a failure. Default 10,000. */
  readonly timeout?: number
  /** `METHOD /path`, taken in turn; a POST sends JSON and checks the field `echo` of the answer. Default `GET /`. */
  readonly requests?: readonly string[]
  /** Called with each good answer. */
  readonly answered?: (answer: LoadAnswer) => void
  /** Called with each failure, of which the result lists some. Unix times in milliseconds: when it was asked for, and when it failed. */
  readonly missed?: (failure: LoadFailure & { readonly begun: number; readonly ended: number }) => void
}

/** Unix times in milliseconds: when it was asked for, and when it was there. */
export interface LoadAnswer {
  readonly begun: number
  readonly ended: number
  /** Its JSON; empty when it is none. */
  readonly told: Readonly<Record<string, unknown>>
}

export interface LoadFailure {
  /** Milliseconds since the start. */
  readonly at: number
  readonly kind: 'new' | 'kept'
  /** `METHOD /path`, or `idle`: a kept connection was closed with no request on it. */
  readonly request: string
  readonly error: string
}

export interface LoadTally {
  readonly sent: number
  readonly ok: number
  readonly failed: number
  /** The first 200. */
  readonly failures: readonly LoadFailure[]
  /** Answers by the field `version` of their JSON. */
  readonly versions: Readonly<Record<string, number>>
  /** In the order of the answers, a path at a time; `at` in milliseconds since the start. */
  readonly changes: readonly { readonly at: number; readonly path: string; readonly from: string | null; readonly to: string }[]
  /** Milliseconds without any good answer, at most. */
  readonly longestGap: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

export interface LoadResult extends LoadTally {
  /** Unix time in milliseconds. */
  readonly startedAt: number
  readonly seconds: number
}

export interface Load {
  readonly startedAt: number
  readonly done: Promise<LoadResult>
  stop(): Promise<LoadResult>
  soFar(): LoadTally
}

export function startLoad(options: LoadOptions): Load
