import fc, { type Arbitrary } from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { mutated, text, word } from '../texts'

const program = new Program('certificates')
const pem = (kind: string, body: string): string => `-----BEGIN ${kind}-----\n${body.replace(/.{64}/g, '$&\n')}\n-----END ${kind}-----\n`
const leaf = pem('CERTIFICATE', 'MIIBszCCAVmgAwIBAgIUQ2FuYXJ5'.repeat(6))
const signer = pem('CERTIFICATE', 'MIIBtDCCAVmgAwIBAgIUU2lnbmVy'.repeat(5))
const privateKey = pem('PRIVATE KEY', 'MIGHAgEAMBMGByqGSM49AgEGCCqG'.repeat(3))
const publicKey = pem('PUBLIC KEY', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0D'.repeat(2))

const certificates = [leaf, leaf + signer, signer + leaf, `subject=CN = shop\n${leaf}`, leaf.replaceAll('\n', '\r\n'), leaf + privateKey, leaf.replaceAll('\n', ' '), leaf.repeat(40), '-----BEGIN CERTIFICATE-----\n'.repeat(4000)]
const keys = [privateKey, pem('EC PRIVATE KEY', 'MHcCAQEEIA=='), pem('ENCRYPTED PRIVATE KEY', 'MIHsMFcGCSqGSIb3'), '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n', privateKey + privateKey, leaf]

/** What openssl prints of one: subject and issuer are whatever who made it wrote. */
function printed(subject: string, issuer: string): Arbitrary<unknown> {
  const line = (right: string, other: Arbitrary<string>): Arbitrary<string> => fc.oneof({ weight: 12, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: other })
  const date = fc.oneof(fc.constantFrom('Jan  1 00:00:00 1970 GMT', 'Dec 31 23:59:59 9999 GMT', 'Feb 30 00:00:00 2027 GMT', 'tomorrow', ''), mutated(['Nov 20 19:33:15 2026 GMT']))
  return fc.record({
    subject: line(subject, fc.oneof(text, word.map((name) => `CN=${name}`))), issuer: line(issuer, text), begins: line('Nov 20 19:33:15 2026 GMT', date), ends: line('Nov 20 19:33:15 2027 GMT', date),
    names: line('DNS:shop.example.com, DNS:*.example.com', fc.oneof(fc.constantFrom('DNS:other.example.com', 'IP Address:127.0.0.1', 'DNS:*', 'DNS:*.com'), text.map((name) => `DNS:${name}`))), key: line(publicKey, fc.oneof(text, fc.constant(publicKey.replace('MFkw', 'MFkx')))),
    code: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }), more: line('', text),
  }).map(({ subject, issuer, begins, ends, names, key, code, more }) => ({ code, output: `${more}subject=${subject}\nissuer=${issuer}\nnotBefore=${begins}\nnotAfter=${ends}\nX509v3 Subject Alternative Name: \n    ${names}\n${key}` }))
}

const mostly = (right: readonly string[], all: readonly string[]): Arbitrary<string> => fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...right) }, { weight: 3, arbitrary: mutated(all) }, { weight: 1, arbitrary: text })
const ofKey = fc.oneof({ weight: 9, arbitrary: fc.constant({ code: 0, output: publicKey }) }, { weight: 1, arbitrary: text.map((output) => ({ code: 0, output })) }, { weight: 1, arbitrary: fc.constant({ code: 1, output: 'Could not read key' }) })

/** A certificate and its key as they stand in two secrets, and what openssl says of them. */
export const surface = surfaceOf({
  inputs: fc.boolean().chain((alone) => fc.record({
    certificate: mostly([alone ? leaf : leaf + signer], certificates), key: mostly([privateKey], keys),
    said: fc.tuple(printed('CN=shop', 'CN=signer'), ...alone ? [] : [printed('CN=signer', 'CN=root')], ofKey), names: fc.oneof({ weight: 9, arbitrary: fc.subarray(['shop.example.com', '*.example.com', 'www.example.com']) }, { weight: 1, arbitrary: fc.array(text, { maxLength: 2 }) }),
  })),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
