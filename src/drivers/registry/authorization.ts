import { RegistryError } from './attempts'
import { exchange, retryAfter, saidOf } from './exchange'
import { isLoopback } from './name'

/** A user's name and password, or a token that stands for them. */
export interface Credentials {
  readonly username: string
  readonly password: string
  /** Of a login that gave a token in the place of a password. */
  readonly identityToken?: string | undefined
}

/** What `WWW-Authenticate` asks for. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string }

export function parseChallenge(header: string | undefined): Challenge | null {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header ?? '') ?? []
  if (/^basic$/i.test(scheme)) return { scheme: 'basic' }
  if (!/^bearer$/i.test(scheme)) return null
  const values = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]))
  const realm = values['realm'] ?? ''
  return realm === '' ? null : { scheme: 'bearer', realm, service: values['service'] ?? '' }
}

export const basic = ({ username, password }: Credentials): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** The `Authorization` that a challenge asks for. Null: the registry wants to know who asks, and nobody is known. */
export async function authorize(
  challenge: Challenge, scope: string, credentials: Credentials | null, signal: AbortSignal | undefined,
): Promise<string | null> {
  if (challenge.scheme === 'basic') return credentials === null ? null : basic(credentials)
  const realm = URL.parse(challenge.realm)
  if (realm === null) throw new RegistryError(495, `the registry sends for its tokens to ${JSON.stringify(challenge.realm.slice(0, 80))}, which is no address`)
  // Where the token is to be had is the registry's word: a password goes there over a connection that nobody can read.
  if (realm.protocol !== 'https:' && !isLoopback(realm.host)) {
    throw new RegistryError(495, `the registry sends for its tokens to ${realm.origin}, which is not https`)
  }
  const answer = credentials?.identityToken === undefined
    ? await asked(realm, challenge.service, scope, credentials, signal)
    : await refreshed(realm, challenge.service, scope, credentials.identityToken, signal)
  if (answer.status !== 200) {
    throw new RegistryError(answer.status, saidOf(answer.body) || `from ${realm.host}`, retryAfter(answer.headers['retry-after'], Date.now()))
  }
  const { token, access_token: accessToken } = parsed(answer.body)
  const given = typeof token === 'string' ? token : accessToken
  if (typeof given !== 'string' || given === '') throw new RegistryError(0, `${realm.host} gave no token`)
  return `Bearer ${given}`
}

async function asked(realm: URL, service: string, scope: string, credentials: Credentials | null, signal: AbortSignal | undefined) {
  const url = new URL(realm)
  if (service !== '') url.searchParams.set('service', service)
  url.searchParams.set('scope', scope)
  return await exchange('GET', url.href, credentials === null ? {} : { authorization: basic(credentials) }, null, signal)
}

async function refreshed(realm: URL, service: string, scope: string, token: string, signal: AbortSignal | undefined) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, client_id: 'slipway', service, scope })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return await exchange('POST', realm.href, headers, Buffer.from(form.toString()), signal)
}

function parsed(body: Buffer): { readonly token?: unknown; readonly access_token?: unknown } {
  try {
    return JSON.parse(body.toString('utf8')) as object | null ?? {}
  } catch {
    return {}
  }
}
