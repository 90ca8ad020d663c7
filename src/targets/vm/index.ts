import type { Emit } from '../../rollout/events'
import type { Capabilities, Session, Target } from '../../rollout/target'
import { standingOf } from '../host/answers'
import { greet, type Dialled, type Greeter } from './greeting'
import { VmSession } from './session'

export type { Dialled } from './greeting'

export interface VmOptions extends Greeter {
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
}

/** A virtual machine: over SSH, or from itself. */
export class VmTarget implements Target {
  readonly name: string
  readonly can: Capabilities = { waves: true }
  readonly #options: VmOptions

  constructor(options: VmOptions) {
    this.name = options.name
    this.#options = options
  }

  async open(signal: AbortSignal, emit: Emit): Promise<Session> {
    const { host, staging, takeOver } = this.#options
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
      return new VmSession(this.name, host, connection, conversation, standing, signal, {
        takeOver, hide: (secrets) => this.#options.hide(secrets),
      })
    } catch (error) {
      dialled.stop()
      throw error
    } finally {
      signal.removeEventListener('abort', dialled.stop)
    }
  }
}
