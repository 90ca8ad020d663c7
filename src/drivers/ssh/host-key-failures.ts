import { Failure } from '../../errors'
import type { HostAddress } from './address'
import { hostText } from './address'
import type { HostKeyVerdict } from './host-key'
import { knownHostsName } from './host-name-match'
import { fingerprint, keyFamily, keyType, publicLine, type KeyBlob } from './public-key'

/** What to tell a person about a host key that is not to be trusted; null when it is known. Nothing secret was sent yet. */
export function hostKeyFailure(
  verdict: HostKeyVerdict,
  address: HostAddress,
  shown: KeyBlob,
  knownHostsEmpty: boolean,
): Failure | null {
  const seen = { host: hostText(address), print: fingerprint(shown), line: knownHostsLine(address, shown) }
  switch (verdict.kind) {
    case 'known':
      return null
    case 'revoked':
      return new Failure({
        code: 'host-key-revoked',
        what: `${seen.host} showed a host key that line ${verdict.line} of 'known-hosts' revokes (@revoked): ${seen.print}.`,
        why: 'Whoever answers holds a key that was declared lost or stolen. No credential was offered.',
        cure: `Do not remove the line before you know who answers. ${regenerate(shown)}`,
      })
    case 'changed':
      return changed(verdict, seen, shown)
    case 'authority':
      return new Failure({
        code: 'host-certificate-unsupported',
        what: `'known-hosts' knows ${seen.host} only by a certificate authority (@cert-authority, line ${verdict.line}).`,
        why: `The SSH library does not support host certificates. The host's plain key is ${seen.print}; `
          + 'no credential was offered.',
        cure: `${compare(shown, seen.print)} ${store(seen.line)}`,
      })
    case 'unknown':
      return new Failure({
        code: 'host-key-unknown',
        what: `The host key of ${seen.host} is not known: it showed ${keyType(shown)} ${seen.print}.`,
        why: knownHostsEmpty
          ? `'known-hosts' is empty, so nobody could tell the host from an attacker. No credential was offered.`
          : `No line of 'known-hosts' is for ${seen.host}. No credential was offered.`,
        cure: `${compare(shown, seen.print)} ${store(seen.line)}`,
      })
  }
}

/** The exact line that makes this key known. */
export function knownHostsLine(address: HostAddress, shown: KeyBlob): string {
  return `${knownHostsName(address.host, address.port)} ${publicLine(shown)}`
}

function changed(
  verdict: Extract<HostKeyVerdict, { kind: 'changed' }>,
  seen: { host: string; print: string; line: string },
  shown: KeyBlob,
): Failure {
  const known = verdict.known.map((entry) => `${entry.type} ${fingerprint(entry.blob)} (line ${entry.line})`).join(', ')
  const lines = verdict.known.map((entry) => entry.line).join(', ')
  return new Failure({
    code: 'host-key-changed',
    what: `The host key of ${seen.host} has changed: it showed ${keyType(shown)} ${seen.print}, known is ${known}.`,
    why: 'This may be an attack: somebody may sit between here and the host. It is harmless only if the host was '
      + 'installed anew or its keys were replaced. No credential was offered.',
    cure: `${compare(shown, seen.print)} If it is the same, replace line ${lines} of the variable `
      + `KNOWN_HOSTS with:\n${seen.line}`,
  })
}

function compare(shown: KeyBlob, print: string): string {
  return `On the host's own console (not through this network) type: ssh-keygen -lf ${keyFile(shown)} `
    + `and compare what it prints with ${print}.`
}

function store(line: string): string {
  return 'If it is the same, write known-hosts: ${{ vars.KNOWN_HOSTS }} in the step, and add to that variable (Settings → Secrets '
    + `and variables → Actions → Variables) this line:\n${line}`
}

function regenerate(shown: KeyBlob): string {
  const file = keyFile(shown).replace(/\.pub$/, '')
  return `Give the host a new key on its own console: rm ${file}* && ssh-keygen -A && systemctl restart ssh`
}

function keyFile(shown: KeyBlob): string {
  return `/etc/ssh/ssh_host_${keyFamily(keyType(shown) ?? 'ed25519')}_key.pub`
}
