// Generated from actions/build-image/action.yml by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's `with:` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface BuildImageInputs {
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
   * Name of the image, with its registry and without a tag, such as `registry.example.com/ada/shop`. For services of a
   * Compose file that name none, `IMAGE-SERVICE` is made of it. With it, a Dockerfile at the top goes before Compose files
   * that are not named.
   */
  readonly image: string | null
  /** What to build, such as `v1.4.2`. It must be checked out. Empty: the ref of this run. */
  readonly version: string | null
  /**
   * Compose files in the repository, later ones over earlier ones. Empty: those of slipway.yml, else what Compose itself
   * finds. (a line each)
   */
  readonly composeFile: readonly string[]
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
  /** Push the image and move tags. `auto`: in all runs but those of pull requests. (one of: auto, true, false) */
  readonly push: 'auto' | 'true' | 'false'
  /** Put the image into the Docker Engine too, as `IMAGE:sha-COMMIT`, for steps that come after. (true or false) */
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
  /** User at the registry of the image, or of all images. Empty: whom an earlier step has logged in there, or nobody. */
  readonly registryUsername: string | null
  /** Password or token of that user. (secret) */
  readonly registryPassword: string | null
}

export type BuildImageOutput =
  | 'status'
  | 'changed'
  | 'report'
  | 'version'
  | 'image'
  | 'image-name'
  | 'digest'
  | 'digests'
  | 'tags'
  | 'images'

export const buildImageDeclaration: Declaration = {
  config: { name: 'config', type: { kind: 'text' } },
  workingDirectory: { name: 'working-directory', type: { kind: 'text' }, fallback: '.' },
  environment: { name: 'environment', type: { kind: 'text' } },
  dryRun: { name: 'dry-run', type: { kind: 'flag' }, fallback: 'false' },
  githubToken: { name: 'github-token', type: { kind: 'secret' } },
  image: { name: 'image', type: { kind: 'text' } },
  version: { name: 'version', type: { kind: 'text' } },
  composeFile: { name: 'compose-file', type: { kind: 'lines' } },
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
  registryUsername: { name: 'registry-username', type: { kind: 'text' } },
  registryPassword: { name: 'registry-password', type: { kind: 'secret' } },
}

/** Throws all that is wrong at once. */
export function readBuildImage(env: NodeJS.ProcessEnv): BuildImageInputs {
  return readInputs(buildImageDeclaration, env) as unknown as BuildImageInputs
}
