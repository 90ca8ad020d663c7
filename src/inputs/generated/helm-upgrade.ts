// Generated from actions/helm-upgrade/action.yml by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's `with:` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface HelmUpgradeInputs {
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
  /** What to do. (one of: deploy, rollback, restart, status) */
  readonly operation: 'deploy' | 'rollback' | 'restart' | 'status'
  /**
   * What to deploy or to return to, such as `v1.4.2`. Empty: the ref of this run for a deploy, the last good release for a
   * rollback. A restart is of what serves and takes none.
   */
  readonly version: string | null
  /** Revision to return to, by Helm's number, for a rollback; instead of `version`. (a whole number from 1) */
  readonly revision: number | null
  /** Deploy even though what serves is newer, or the tag was moved since it was proven. (true or false) */
  readonly allowOlder: boolean
  /**
   * Go back across a release that declares `rollback-floor`: you have made sure that the older one can work with what it
   * changed. (true or false)
   */
  readonly allowRollbackFloor: boolean
  /** Deploy although `gates` in slipway.yml do not hold; which of them is told in the summary. (true or false) */
  readonly ignoreGates: boolean
  /** How long to wait for another run that holds the release. (a duration, such as 90s or 10m) */
  readonly lockTimeout: number
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
   * Which images the chart gets, by digest: `service=NAME@sha256:…` a line, or the output `images` of build-image. (several
   * lines)
   */
  readonly images: string | null
  /**
   * Helm to use: `3`, `4`, `3.21.4`, or with the SHA-256 of its archive `4.2.4@sha256:…`. Empty: the one on the runner's
   * PATH.
   */
  readonly helmVersion: string | null
  /**
   * The host of `registry-username`, such as `ghcr.io` or `charts.example.com`. Empty: the one that the chart, or what it
   * depends on, comes from.
   */
  readonly registry: string | null
  /**
   * User who fetches the chart, or what it depends on, from a registry (`oci://…`) or a repository (`https://…`). Empty:
   * whom an earlier step has logged in (`helm registry login`, `helm repo add`), or nobody. Nodes of the cluster pull images
   * with pull secrets of their own.
   */
  readonly registryUsername: string | null
  /** Password or token of that user. (secret) */
  readonly registryPassword: string | null
}

export type HelmUpgradeOutput =
  | 'status'
  | 'changed'
  | 'report'
  | 'version'
  | 'previous'
  | 'serving'
  | 'commit'
  | 'url'
  | 'revision'

export const helmUpgradeDeclaration: Declaration = {
  config: { name: 'config', type: { kind: 'text' } },
  workingDirectory: { name: 'working-directory', type: { kind: 'text' }, fallback: '.' },
  environment: { name: 'environment', type: { kind: 'text' } },
  dryRun: { name: 'dry-run', type: { kind: 'flag' }, fallback: 'false' },
  githubToken: { name: 'github-token', type: { kind: 'secret' } },
  kubeconfig: { name: 'kubeconfig', type: { kind: 'kubeconfig' } },
  kubeContext: { name: 'kube-context', type: { kind: 'text' } },
  namespace: { name: 'namespace', type: { kind: 'text' } },
  releaseName: { name: 'release-name', type: { kind: 'text' } },
  operation: { name: 'operation', type: { kind: 'choice', of: ['deploy', 'rollback', 'restart', 'status'] }, fallback: 'deploy' },
  version: { name: 'version', type: { kind: 'text' } },
  revision: { name: 'revision', type: { kind: 'count', least: 1 } },
  allowOlder: { name: 'allow-older', type: { kind: 'flag' }, fallback: 'false' },
  allowRollbackFloor: { name: 'allow-rollback-floor', type: { kind: 'flag' }, fallback: 'false' },
  ignoreGates: { name: 'ignore-gates', type: { kind: 'flag' }, fallback: 'false' },
  lockTimeout: { name: 'lock-timeout', type: { kind: 'duration' }, fallback: '5m' },
  chart: { name: 'chart', type: { kind: 'text' } },
  chartRepository: { name: 'chart-repository', type: { kind: 'text' } },
  chartVersion: { name: 'chart-version', type: { kind: 'text' } },
  valuesFiles: { name: 'values-files', type: { kind: 'lines' } },
  values: { name: 'values', type: { kind: 'block' } },
  images: { name: 'images', type: { kind: 'block' } },
  helmVersion: { name: 'helm-version', type: { kind: 'text' } },
  registry: { name: 'registry', type: { kind: 'text' } },
  registryUsername: { name: 'registry-username', type: { kind: 'text' } },
  registryPassword: { name: 'registry-password', type: { kind: 'secret' } },
}

/** Throws all that is wrong at once. */
export function readHelmUpgrade(env: NodeJS.ProcessEnv): HelmUpgradeInputs {
  return readInputs(helmUpgradeDeclaration, env) as unknown as HelmUpgradeInputs
}
