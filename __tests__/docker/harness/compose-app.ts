import type { ActionOptions, ActionRun, StartedAction } from '../../host/harness/action'
import { reach, setUp, succeeded } from '../../host/harness/deploy'
import { runAction, startAction } from '../../host/harness/action'
import type { Host } from '../../host/harness/hosts'
import { loadOn } from '../../host/harness/load'
import { makeRepository, type Repository } from '../../host/harness/repository'
import type { Load, LoadOptions } from '../../../rig/load.mjs'
import { exampleImages, type ComposeExample, type Variant } from './examples'

export interface ComposeAppOptions {
  readonly host: Host
  /** What slipway.yml says beside the app's name. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The step's `env`. */
  readonly env?: Readonly<Record<string, string>>
  readonly inputs?: Readonly<Record<string, string>>
  /** Changes to the example before its images are built. */
  readonly files?: Readonly<Record<string, string | undefined>>
}

/** An example with a Compose file, in a repository of its own, deployed by compose-up as a workflow would. */
export class ComposeApp implements Disposable {
  readonly name: string
  readonly host: Host
  readonly repository: Repository
  readonly #options: ComposeAppOptions
  /** The images of what was released last. */
  images: Record<string, string> = {}
  readonly #running: (() => void)[] = []

  private constructor(name: string, repository: Repository, options: ComposeAppOptions) {
    this.name = name
    this.host = options.host
    this.repository = repository
    this.#options = options
  }

  /** Nothing is released yet; the host is prepared for it. */
  static async on(example: ComposeExample, options: ComposeAppOptions, setup: ActionOptions = {}): Promise<ComposeApp> {
    const name = example.replace('compose-', '')
    const repository = await makeRepository(example, { files: {
      'slipway.yml': JSON.stringify({ app: name, target: 'docker', 'tag-prefix': 'v', rollout: { drain: '5s' }, ...options.config }, null, 2), ...options.files,
    } })
    const app = new ComposeApp(name, repository, options)
    succeeded(await setUp(options.host, repository, setup))
    return app
  }

  /** Commits, tags, and builds and pushes its images. */
  async release(version: string, { variant = 'good', files = {} }: { variant?: Variant; files?: Readonly<Record<string, string | undefined>> } = {}): Promise<void> {
    this.repository.write({ 'RELEASE.txt': version, ...files })
    await this.repository.commit(version, `v${version}`)
    this.images = await exampleImages(this.repository.path, version, variant)
  }

  up(options: ActionOptions = {}): Promise<ActionRun> {
    return runAction('compose-up', this.#step(options))
  }

  startUp(options: ActionOptions = {}): Promise<StartedAction> {
    return startAction('compose-up', this.#step(options)).then((run) => {
      this.#running.push(() => { run.kill('SIGKILL') })
      return run
    })
  }

  rollback(version = '', options: ActionOptions = {}): Promise<ActionRun> {
    return this.up({ ...options, inputs: { operation: 'rollback', version, ...options.inputs } })
  }

  #step(options: ActionOptions): ActionOptions {
    const images = Object.entries(this.images).map(([service, reference]) => `${service}=${reference}`).join('\n')
    return {
      workspace: this.repository.path, ...options, env: { ...this.#options.env, ...options.env },
      inputs: { ...reach(this.host), ...(options.inputs?.['operation'] === 'rollback' ? {} : { images }), ...this.#options.inputs, ...options.inputs },
    }
  }

  /** New connections, and kept ones that never reconnect. */
  load(options: Partial<LoadOptions> = {}): Load {
    const load = loadOn(this.host, options)
    this.#running.push(() => void load.stop())
    return load
  }

  /** What the host's Engine says of containers of a service that run: a line each of this format. */
  async containers(service: string, format: string): Promise<readonly string[]> {
    const lines = await this.host.shell(`docker ps --quiet --filter label=com.docker.compose.service=${service} --filter label=slipway.app=${this.name} | xargs -r docker inspect --format '${format}'`)
    return lines.split('\n').filter((line) => line !== '')
  }

  [Symbol.dispose](): void {
    for (const stop of this.#running) stop()
    this.repository.remove()
  }
}
