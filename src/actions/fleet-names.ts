import type { AppConfig } from '../config'
import { Failure } from '../errors'

/** An authority asks at the name itself, and behind one name there are several hosts: the wrong one would be asked. */
export function oneHostForAcme({ domains, tls }: AppConfig, hosts: number): Failure | null {
  if (hosts < 2 || tls.kind !== 'acme') return null
  return new Failure({
    code: 'acme-on-a-fleet',
    what: `\`tls\` is \`acme\`, and ${domains[0] ?? 'the domain'} is on ${hosts} hosts.`,
    why: 'The authority asks at the name for a word that only the host has that asked for the certificate, and may come to another.',
    cure: 'Give them a certificate of your own: `tls: { certificate: TLS_CERTIFICATE, key: TLS_KEY }` in slipway.yml, the names of two '
      + 'secrets; or, where the balancer has the certificate, `tls: off`.',
  })
}
