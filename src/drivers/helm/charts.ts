import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environment } from './environment'
import { runProgram, type Finished } from './process'
import type { HelmProgram } from './program'

/** A chart that is elsewhere. */
export type ChartRef =
  | { readonly kind: 'repository'; readonly url: string; readonly name: string; readonly version: string }
  | { readonly kind: 'oci'; readonly reference: string; readonly version: string | null; readonly digest: string | null }

/** A repository of charts, and who asks there; what is empty is not said. */
export interface ChartRepository {
  readonly url: string
  readonly username: string
  readonly password: string
  /** Paths. */
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
}

export interface ChartAccess {
  /** Text of a registry config (docker's format); null: the runner's own. */
  readonly registryConfig: string | null
  /** All that charts come from. */
  readonly repositories: readonly ChartRepository[]
}

export interface ChartsOptions {
  readonly program: HelmProgram
  /** Private, and gone afterwards: passwords are in it. Absolute. */
  readonly folder: string
  readonly access: ChartAccess
  /** Without what plugins may not see. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Brings charts from elsewhere. Passwords reach Helm by files, and what it keeps stays apart from what the runner has. */
export class Charts {
  readonly #options: ChartsOptions

  private constructor(options: ChartsOptions) {
    this.#options = options
  }

  static async open(options: ChartsOptions): Promise<Charts> {
    const { folder, access: { registryConfig, repositories } } = options
    const named = repositories.map((repository, index) => ({ name: aliasOf(index), ...repository, insecure_skip_tls_verify: false, pass_credentials_all: false }))
    await mkdir(join(folder, 'cache'))
    // YAML takes JSON.
    await writeFile(join(folder, 'repositories.yaml'), JSON.stringify({ apiVersion: '', repositories: named }), { mode: 0o600 })
    if (registryConfig !== null) await writeFile(join(folder, 'registry.json'), registryConfig, { mode: 0o600 })
    return new Charts(options)
  }

  /** Unpacked; the chart's folder, null where it failed. */
  async pull(chart: ChartRef): Promise<Finished & { readonly path: string | null }> {
    const to = await mkdtemp(join(this.#options.folder, 'chart-'))
    const finished = chart.kind === 'oci'
      ? await this.#run(['pull', chart.digest === null ? chart.reference : `${chart.reference}@${chart.digest}`, ...chart.version === null ? [] : ['--version', chart.version], '--untar', '--untardir', to])
      : await this.#pullFrom(chart, to)
    const [name] = finished.code !== 0 ? [] : (await readdir(to, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    if (name !== undefined) return { ...finished, path: join(to, name) }
    return finished.code !== 0 ? { ...finished, path: null } : { ...finished, code: 1, stderr: `${finished.stderr}Helm has fetched it, and its archive has no folder.\n`, path: null }
  }

  /** Fetches what the lock of a chart lists into its charts/. Helm refuses a lock that is not of its Chart.yaml. */
  async build(chart: string): Promise<Finished> {
    const finished = await this.#run(['dependency', 'build', chart])
    // Why a repository did not answer is on standard output.
    return { ...finished, stderr: `${finished.stdout}${finished.stderr}` }
  }

  async #pullFrom({ url, name, version }: Extract<ChartRef, { readonly kind: 'repository' }>, to: string): Promise<Finished> {
    const alias = aliasOf(this.#options.access.repositories.findIndex((one) => one.url === url))
    const known = await this.#run(['repo', 'update', alias, ...this.#options.program.major === 3 ? ['--fail-on-repo-update-fail'] : []])
    if (known.code !== 0) return { ...known, stderr: `${known.stdout}${known.stderr}` }
    return await this.#run(['pull', `${alias}/${name}`, '--version', version, '--untar', '--untardir', to])
  }

  async #run(words: readonly string[]): Promise<Finished> {
    const { program, folder, env, signal, access } = this.#options
    const cache = join(folder, 'cache')
    return await runProgram(program.path, words, {
      cwd: folder, signal,
      env: environment(env, {
        HELM_REPOSITORY_CONFIG: join(folder, 'repositories.yaml'), HELM_CACHE_HOME: cache, HELM_REPOSITORY_CACHE: join(cache, 'repository'), HELM_CONTENT_CACHE: join(cache, 'content'),
        ...access.registryConfig === null ? {} : { HELM_REGISTRY_CONFIG: join(folder, 'registry.json') },
      }),
    })
  }
}

const aliasOf = (index: number): string => `charts-${index}`
