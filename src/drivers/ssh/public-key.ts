import { createHash } from 'node:crypto'

/** A public key as the wire and `known_hosts` have it: length-prefixed fields, the first of which is the type. */
export type KeyBlob = Buffer

/** Key types, quickest and strongest first, that the SSH library can verify and sign with. */
export const supportedKeyTypes = [
  'ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa',
] as const

/** The length-prefixed fields of a blob; null when the lengths do not add up. */
export function blobFields(blob: Buffer): Buffer[] | null {
  const fields: Buffer[] = []
  let at = 0
  while (at < blob.length) {
    if (at + 4 > blob.length) return null
    const length = blob.readUInt32BE(at)
    at += 4
    if (at + length > blob.length) return null
    fields.push(blob.subarray(at, at + length))
    at += length
  }
  return fields
}

/** `ssh-ed25519`, `ssh-rsa` …; null for what is not a key. */
export function keyType(blob: KeyBlob): string | null {
  const [type, ...rest] = blobFields(blob) ?? []
  if (type === undefined || rest.length === 0) return null
  const name = type.toString('latin1')
  return /^[a-z0-9@.-]+$/i.test(name) ? name : null
}

/** `SHA256:…` as OpenSSH prints it. */
export function fingerprint(blob: KeyBlob): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** `ssh-ed25519 AAAA…` */
export function publicLine(blob: KeyBlob): string {
  return `${keyType(blob) ?? 'unknown'} ${blob.toString('base64')}`
}

/** Which of a host's key files holds a key of this type: `ed25519`, `rsa`, `ecdsa`. */
export function keyFamily(type: string): string {
  if (type === 'ssh-rsa') return 'rsa'
  if (type.startsWith('ecdsa-')) return 'ecdsa'
  return type.replace(/^ssh-/, '')
}
