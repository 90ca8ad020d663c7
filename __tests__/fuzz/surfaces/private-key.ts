import { createECDH, createPrivateKey } from 'node:crypto'
import fc from 'fast-check'
import { readPrivateKey } from '../../../src/drivers/ssh'
import { ed25519KeyFile } from '../../../src/drivers/ssh/openssh-key'
import { claim, surfaceOf } from '../surface'
import { mutated, text } from '../texts'

/** The same ones each time, so that a seed finds them again; but for the salt of the one that is encrypted. */
const fixed = Buffer.alloc(32, 7)
const ed25519 = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), fixed]), format: 'der', type: 'pkcs8' })
const { d = '', x = '' } = ed25519.export({ format: 'jwk' })
const curve = createECDH('prime256v1')
curve.setPrivateKey(fixed)
const point = curve.getPublicKey()
const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url')
const ec = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33), d: fixed.toString('base64url') }, format: 'jwk' })
const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\n${ed25519KeyFile(Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')).toString('base64').replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
const keys = [
  openssh, ed25519.export({ format: 'pem', type: 'pkcs8' }).toString(), ec.export({ format: 'pem', type: 'sec1' }).toString(), openssh.replaceAll('\n', ' '), openssh.replaceAll('\n', '\\n'),
  ec.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'wonderland' }).toString(),
]

/** The input `ssh-key`, as people paste it. */
export const surface = surfaceOf({
  inputs: fc.record({ key: fc.oneof({ weight: 9, arbitrary: mutated(keys) }, { weight: 1, arbitrary: text }, { weight: 1, arbitrary: fc.tuple(text, text, text).map(([begin, body, end]) => `-----BEGIN ${begin}PRIVATE KEY-----\n${body}\n-----END ${end}PRIVATE KEY-----`) }), passphrase: fc.constantFrom(undefined, undefined, '', 'wonderland', 'wrong') }),
  attempt({ key, passphrase }) {
    try {
      const read = readPrivateKey(key, passphrase, 'ssh-key')
      claim(/^SHA256:[A-Za-z0-9+/]{43}$/.test(read.fingerprint) && /^[a-z0-9-]+ [A-Za-z0-9+/=]+$/.test(read.publicLine), 'a key was taken:', read.publicLine)
    } catch (error) {
      const words = (error as Error).message
      // What is pasted is a secret, whatever it is.
      for (const line of key.split('\n')) claim(line.length < 40 || !words.includes(line), 'a message shows what was pasted:', words)
      throw error
    }
    return undefined
  },
})
