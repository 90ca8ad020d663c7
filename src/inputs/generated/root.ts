// Generated from action.yml by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's `with:` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface RootInputs {
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
  /** What to do. (one of: setup, deploy, rollback, restart, status, publish) */
  readonly operation: 'setup' | 'deploy' | 'rollback' | 'restart' | 'status' | 'publish'
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
  /** How long to wait for another run that holds a host, or the release in a cluster. (a duration, such as 90s or 10m) */
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
   * Which image a service of the Compose files runs, or which images the chart gets, by digest: `service=NAME@sha256:…` a
   * line, or the output `images` of build-image. Other services run what the Compose file or the chart says. (several lines)
   */
  readonly images: string | null
  /**
   * Build the image of this name before deploying it: with its registry and without a tag, such as
   * `registry.example.com/ada/shop`. For services of a Compose file that name none, `IMAGE-SERVICE` is made of it. Empty,
   * and no other input of a build given: nothing is built.
   */
  readonly image: string | null
  /** Folder that the Dockerfile copies from, relative to `working-directory`. Empty: that itself. */
  readonly context: string | null
  /**
   * The Dockerfile, relative to `working-directory`. Empty: the one in `context`; where there is none at all, one is made
   * for a Python or Node app.
   */
  readonly file: string | null
  /** The stage to build. Empty: the last. */
  readonly buildTarget: string | null
  /**
   * Arguments of the build, `NAME=value` or the `NAME` of a variable of the step. They can be read in the image: no secrets.
   * (a line each)
   */
  readonly buildArgs: readonly string[]
  /**
   * Secrets that steps of the Dockerfile mount, `id=NAME` of a variable of the step or `id=file:path`; `id` alone is both.
   * (a line each)
   */
  readonly buildSecrets: readonly string[]
  /**
   * What steps of the Dockerfile mount by `--mount=type=ssh`: `default`, or an id. The SSH agent of the runner answers, or
   * `build-ssh-key`. (a line each)
   */
  readonly buildSsh: readonly string[]
  /** A private key without a passphrase that answers in the place of an agent. Alone, it is `default`. (secret) */
  readonly buildSshKey: string | null
  /** Where to write the Dockerfile that was made because there is none, such as `Dockerfile`, as a start of your own. */
  readonly writeDockerfile: string | null
  /** What to build for, such as `linux/amd64` and `linux/arm64`. Empty: what the builder runs on. (a line each) */
  readonly platforms: readonly string[]
  /**
   * Push the image that is built and move tags. `auto`: in all runs but those of pull requests. `true` asks for the build of
   * Compose files that name their images themselves. (one of: auto, true, false)
   */
  readonly push: 'auto' | 'true' | 'false'
  /**
   * Put the image into the Docker Engine of the runner too, as `IMAGE:sha-COMMIT`. With `push: 'false'` hosts get it from
   * there, over SSH and without a registry. (true or false)
   */
  readonly load: boolean
  /** Labels of your own, `key=value`, beside those that tell commit, time and source. (a line each) */
  readonly labels: readonly string[]
  /** Caches to read, as Buildx writes them, such as `type=gha`. (a line each) */
  readonly cacheFrom: readonly string[]
  /** Caches to write, as Buildx writes them, such as `type=gha,mode=max`. (a line each) */
  readonly cacheTo: readonly string[]
  /**
   * Say in the registry how the image was built. It holds the time, so the index gets another digest each time, and `max`
   * holds the arguments. (one of: none, min, max)
   */
  readonly provenance: 'none' | 'min' | 'max'
  /** List in the registry what is in the image. (true or false) */
  readonly sbom: boolean
  /**
   * The registry of `registry-username`, such as `ghcr.io`. Empty: that of the image that is built or of those in `images`;
   * in a cluster that of the image that is built, else the one that the chart comes from.
   */
  readonly registry: string | null
  /**
   * User who pushes what is built, and with whom hosts with Docker pull images, for this run only; in a cluster the one who
   * fetches the chart. Empty: whom an earlier step has logged in there, or nobody. Nodes of a cluster pull with pull secrets
   * of their own.
   */
  readonly registryUsername: string | null
  /** Password or token of that user. (secret) */
  readonly registryPassword: string | null
  /**
   * How to reach the cluster: the content of a kubeconfig, or its base64. Empty: what the variable KUBECONFIG names, such as
   * an earlier step that logs in at a cloud has left. (a kubeconfig)
   */
  readonly kubeconfig: string | null
  /** Which context of the kubeconfig to use. Empty: its current one. */
  readonly kubeContext: string | null
  /** Namespace that the release is in. Empty: as slipway.yml says, else that of the context. */
  readonly namespace: string | null
  /** What Helm calls the release. Empty: as slipway.yml says, else the app. */
  readonly releaseName: string | null
  /** Revision to return to, by Helm's number, for a rollback; instead of `version`. (a whole number from 1) */
  readonly revision: number | null
  /**
   * A folder of the repository, or `oci://registry/path:1.2.3`, or by digest; with `chart-repository` the name of a chart
   * there. Empty: as slipway.yml says, else the one that the repository has.
   */
  readonly chart: string | null
  /** URL of the repository in which `chart` is a name, as for `helm --repo`. */
  readonly chartRepository: string | null
  /** Exact version of a chart that comes from a repository or a registry. */
  readonly chartVersion: string | null
  /** Files of values in the repository, later ones over earlier ones. Empty: those of slipway.yml. (a line each) */
  readonly valuesFiles: readonly string[]
  /**
   * Values as YAML or JSON, laid over all files and over those of slipway.yml. For secrets better use `secret-values` of
   * slipway.yml. (several lines)
   */
  readonly values: string | null
  /**
   * Helm to use: `3`, `4`, `3.21.4`, or with the SHA-256 of its archive `4.2.4@sha256:…`. Empty: the one on the runner's
   * PATH.
   */
  readonly helmVersion: string | null
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

export type RootOutput =
  | 'status'
  | 'changed'
  | 'report'
  | 'version'
  | 'previous'
  | 'serving'
  | 'commit'
  | 'url'
  | 'revision'
  | 'image'
  | 'image-name'
  | 'digest'
  | 'digests'
  | 'tags'
  | 'images'
  | 'facts'
  | 'tag'
  | 'release-url'

export const rootDeclaration: Declaration = {
  config: { name: 'config', type: { kind: 'text' } },
  workingDirectory: { name: 'working-directory', type: { kind: 'text' }, fallback: '.' },
  environment: { name: 'environment', type: { kind: 'text' } },
  dryRun: { name: 'dry-run', type: { kind: 'flag' }, fallback: 'false' },
  githubToken: { name: 'github-token', type: { kind: 'secret' } },
  hosts: { name: 'hosts', type: { kind: 'lines' } },
  sshKey: { name: 'ssh-key', type: { kind: 'secret' } },
  sshKeyPassphrase: { name: 'ssh-key-passphrase', type: { kind: 'secret' } },
  knownHosts: { name: 'known-hosts', type: { kind: 'block' } },
  bastion: { name: 'bastion', type: { kind: 'text' } },
  bastionSshKey: { name: 'bastion-ssh-key', type: { kind: 'secret' } },
  maxParallel: { name: 'max-parallel', type: { kind: 'count', least: 1 }, fallback: '8' },
  operation: { name: 'operation', type: { kind: 'choice', of: ['setup', 'deploy', 'rollback', 'restart', 'status', 'publish'] }, fallback: 'deploy' },
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
  composeFile: { name: 'compose-file', type: { kind: 'lines' } },
  project: { name: 'project', type: { kind: 'text' } },
  profiles: { name: 'profiles', type: { kind: 'lines' } },
  images: { name: 'images', type: { kind: 'block' } },
  image: { name: 'image', type: { kind: 'text' } },
  context: { name: 'context', type: { kind: 'text' } },
  file: { name: 'file', type: { kind: 'text' } },
  buildTarget: { name: 'build-target', type: { kind: 'text' } },
  buildArgs: { name: 'build-args', type: { kind: 'lines' } },
  buildSecrets: { name: 'build-secrets', type: { kind: 'lines' } },
  buildSsh: { name: 'build-ssh', type: { kind: 'lines' } },
  buildSshKey: { name: 'build-ssh-key', type: { kind: 'secret' } },
  writeDockerfile: { name: 'write-dockerfile', type: { kind: 'text' } },
  platforms: { name: 'platforms', type: { kind: 'lines' } },
  push: { name: 'push', type: { kind: 'choice', of: ['auto', 'true', 'false'] }, fallback: 'auto' },
  load: { name: 'load', type: { kind: 'flag' }, fallback: 'false' },
  labels: { name: 'labels', type: { kind: 'lines' } },
  cacheFrom: { name: 'cache-from', type: { kind: 'lines' } },
  cacheTo: { name: 'cache-to', type: { kind: 'lines' } },
  provenance: { name: 'provenance', type: { kind: 'choice', of: ['none', 'min', 'max'] }, fallback: 'none' },
  sbom: { name: 'sbom', type: { kind: 'flag' }, fallback: 'false' },
  registry: { name: 'registry', type: { kind: 'text' } },
  registryUsername: { name: 'registry-username', type: { kind: 'text' } },
  registryPassword: { name: 'registry-password', type: { kind: 'secret' } },
  kubeconfig: { name: 'kubeconfig', type: { kind: 'kubeconfig' } },
  kubeContext: { name: 'kube-context', type: { kind: 'text' } },
  namespace: { name: 'namespace', type: { kind: 'text' } },
  releaseName: { name: 'release-name', type: { kind: 'text' } },
  revision: { name: 'revision', type: { kind: 'count', least: 1 } },
  chart: { name: 'chart', type: { kind: 'text' } },
  chartRepository: { name: 'chart-repository', type: { kind: 'text' } },
  chartVersion: { name: 'chart-version', type: { kind: 'text' } },
  valuesFiles: { name: 'values-files', type: { kind: 'lines' } },
  values: { name: 'values', type: { kind: 'block' } },
  helmVersion: { name: 'helm-version', type: { kind: 'text' } },
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
export function readRoot(env: NodeJS.ProcessEnv): RootInputs {
  return readInputs(rootDeclaration, env) as unknown as RootInputs
}
