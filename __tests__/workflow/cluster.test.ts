import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { accountOf } from '../cluster/harness/access'
import { freshNamespace, type Namespace } from '../cluster/harness/cluster'
import { documentedRules } from '../cluster/harness/documented'
import { helmProgram } from '../cluster/harness/helm'
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from './harness/act'
import { startBuilder, type Builder } from './harness/builder'
import { ImageApp } from './harness/image-app'

let namespace: Namespace
let builder: Builder
let app: ImageApp
let kubeconfig: string
let image: string
let helm: string

beforeAll(async () => {
  namespace = await freshNamespace('workflow', { 'pod-security.kubernetes.io/enforce': 'restricted' })
  kubeconfig = readFileSync(await accountOf(namespace, 'deployer', documentedRules('docs/cluster.md', 'charts/web/README.md')), 'utf8')
  builder = await startBuilder()
  helm = dirname(await helmProgram(4))
  image = `${builder.plain}/workflow-${Date.now().toString(36)}/shop`
  app = await ImageApp.make({ 'slipway.yml': JSON.stringify({
    app: 'shop', target: 'cluster', services: { web: { route: '/', health: '/', secrets: ['DATABASE_URL'], stop: { timeout: '1s' } } },
    rollout: { drain: '1s' },
  }, null, 2) })
}, 1_200_000)
afterAll(async () => {
  app[Symbol.dispose]()
  await builder[Symbol.asyncDispose]()
  await namespace.remove()
})

function started(name: string, options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> {
  return runWorkflow(name, {
    repository: app.repository, env: builder.env, path: [helm],
    vars: { IMAGE: image, NAMESPACE: namespace.name, PREVIEW_NAMESPACE: namespace.name },
    secrets: {
      GITHUB_TOKEN: 'token-of-the-run', KUBECONFIG: kubeconfig, PREVIEW_KUBECONFIG: kubeconfig, DATABASE_URL: 'swordfish-of-production', PREVIEW_DATABASE_URL: 'swordfish-of-previews',
    },
    ...options,
  })
}

async function green(name: string, options: Omit<WorkflowOptions, 'repository'>): Promise<WorkflowRun> {
  const run = await started(name, options)
  if (!run.succeeded) throw new Error(run.log)
  expect(run.log).not.toContain('swordfish')
  return run
}

/** The version that a release's Service answers with. */
async function served(release: string): Promise<string> {
  const said = await namespace.kubectl(['get', '--raw', `/api/v1/namespaces/${namespace.name}/services/${release}-web:80/proxy/`])
  return (JSON.parse(said) as { readonly version: string }).version
}

describe('cluster-release.yml', () => {
  it('takes a tag to an image and to pods that serve, and back', async () => {
    for (const version of ['1.0.0', '1.0.1']) {
      expect((await green('cluster-release.yml', { event: 'push', ref: await app.release(version) })).jobs).toEqual({ release: 'success' })
      expect(await served('shop')).toBe(version)
    }
    await green('cluster-release.yml', { event: 'workflow_dispatch', inputs: { operation: 'rollback', version: '' } })
    expect(await served('shop')).toBe('1.0.0')
    await green('cluster-release.yml', { event: 'workflow_dispatch', inputs: { operation: 'rollback', version: 'v1.0.1' } })
    expect(await served('shop')).toBe('1.0.1')
  })
})

describe('the workflow that reusable.yml calls', () => {
  /** For a cluster, with everything that it takes. */
  const change = (workflow: string): string => workflow
    .replace(/^ {4}with: .*$/m, "    with: { target: cluster, environment: production, image: '${{ vars.IMAGE }}', namespace: '${{ vars.NAMESPACE }}', operation: '${{ inputs.operation }}', version: '${{ inputs.version }}' }")
    .replace(/^ {4}secrets: .*$/m, "    secrets: { kubeconfig: '${{ secrets.KUBECONFIG }}', env: 'DATABASE_URL=${{ secrets.DATABASE_URL }}' }")

  it('brings a tag to a cluster too, and goes back; where no approval is named nobody is asked', async () => {
    for (const version of ['2.0.0', '2.0.1']) {
      const { jobs } = await green('reusable.yml', { event: 'push', ref: await app.release(version), change })
      expect(jobs).toMatchObject({ build: 'success', deploy: 'success' })
      expect(await served('shop')).toBe(version)
    }
    await green('reusable.yml', { event: 'workflow_dispatch', inputs: { operation: 'rollback', version: '' }, change })
    expect(await served('shop')).toBe('2.0.0')
  })
})

describe('preview.yml', () => {
  const pull = (action: string, { number = 7, from = 'ada/shop' } = {}): Omit<WorkflowOptions, 'repository'> => ({
    event: 'pull_request', ref: `refs/pull/${number}/merge`,
    payload: { action, number, pull_request: { number, head: { ref: 'topic', repo: { full_name: from } }, base: { ref: 'main', repo: { full_name: 'ada/shop' } } } },
  })

  it('gives a pull request a release of its own, follows it, and takes it away; another one is left alone', async () => {
    await app.change('another')
    await green('preview.yml', pull('opened', { number: 8 }))
    await app.change('first thought')
    expect((await green('preview.yml', pull('opened'))).jobs).toEqual({ preview: 'success' })
    expect(await served('pr-7')).toBe('first thought')
    // Rebased: of what served a fresh checkout knows nothing.
    await app.repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    await app.repository.git('reflog', 'expire', '--expire=now', '--all')
    await app.repository.git('gc', '--quiet', '--prune=now')
    await app.change('second thought')
    await green('preview.yml', pull('synchronize'))
    expect(await served('pr-7')).toBe('second thought')
    expect((await green('preview.yml', pull('closed'))).jobs).toEqual({ remove: 'success' })
    await expect(served('pr-7')).rejects.toThrow('not found')
    await green('preview.yml', pull('reopened'))
    expect([await served('pr-7'), await served('pr-8')]).toEqual(['second thought', 'another'])
  })

  it('only builds what a fork sends, and has neither secrets nor variables for it', async () => {
    const run = await green('preview.yml', { ...pull('opened', { from: 'eve/shop' }), secrets: {}, vars: {} })
    expect(run.jobs).toEqual({ build: 'success' })
    expect(run.log).toContain('set-output:: status=built')
    expect(run.log).not.toContain('helm-upgrade')
    expect((await green('preview.yml', { ...pull('closed', { from: 'eve/shop' }), secrets: {}, vars: {} })).jobs).toEqual({})
  })
})
