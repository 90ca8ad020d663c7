import { hostname, userInfo } from 'node:os'
import type { Actor } from '../../rollout/target'

/** What setup-vm wrote into the hook: where this repository deploys to, and what of it. */
export interface Settings {
  readonly app: string
  readonly branch: string
  /** Empty: where it usually is. */
  readonly config: string
  readonly environment: string
  /** The app's folder in the repository. */
  readonly folder: string
}

/** `app=shop branch=main …`, as the hook gives them. */
export function settingsOf(words: readonly string[]): Settings {
  const given = new Map(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
  const app = given.get('app') ?? ''
  if (app === '') throw new Error(`the hook names no app: ${words.join(' ')}`)
  return {
    app, branch: given.get('branch') || 'main', config: given.get('config') ?? '', environment: given.get('environment') ?? '',
    folder: given.get('folder') || '.',
  }
}

/** Who is at work on this host, and from where. */
export interface Here {
  readonly actor: Actor
  readonly user: string
  /** What this host calls itself. */
  readonly name: string
  /** Where users reach an app without a domain: the address that the pusher reached this host by. */
  readonly address: string
}

export function here(env: NodeJS.ProcessEnv, how: string): Here {
  const { username } = userInfo()
  const [from = '', , to = ''] = (env['SSH_CONNECTION'] ?? '').split(' ')
  const by = env['SUDO_USER'] || username
  return { actor: { by, run: from === '' ? how : `${how} from ${from}` }, user: username, name: hostname(), address: to || hostname() }
}
