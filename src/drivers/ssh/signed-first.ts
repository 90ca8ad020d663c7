import type { Client, ParsedKey } from 'ssh2'

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void
type AuthPublicKey = (user: string, key: ParsedKey, algorithm?: string | Sign, sign?: Sign) => void

/**
 * Sends the signature with the first request. The library asks first whether the key would do, which costs a round trip and
 * tells us nothing, as there is one key to offer. It has no setting for this, so one inner method is wrapped; were it gone in
 * a later version, the library's own way would be taken (a test counts the requests). An RSA key never signs with SHA-1,
 * which the library does for a host that does not list its signature algorithms.
 */
export function signFirstRequest(client: Client, key: ParsedKey): void {
  const protocol = (client as unknown as { _protocol?: { authPK?: AuthPublicKey } })._protocol
  const original = protocol?.authPK
  if (protocol === undefined || original === undefined) return
  protocol.authPK = function authPK(user, offered, algorithm) {
    const named = typeof algorithm === 'string' ? algorithm : undefined
    const rsa = key.type === 'ssh-rsa'
    const used = rsa && (named === undefined || named === 'ssh-rsa') ? 'rsa-sha2-256' : named
    const hash = rsa ? (used === 'rsa-sha2-512' ? 'sha512' : 'sha256') : undefined
    original.call(this, user, offered, used, (data, done) => { done(key.sign(data, hash)) })
  }
}
