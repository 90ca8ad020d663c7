import { createPrivateKey, type KeyObject } from 'node:crypto'
import ssh2, { type ParsedKey } from 'ssh2'
import type { Failure } from '../../errors'
import { ed25519KeyFile, readOpenSshKeyFile } from './openssh-key'
import { envelopeText, readEnvelope, type Envelope } from './pem'
import * as refuse from './private-key-failures'
import { fingerprint, keyType, publicLine, supportedKeyTypes } from './public-key'

/** A private key, decrypted and ready to sign. */
export interface PrivateKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` … */
  readonly type: string
  /** `SHA256:…` of the public key. */
  readonly fingerprint: string
  /** `ssh-ed25519 AAAA…`: what belongs into `authorized_keys`. */
  readonly publicLine: string
  /** For the SSH library only. */
  readonly parsed: ParsedKey
}

/**
 * Reads a private key as people paste it: OpenSSH's own form, PEM (PKCS#1, SEC 1) and PKCS#8, encrypted or not. Damage that
 * can be read in one way only is healed. Throws a `Failure` that names the input; the key's text is never part of it.
 */
export function readPrivateKey(text: string, passphrase: string | undefined, inputName: string): PrivateKey {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  const foreign = refuseForeign(trimmed, inputName)
  if (foreign !== null) throw foreign
  const envelope = readEnvelope(trimmed)
  if (envelope === 'none') throw refuse.notAKey(inputName)
  if (envelope === 'no-end') throw refuse.truncated(inputName)
  if (envelope === 'not-base64') throw refuse.damaged(inputName)
  if (!envelope.label.endsWith('PRIVATE KEY')) throw refuse.notAKey(inputName, envelope.label)
  if (envelope.label.startsWith('DSA ')) throw refuse.unsupportedType('DSA', inputName)
  const secret = passphrase === '' ? undefined : passphrase
  const parsed = envelope.label === 'OPENSSH PRIVATE KEY'
    ? readOpenSsh(envelope, secret, inputName)
    : readPem(envelope, secret, inputName)
  const blob = parsed.getPublicSSH()
  return { type: parsed.type, fingerprint: fingerprint(blob), publicLine: publicLine(blob), parsed }
}

/** Things that are no private key in PEM and are pasted all the same. */
function refuseForeign(text: string, inputName: string): Failure | null {
  if (text === '') return refuse.missing(inputName)
  if (/^PuTTY-User-Key-File-/.test(text)) return refuse.putty(inputName)
  if (/^(ssh-|ecdsa-sha2-|sk-)\S+\s+AAAA/.test(text)) return refuse.publicKey(inputName)
  if (/^-----?\s*BEGIN (SSH2 |RSA )?PUBLIC KEY/.test(text)) return refuse.publicKey(inputName)
  if (/^(~|\.{0,2}\/|[A-Z]:\\)[^\n]*$/i.test(text) && !text.includes('BEGIN')) return refuse.path(inputName)
  return null
}

function readOpenSsh(envelope: Envelope, passphrase: string | undefined, inputName: string): ParsedKey {
  const file = readOpenSshKeyFile(envelope.body)
  if (file === null) throw refuse.truncated(inputName)
  const type = keyType(file.publicKey)
  if (type === null || !(supportedKeyTypes as readonly string[]).includes(type)) {
    throw refuse.unsupportedType(type ?? 'unknown', inputName)
  }
  if (file.encrypted && passphrase === undefined) throw refuse.passphraseMissing(inputName)
  const parsed = parse(envelopeText(envelope), file.encrypted ? passphrase : undefined)
  if (parsed !== null) return parsed
  throw file.encrypted ? refuse.passphraseWrong(inputName) : refuse.damaged(inputName)
}

function readPem(envelope: Envelope, passphrase: string | undefined, inputName: string): ParsedKey {
  const encrypted = envelope.encryption !== null || envelope.label.startsWith('ENCRYPTED')
  if (encrypted && passphrase === undefined) throw refuse.passphraseMissing(inputName)
  if (!isWholeDer(envelope)) throw refuse.truncated(inputName)
  let key: KeyObject
  try {
    key = createPrivateKey({ key: envelopeText(envelope), ...(encrypted ? { passphrase } : {}) })
  } catch {
    throw encrypted ? refuse.passphraseWrong(inputName) : refuse.damaged(inputName)
  }
  const text = opensshReadable(key)
  if (text === null) throw refuse.unsupportedType(key.asymmetricKeyType?.toUpperCase() ?? 'unknown', inputName)
  const parsed = parse(text, undefined)
  if (parsed === null) throw refuse.unsupportedType(key.asymmetricKeyDetails?.namedCurve ?? 'unknown', inputName)
  return parsed
}

/** In a form that the SSH library reads: it knows no PKCS#8. */
function opensshReadable(key: KeyObject): string | null {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519': {
      const { d = '', x = '' } = key.export({ format: 'jwk' })
      const body = ed25519KeyFile(Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url'))
      return envelopeText({ label: 'OPENSSH PRIVATE KEY', encryption: null, body })
    }
    default:
      return null
  }
}

/** An unencrypted PEM body is one ASN.1 sequence: its length says whether the end is missing. */
function isWholeDer({ body, encryption }: Envelope): boolean {
  if (encryption !== null) return body.length > 0 && body.length % 8 === 0
  if (body[0] !== 0x30 || body[1] === undefined) return false
  if (body[1] < 0x80) return body.length === 2 + body[1]
  const width = body[1] & 0x7f
  return width <= 4 && body.length >= 2 + width && body.length === 2 + width + body.readUIntBE(2, width)
}

function parse(text: string, passphrase: string | undefined): ParsedKey | null {
  let key: unknown
  try {
    key = ssh2.utils.parseKey(text, passphrase)
  } catch {
    return null
  }
  const first: unknown = Array.isArray(key) ? key[0] : key
  if (first instanceof Error || first === undefined) return null
  const parsed = first as ParsedKey
  return parsed.isPrivateKey() ? parsed : null
}
