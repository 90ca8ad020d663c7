import { Failure } from '../../errors'

export interface CompareRequest {
  /** `GITHUB_API_URL`; that of a GitHub Enterprise Server ends in `/api/v3`. */
  readonly apiUrl: string
  readonly token: string
  /** `owner/name`. */
  readonly repository: string
  readonly base: string
  readonly head: string
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until it is given up. */
  readonly timeout?: number | undefined
}

const standings = ['ahead', 'behind', 'identical', 'diverged'] as const

/**
 * How `head` stands to `base`, by GitHub's knowledge. Throws a `Failure`: `github-unreachable`, `github-forbidden`,
 * `github-unknown-commit`.
 */
export async function compareCommits(request: CompareRequest): Promise<(typeof standings)[number]> {
  const { apiUrl, token, repository, base, head, signal } = request
  const limit = AbortSignal.timeout(request.timeout ?? 10_000)
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit])
  const url = `${apiUrl.replace(/\/+$/, '')}/repos/${repository}/compare/${base}...${head}?per_page=1`
  const answer = await untilAborted(ask(url, token), either).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw unreachable(request, limit.aborted ? 'it did not answer in time' : messageOf(error))
  })
  if (answer.status >= 400) throw failureOf(answer, request)
  // A proxy's own page comes with HTTP 200, too.
  const standing = standings.find((known) => known === answer.said['status'])
  if (standing === undefined) throw unreachable(request, 'it answered with something else')
  return standing
}

interface Answer {
  readonly status: number
  readonly said: Readonly<Record<string, unknown>>
}

/** One request, through the proxy that the environment names. The whole client of GitHub is twenty times as large as all that is asked here. */
async function ask(url: string, token: string): Promise<Answer> {
  // Only a run whose checkout is too shallow comes here: the others need not load a client for it.
  const { HttpClient } = await import('@actions/http-client')
  const client = new HttpClient('slipway', [], { allowRetries: false, keepAlive: false })
  const { message, readBody } = await client.get(url, {
    'Accept': 'application/vnd.github+json', 'Authorization': `Bearer ${token}`, 'X-GitHub-Api-Version': '2022-11-28',
  }).then((response) => ({ message: response.message, readBody: async () => await response.readBody() }))
  const body = await readBody()
  let said: unknown
  try {
    said = JSON.parse(body)
  } catch {
    // Told by its status, or as something else than an answer.
  }
  return { status: message.statusCode ?? 0, said: typeof said === 'object' && said !== null ? said as Record<string, unknown> : {} }
}

/** A request that has no answer yet cannot be called off: nobody waits for how it ends. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined)
  const aborted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
  return await Promise.race([work, aborted])
}

function failureOf({ status, said }: Answer, request: CompareRequest): Failure {
  const { repository, base, head } = request
  if (status === 401 || status === 403 || status === 429) {
    return new Failure({
      code: 'github-forbidden',
      what: `GitHub refused to compare two commits of ${repository} (HTTP ${status}).`,
      why: messageOf(said),
      cure: 'Give the job `permissions: { contents: read }` and leave `github-token` at its default; '
        + 'at a rate limit, run it again later.',
    })
  }
  if (status === 404) {
    return new Failure({
      code: 'github-unknown-commit',
      what: `GitHub does not find ${base.slice(0, 12)} or ${head.slice(0, 12)} in ${repository}.`,
      why: 'The history was rewritten, the commit was never pushed, or the token may not read the repository.',
      cure: 'Push the commit, and give the job `permissions: { contents: read }`.',
    })
  }
  return unreachable(request, `it answered HTTP ${status}`)
}

function unreachable({ apiUrl }: CompareRequest, why: string): Failure {
  return new Failure({
    code: 'github-unreachable',
    what: `GitHub at ${apiUrl} could not be asked how two commits stand to each other: ${why}.`,
    cure: 'Run the job again; on a self-hosted runner, check that it reaches that address.',
  })
}

function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : ''
  return (message.split('\n')[0] ?? '').slice(0, 200)
}
