import { knownHostsName, namesMatch } from './host-name-match'
import type { KnownHost } from './known-hosts'
import { keyType, supportedKeyTypes, type KeyBlob } from './public-key'

/** What `known_hosts` says of the key that a host showed. */
export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'revoked'; readonly line: number }
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  | { readonly kind: 'authority'; readonly line: number }
  | { readonly kind: 'unknown' }

/** Revocation beats everything, then an exact key; any other key of that host is a change, whatever its type. */
export function judgeHostKey(entries: readonly KnownHost[], host: string, port: number, shown: KeyBlob): HostKeyVerdict {
  const matching = entriesFor(entries, host, port)
  const revoked = matching.find((entry) => entry.marker === 'revoked' && entry.blob.equals(shown))
  if (revoked !== undefined) return { kind: 'revoked', line: revoked.line }
  const plain = matching.filter((entry) => entry.marker === null)
  if (plain.some((entry) => entry.blob.equals(shown))) return { kind: 'known' }
  if (plain.length > 0) return { kind: 'changed', known: sameTypeFirst(plain, keyType(shown)) }
  const authority = matching.find((entry) => entry.marker === 'cert-authority')
  if (authority !== undefined) return { kind: 'authority', line: authority.line }
  return { kind: 'unknown' }
}

/**
 * Host key algorithms in the order to offer: those of the keys we know come first, so that the host shows one of them.
 * The others follow, so that a host which has none of them still shows its key and the error can name it.
 */
export function hostKeyAlgorithms(entries: readonly KnownHost[], host: string, port: number): string[] {
  const known = new Set(entriesFor(entries, host, port).filter((entry) => entry.marker === null).map((entry) => entry.type))
  const types = [...supportedKeyTypes].sort((a, b) => Number(known.has(b)) - Number(known.has(a)))
  return types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]))
}

function entriesFor(entries: readonly KnownHost[], host: string, port: number): KnownHost[] {
  const name = knownHostsName(host, port)
  return entries.filter((entry) => namesMatch(entry.names, name))
}

function sameTypeFirst(entries: readonly KnownHost[], type: string | null): KnownHost[] {
  return [...entries].sort((a, b) => Number(b.type === type) - Number(a.type === type))
}
