import { Failure } from '../errors'
import type { Places } from './checks'
import type { Findings } from './findings'
import type { complete } from './keys'
import { shown } from './tree'
import type { Tls } from './types'

type Read = NonNullable<ReturnType<(typeof complete)['read']>>

/** A name for a certificate's subject may have so many characters; at least one of them has to fit. */
const SUBJECT = 64

/** Where the certificate comes from; with a domain there is one unless it is said otherwise. */
export function tlsOf({ domain = [], tls }: Read): Tls {
  if (tls === undefined) return { kind: domain.length > 0 ? 'acme' : 'off' }
  if (typeof tls === 'string') return { kind: tls }
  return { kind: 'own', certificate: tls.certificate ?? '', key: tls.key ?? '' }
}

/** How names, redirected names, certificate and HSTS go together. */
export function checkNames(read: Read, places: Places, findings: Findings): void {
  const { domain = [], aliases = [], tls, hsts } = read
  const refuse = (key: string, index: number | null, what: string, why: string, cure: string): void => {
    const at = index === null ? places.top(key) : places.item(null, key, index)
    findings.add(new Failure({ code: 'config-not-together', at, what, why, cure }))
  }
  // A name that is written and wrong has been reported.
  if (places.top('domain') === undefined || (domain.length === 0 && !findings.has('config-value', 'config-wrong-type'))) {
    for (const key of ['aliases', 'tls', 'hsts'] as const) {
      const set = key === 'tls' ? tls !== undefined && tls !== 'off' : key === 'aliases' ? aliases.length > 0 : hsts !== undefined
      if (set) refuse(key, null, `\`${key}\` is set, and there is no \`domain\`.`, 'It is about names.', `Add \`domain: …\`, or remove \`${key}\`.`)
    }
    return
  }
  for (const [index, alias] of aliases.entries()) {
    if (!domain.includes(alias)) continue
    refuse('aliases', index, `${shown(alias)} is in \`domain\` as well as in \`aliases\`.`,
      'A name either serves the app or is redirected to the main one.', 'Remove one of the two.')
  }
  if (domain[0]?.startsWith('*.') === true) {
    refuse('domain', 0, `The first domain is the wildcard ${shown(domain[0])}.`, 'The first one is where others are redirected, and what is asked after a switch.',
      `Write one name first: \`domain: [www${domain[0].slice(1)}, '${domain[0]}']\`.`)
  }
  checkCertificate(read, refuse, !findings.has('config-unknown-key', 'config-value', 'config-empty', 'config-wrong-type'))
}

function checkCertificate(
  read: Read, refuse: (key: string, index: number | null, what: string, why: string, cure: string) => void,
  sound: boolean,
): void {
  const { domain = [], aliases = [], tls, hsts, 'trusted-proxies': proxies = [] } = read
  const { kind } = tlsOf(read)
  const wild = domain.findIndex((name) => name.startsWith('*.'))
  const own = 'Write `tls: { certificate: TLS_CERTIFICATE, key: TLS_KEY }`, the names of two secrets'
  if (kind === 'acme' && wild >= 0) {
    refuse('domain', wild, `${shown(domain[wild] ?? '')} is a wildcard, and \`tls\` is \`acme\`.`,
      'An authority asks at each name for a word that the host has; a wildcard has no one place to ask.',
      `${own}, or each name instead of the wildcard.`)
  }
  if (kind === 'acme' && domain.length > 0 && [...domain, ...aliases].every((name) => name.length > SUBJECT)) {
    refuse('domain', null, `Each name is longer than ${SUBJECT} characters.`, 'One of them is the subject of the certificate, which may not be longer.',
      `Add a shorter name, for example to \`aliases\`. Or: ${own}.`)
  }
  // A part that is written and wrong has been reported.
  if (typeof tls === 'object' && sound) {
    for (const part of ['certificate', 'key'] as const) {
      if (tls[part] === undefined) refuse('tls', null, `\`tls\` has no \`${part}\`.`, 'A certificate is of no use without its key.', `${own}.`)
    }
  }
  if (hsts !== undefined && kind === 'off' && proxies.length === 0) {
    refuse('hsts', null, '`hsts` is set, and `tls` is `off`.', 'Browsers would insist on https, and find nothing.',
      'Remove one of the two. If a balancer has the certificate, name its addresses: `trusted-proxies: [10.0.0.0/8]`.')
  }
}
