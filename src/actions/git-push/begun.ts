import { LocalConnection } from '../../drivers/local'
import { greet, type Dialled, type Greeter } from '../../targets/host/greeting'
import { here, type Settings } from './settings'

/** Seconds that a push waits for another run. */
const lockTimeout = 300

/** The talk with this host's program, begun; to be closed when done, whether a rollout took it or not. */
export interface Begun extends AsyncDisposable {
  readonly greeter: Greeter
  /** Where users reach an app without a domain. */
  readonly host: string
  readonly dialled: Dialled
}

/**
 * Asks for the lock before anything else is loaded or read: sudo, systemd and the program take as long to start as all that, and
 * so they start meanwhile. What is pushed may turn out to be nothing to deploy; then the lock was held for a moment, and no more.
 */
export async function begin(settings: Settings, how: string): Promise<Begun> {
  const { actor, user, name, address } = here(process.env, how)
  const connection = new LocalConnection()
  const greeter = { name, user, app: settings.app, actor, lockTimeout }
  const conversation = await greet(connection, greeter)
  return {
    greeter,
    host: address.includes('%') ? name : address,
    dialled: {
      connection: Promise.resolve(connection), greeted: Promise.resolve(conversation),
      // Who waits for the lock waits for an answer: it ends with the talk.
      stop: () => void conversation[Symbol.asyncDispose](),
    },
    async [Symbol.asyncDispose]() {
      await conversation[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}
