import fc from 'fast-check'
import { stringify } from 'yaml'
import { readKubeconfig } from '../../../src/drivers/kubernetes'
import { decodedKubeconfig, kubeconfigSecrets } from '../../../src/inputs'
import { claim, surfaceOf } from '../surface'
import { altered, mutated, text, word } from '../texts'

const pem = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64')
const config = {
  'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'shop',
  'clusters': [{ name: 'c', cluster: { 'server': 'https://203.0.113.7:6443', 'certificate-authority-data': pem } }, { name: 'd', cluster: { 'server': 'https://d', 'insecure-skip-tls-verify': true } }],
  'contexts': [{ name: 'shop', context: { cluster: 'c', user: 'u', namespace: 'shop' } }, { name: 'other', context: { cluster: 'd', user: 'e' } }],
  'users': [{ name: 'u', user: { token: 'wonderland-wonderland' } }, { name: 'e', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: ['eks', 'get-token'], env: [{ name: 'A', value: 'b' }] } } }],
}
const written = fc.oneof(altered([config]).map((one) => stringify(one, { aliasDuplicateObjects: false })), altered([config]).map((one) => JSON.stringify(one) ?? ''), mutated([stringify(config)]), text)

/** The input `kubeconfig`, and the context that is asked for. */
export const surface = surfaceOf({
  inputs: fc.record({ written, packed: fc.boolean(), context: fc.oneof(fc.constantFrom(null, null, 'other'), word, text) }),
  async attempt({ written, packed, context }) {
    const given = packed ? Buffer.from(written).toString('base64') : written
    const secrets = kubeconfigSecrets(given)
    claim(Array.isArray(secrets) && typeof decodedKubeconfig(given) === 'string', 'nothing is hidden')
    const found = await readKubeconfig({ text: given, context, env: {}, home: '/nonexistent' })
    claim(/^https:\/\/[^\s]+$/.test(found.server), 'a server was taken:', found.server)
    for (const secret of [found.token, found.basic?.password, found.client?.key]) claim(secret === null || secret === undefined || typeof secret === 'string', 'a secret is no text')
    if (found.exec !== null) claim(typeof found.exec.command === 'string' && !found.exec.command.startsWith('-') && found.exec.args.every((one) => typeof one === 'string') && Object.values(found.exec.env).every((one) => typeof one === 'string'), 'a program was taken:', found.exec)
    return undefined
  },
})
