import { readFileSync } from 'node:fs'
import { request as plainly } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { must, root } from './command'
import type { Host } from './hosts'

/** The rig's certificate authority. */
export interface Authority {
  /** Of setup-vm. */
  readonly inputs: Readonly<Record<string, string>>
  /** PEM of the root that it issues from. */
  readonly root: string
  /** From here on the authority finds that name at an address; nowhere without one. */
  name(name: string, address?: string): Promise<void>
}

const rig = join(root, 'script', 'rig')

/** Starts it. `validity`: seconds that its certificates live; default 90 days. */
export async function authority(validity?: number): Promise<Authority> {
  const args = validity === undefined ? ['acme'] : ['acme', '--validity', String(validity)]
  const [directory = '', its = '', issuing = ''] = (await must(rig, args, { timeout: 600_000 })).split('\n')
  return {
    inputs: { 'tls-directory': directory, 'tls-root': readFileSync(its, 'utf8'), 'tls-email': 'ops@example.com' },
    root: readFileSync(issuing, 'utf8'),
    name: async (name, address) => void (await must(rig, ['acme', 'name', name, ...(address === undefined ? [] : [address])])),
  }
}

export interface SecureAnswer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** SHA-256 of the certificate that was shown. */
  readonly fingerprint: string
  readonly validTo: string
}

/** GET by https, by a name that leads to the host; rejects when the certificate is not signed by `ca` or not for the name. */
export function askSecurely(host: Host, name: string, path: string, ca: string): Promise<SecureAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: host.address, port: 443, path, servername: name, ca, headers: { host: name }, agent: false, timeout: 120_000 }
    const asked = request(options, (response) => {
      const { fingerprint256: fingerprint, valid_to: validTo } = (response.socket as TLSSocket).getPeerCertificate()
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, body, headers: response.headers, fingerprint, validTo }) })
    })
    asked.on('error', reject).on('timeout', () => asked.destroy(new Error(`no answer to GET ${path}`))).end()
  })
}

/** Where plain http sends a name: `308 https://…`, or the status alone. */
export function redirectOf(host: Host, name: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    plainly({ host: host.address, port: 80, path, headers: { host: name }, agent: false, timeout: 120_000 }, (response) => {
      response.resume().on('end', () => { resolve([response.statusCode, response.headers.location].filter(Boolean).join(' ')) })
    }).on('error', reject).end()
  })
}
