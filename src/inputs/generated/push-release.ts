// Generated from actions/push-release/action.yml by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's `with:` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface PushReleaseInputs {
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
  /** What to do. (one of: deploy, rollback, restart, status, publish) */
  readonly operation: 'deploy' | 'rollback' | 'restart' | 'status' | 'publish'
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
  /**
   * File of the nginx site that has the app's domain until now, such as `/etc/nginx/sites-enabled/shop`. It is moved away at
   * the cut-over, and put back should that fail. Needed once.
   */
  readonly takeOver: string | null
  /** How long to wait for another run that holds a host. (a duration, such as 90s or 10m) */
  readonly lockTimeout: number
  /** Gives the commit this tag, such as `v1.4.0`, and deploys it as that version. A tag that is there already is never moved. */
  readonly tag: string | null
  /**
   * Finds the next version and gives the commit its tag: by what commits say (auto), or the next patch, minor or major. (one
   * of: none, auto, patch, minor, major)
   */
  readonly bump: 'none' | 'auto' | 'patch' | 'minor' | 'major'
  /** With `bump`: a pre-release of that kind, such as `rc` for `v1.4.0-rc.1`. */
  readonly preRelease: string | null
  /** Make a GitHub Release of the version: a draft until every host has proven it, then published. (true or false) */
  readonly githubRelease: boolean
  /**
   * Files for the Release, from the app's folder; `*` stands for any name. A list of their checksums goes along. (a line
   * each)
   */
  readonly releaseFiles: readonly string[]
  /** Tell GitHub of a Deployment, in progress and how it ended. A job with `environment:` has one already. (true or false) */
  readonly githubDeployment: boolean
  /** Private SSH key, without a passphrase, to sign the tag with. (secret) */
  readonly signingKey: string | null
  /**
   * How many jobs the matrix has, which the runner fills in: several leave their Release a draft, for `operation: publish`
   * in a job after them. (a whole number from 1)
   */
  readonly jobTotal: number | null
}

export type PushReleaseOutput =
  | 'status'
  | 'changed'
  | 'report'
  | 'version'
  | 'previous'
  | 'serving'
  | 'commit'
  | 'url'
  | 'tag'
  | 'release-url'

export const pushReleaseDeclaration: Declaration = {
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
  operation: { name: 'operation', type: { kind: 'choice', of: ['deploy', 'rollback', 'restart', 'status', 'publish'] }, fallback: 'deploy' },
  version: { name: 'version', type: { kind: 'text' } },
  allowOlder: { name: 'allow-older', type: { kind: 'flag' }, fallback: 'false' },
  allowRollbackFloor: { name: 'allow-rollback-floor', type: { kind: 'flag' }, fallback: 'false' },
  ignoreGates: { name: 'ignore-gates', type: { kind: 'flag' }, fallback: 'false' },
  takeOver: { name: 'take-over', type: { kind: 'text' } },
  lockTimeout: { name: 'lock-timeout', type: { kind: 'duration' }, fallback: '5m' },
  tag: { name: 'tag', type: { kind: 'text' } },
  bump: { name: 'bump', type: { kind: 'choice', of: ['none', 'auto', 'patch', 'minor', 'major'] }, fallback: 'none' },
  preRelease: { name: 'pre-release', type: { kind: 'text' } },
  githubRelease: { name: 'github-release', type: { kind: 'flag' }, fallback: 'false' },
  releaseFiles: { name: 'release-files', type: { kind: 'lines' } },
  githubDeployment: { name: 'github-deployment', type: { kind: 'flag' }, fallback: 'false' },
  signingKey: { name: 'signing-key', type: { kind: 'secret' } },
  jobTotal: { name: 'job-total', type: { kind: 'count', least: 1 } },
}

/** Throws all that is wrong at once. */
export function readPushRelease(env: NodeJS.ProcessEnv): PushReleaseInputs {
  return readInputs(pushReleaseDeclaration, env) as unknown as PushReleaseInputs
}
