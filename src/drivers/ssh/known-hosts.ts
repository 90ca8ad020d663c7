import { Failure, throwAll } from '../../errors'
import { keyType, type KeyBlob } from './public-key'

export type Marker = 'revoked' | 'cert-authority'

/** One line of a `known_hosts` file. */
export interface KnownHost {
  /** 1-based. */
  readonly line: number
  readonly marker: Marker | null
  /** Names, patterns and negations; or one hashed name. */
  readonly names: readonly string[]
  readonly type: string
  readonly blob: KeyBlob
}

/** Reads OpenSSH `known_hosts` lines. Throws all malformed ones at once. */
export function parseKnownHosts(text: string, inputName = 'known-hosts'): KnownHost[] {
  const failures: Failure[] = []
  const entries: KnownHost[] = []
  text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return
    const entry = parseLine(line, index + 1)
    if (typeof entry !== 'string') entries.push(entry)
    else failures.push(malformed(inputName, index + 1, entry))
  })
  throwAll(failures)
  return entries
}

/** The entry, or why the line is none. */
function parseLine(line: string, number: number): KnownHost | string {
  const words = line.split(/\s+/)
  let marker: Marker | null = null
  if (words[0]?.startsWith('@')) {
    const word = words.shift()
    if (word === '@revoked') marker = 'revoked'
    else if (word === '@cert-authority') marker = 'cert-authority'
    else return `the marker ${word} is unknown`
  }
  const [names = '', type = '', encoded = ''] = words
  if (/^SHA256:|^MD5:/.test(names) || /^SHA256:|^MD5:/.test(type)) return 'it holds a fingerprint, not the key itself'
  if (/^(ssh|ecdsa|sk)-/.test(names) && type.startsWith('AAAA')) return 'the host name before the key is missing'
  if (/^[0-9]+$/.test(type) && /^[0-9]+$/.test(encoded)) return 'it is a key of SSH protocol 1'
  if (type === '' || encoded === '') return 'it does not have the three fields host, key type and key'
  if (names.startsWith('|') && !isHashed(names)) return 'the hashed host name is damaged'
  const blob = decodeKey(encoded)
  if (blob === null) return 'the key is not whole (cut off or broken in copying)'
  if (keyType(blob) !== type) return `the key is not of the type ${type} that the line says`
  const list = names.startsWith('|') ? [names] : names.split(',').filter((name) => name !== '')
  return { line: number, marker, names: list, type, blob }
}

function isHashed(name: string): boolean {
  const [, kind, salt = '', hash = '', ...rest] = name.split('|')
  const bytes = (text: string) => Buffer.from(text, 'base64').length
  return kind === '1' && rest.length === 0 && bytes(salt) === 20 && bytes(hash) === 20
}

function decodeKey(encoded: string): KeyBlob | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return null
  const blob = Buffer.from(encoded, 'base64')
  return keyType(blob) === null ? null : blob
}

function malformed(inputName: string, line: number, reason: string): Failure {
  return new Failure({
    code: 'known-hosts-malformed',
    what: `Line ${line} of '${inputName}' is not a known_hosts line: ${reason}.`,
    cure: 'Write lines as `203.0.113.7 ssh-ed25519 AAAA…`: the host, '
      + 'then what is in /etc/ssh/ssh_host_ed25519_key.pub on that host.',
  })
}
