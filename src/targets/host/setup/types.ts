/** What a host is, as its own tools say. Bytes. */
export interface HostFacts {
  /** `debian`; empty where there is no /etc/os-release. */
  readonly os: string
  /** `12`, `24.04`. */
  readonly osVersion: string
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly osName: string
  readonly kernel: string
  /** `x86_64`, `aarch64`. */
  readonly arch: string
  /** Name of PID 1. */
  readonly init: string
  /** Its version; null where it does not run the host. */
  readonly systemd: string | null
  /** `3.11`, each Python that the distribution has; `3.13.15`, those that Slipway brought. */
  readonly python: readonly string[]
  readonly nginx: string | null
  /** Versions that Slipway installed. */
  readonly uv: readonly string[]
  readonly node: readonly string[]
  readonly memory: number
  readonly memoryAvailable: number
  /** A file system each. */
  readonly disk: readonly { readonly mount: string; readonly free: number }[]
  /** A file system each; those that do not count inodes are left out. */
  readonly inodes: readonly { readonly mount: string; readonly free: number }[]
  /** Who listens on the web's ports: `nginx (pid 7)` by port. */
  readonly listeners: Readonly<Record<string, string>>
  readonly sshPorts: readonly number[]
  /** Null where none is wanted. */
  readonly docker: DockerFacts | null
}

/** Of the host's Docker Engine; null: there is none yet. Bytes. */
export interface DockerFacts {
  /** `26.1.5`. */
  readonly engine: string | null
  /** `2.26.1`. */
  readonly compose: string | null
  /** Who keeps images: the Engine by a driver of its own, or containerd. */
  readonly storage: 'classic' | 'containerd' | null
  readonly driver: string | null
  /** Where it keeps, or would keep, images and volumes, and on which file system. */
  readonly root: string
  readonly mount: string
  readonly free: number
}

export type ItemState = 'ok' | 'changed' | 'would change' | 'failed'

export interface SetupItem {
  readonly name: string
  readonly state: ItemState
  /** What is so, or what was or would be done. */
  readonly detail: string
}

export interface SetupReport {
  /** The host line: `deploy@203.0.113.7`. */
  readonly host: string
  readonly facts: HostFacts
  readonly items: readonly SetupItem[]
  /** What works, and should be otherwise: `docker engine: its storage driver is vfs`. */
  readonly warnings: readonly string[]
  /** In a dry run: would it be? */
  readonly changed: boolean
  readonly dryRun: boolean
}

/** A program that the host gets from us, with where it comes from. */
export interface WantedTool {
  readonly name: 'uv' | 'node' | 'python' | 'compose'
  /** `0.12.5`, `24.19.0`; a Python's names its build, too: `3.13.15+20260814`. */
  readonly version: string
  /** Of a Python: what slipway.yml asks for. A distribution that has that x.y needs no other. */
  readonly asked?: string
}

/** A bare repository that deploys what is pushed to it. */
export interface WantedPush {
  readonly branch: string
  /** Of the Node that the hook runs on. */
  readonly node: string
  /** Path of the configuration in the repository; empty: where it usually is. */
  readonly config: string
  readonly environment: string
  /** The app's folder in the repository. */
  readonly folder: string
}

/** Empty: as it is on the host. */
export interface Authority {
  readonly email: string
  readonly directory: string
  /** PEM of who signed its https. */
  readonly root: string
}

/** What a host is to be made into. */
export interface Wanted {
  readonly app: string
  /** `owner/name`, or empty. */
  readonly repository: string
  /** Who connects, when that is not root; else empty. */
  readonly user: string
  readonly packages: readonly string[]
  readonly tools: readonly WantedTool[]
  readonly firewall: boolean
  readonly push: WantedPush | null
  /** Is there to be https? */
  readonly tls: boolean
  /** Who gives certificates; null: nobody is asked. */
  readonly acme: Authority | null
  /** Is it to be a Docker host, with an Engine and Compose? */
  readonly docker: boolean
  /** Version of Circus; null where another supervisor is wanted. */
  readonly circus: string | null
  /** `8443/tcp`: what the firewall lets in for this app. */
  readonly open: readonly string[]
  /** `3.9`: Pythons that services ask for and Slipway does not bring. */
  readonly pythons: readonly string[]
}
