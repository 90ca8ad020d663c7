import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { stringify } from 'yaml'
import { readKubeconfig, type Kubeconfig } from '../../../src/drivers/kubernetes'
import { privateKubeconfig } from '../../../src/drivers/kubernetes/private-kubeconfig'

const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

let folder = ''
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-kubeconfig-')) })
afterEach(() => rmSync(folder, { recursive: true }))

function config(more: { cluster?: object; user?: object; context?: object; current?: string | null } = {}): object {
  return {
    'apiVersion': 'v1', 'kind': 'Config', ...more.current === null ? {} : { 'current-context': more.current ?? 'prod' },
    'clusters': [{ name: 'east', cluster: { 'server': 'https://10.0.0.1:6443/', 'certificate-authority-data': base64(ca), ...more.cluster } }],
    'users': [{ name: 'bot', user: more.user ?? { token: 'a-token' } }],
    'contexts': [
      { name: 'prod', context: { cluster: 'east', user: 'bot', namespace: 'shop', ...more.context } },
      { name: 'staging', context: { cluster: 'east', user: 'bot' } },
    ],
  }
}
const read = (text: string | null, more: { context?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Kubeconfig> =>
  readKubeconfig({ text, context: more.context ?? null, env: more.env ?? {}, home: folder })

test.each([
  ['YAML', stringify(config())], ['JSON', JSON.stringify(config())], ['base64', base64(stringify(config()))],
  ['base64 in lines', base64(stringify(config())).replace(/.{40}/g, '$&\n')],
])('the input may be %s', async (_title, text) => {
  expect(await read(text)).toMatchObject({ context: 'prod', server: 'https://10.0.0.1:6443', ca, namespace: 'shop', token: 'a-token' })
})

test.each([[{}], [{ toString: 1 }], [[]], [null]])('a context may name its cluster by no text: %j', async (cluster) => {
  await expect(read(JSON.stringify(config({ context: { cluster } })))).rejects.toMatchObject({ code: 'kubeconfig-invalid', why: 'Context prod names no cluster.' })
})

test('another context is another namespace, and the only one needs no name', async () => {
  expect(await read(stringify(config()), { context: 'staging' })).toMatchObject({ context: 'staging', namespace: null })
  const only = { ...config({ current: null }), contexts: [{ name: 'one', context: { cluster: 'east', user: 'bot' } }] }
  expect(await read(stringify(only))).toMatchObject({ context: 'one' })
})

test('files that it names count from its own folder', async () => {
  mkdirSync(join(folder, '.kube'))
  writeFileSync(join(folder, '.kube', 'ca.crt'), ca)
  const cluster = { 'certificate-authority-data': null, 'certificate-authority': 'ca.crt' }
  writeFileSync(join(folder, '.kube', 'config'), stringify(config({ cluster, user: { tokenFile: 'token', exec: { command: './get' } } })))
  expect(await read(null)).toMatchObject({ ca, tokenFile: join(folder, '.kube', 'token'), exec: { command: join(folder, '.kube', 'get') } })
})

test('of several files the first that says something is right', async () => {
  writeFileSync(join(folder, 'a'), stringify({ 'contexts': [{ name: 'prod', context: { cluster: 'west', user: 'bot' } }], 'current-context': 'prod' }))
  writeFileSync(join(folder, 'b'), stringify({ ...config({ current: 'staging' }), clusters: [{ name: 'west', cluster: { server: 'https://west' } }] }))
  const env = { KUBECONFIG: ['a', 'missing', 'b'].map((name) => join(folder, name)).join(delimiter) }
  expect(await read(null, { env })).toMatchObject({ context: 'prod', server: 'https://west', token: 'a-token' })
})

test.each([
  ['kubeconfig-missing', null, {}],
  ['kubeconfig-invalid', 'not a kubeconfig', {}],
  ['context-unknown', stringify(config()), { context: 'prd' }],
  ['context-missing', stringify(config({ current: null })), {}],
  ['kubeconfig-invalid', stringify(config({ context: { cluster: 'west' } })), {}],
  ['kubeconfig-invalid', stringify(config({ cluster: { server: 'east' } })), {}],
  ['kubeconfig-invalid', stringify(config({ cluster: { 'certificate-authority-data': base64('no PEM') } })), {}],
  ['kubeconfig-insecure', stringify(config({ cluster: { 'insecure-skip-tls-verify': true } })), {}],
  ['kubeconfig-insecure', stringify(config({ cluster: { server: 'http://10.0.0.1' } })), {}],
  ['kubeconfig-invalid', stringify(config({ user: { 'auth-provider': { name: 'gcp' } } })), {}],
  ['kubeconfig-invalid', stringify(config({ user: { 'client-certificate': 'gone.pem' } })), {}],
])('%s', async (code, text, more) => {
  await expect(read(text, more)).rejects.toMatchObject({ code, cure: expect.stringMatching(/./) })
})

test('a name that is nearly right is asked for', async () => {
  await expect(read(stringify(config()), { context: 'prd' })).rejects.toMatchObject({ what: expect.stringContaining('did you mean prod?') })
})

test('what another program is given says the same', async () => {
  const user = {
    'client-certificate-data': base64(ca), 'client-key-data': base64('-----BEGIN KEY-----'),
    'exec': { command: 'aws', args: ['eks', 'get-token'], env: [{ name: 'AWS_PROFILE', value: 'x' }] },
  }
  const known = await read(stringify(config({ user })))
  expect(await read(privateKubeconfig(known))).toEqual({ ...known, exec: { ...known.exec, apiVersion: known.exec?.apiVersion } })
})
