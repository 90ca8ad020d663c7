import { join } from 'node:path'
import type { ActionOptions, ActionRun, StartedAction } from '../../host/harness/action'
import { reach, setUp, succeeded } from '../../host/harness/deploy'
import { runAction, startAction } from '../../host/harness/action'
import { must, root } from '../../host/harness/command'
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

/** The service of `ComposeApp.tiny`, with changes. */
export function tinyWeb(change: object = {}): object {
  return { image: 'nginx:1.22', ports: ['80:80'], volumes: ['./conf:/etc/nginx/conf.d:ro'], stop_grace_period: '3s', ...change }
}

/** An example with a Compose file, in a repository of its own, deployed by compose-up as a workflow would. */
export class ComposeApp implements Disposable {
  readonly name: string
  readonly host: Host
  readonly repository: Repository
  readonly #options: ComposeAppOptions
  /** The images of what was released last. */
  images: Record<string, string> = {}
  /** Are its images built from the repository? */
  readonly #builds: boolean
  readonly #running: (() => void)[] = []

  private constructor(name: string, repository: Repository, options: ComposeAppOptions, builds: boolean) {
    this.#builds = builds
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
    const app = new ComposeApp(name, repository, options, true)
    succeeded(await setUp(options.host, repository, setup))
    return app
  }

  /** A project of images that everybody knows, so that nothing has to be built: nginx, which answers with the version. */
  static async tiny(name: string, options: ComposeAppOptions, services: Readonly<Record<string, object>> = {}): Promise<ComposeApp> {
    await must(join(root, 'rig', 'library'), [], { timeout: 600_000 })
    const repository = await makeRepository(undefined, { files: {
      'slipway.yml': JSON.stringify({ app: name, target: 'docker', 'tag-prefix': 'v', rollout: { drain: '5s' }, ...options.config }, null, 2),
      'compose.yaml': JSON.stringify({ services: { web: tinyWeb(), ...services } }, null, 2),
      ...options.files,
    } })
    const app = new ComposeApp(name, repository, options, false)
    succeeded(await setUp(options.host, repository))
    return app
  }

  /** Commits, tags, and builds and pushes its images. */
  async release(version: string, { variant = 'good', files = {} }: { variant?: Variant; files?: Readonly<Record<string, string | undefined>> } = {}): Promise<void> {
    const page = this.#builds ? {} : { 'conf/default.conf': `server { listen 80; location / { default_type application/json; return 200 '${JSON.stringify({ version })}'; } }\n` }
    this.repository.write({ 'RELEASE.txt': version, ...page, ...files })
    await this.repository.commit(version, `v${version}`)
    if (this.#builds) this.images = await exampleImages(this.repository.path, version, variant)
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
