import type { BringHelm, HelmProgram } from '../../drivers/helm'
import { ApiError, apiFailure, type KubernetesClient } from '../../drivers/kubernetes'
import type { Emit } from '../../rollout/events'
import type { Capabilities, Session, Target } from '../../rollout/target'
import { History } from './history'
import { Lock } from './lock'
import { ClusterSession, type SessionOptions } from './session'

export type { BringHelm }

export interface ClusterOptions {
  readonly app: string
  readonly release: string
  readonly namespace: string
  /** Who and which run; for whoever waits for the lock. */
  readonly holder: string
  /** Seconds. */
  readonly lockTimeout: number
  /** Helm's number of what is to be gone back to; null: a version says it, or nothing does. */
  readonly revision: number | null
  /** Will something be changed? A look needs no lock. */
  readonly staging: boolean
  readonly client: KubernetesClient
  readonly helm: HelmProgram
  /** Text of the kubeconfig, for Helm. */
  readonly kubeconfig: string
  readonly temporary: string
  readonly env: NodeJS.ProcessEnv
  /** Hears of secrets before anything with them in it is told. */
  readonly hide: (secrets: readonly string[]) => void
  /** Which texts of a release's values are taken for secrets by what they are called and look like. */
  readonly secretsIn: (values: unknown) => readonly string[]
  /** Hears of folders with secrets before they are in them. */
  readonly made: (folder: string) => Promise<void>
}

/** A release of Helm's in a namespace. */
export class ClusterTarget implements Target {
  readonly name: string
  readonly can: Capabilities = { waves: false }
  readonly #options: ClusterOptions

  constructor(options: ClusterOptions) {
    this.#options = options
    this.name = `${options.namespace}/${options.release}`
  }

  async open(signal: AbortSignal, emit: Emit): Promise<Session> {
    const { client, namespace, release, app, holder, lockTimeout, staging } = this.#options
    const warn = (text: string): void => emit({ type: 'note', target: this.name, level: 'warning', text })
    const progress = (text: string): void => emit({ type: 'progress', target: this.name, text })
    let lock: Lock | null = null
    try {
      if (staging) {
        lock = await Lock.take({
          client, namespace, release, holder, timeout: lockTimeout, signal,
          waiting: (text) => emit({ type: 'note', target: this.name, level: 'notice', text }),
        })
      }
      const history = await History.read(client, namespace, release, app)
      const options: SessionOptions = { ...this.#options, name: this.name, warn, progress }
      return await ClusterSession.open(options, history, lock, signal)
    } catch (error) {
      await lock?.[Symbol.asyncDispose]()
      throw error instanceof ApiError ? apiFailure(error, `read what is known of ${release} in ${namespace}`, client.config.context) : error
    }
  }
}
