import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAction, type ActionRun } from '../../host/harness/action'
import { codes, refused } from '../../host/bad-input/refusal'
import { makeRepository, type Repository } from '../../host/harness/repository'

const DIGEST = `sha256:${'a'.repeat(64)}`
const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: staging
clusters: [{ name: one, cluster: { server: "https://127.0.0.1:6443", certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg== } }]
contexts: [{ name: staging, context: { cluster: one, user: deploy } }]
users: [{ name: deploy, user: { token: a-token-of-the-cluster } }]
`
const chart = { 'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', 'chart/values.yaml': 'image: { repository: x, tag: "" }\n' }

let repository: Repository
beforeAll(async () => { repository = await makeRepository(undefined, { files: { 'README.md': '' } }) }, 60_000)
afterAll(() => repository.remove())

/** An action with a commit that holds just these files. */
async function upgrade(files: Record<string, string>, inputs: Record<string, string> = {}, env: Record<string, string> = {}, action = 'helm-upgrade'): Promise<ActionRun> {
  await repository.git('rm', '-rfq', '--ignore-unmatch', '.')
  repository.write(files)
  await repository.commit('next')
  return await runAction(action, { workspace: repository.path, env, inputs: { ...action === 'helm-upgrade' ? { kubeconfig: KUBECONFIG } : {}, ...inputs } })
}

describe('helm-upgrade', () => {
  it('says all that is wrong with its inputs at once, and masks first', async () => {
    const run = await upgrade(chart, {
      'kube-context': 'prod', namespace: 'A B', 'chart-version': '^1', 'values-files': '../x', values: 'a: no\nb: { password: hunter2-hunter2 }', images: 'web=nginx', 'helm-version': '5', 'registry-username': 'ada',
    })
    refused(run, 'context-unknown', 'no context prod', 'staging')
    refused(run, 'values-ambiguous-word', 'Line 1 of the input `values`', 'Write `false`')
    refused(run, 'helm-version', '3', '4')
    expect(codes(run)).toEqual(['context-unknown', 'cluster-input', 'cluster-input', 'cluster-input', 'values-ambiguous-word', 'images-without-digest', 'helm-version', 'registry-login'])
    expect(run.log.slice(0, run.log.indexOf('::error'))).toMatch(/::add-mask::LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\n::add-mask::a-token-of-the-cluster\n/)
    // Not the lines of the file: they would shred every manifest in the log.
    expect(run.log).not.toMatch(/add-mask::(apiVersion|kind|current-context|users)/)
  })

  it('runs no Helm of the runner where another is wanted by its checksum, or where strangers decide', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-a-helm-'))
    writeFileSync(join(folder, 'helm'), `#!/bin/sh\ntouch ${folder}/was-run\necho v4.2.4\n`, { mode: 0o755 })
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
    const wasRun = (): boolean => existsSync(join(folder, 'was-run'))
    try {
      await upgrade({}, { 'helm-version': `4.2.4@${DIGEST}` }, env)
      expect(wasRun()).toBe(false)
      await runAction('helm-upgrade', { workspace: repository.path, event: 'pull_request_target', inputs: { kubeconfig: KUBECONFIG }, env })
      expect(wasRun()).toBe(false)
      await upgrade({}, { 'helm-version': '4' }, env)
      expect(wasRun()).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('does not know an input that is misspelt', async () => {
    refused(await upgrade(chart, { 'relese-name': 'x' }), 'input-unknown', 'Did you mean `release-name`?')
  })

  it('masks what the input `values` has of secrets before anything else is said', async () => {
    const { log, summary, outputs } = await upgrade({}, { values: '{"db": {"password": "hunter2-hunter2"}, "url": "postgres://ada:swordfish-1@db/shop"}', chart: 'hunter2-hunter2' })
    expect(log).toMatch(/::add-mask::hunter2-hunter2\n::add-mask::postgres:\/\/ada:swordfish-1@db\/shop\n::add-mask::swordfish-1\n[^]*::error title=chart-missing::The input `chart` is "\*\*\*"/)
    expect(summary + (outputs['report'] ?? '')).not.toContain('hunter2')
  })

  it('says what is wrong with the configuration, each on its line', async () => {
    const run = await upgrade({
      ...chart, 'slipway.yml': 'target: cluster\ncluster:\n  chart: chrat\n  values-files: [a.yaml, gone.yaml]\n  values: { enabled: off }\nshared: [uploads]\n', 'a.yaml': 'x: 1\nx: 2\n',
    })
    expect(refused(run, 'chart-missing', '"chrat"', 'Did you mean `chart`?').properties).toMatchObject({ file: 'slipway.yml', line: '3' })
    expect(refused(run, 'values-file-missing', '"gone.yaml"').properties).toMatchObject({ file: 'slipway.yml', line: '4' })
    expect(refused(run, 'values-ambiguous-word', '`off`').properties).toMatchObject({ file: 'slipway.yml', line: '5' })
    expect(refused(run, 'config-not-together', '`shared`', 'PersistentVolumeClaim').properties).toMatchObject({ file: 'slipway.yml', line: '6' })
    expect(refused(run, 'values-syntax', '`x` is here a second time').properties).toMatchObject({ file: 'a.yaml', line: '2' })
    // And that there is no Helm here.
    expect(codes(run).filter((code) => code !== 'helm-missing')).toHaveLength(5)
  })

  it('needs to be told where images go, and the secrets that are named', async () => {
    refused(await upgrade({ ...chart, 'chart/values.yaml': 'front: { image: x }\n' }, { images: `web=nginx@${DIGEST}` }), 'chart-image-place', '`front.image`', 'cluster: { images: { web: front.image } }')
    const run = await upgrade({ ...chart, 'slipway.yml': 'cluster: { chart: chart, secret-values: { db.password: DB_PASSWORD, api: API_KEY } }\n' }, {}, { API_KEY: '' })
    expect(refused(run, 'secret-missing', 'DB_PASSWORD', 'for `db.password`', 'API_KEY', 'given, but empty').properties).toMatchObject({ file: 'slipway.yml', line: '1' })
  })

  it('is not for VMs and Docker, nor are their actions for clusters', async () => {
    refused(await upgrade({ 'slipway.yml': 'target: vm\nstart: node main.js\n' }), 'wrong-target', 'target: vm', 'push-release')
    refused(await upgrade({ 'slipway.yml': 'target: docker\n', 'compose.yaml': 'services: { web: { image: x } }\n' }), 'wrong-target', 'target: docker', 'compose-up')
  })

  it('is of nobody who sends strangers', async () => {
    refused(await runAction('helm-upgrade', { workspace: repository.path, event: 'pull_request_target', inputs: { kubeconfig: KUBECONFIG } }), 'untrusted-trigger', 'pull_request_target')
  })
})
