import { randomBytes } from 'node:crypto'

const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1')

/** What is readable of an OpenSSH private key file without its passphrase. */
export interface OpenSshKeyFile {
  readonly encrypted: boolean
  /** The public key, as a blob. */
  readonly publicKey: Buffer
}

/** Reads the outer frame; null when it is cut off or is none. */
export function readOpenSshKeyFile(body: Buffer): OpenSshKeyFile | null {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return null
  let at = MAGIC.length
  const field = (): Buffer | null => {
    if (at + 4 > body.length) return null
    const length = body.readUInt32BE(at)
    const value = body.subarray(at + 4, at + 4 + length)
    at += 4 + length
    return value.length === length ? value : null
  }
  const [cipher, kdf, options] = [field(), field(), field()]
  if (cipher === null || kdf === null || options === null) return null
  if (at + 4 > body.length || body.readUInt32BE(at) !== 1) return null
  at += 4
  const [publicKey, privatePart] = [field(), field()]
  if (publicKey === null || privatePart === null || privatePart.length === 0) return null
  return { encrypted: cipher.toString('latin1') !== 'none', publicKey }
}

/** An Ed25519 key in OpenSSH's own frame, unencrypted: the only one in which the SSH library reads this kind. */
export function ed25519KeyFile(seed: Buffer, publicPoint: Buffer): Buffer {
  const type = Buffer.from('ssh-ed25519')
  const publicKey = Buffer.concat([string(type), string(publicPoint)])
  const check = randomBytes(4)
  const secret = Buffer.concat([
    check, check, string(type), string(publicPoint), string(Buffer.concat([seed, publicPoint])), string(Buffer.alloc(0)),
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const none = string(Buffer.from('none'))
  const one = Buffer.from([0, 0, 0, 1])
  const privatePart = Buffer.concat([secret, padding])
  return Buffer.concat([MAGIC, none, none, string(Buffer.alloc(0)), one, string(publicKey), string(privatePart)])
}

function string(value: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return Buffer.concat([length, value])
}
