import { resolveConfig, ROLLOUT, secretsFor, type AppConfig, type ClusterInputs, type ComposeInputs, type Located, type RolloutPolicy, type TargetKind } from '../config'
import { compareCommits } from '../drivers/github/compare'
import { Git } from '../drivers/git'
import { failuresOf } from '../errors'
import { buildSource, Checkout, isAncestor, resolveCommit, versionOf, type Found, type Release } from '../release'
import type { RunContext } from './run-context'

export interface SourceInputs {
  readonly config: string | null
  readonly workingDirectory: string
  readonly environment: string | null
  readonly githubToken: string | null
  readonly version: string | null
  /** What the action deploys to, where slipway.yml does not say; null: what the repository holds. */
  readonly target?: TargetKind | null
  readonly compose?: ComposeInputs | undefined
  readonly cluster?: ClusterInputs | undefined
}

export interface Named {
  readonly commit: string
  /** Seconds since 1970. */
  readonly committed: number
  readonly version: string
  /** Empty: no ref names it. */
  readonly ref: string
}

/** The tag by which a commit is deployed; null: by none. */
export type TagOf = (git: Git, found: Found, located: Located) => Promise<string | null>

/** The checkout and what it says; to be closed when done. */
export class Source implements AsyncDisposable {
  readonly checkout: Checkout
  readonly #inputs: SourceInputs
  readonly #context: RunContext
  readonly #signal: AbortSignal

  private constructor(checkout: Checkout, inputs: SourceInputs, context: RunContext, signal: AbortSignal) {
    this.checkout = checkout
    this.#inputs = inputs
    this.#context = context
    this.#signal = signal
  }

  static async open(inputs: SourceInputs, context: RunContext, signal: AbortSignal): Promise<Source> {
    const git = await Git.open(inputs.workingDirectory, { signal, ceiling: context.workspace })
    return new Source(new Checkout(git), inputs, context, signal)
  }

  /** The commit to deploy, its configuration, and its version. `tagOf` gives it a tag that it may not have yet. */
  async wanted(tagOf: TagOf | null = null): Promise<{ readonly commit: string; readonly version: string; readonly located: Located }> {
    const { ref, sha } = this.#context
    const request = { version: this.#inputs.version ?? '', ref, sha }
    const prefixAt = async (commit: string): Promise<string> => (await this.configOf(commit)).config.tagPrefix
    const found = await resolveCommit(this.checkout.git, request, prefixAt)
    const located = await this.configOf(found.commit)
    const tag = tagOf === null ? found.tag : await tagOf(this.checkout.git, found, located)
    return { commit: found.commit, version: versionOf({ ...found, tag }, located.config.tagPrefix), located }
  }

  /** The commit to build, by nothing but its names: the ref is the tag that names it, or that of the run. */
  async named(prefixAt: (commit: string) => Promise<string>): Promise<Named> {
    const { ref, sha } = this.#context
    const asked = this.#inputs.version ?? ''
    const found = await resolveCommit(this.checkout.git, { version: asked, ref, sha }, prefixAt)
    const { commit, committed, tag } = found
    return {
      commit, committed, version: versionOf(found, await prefixAt(commit)),
      ref: tag !== null ? `refs/tags/${tag}` : asked === '' ? ref : '',
    }
  }

  async configOf(commit: string): Promise<Located> {
    return await resolveConfig({
      files: await this.checkout.files(commit),
      configPath: this.#inputs.config ?? '',
      repositoryName: this.#context.repository || folderName(this.checkout.git.top),
      environment: this.#inputs.environment ?? '',
      target: this.#inputs.target ?? null,
      ...(this.#inputs.compose === undefined ? {} : { compose: this.#inputs.compose }),
      ...(this.#inputs.cluster === undefined ? {} : { cluster: this.#inputs.cluster }),
    })
  }

  /** The configuration of what is checked out. */
  async configOfHead(): Promise<Located> {
    const { commit } = await resolveCommit(this.checkout.git, { version: '', ref: '', sha: '' }, async () => '')
    return await this.configOf(commit)
  }

  async release(commit: string, version: string, { config, project }: Located): Promise<Release> {
    return await buildSource({ checkout: this.checkout, commit, version, config, project: project?.texts })
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    const { githubToken } = this.#inputs
    const { repository, apiUrl } = this.#context
    const compare = githubToken === null || repository === '' ? null : async (base: string, head: string) =>
      await compareCommits({ apiUrl, token: githubToken, repository, base, head, signal: this.#signal })
    return await isAncestor({ git: this.checkout.git, compare, older, newer })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.checkout.git[Symbol.asyncDispose]()
  }
}

/** What a rollback or a status needs of the repository: its app's name and the policy. A checkout is not needed for it. */
export interface AppAndPolicy {
  readonly app: string
  readonly policy: RolloutPolicy
  /** Nothing says it but what serves, by whose policy it is better done. */
  readonly policyAsBefore: boolean
  /** What is checked out; null: nothing is. */
  readonly config: AppConfig | null
}

/** From slipway.yml where there is a checkout, else from the repository's name. */
export async function appAndPolicy(inputs: SourceInputs, context: RunContext, signal: AbortSignal): Promise<AppAndPolicy> {
  try {
    await using source = await Source.open(inputs, context, signal)
    const { config, rollout } = await source.configOfHead()
    return { app: config.app, policy: rollout, policyAsBefore: false, config }
  } catch (error) {
    const failures = failuresOf(error)
    const noCheckout = failures.length > 0
      && failures.every(({ code }) => code === 'not-a-checkout' || code === 'working-directory-missing' || code === 'no-commit')
    const app = context.repository.split('/').at(-1)?.toLowerCase() ?? ''
    if (!noCheckout || app === '') throw error
    return { app, policy: ROLLOUT, policyAsBefore: true, config: null }
  }
}

/** The secrets that services and `tls` of a configuration name, from the step's environment. */
export function secretsOf({ config, secretPositions }: Located, env: NodeJS.ProcessEnv): Record<string, string> {
  return secretsFor(config, env, secretPositions)
}

function folderName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? ''
}
