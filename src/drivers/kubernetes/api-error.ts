/** How the API server, or the way there, refused. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: no answer at all. */
  readonly status: number
  /** `Forbidden`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired` …; of a connection its code: `ECONNREFUSED`. */
  readonly reason: string
  /** The server's own words. */
  readonly said: string
  readonly method: string
  readonly path: string
  /** What of an object is wrong, field by field. */
  readonly causes: readonly { readonly field: string; readonly message: string }[]
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | null

  private constructor(facts: Pick<ApiError, 'status' | 'reason' | 'said' | 'method' | 'path' | 'causes' | 'retryAfter'>, cause?: unknown) {
    super(facts.said, { cause })
    this.status = facts.status
    this.reason = facts.reason
    this.said = facts.said
    this.method = facts.method
    this.path = facts.path
    this.causes = facts.causes
    this.retryAfter = facts.retryAfter
  }

  static of(method: string, path: string, status: number, retryAfter: string | undefined, body: string): ApiError {
    const { reason, message, details } = statusOf(body)
    const { causes: listed } = fieldsOf(details)
    const causes = (Array.isArray(listed) ? listed as unknown[] : []).map(fieldsOf).map(({ field, message: text }) => ({ field: textOf(field), message: textOf(text) }))
    return new ApiError({
      status, reason: textOf(reason), said: textOf(message) || `HTTP ${status}${body === '' ? '' : `: ${body.slice(0, 500)}`}`, method, path, causes,
      retryAfter: retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : null,
    })
  }

  static unreachable(method: string, path: string, host: string, error: Error): ApiError {
    const inner = error instanceof AggregateError ? (error.errors as Error[])[0] ?? error : error
    const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : ''
    return new ApiError({ status: 0, reason: code, said: `${host}: ${inner.message || inner.name}`, method, path, causes: [], retryAfter: null }, error)
  }

  /** An `ERROR` event of a watch. */
  static ofWatch(path: string, event: unknown): ApiError {
    const { code, reason, message } = fieldsOf(event)
    return new ApiError({ status: typeof code === 'number' ? code : 0, reason: textOf(reason), said: textOf(message) || 'the watch ended', method: 'GET', path, causes: [], retryAfter: null })
  }

  /** May the next attempt go better? A name that is not known, or a certificate that is not trusted, stays so. */
  get passing(): boolean {
    if (this.status === 0) return !/^(ENOTFOUND|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(this.reason)
    return this.status === 429 || (this.status >= 500 && this.status !== 501)
  }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => typeof value === 'object' && value !== null ? value as Fields : {}
const textOf = (value: unknown): string => typeof value === 'string' ? value : ''

function statusOf(body: string): Fields {
  try {
    return fieldsOf(JSON.parse(body))
  } catch {
    return {}
  }
}
