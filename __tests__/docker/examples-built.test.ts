import { runAction } from '../host/harness/action'
import { must, root } from '../host/harness/command'
import { makeRepository, type Repository } from '../host/harness/repository'
import { join } from 'node:path'
import { runnerConfig, type RunnerConfig } from './harness/image-repository'
import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'

let registry: RunningRegistry
let buildkit: RunningBuildKit
let config: RunnerConfig
const repositories: Repository[] = []

beforeAll(async () => {
  await must(join(root, 'rig/library'), ['debian', 'python', 'node'], { timeout: 600_000 })
  const [library = ''] = (await must(join(root, 'rig/registry-for-hosts'), [])).split('\n')
  registry = await startRegistry()
  // Where BuildKit would ask Docker Hub.
  buildkit = await startBuildKit(`[registry."docker.io"]\n  mirrors = ["${library}"]\n[registry."${library}"]\n  http = true\n`)
  config = await runnerConfig(buildkit.address)
}, 600_000)
afterAll(async () => {
  await Promise.all([registry.stop(), buildkit.stop(), config.remove()])
  for (const repository of repositories) repository.remove()
})

describe('an example with a Compose file is built without a word of configuration', () => {
  it.each<[string, readonly string[]]>([
    ['compose-notes', ['migrate', 'web']], ['compose-gateway', ['catalog', 'suggest']], ['compose-mailer', ['worker']], ['compose-chat', ['chat']],
  ])('%s', async (example, services) => {
    const repository = await makeRepository(example)
    repositories.push(repository)
    repository.write({ 'compose.yaml': (await repository.git('show', 'HEAD:compose.yaml')).replaceAll('registry.example.com:5000', registry.address) })
    await repository.commit('for this registry', 'v1.2.3')
    const options = { workspace: repository.path, env: config.env, timeout: 240_000 }
    const run = await runAction('build-image', options)
    if (run.code !== 0) throw new Error(run.log)
    const images = JSON.parse(run.outputs['images'] ?? '{}') as Record<string, string>
    expect([run.outputs['status'], Object.keys(images).toSorted()]).toEqual(['pushed', services])
    for (const reference of Object.values(images)) expect(reference).toMatch(/^127\.0\.0\.1:\d+\/[a-z]+\/[a-z]+@sha256:[0-9a-f]{64}$/)
    expect((await runAction('build-image', options)).outputs['status']).toBe('unchanged')
  })
})
