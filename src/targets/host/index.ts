import type { TargetKind } from '../../config/types'
import type { ImageSource } from '../../image/source'
import type { Emit } from '../../rollout/events'
import type { Capabilities, Session, Target } from '../../rollout/target'
import { standingOf } from './answers'
import { greet, type Dialled, type Greeter } from './greeting'
import type { RegistryLogin } from './registry-login'
import { HostSession } from './session'

export type { Dialled } from './greeting'
export type { RegistryLogin } from './registry-login'
export { wrongTarget } from './wrong-target'

export interface HostOptions extends Greeter {
  /** Where users reach an app that has no domain. */
  readonly host: string
  /** Gives the connection to the host, which may have been begun already. */
  dial(): Dialled
  /** Told the values of secrets before they are sent, so that they are masked. */
  hide(secrets: readonly string[]): void
  /** Will something be staged? Then the host begins to read its nginx configuration meanwhile. */
  readonly staging: boolean
  /** File of the foreign nginx site that the app takes the place of. */
  readonly takeOver: string | null
  /** Releases for which targets may be brought: an action is for one of them, or for all. */
  readonly accepts: readonly TargetKind[]
  /** For the images that staging pulls. */
  readonly registries: readonly RegistryLogin[]
  /** Images that only the runner has, by the services that run them: what the host lacks of them travels. */
  readonly images: Readonly<Record<string, ImageSource>>
}

/** A host, be it a VM or one with Docker: over SSH, or from itself. What a release needs there its configuration says. */
export class HostTarget implements Target {
  readonly name: string
  readonly can: Capabilities = { waves: true }
  readonly #options: HostOptions

  constructor(options: HostOptions) {
    this.name = options.name
    this.#options = options
  }

  async open(signal: AbortSignal, emit: Emit): Promise<Session> {
    const { host, staging, takeOver, accepts, registries, images } = this.#options
    const dialled = this.#options.dial()
    signal.addEventListener('abort', dialled.stop, { once: true })
    if (signal.aborted) dialled.stop()
    try {
      const connection = await dialled.connection
      const conversation = await (dialled.greeted ?? greet(connection, this.#options))
      conversation.listen({
        progress: (text) => emit({ type: 'progress', target: this.name, text }),
        waiting: (holder) => emit({
          type: 'note', target: this.name, level: 'notice',
          text: `waiting for the lock that ${holder?.by || 'another run'} holds${holder ? ` since ${holder.since}` : ''}`,
        }),
      })
      await conversation.command('inspect', { staging })
      // The lock is ours when the program has answered, which it does together with what stands there.
      const standing = standingOf(await conversation.answer())
      return new HostSession(this.name, host, connection, conversation, standing, signal, {
        takeOver, accepts, registries, images, progress: (text) => emit({ type: 'progress', target: this.name, text }), hide: (secrets) => this.#options.hide(secrets),
      })
    } catch (error) {
      dialled.stop()
      throw error
    } finally {
      signal.removeEventListener('abort', dialled.stop)
    }
  }
}
