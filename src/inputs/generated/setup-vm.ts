// Generated from actions/setup-vm/action.yml by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's `with:` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface SetupVmInputs {
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
  /**
   * Close every port that neither SSH nor the app needs; undone by itself unless a new connection gets through. (true or
   * false)
   */
  readonly firewall: boolean
  /**
   * Make a bare repository on the host, `/srv/git/APP.git`, that deploys the tags and the branch that are pushed to it.
   * (true or false)
   */
  readonly gitPush: boolean
  /** The branch that is deployed when it is pushed there. */
  readonly gitPushBranch: string
  /** Where the certificate authority may write to. Empty: as it is on the host, or none. */
  readonly tlsEmail: string | null
  /** URL of the ACME directory of another certificate authority. Empty: as it is on the host, or Let's Encrypt. */
  readonly tlsDirectory: string | null
  /** Who signed the https of that directory, in PEM, for an authority of your own that hosts do not know. (several lines) */
  readonly tlsRoot: string | null
  /** Base URL of a mirror that has the archives of uv, Node and Python, for runners without access to the originals. */
  readonly mirror: string | null
  /** SHA-256 of the SHASUMS256.txt at the mirror. Needed with `mirror`. */
  readonly mirrorChecksum: string | null
}

export type SetupVmOutput =
  | 'status'
  | 'changed'
  | 'report'
  | 'facts'

export const setupVmDeclaration: Declaration = {
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
  firewall: { name: 'firewall', type: { kind: 'flag' }, fallback: 'false' },
  gitPush: { name: 'git-push', type: { kind: 'flag' }, fallback: 'false' },
  gitPushBranch: { name: 'git-push-branch', type: { kind: 'text' }, fallback: 'main' },
  tlsEmail: { name: 'tls-email', type: { kind: 'text' } },
  tlsDirectory: { name: 'tls-directory', type: { kind: 'text' } },
  tlsRoot: { name: 'tls-root', type: { kind: 'block' } },
  mirror: { name: 'mirror', type: { kind: 'text' } },
  mirrorChecksum: { name: 'mirror-checksum', type: { kind: 'text' } },
}

/** Throws all that is wrong at once. */
export function readSetupVm(env: NodeJS.ProcessEnv): SetupVmInputs {
  return readInputs(setupVmDeclaration, env) as unknown as SetupVmInputs
}
