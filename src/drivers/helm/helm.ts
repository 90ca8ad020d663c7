import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environment } from './environment'
import { runProgram, type Finished } from './process'
import type { HelmProgram } from './program'
import type { StoredRelease } from './storage'

/** A chart as Helm is told of it. */
export type ChartRef =
  | { readonly kind: 'folder'; /** Absolute. */ readonly path: string }
  | { readonly kind: 'repository'; readonly url: string; readonly name: string; readonly version: string }
  | { readonly kind: 'oci'; readonly reference: string; readonly version: string | null; readonly digest: string | null }

export interface HelmOptions {
  readonly program: HelmProgram
  /** Below it a private folder is made. */
  readonly temporary: string
  /** Text of the kubeconfig, of one context. */
  readonly kubeconfig: string
  readonly namespace: string
  /** Text of a registry config (docker's format) for charts; null: the runner's own. */
  readonly registryConfig: string | null
  readonly env: NodeJS.ProcessEnv
  /** Hears of the private folder before a secret is in it. */
  readonly made: (folder: string) => void
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
  readonly createNamespace: boolean
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
    options.made(folder)
    const helm = new Helm(options, folder)
    await helm.#write('kubeconfig', options.kubeconfig)
    if (options.registryConfig !== null) await helm.#write('registry.json', options.registryConfig)
    return helm
  }

  /** How often Helm was run. */
  get calls(): number {
    return this.#calls
  }

  /** Brings a chart from elsewhere, unpacked for as long as this is open; Helm checks it against its digest. The chart's folder. */
  async pull(chart: Exclude<ChartRef, { readonly kind: 'folder' }>, signal: AbortSignal): Promise<Finished & { readonly path: string | null }> {
    const folder = await mkdtemp(join(this.#folder, 'chart-'))
    const finished = await this.#run(['pull', ...chartWords(chart), '--untar', '--untardir', folder], signal)
    if (finished.code !== 0) return { ...finished, path: null }
    const [name] = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    return { ...finished, path: name === undefined ? null : join(folder, name) }
  }

  /** What an upgrade would make, as the server sees it; nothing is changed. */
  async render(upgrade: Upgrade, signal: AbortSignal): Promise<Finished & { readonly release: StoredRelease | null }> {
    const finished = await this.#run([...await this.#upgradeWords(upgrade), '--dry-run=server', '--output', 'json'], signal)
    return { ...finished, release: finished.code === 0 ? JSON.parse(finished.stdout) as StoredRelease : null }
  }

  /** Applies, and does not wait for anything but hooks. */
  async upgrade(upgrade: Upgrade, signal: AbortSignal, onLine: (line: string) => void): Promise<Finished> {
    return await this.#run([...await this.#upgradeWords(upgrade), '--description', upgrade.description], signal, onLine)
  }

  async rollback(release: string, revision: number, timeout: number, signal: AbortSignal, onLine: (line: string) => void): Promise<Finished> {
    return await this.#run(['rollback', release, String(revision), ...this.#place(), '--history-max', '0', '--timeout', `${timeout}s`], signal, onLine)
  }

  /** Removes all of it; with what its history tells. */
  async uninstall(release: string, timeout: number, signal: AbortSignal): Promise<Finished> {
    return await this.#run(['uninstall', release, ...this.#place(), '--ignore-not-found', '--timeout', `${timeout}s`], signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #upgradeWords({ release, chart, values, timeout, createNamespace }: Upgrade): Promise<readonly string[]> {
    const file = await this.#write('values.json', JSON.stringify(values))
    return [
      'upgrade', release, chart, '--install', ...this.#place(), '--values', file, '--reset-values', '--timeout', `${timeout}s`,
      // Which revisions stay is decided by what they are, not by how many there are.
      '--history-max', '0', ...(createNamespace ? ['--create-namespace'] : []),
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
    const { program, env, registryConfig } = this.#options
    const more = registryConfig === null ? {} : { HELM_REGISTRY_CONFIG: join(this.#folder, 'registry.json') }
    return await runProgram(program.path, words, { env: environment(env, more), cwd: this.#folder, signal, onLine })
  }
}

function chartWords(chart: Exclude<ChartRef, { readonly kind: 'folder' }>): readonly string[] {
  switch (chart.kind) {
    case 'repository': return [chart.name, '--repo', chart.url, '--version', chart.version]
    case 'oci': return [chart.digest === null ? chart.reference : `${chart.reference}@${chart.digest}`, ...chart.version === null ? [] : ['--version', chart.version]]
  }
}
