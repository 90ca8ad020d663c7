import { cpSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runAction, startAction, type ActionOptions, type ActionRun, type StartedAction } from '../../host/harness/action'
import { must, root } from '../../host/harness/command'
import { makeRepository, type Repository } from '../../host/harness/repository'
import type { Namespace } from './cluster'
import { podImage, type Variant } from './web'

export interface Release {
  /** Over the chart's own, of this release and of those after it. */
  readonly values?: object
  /** What runs. Default: an image of that version, made and pushed. */
  readonly image?: string
  readonly variant?: Variant
  readonly files?: Readonly<Record<string, string | undefined>>
}

/** Its Service, and the services that have an image. */
interface Shape {
  readonly service: string
  readonly images: readonly string[]
}

/** An app in a repository, deployed by helm-upgrade as a workflow would. */
export class ClusterApp implements Disposable {
  readonly name = 'shop'
  /** What its web pods are behind. */
  readonly service: string
  readonly namespace: Namespace
  readonly repository: Repository
  /** The folder of the program. */
  readonly #helm: string
  readonly #images: readonly string[]
  readonly #running: StartedAction[] = []
  #image = ''

  private constructor(namespace: Namespace, repository: Repository, helm: string, { service, images }: Shape) {
    this.namespace = namespace
    this.repository = repository
    this.#helm = helm
    this.service = service
    this.#images = images
  }

  /** With a chart in its repository. Nothing is released yet. `helm`: its major. */
  static async ofChart(namespace: Namespace, { helm = 4, config = {} }: { readonly helm?: 3 | 4; readonly config?: object } = {}): Promise<ClusterApp> {
    const repository = await makeRepository(undefined, { files: {
      'slipway.yml': JSON.stringify({ app: 'shop', target: 'cluster', cluster: { 'chart': 'chart', 'values-files': 'values.json', 'secret-values': { token: 'TOKEN' } }, ...config }, null, 2),
      'values.json': '{}',
    } })
    cpSync(join(root, '__tests__', 'cluster', 'harness', 'chart'), join(repository.path, 'chart'), { recursive: true })
    await repository.commit('the chart')
    return new ClusterApp(namespace, repository, await helmFolder(helm), { service: 'shop', images: ['web'] })
  }

  /** With the services of a slipway.yml, of which one is `web`, and no chart. */
  static async ofServices(namespace: Namespace, config: ServicesConfig, helm: 3 | 4 = 4): Promise<ClusterApp> {
    const repository = await makeRepository(undefined, { files: { 'slipway.yml': slipwayYml(config) } })
    return new ClusterApp(namespace, repository, await helmFolder(helm), { service: 'shop-web', images: Object.keys(config.services) })
  }

  /** Commits and tags it, and makes its image. */
  async release(version: string, { values, variant = 'good', image, files = {} }: Release = {}): Promise<void> {
    this.#image = image ?? (await podImage(version, variant)).digest
    this.repository.write({ 'RELEASE.txt': version, ...(values === undefined ? {} : { 'values.json': JSON.stringify(values, null, 2) }), ...files })
    await this.repository.commit(version, version)
  }

  up(options: ActionOptions = {}): Promise<ActionRun> {
    return runAction('helm-upgrade', this.#step(options))
  }

  async startUp(options: ActionOptions = {}): Promise<StartedAction> {
    const run = await startAction('helm-upgrade', this.#step(options))
    this.#running.push(run)
    return run
  }

  /** The version that its Service answers with. */
  async served(): Promise<string> {
    const said = await this.namespace.kubectl(['get', '--raw', `/api/v1/namespaces/${this.namespace.name}/services/${this.service}:80/proxy/`])
    return (JSON.parse(said) as { readonly version: string }).version
  }

  /** Helm's revisions: number → status. */
  async revisions(): Promise<Record<string, string>> {
    const { items } = await this.namespace.get<{ readonly items: readonly { readonly metadata: { readonly labels: Readonly<Record<string, string>> } }[] }>('secrets', '--selector', `owner=helm,name=${this.name}`)
    return Object.fromEntries(items.map(({ metadata: { labels } }) => [labels['version'] ?? '', labels['status'] ?? '']))
  }

  /** Helm itself, as somebody who works by hand. */
  helm(...words: readonly string[]): Promise<string> {
    return must(join(this.#helm, 'helm'), ['--namespace', this.namespace.name, '--kubeconfig', this.namespace.kubeconfig, ...words])
  }

  [Symbol.dispose](): void {
    for (const run of this.#running) run.kill('SIGKILL')
    this.repository.remove()
  }

  #step({ inputs = {}, env = {}, ...more }: ActionOptions): ActionOptions {
    return {
      workspace: this.repository.path, timeout: 240_000, ...more,
      inputs: {
        kubeconfig: readFileSync(this.namespace.kubeconfig, 'utf8'), namespace: this.namespace.name,
        ...(this.#image === '' || (inputs['operation'] ?? 'deploy') !== 'deploy' ? {} : { images: this.#images.map((service) => `${service}=${this.#image}`).join('\n') }), ...inputs,
      },
      env: { PATH: `${this.#helm}:${process.env['PATH'] ?? ''}`, TOKEN: 'swordfish-of-the-test', ...env },
    }
  }
}

/** What a slipway.yml says of an app without a chart. */
export interface ServicesConfig {
  readonly services: Readonly<Record<string, object>>
  readonly [key: string]: unknown
}

export const slipwayYml = (config: ServicesConfig): string => JSON.stringify({ app: 'shop', target: 'cluster', ...config }, null, 2)

async function helmFolder(major: 3 | 4): Promise<string> {
  return dirname(await must(join(root, 'rig', 'cluster', 'programs'), [`helm${major}`], { timeout: 900_000 }))
}
