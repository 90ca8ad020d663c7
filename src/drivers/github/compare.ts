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
  // Only a run whose checkout is too shallow comes here: the others need not load a client for it.
  const { getOctokit } = await import('@actions/github')
  const [owner = '', repo = ''] = repository.split('/')
  const limit = AbortSignal.timeout(request.timeout ?? 10_000)
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit])
  const octokit = getOctokit(token, { baseUrl: apiUrl.replace(/\/+$/, ''), log: silent })
  const response = await octokit.rest.repos.compareCommitsWithBasehead({
    owner, repo, basehead: `${base}...${head}`, per_page: 1, request: { signal: either },
  }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw failureOf(error, request, limit.aborted)
  })
  // A proxy's own page comes with HTTP 200, too.
  const { status } = response.data as { readonly status?: unknown }
  const standing = standings.find((known) => known === status)
  if (standing === undefined) throw unreachable(request, 'it answered with something else')
  return standing
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Without the error itself: it holds the request, and that the token. */
function failureOf(error: unknown, request: CompareRequest, late: boolean): Failure {
  if (late) return unreachable(request, 'it did not answer in time')
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 0
  const { repository, base, head } = request
  if (status === 401 || status === 403 || status === 429) {
    return new Failure({
      code: 'github-forbidden',
      what: `GitHub refused to compare two commits of ${repository} (HTTP ${status}).`,
      why: messageOf(error),
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
  return unreachable(request, status >= 500 ? `it answered HTTP ${status}` : messageOf(error))
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
