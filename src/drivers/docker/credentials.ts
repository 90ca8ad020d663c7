import { spawn } from 'node:child_process'
import type { DockerConfig, StoredAuth } from './config'

export interface Found {
  readonly username: string
  readonly password: string
  readonly identityToken?: string
}

/** Milliseconds that a helper may take: it may ask a keychain or a cloud. */
const patience = 30_000

/** What the config has for a registry, under any of these keys: by a helper, by the store, or in the file. Null: nothing. */
export async function credentialsFor(
  config: DockerConfig, keys: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal | undefined,
): Promise<Found | null> {
  const { credHelpers = {}, credsStore = '', auths = {} } = config
  for (const key of keys) {
    const helper = credHelpers[key] ?? credsStore
    const helped = helper === '' ? null : await askHelper(helper, key, env, signal)
    if (helped !== null) return helped
    const stored = auths[key] === undefined ? null : decoded(auths[key])
    if (stored !== null) return stored
  }
  return null
}

/** Pure: `auth` goes before the two that older files have. */
export function decoded({ auth, username = '', password = '', identitytoken }: StoredAuth): Found | null {
  const text = auth === undefined || auth === '' ? `${username}:${password}` : Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const token = identitytoken === undefined || identitytoken === '' ? {} : { identityToken: identitytoken }
  const [user, secret] = colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')]
  if (user === '' && !('identityToken' in token)) return null
  return { username: user, password: secret, ...token }
}

/** `docker-credential-NAME get`, which takes the registry on its standard input. What goes wrong there is as if it had none. */
function askHelper(
  name: string, key: string, env: Readonly<Record<string, string>>, signal: AbortSignal | undefined,
): Promise<Found | null> {
  return new Promise((resolve) => {
    // A name with a path in it would start something else.
    if (!/^[A-Za-z0-9._-]+$/.test(name)) {
      resolve(null)
      return
    }
    const limit = AbortSignal.timeout(patience)
    const child = spawn(`docker-credential-${name}`, ['get'], {
      env, stdio: ['pipe', 'pipe', 'ignore'], signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => { output += chunk })
    child.on('error', () => resolve(null))
    child.on('close', (code) => resolve(code === 0 ? parsed(output) : null))
    child.stdin.on('error', () => {})
    child.stdin.end(key)
  })
}

function parsed(output: string): Found | null {
  try {
    const { Username: username = '', Secret: secret = '' } = JSON.parse(output) as { Username?: string; Secret?: string }
    if (secret === '') return null
    return username === '<token>' ? { username: '', password: '', identityToken: secret } : { username, password: secret }
  } catch {
    return null
  }
}
