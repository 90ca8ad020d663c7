import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, findHelm } from '../../../src/drivers/helm'
import { Credentials, pluginEnvironment, readKubeconfig, type Kubeconfig } from '../../../src/drivers/kubernetes'
import { runProgram } from '../../../src/drivers/helm/process'

let folder = ''
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-plugin-')) })
afterEach(() => rmSync(folder, { recursive: true }))

function program(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

const env = {
  'PATH': process.env['PATH'], 'OCI_CLI_USER': 'oci', 'DIGITALOCEAN_ACCESS_TOKEN': 'do', 'INPUT_KUBECONFIG': 'secret', 'ACTIONS_RUNTIME_TOKEN': 'secret', 'GITHUB_TOKEN': 'secret',
  'HELM_KUBECONTEXT': 'other', 'HELM_KUBETOKEN': 'other', 'HELM_DEBUG': 'true', 'HELM_NAMESPACE': 'other', 'HELM_DRIVER': 'memory', 'HELM_CACHE_HOME': '/cache', 'KUBECONFIG': '/other',
}

test('a plugin sees its cloud\'s variables and neither inputs nor tokens, whether we start it or Helm', async () => {
  const command = program('plugin', `printf '{"status":{"token":"%s"}}' "$(env | cut -d= -f1 | sort | tr '\\n' ,)"`)
  const config: Kubeconfig = {
    context: 'test', server: 'https://127.0.0.1:1', ca: null, tlsServerName: null, proxyUrl: null, namespace: null, token: null, tokenFile: null, basic: null, client: null,
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args: [], env: {}, provideClusterInfo: false },
  }
  const { authorization } = await new Credentials(config, env, () => undefined).account()
  const names = authorization?.replace('Bearer ', '').split(',') ?? []
  expect(names).toEqual(expect.arrayContaining(['OCI_CLI_USER', 'DIGITALOCEAN_ACCESS_TOKEN', 'KUBERNETES_EXEC_INFO']))
  expect(names.filter((name) => /^(INPUT_|ACTIONS_|GITHUB_TOKEN)/.test(name))).toEqual([])
  expect(environment(pluginEnvironment(env), { MORE: 'more' })).toEqual({ PATH: env.PATH, OCI_CLI_USER: 'oci', DIGITALOCEAN_ACCESS_TOKEN: 'do', HELM_CACHE_HOME: '/cache', MORE: 'more' })
})

test.each(['as', 'as-groups', 'as-uid'])('a user with `%s` is refused, not taken for himself', async (key) => {
  const text = JSON.stringify({
    'current-context': 'c', 'contexts': [{ name: 'c', context: { cluster: 'c', user: 'u' } }], 'clusters': [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    'users': [{ name: 'u', user: { token: 't', [key]: key === 'as-groups' ? ['admins'] : 'system:serviceaccount:shop:deployer' } }],
  })
  await expect(readKubeconfig({ text, context: null, env: {}, home: folder })).rejects.toMatchObject({ code: 'kubeconfig-invalid', what: expect.stringContaining(key) })
})

test('with a checksum a helm of the runner is not taken at its word', async () => {
  program('helm', 'echo v4.2.4')
  const brought = program('brought', 'echo v4.2.4')
  const bring = async (): Promise<string> => brought
  expect(await findHelm({ major: 4, version: '4.2.4', sha256: 'ab' }, { PATH: `${folder}:${process.env['PATH'] ?? ''}` }, bring)).toMatchObject({ path: brought })
})

test('output that is too much is an error, not half an answer', async () => {
  await expect(runProgram(program('much', 'exec head -c 150000000 /dev/zero'), [], { env: environment(process.env, {}) })).rejects.toMatchObject({ code: 'helm-output' })
})
