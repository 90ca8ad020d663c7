import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environment } from './environment'
import { runProgram, type Finished } from './process'
import type { HelmProgram } from './program'
import type { StoredRelease } from './storage'

export interface HelmOptions {
  readonly program: HelmProgram
  /** Below it a private folder is made. */
  readonly temporary: string
  /** Text of the kubeconfig, of one context. */
  readonly kubeconfig: string
  readonly namespace: string
  /** Without what plugins of the kubeconfig, which Helm starts, may not see. */
  readonly env: NodeJS.ProcessEnv
  /** Hears of the private folder before a secret is in it. */
  readonly made: (folder: string) => Promise<void>
}

export interface Upgrade {
  readonly release: string
  /** Absolute path of its folder. */
  readonly chart: string
  /** All values, over those of the chart. */
  readonly values: unknown
  /** Seconds that each hook may take. */
  readonly timeout: number
  /** Text in the release's history. */
  readonly description: string
}

/** Helm for one namespace of one cluster: values and credentials reach it by files that nobody else can read, and are gone afterwards. */
export class Helm implements AsyncDisposable {
  readonly program: HelmProgram
  readonly #options: HelmOptions
  readonly #folder: string
  #calls = 0

  private constructor(options: HelmOptions, folder: string) {
    this.program = options.program
    this.#options = options
    this.#folder = folder
  }

  static async open(options: HelmOptions): Promise<Helm> {
    // Made with mode 0700.
    const folder = await mkdtemp(join(options.temporary, 'slipway-helm-'))
    await options.made(folder)
    const helm = new Helm(options, folder)
    await helm.#write('kubeconfig', options.kubeconfig)
    return helm
  }

  /** How often Helm was run. */
  get calls(): number {
    return this.#calls
  }

  /** What an upgrade would make, as the server sees it; nothing is changed. `started` is called once Helm is at it. */
  async render(upgrade: Upgrade, signal: AbortSignal, started: () => void): Promise<Finished & { readonly release: StoredRelease | null }> {
    const words = await this.#upgradeWords(upgrade)
    const running = this.#run([...words, '--dry-run=server', '--output', 'json'], signal)
    started()
    const finished = await running
    return { ...finished, release: finished.code === 0 ? JSON.parse(finished.stdout) as StoredRelease : null }
  }

  /** Applies, and does not wait for anything but hooks. */
  async upgrade(upgrade: Upgrade, signal: AbortSignal, onLine: (line: string) => void): Promise<Finished> {
    return await this.#run([...await this.#upgradeWords(upgrade), '--description', upgrade.description], signal, onLine)
  }

  /** Is a release applied on the server, where fields have owners? Helm 4 does so, but for those that Helm 3 has made. */
  appliesOnServer({ apply_method: method }: Pick<StoredRelease, 'apply_method'>): boolean {
    return this.program.major === 4 && method === 'ssa'
  }

  /** Takes what somebody else owns: who goes back has nothing to correct. `to`: the revision as it is stored. */
  async rollback(release: string, revision: number, to: Pick<StoredRelease, 'apply_method'>, timeout: number, signal: AbortSignal, onLine: (line: string) => void): Promise<Finished> {
    return await this.#run(['rollback', release, String(revision), ...this.#place(), '--history-max', '0', '--timeout', `${timeout}s`, ...this.appliesOnServer(to) ? ['--force-conflicts'] : []], signal, onLine)
  }

  /** Removes all of it; with what its history tells. */
  async uninstall(release: string, timeout: number, signal: AbortSignal): Promise<Finished> {
    return await this.#run(['uninstall', release, ...this.#place(), '--ignore-not-found', '--timeout', `${timeout}s`], signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #upgradeWords({ release, chart, values, timeout }: Upgrade): Promise<readonly string[]> {
    const file = await this.#write('values.json', JSON.stringify(values))
    return [
      'upgrade', release, chart, '--install', ...this.#place(), '--values', file, '--reset-values', '--timeout', `${timeout}s`,
      // Each object is tried on the server itself, which says more: Helm would fetch the description of its whole API for that, twice a run.
      '--disable-openapi-validation',
      // Which revisions stay is decided by what they are, not by how many there are.
      '--history-max', '0',
    ]
  }

  #place(): readonly string[] {
    return ['--namespace', this.#options.namespace, '--kubeconfig', join(this.#folder, 'kubeconfig')]
  }

  async #write(name: string, text: string): Promise<string> {
    const file = join(this.#folder, name)
    await writeFile(file, text, { mode: 0o600 })
    return file
  }

  async #run(words: readonly string[], signal: AbortSignal, onLine?: (line: string) => void): Promise<Finished> {
    this.#calls += 1
    const { program, env } = this.#options
    return await runProgram(program.path, words, { env: environment(env, {}), cwd: this.#folder, signal, onLine })
  }
}
