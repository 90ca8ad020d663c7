import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failuresOf } from '../../../src/errors'
import { readPrivateKey } from '../../../src/drivers/ssh/private-key'

let folder: string
const PHRASE = 'correct horse'
const files: Record<string, string> = {}
const prints: Record<string, string> = {}

function keygen(name: string, ...options: string[]): void {
  execFileSync('ssh-keygen', ['-q', '-C', name, '-f', join(folder, name), ...options])
  files[name] = readFileSync(join(folder, name), 'utf8')
  prints[name] = execFileSync('ssh-keygen', ['-lf', join(folder, `${name}.pub`)], { encoding: 'utf8' }).split(' ')[1] ?? ''
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-key-'))
  keygen('ed25519', '-t', 'ed25519', '-N', '')
  keygen('ecdsa', '-t', 'ecdsa', '-b', '384', '-N', '')
  keygen('rsa', '-t', 'rsa', '-b', '2048', '-N', '')
  keygen('ed25519-locked', '-t', 'ed25519', '-N', PHRASE)
  keygen('rsa-pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '')
  keygen('rsa-pem-locked', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', PHRASE)
  keygen('ecdsa-pem', '-t', 'ecdsa', '-m', 'PEM', '-N', '')
  keygen('rsa-pkcs8', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8', '-N', '')
  keygen('rsa-pkcs8-locked', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8', '-N', PHRASE)
  keygen('ecdsa-pkcs8-locked', '-t', 'ecdsa', '-m', 'PKCS8', '-N', PHRASE)
  files['ed25519-pkcs8'] = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}, 60_000)
afterAll(() => { rmSync(folder, { recursive: true }) })

const file = (name: string) => files[name] ?? ''
const refusal = (text: string, passphrase?: string) => {
  try {
    readPrivateKey(text, passphrase, 'ssh-key')
  } catch (error) {
    return failuresOf(error)[0]
  }
  return undefined
}

describe('readPrivateKey', () => {
  it.each(['ed25519', 'ecdsa', 'rsa', 'rsa-pem', 'ecdsa-pem', 'rsa-pkcs8'])('reads %s as ssh-keygen does', (name) => {
    expect(readPrivateKey(file(name), undefined, 'ssh-key').fingerprint).toBe(prints[name])
    expect(readPrivateKey(file(name), 'not needed', 'ssh-key').fingerprint).toBe(prints[name])
  })

  it.each(['ed25519-locked', 'rsa-pem-locked', 'rsa-pkcs8-locked', 'ecdsa-pkcs8-locked'])('opens %s', (name) => {
    expect(readPrivateKey(file(name), PHRASE, 'ssh-key').fingerprint).toBe(prints[name])
    expect(refusal(file(name))?.code).toBe('ssh-key-passphrase-missing')
    expect(refusal(file(name), '')?.code).toBe('ssh-key-passphrase-missing')
    expect(refusal(file(name), 'wrong')?.code).toBe('ssh-key-passphrase-wrong')
    expect(refusal(file(name), 'wrong')?.message).not.toContain('wrong horse')
  })

  it('reads Ed25519 in PKCS#8, and what it signs is right', () => {
    const key = readPrivateKey(file('ed25519-pkcs8'), undefined, 'ssh-key')
    expect(key.type).toBe('ssh-ed25519')
    expect(key.parsed.verify(Buffer.from('x'), key.parsed.sign(Buffer.from('x')))).toBe(true)
    writeFileSync(join(folder, 'converted.pub'), `${key.publicLine}\n`)
    expect(execFileSync('ssh-keygen', ['-lf', join(folder, 'converted.pub')], { encoding: 'utf8' })).toContain(key.fingerprint)
  })

  it.each<[string, (text: string) => string]>([
    ['Windows line ends', (text) => text.replaceAll('\n', '\r\n')],
    ['old Mac line ends', (text) => text.replaceAll('\n', '\r')],
    ['no line break at the end', (text) => text.trimEnd()],
    ['spaces for line breaks', (text) => text.trim().replaceAll('\n', ' ')],
    ['no line breaks', (text) => text.replaceAll('\n', '')],
    ['literal \\n', (text) => text.replaceAll('\n', '\\n')],
    ['indentation', (text) => text.replaceAll(/^/gm, '    ')],
    ['quotes', (text) => `"${text.trim()}"`],
    ['a byte order mark and blank lines', (text) => `\uFEFF\n\n${text}\n\n`],
  ])('heals %s', (_, spoil) => {
    for (const name of ['ed25519', 'rsa-pem', 'rsa-pem-locked']) {
      expect(readPrivateKey(spoil(file(name)), PHRASE, 'ssh-key').fingerprint).toBe(prints[name])
    }
  })

  it.each<[string, string, () => string]>([
    ['ssh-key-missing', 'is empty', () => ' \n'],
    ['ssh-key-public', 'holds a public key', () => readFileSync(join(folder, 'ed25519.pub'), 'utf8')],
    ['ssh-key-public', 'holds a public key',
      () => execFileSync('ssh-keygen', ['-e', '-f', join(folder, 'rsa.pub')], { encoding: 'utf8' })],
    ['ssh-key-public', 'holds a public key', () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['ssh-key-putty', 'puttygen key.ppk -O private-openssh', () => 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n'],
    ['ssh-key-path', 'path of a file', () => '~/.ssh/id_ed25519'],
    ['ssh-key-unreadable', 'gh secret set SSH_KEY <', () => 'hunter2'],
    ['ssh-key-unreadable', "it says 'CERTIFICATE'", () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['ssh-key-truncated', 'cut off', () => file('ed25519').split('\n').slice(0, 4).join('\n')],
    ['ssh-key-truncated', 'cut off', () => file('ed25519').replace(/\n.*\n(?=-----END)/, '\n')],
    ['ssh-key-truncated', 'cut off', () => file('rsa-pem').replace(/\n.*\n(?=-----END)/, '\n')],
    ['ssh-key-damaged', 'damaged', () => file('ed25519').replace('b3Bl', 'b3B…')],
    ['ssh-key-type', 'DSA is broken', () => '-----BEGIN DSA PRIVATE KEY-----\nMIIB\n-----END DSA PRIVATE KEY-----'],
    ['ssh-key-type', 'cannot be used: ED448',
      () => generateKeyPairSync('ed448').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ])('refuses with %s: %s', (code, words, text) => {
    const failure = refusal(text())
    expect(failure?.code).toBe(code)
    expect(failure?.message).toContain(words)
    expect(failure?.what).toContain("'ssh-key'")
    expect(failure?.message).not.toContain('hunter2')
  })
})
