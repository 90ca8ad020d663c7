export type Permissions = Readonly<Partial<Record<'contents' | 'deployments' | 'checks' | 'statuses', 'read' | 'write'>>>

export interface GitHubOptions {
  /** `owner/name`. Default `ada/shop`. */
  readonly repository?: string
  /** Default true: what a token may not read is not there for it. */
  readonly private?: boolean
  /** What each token may do. */
  readonly tokens?: Record<string, Permissions>
  /** Does it tell the digests of assets? Servers for enterprises do not. Default true. */
  readonly digests?: boolean
}

export interface Call {
  /** From 1, in the order in which they came. */
  readonly number: number
  /** GitHub's name for it, such as `repos/create-release`; `git/push` and `git/fetch` are Git's own. */
  readonly operation: string
  readonly method: string
  readonly url: string
  /** As under `permissions:` of a job. */
  readonly permission: string
  /** What it came to; null: nothing, since a fault met it. */
  readonly status: number | null
}

export interface Fault {
  /** The number of the call; default: any. */
  readonly call?: number
  readonly operation?: string
  /** How many calls it meets. Default 1. */
  readonly times?: number
  /** Does what was asked for take place all the same? `half`: of an upload, an empty asset stays. Default false. */
  readonly effect?: boolean | 'half'
  /** Default `reset`. `silence`: no answer ever; `cut`: half an answer. */
  readonly answer?: 'rate-limit' | 'secondary-rate-limit' | 'unprocessable' | 'error' | 'page' | 'foreign-page' | 'forbidden' | 'gone' | 'silence' | 'cut' | 'reset'
  /** For `rate-limit` `{ reset }` in seconds, for `secondary-rate-limit` `{ after }`, for `unprocessable` `{ errors }`. */
  readonly with?: Readonly<Record<string, unknown>>
  /** Called before the answer: to kill the client, for example. */
  readonly then?: (call: Call) => void
}

export interface StoredAsset {
  readonly id: number
  readonly name: string
  state: 'uploaded' | 'starter'
  bytes: Buffer
}

export interface StoredRelease {
  readonly id: number
  readonly tag_name: string
  readonly name: string | null
  readonly body: string | null
  readonly draft: boolean
  readonly prerelease: boolean
  readonly immutable: boolean
  assets: StoredAsset[]
}

export interface StoredDeployment {
  readonly id: number
  readonly sha: string
  readonly environment: string
  readonly payload: unknown
  readonly statuses: readonly { readonly state: string; readonly description: string; readonly environment_url: string; readonly log_url: string }[]
}

export interface GitHubServer {
  /** As `GITHUB_API_URL` on github.com: uploads are at another origin. */
  readonly apiUrl: string
  /** As on a server for enterprises: it ends in `/api/v3`, uploads are below `/api/uploads`, answers are held against that server's description. */
  readonly enterpriseUrl: string
  /** For `git clone` and `git push`, as `x-access-token` with a token. */
  readonly gitUrl: string
  readonly repository: {
    readonly path: string
    git(...words: string[]): string
    commit(message: string, more?: { readonly branch?: string; readonly file?: string; readonly text?: string }): string
    commitOf(name: string): string | null
  }
  readonly state: {
    releases: StoredRelease[]
    deployments: StoredDeployment[]
    /** Id of the release that is the latest. */
    latest: number | null
    /** Are releases locked when they are published? */
    immutableReleases: boolean
    digests: boolean
    /** From how many listings something is missing after it was made. */
    lag: number
  }
  readonly calls: Call[]
  /** Requests and answers that GitHub's description does not allow. */
  readonly violations: string[]
  readonly tokens: Record<string, Permissions>
  fail(fault: Fault): void
  heal(): void
  /** `run`: the workflow run that it is a job of. */
  addCheck(check: { readonly sha: string; readonly name: string; readonly status?: string; readonly conclusion?: string | null; readonly run?: string | null }): void
  addStatus(status: { readonly sha: string; readonly context: string; readonly state: string }): void
  addRelease(release: { readonly tag: string } & Partial<StoredRelease>): void
  stop(): Promise<void>
}

export function startGitHub(options?: GitHubOptions): Promise<GitHubServer>
