import type { Actor } from '../../rollout/target'
import type { Connection } from './connection'
import { Conversation } from './conversation'

const program = '/usr/local/sbin/slipway-host'

/** Who wants the lock of which app. */
export interface Greeter {
  /** What the host is called in logs and reports: `deploy@203.0.113.7`. */
  readonly name: string
  /** Who connects. */
  readonly user: string
  readonly app: string
  readonly actor: Actor
  /** Seconds to wait for a lock that another run holds. */
  readonly lockTimeout: number
  /** What to type to have a host prepared: a sentence that ends in a colon, and lines to copy. Absent: setup-vm is named. */
  readonly setup?: string | undefined
}

/** A connection in the making. Once a session has it, a cancelled run still talks over it: the host must be told. */
export interface Dialled {
  readonly connection: Promise<Connection>
  /** The talk, where it was begun before anybody opens a session. */
  readonly greeted?: Promise<Conversation>
  /** Gives the connection up, made or not. */
  readonly stop: () => void
}

/**
 * Starts the host program and asks for the lock, and no more: nothing is looked at or settled there, so who finds that there is
 * nothing to do may leave. Resolves when that is said, before the host has answered.
 */
export async function greet(connection: Connection, { name, user, app, actor, lockTimeout, setup }: Greeter): Promise<Conversation> {
  const conversation = new Conversation(await connection.open(user === 'root' ? program : `sudo -n ${program}`), name, setup)
  await conversation.begin(app, lockTimeout, actor)
  return conversation
}
