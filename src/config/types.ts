/** The resolved configuration: what `slipway.yml`, its overlay and detection say together. Stored with the release. */

export type TargetKind = 'vm' | 'docker' | 'cluster'
export type RuntimeName = 'python' | 'node'
export type Listen = 'port' | 'socket'
export type Protocol = 'http' | 'uwsgi' | 'fastcgi'
export type Supervisor = 'systemd' | 'supervisor' | 'circus' | 'compose'

/** How the environment of a service's folder is made. Services with the same `path` and `runtime` share one. */
export type Install =
  | { readonly tool: 'none' }
  /** `uv pip install -r FILE` */
  | { readonly tool: 'requirements'; readonly file: string }
  /** `uv sync --locked` of a pyproject.toml with its uv.lock, with these extras and dependency groups beside what it needs to run */
  | { readonly tool: 'uv-lock'; readonly extras?: readonly string[]; readonly groups?: readonly string[] }
  /** `uv pip install .` of a pyproject.toml without a lock */
  | { readonly tool: 'pyproject'; readonly extras?: readonly string[] }
  /** `npm ci` of a package.json with its package-lock.json (or npm-shrinkwrap.json) */
  | { readonly tool: 'npm-lock' }
  /** `pnpm install --frozen-lockfile`; `manager`: `pnpm@10.1.0`, with a hash if package.json has one. */
  | { readonly tool: 'pnpm-lock'; readonly manager: string }
  /** `yarn install --frozen-lockfile` of Yarn 1, `--immutable` of those after it. */
  | { readonly tool: 'yarn-classic' | 'yarn-berry'; readonly manager: string }

export interface Runtime {
  readonly name: RuntimeName
  /** `3.11`, `24`, `24.11.0`; null: what the host has. */
  readonly version: string | null
}

export type Health =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string }

/** A command of `build`, `before` or `after`; with a limit of its own in seconds, or without one. */
export type Hook = string | { readonly run: string; readonly timeout: number }

/** Does a service find its secrets in variables, or in files that a variable names? */
export type SecretsAs = 'env' | 'files'

/** A service without a process: files that the router serves. */
export interface StaticSite {
  /** In the repository, from its root. */
  readonly folder: string
  /** In the folder: what is answered, with 200, where there is nothing; null: 404. */
  readonly fallback: string | null
  /** Seconds that files without a hash in their name may be kept without being asked for again; null: none. */
  readonly cache: number | null
}

export interface ServiceConfig {
  readonly name: string
  /** Folder in the repository, without leading or trailing slash; `.` for the root. */
  readonly path: string
  readonly runtime: Runtime | null
  readonly install: Install
  /** Secrets that only the step that makes the environment gets. */
  readonly installSecrets: readonly string[]
  /** Empty for a service of files, and in a cluster for what its image starts by itself. */
  readonly start: string
  /** Prefix that comes here, with a leading slash; null: a worker. */
  readonly route: string | null
  readonly protocol: Protocol
  /** null: any answer below 500 on the route; for a worker: stays up. */
  readonly health: Health | null
  /** Seconds from start to healthy. */
  readonly healthTimeout: number
  readonly build: readonly Hook[]
  readonly before: readonly Hook[]
  readonly after: readonly Hook[]
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  readonly secretsAs: SecretsAs
  /** None of a service of files. */
  readonly instances: number
  readonly stop: { readonly signal: string; /** Seconds. */ readonly timeout: number }
  /** Workers only: may the old and the new one run at once? */
  readonly overlap: boolean
  readonly on: 'all' | 'first'
  /** Bytes for each instance; null: no limit. */
  readonly memory: number | null
  /** Processes and threads of each instance; null: no limit. */
  readonly tasks: number | null
  /** What its sandbox leaves open. */
  readonly sandbox: { readonly namespaces: boolean; readonly devices: boolean }
  /** null: it runs always. */
  readonly schedule: Schedule | null
  /** Seconds that a scheduled run may take. */
  readonly timeout: number
  /** Is its address a port, `$PORT`, or a Unix socket, `$SOCKET`? */
  readonly listen: Listen
  /** null: it has processes, and `start`. */
  readonly static: StaticSite | null
}

/** `once` per activation; or at times, as calendar expressions of systemd: it begins when any of them comes. */
export type Schedule =
  | { readonly kind: 'once' }
  | { readonly kind: 'times'; readonly calendar: readonly string[]; /** In a cluster only: as a CronJob has it, in UTC. */ readonly cron?: string }

/** Where the certificate comes from. */
export type Tls =
  | { readonly kind: 'off' }
  /** A certificate authority gives it to the host, and the host renews it; in a cluster, that sees to it (its controller, cert-manager). */
  | { readonly kind: 'acme' }
  /** The names of two secrets: it belongs to the activation. */
  | { readonly kind: 'own'; readonly certificate: string; readonly key: string }

/** How a rollout goes; belongs to the run, not to the release. Durations in seconds. */
export interface RolloutPolicy {
  /** Targets in the first wave; 0: none apart. */
  readonly canary: number
  /** Size of the other waves: a count or a percentage of the fleet. */
  readonly wave: { readonly count: number } | { readonly percent: number }
  /** Targets that may fail before all is reverted. */
  readonly failures: number
  /** Targets that may be unreachable from the start. */
  readonly absent: number
  readonly bake: number
  readonly drain: number
  readonly warm: number
  /** Is nobody to be served while `before` commands run? */
  readonly maintenance: boolean
  readonly timeout: number
}

/** What is started by Compose. */
export interface ComposeConfig {
  /** Paths in the repository, from its root, in order. Paths in them count from the folder of the first. */
  readonly files: readonly string[]
  /** What Compose calls the project; volumes are called after it. */
  readonly project: string
  readonly profiles: readonly string[]
  /** Values for variables that are no secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Service → reference by digest, of those that the run names. */
  readonly images: Readonly<Record<string, string>>
  /** Names that the files interpolate or hand on, less those of `env`, sorted. */
  readonly variables: readonly string[]
}

/** Where the chart comes from. */
export type ChartSource =
  /** Of the commit. */
  | { readonly kind: 'folder'; /** In the repository, from its root; `.` for that itself. */ readonly path: string }
  /** `https://…` of a chart repository, and the chart's name there. */
  | { readonly kind: 'repository'; readonly url: string; readonly name: string; /** Exact. */ readonly version: string }
  /** `oci://registry/path`; by digest, or an exact version. */
  | { readonly kind: 'oci'; readonly reference: string; readonly version: string | null; readonly digest: string | null }
  /** Ours, made of `services`. */
  | { readonly kind: 'web' }

/** A value for a chart, as JSON has it. */
export type ChartValue = string | number | boolean | null | readonly ChartValue[] | { readonly [key: string]: ChartValue }

/** What is installed by Helm. */
export interface ClusterConfig {
  readonly chart: ChartSource
  /** What Helm calls the release: `[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?`. */
  readonly release: string
  /** Null: the one of the kubeconfig's context. */
  readonly namespace: string | null
  /** Paths in the repository, from its root, in order: later ones over earlier ones. */
  readonly valuesFiles: readonly string[]
  /** Over those of the files: what slipway.yml says, and over it the input `values`, which may hold secrets: to be kept as secrets are. */
  readonly values: { readonly [key: string]: ChartValue }
  /** Path in the values (`database.password`) → the name of a secret. */
  readonly secretValues: Readonly<Record<string, string>>
  /** Service → reference by digest, of those that the run names. */
  readonly images: Readonly<Record<string, string>>
  /** Service → where slipway.yml says that the values have its image (`image`, `web.image`); of others `placeImages` finds it. */
  readonly imageValues: Readonly<Record<string, string>>
}

export interface AppConfig {
  /** `[a-z][a-z0-9-]{0,24}`. */
  readonly app: string
  readonly target: TargetKind
  /** Lower case, the main one first; `*.example.com` may follow. Empty: the one app without a domain on its host. */
  readonly domains: readonly string[]
  /** Names that are redirected to the main one. */
  readonly aliases: readonly string[]
  readonly tls: Tls
  /** Seconds; null: browsers are not told to stay with https. */
  readonly hsts: number | null
  /** `10.0.0.0/8`: who is believed when he says for whom he asks, and by which scheme. */
  readonly trustedProxies: readonly string[]
  /** Of a VM, and of a cluster with our own chart. */
  readonly services: readonly ServiceConfig[]
  /** Of a host with Docker. */
  readonly compose?: ComposeConfig
  /** Of a cluster. */
  readonly cluster?: ClusterConfig
  /** Paths in the repository that outlive releases. */
  readonly shared: readonly string[]
  /** Paths in the repository that the app may scribble on, empty in each activation. */
  readonly scratch: readonly string[]
  /** Paths in the checkout, made by an earlier step. */
  readonly artifacts: readonly string[]
  /** `8443/tcp`: what the firewall, when it is asked for, lets in beside SSH and the web. */
  readonly open: readonly string[]
  readonly keep: number
  /** Packages of the distribution that setup-vm installs for it. */
  readonly packages: readonly string[]
  readonly supervisor: Supervisor
  /** Pages of the release that users get when the app itself cannot answer. */
  readonly pages: { readonly error?: string; readonly maintenance?: string }
  /** What a tag begins with before its version begins; empty: the tag is the version. */
  readonly tagPrefix: string
  /** Is going back across this release, to what came before it, not safe? */
  readonly rollbackFloor: boolean
}

export interface Resolved {
  readonly config: AppConfig
  readonly rollout: RolloutPolicy
}
