// Generated from actions/compose-up/action.yml by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's `with:` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface ComposeUpInputs {
  /** Path of the configuration in the repository. Empty: `slipway.yml` where there is one, else what can be detected. */
  readonly config: string | null
  /** Folder of the app in the checkout; paths in the configuration are relative to it. */
  readonly workingDirectory: string
  /** Name of the overlay under `environments:` in the configuration. Needed once there are any. */
  readonly environment: string | null
  /** Print what would be done, by the code that would do it, and change nothing. (true or false) */
  readonly dryRun: boolean
  /**
   * Token for what GitHub is asked, such as which of two commits is newer when the checkout cannot tell, and for what it is
   * told. (secret)
   */
  readonly githubToken: string | null
  /** The machines, a line each: `user@host` or `user@host:port`; `#` begins a comment. (a line each) */
  readonly hosts: readonly string[]
  /** Private key to log in with, as it stands in its file. Needed. (secret) */
  readonly sshKey: string | null
  /** Passphrase of `ssh-key`, if it has one. (secret) */
  readonly sshKeyPassphrase: string | null
  /**
   * Host keys as in a known_hosts file; a host whose key is not listed is refused, and the error shows the fingerprint seen.
   * (several lines)
   */
  readonly knownHosts: string | null
  /** The host to go through, as `user@host` or `user@host:port`. Its key belongs into `known-hosts` too. */
  readonly bastion: string | null
  /** Private key for the bastion. Empty: `ssh-key`. (secret) */
  readonly bastionSshKey: string | null
  /** How many hosts are worked on at once. (a whole number from 1) */
  readonly maxParallel: number
  /** What to do. (one of: deploy, rollback, restart, status) */
  readonly operation: 'deploy' | 'rollback' | 'restart' | 'status'
  /**
   * What to deploy or to return to, such as `v1.4.2`. Empty: the ref of this run for a deploy, the last good release for a
   * rollback. A restart is of what serves and takes none.
   */
  readonly version: string | null
  /** Deploy even though what serves is newer, or the tag was moved since it was proven. (true or false) */
  readonly allowOlder: boolean
  /**
   * Go back across a release that declares `rollback-floor`: you have made sure that the older one can work with what it
   * changed. (true or false)
   */
  readonly allowRollbackFloor: boolean
  /** Deploy although `gates` in slipway.yml do not hold; which of them is told in the summary. (true or false) */
  readonly ignoreGates: boolean
  /** How long to wait for another run that holds a host. (a duration, such as 90s or 10m) */
  readonly lockTimeout: number
  /**
   * Compose files in the repository, later ones over earlier ones. Empty: those of slipway.yml, else what Compose itself
   * finds. (a line each)
   */
  readonly composeFile: readonly string[]
  /**
   * What Compose calls the project; volumes are called after it. Empty: as slipway.yml says, else `name` of the first
   * Compose file, else the app.
   */
  readonly project: string | null
  /** Profiles of the Compose files whose services run too. Empty: as slipway.yml says. (a line each) */
  readonly profiles: readonly string[]
  /**
   * Which image a service of the Compose files runs, by its digest: `service=NAME@sha256:…` a line, or the output `images`
   * of build-image. Other services run what the Compose file says, as it is when the release is staged. (several lines)
   */
  readonly images: string | null
  /** The registry of `registry-username`, such as `ghcr.io`. Empty: that of the images in `images`. */
  readonly registry: string | null
  /**
   * User with whom hosts with Docker pull images, for this run only. Empty: whom an earlier step has logged in at the
   * registries of `images`, or nobody.
   */
  readonly registryUsername: string | null
  /** Password or token of that user. (secret) */
  readonly registryPassword: string | null
}

export type ComposeUpOutput =
  | 'status'
  | 'changed'
  | 'report'
  | 'version'
  | 'previous'
  | 'serving'
  | 'commit'
  | 'url'

export const composeUpDeclaration: Declaration = {
  config: { name: 'config', type: { kind: 'text' } },
  workingDirectory: { name: 'working-directory', type: { kind: 'text' }, fallback: '.' },
  environment: { name: 'environment', type: { kind: 'text' } },
  dryRun: { name: 'dry-run', type: { kind: 'flag' }, fallback: 'false' },
  githubToken: { name: 'github-token', type: { kind: 'secret' } },
  hosts: { name: 'hosts', type: { kind: 'lines' }, required: true },
  sshKey: { name: 'ssh-key', type: { kind: 'secret' } },
  sshKeyPassphrase: { name: 'ssh-key-passphrase', type: { kind: 'secret' } },
  knownHosts: { name: 'known-hosts', type: { kind: 'block' } },
  bastion: { name: 'bastion', type: { kind: 'text' } },
  bastionSshKey: { name: 'bastion-ssh-key', type: { kind: 'secret' } },
  maxParallel: { name: 'max-parallel', type: { kind: 'count', least: 1 }, fallback: '8' },
  operation: { name: 'operation', type: { kind: 'choice', of: ['deploy', 'rollback', 'restart', 'status'] }, fallback: 'deploy' },
  version: { name: 'version', type: { kind: 'text' } },
  allowOlder: { name: 'allow-older', type: { kind: 'flag' }, fallback: 'false' },
  allowRollbackFloor: { name: 'allow-rollback-floor', type: { kind: 'flag' }, fallback: 'false' },
  ignoreGates: { name: 'ignore-gates', type: { kind: 'flag' }, fallback: 'false' },
  lockTimeout: { name: 'lock-timeout', type: { kind: 'duration' }, fallback: '5m' },
  composeFile: { name: 'compose-file', type: { kind: 'lines' } },
  project: { name: 'project', type: { kind: 'text' } },
  profiles: { name: 'profiles', type: { kind: 'lines' } },
  images: { name: 'images', type: { kind: 'block' } },
  registry: { name: 'registry', type: { kind: 'text' } },
  registryUsername: { name: 'registry-username', type: { kind: 'text' } },
  registryPassword: { name: 'registry-password', type: { kind: 'secret' } },
}

/** Throws all that is wrong at once. */
export function readComposeUp(env: NodeJS.ProcessEnv): ComposeUpInputs {
  return readInputs(composeUpDeclaration, env) as unknown as ComposeUpInputs
}
