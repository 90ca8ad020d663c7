import { cpSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refused } from '../host/bad-input/refusal'
import { runAction } from '../host/harness/action'
import { must, root } from '../host/harness/command'
import { makeRepository, type Repository } from '../host/harness/repository'
import { startRegistry, startBuildKit, type RunningBuildKit, type RunningRegistry } from './harness/programs'
import { runnerConfig, type RunnerConfig } from './harness/image-repository'

let registry: RunningRegistry
let buildkit: RunningBuildKit
let config: RunnerConfig
let repository: Repository

/** Stands in for the image of Node that is not to be had here: Debian, and the Node that setup-vm brings to hosts. */
async function pushNode(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-node-image-'))
  const bare = await must(join(root, 'rig/host/image'), ['bare'], { timeout: 600_000 })
  const [mirror = ''] = (await must(join(root, 'rig/mirror'), ['folder'], { timeout: 600_000 })).split('\n')
  const [archive = ''] = globSync(join(mirror, 'node/v24.*/*.tar.gz'))
  cpSync(archive, join(folder, 'node.tar.gz'))
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${bare}\nADD node.tar.gz /opt/\nRUN ln -s /opt/node-*/bin/* /usr/local/bin/\n`)
  const tag = `${registry.address}/library/node:24-slim`
  const env = { ...process.env, DOCKER_BUILDKIT: '0' }
  await must('docker', ['build', '--quiet', '--tag', tag, folder], { env })
  await must('docker', ['push', '--quiet', tag], { env })
  await must('docker', ['image', 'rm', tag])
  rmSync(folder, { recursive: true })
}

async function layersOf(name: string, tag: string): Promise<readonly string[]> {
  const headers = { accept: 'application/vnd.docker.distribution.manifest.v2+json' }
  const { layers } = await (await fetch(`http://${registry.address}/v2/${name}/manifests/${tag}`, { headers })).json() as { layers: { digest: string }[] }
  return layers.map(({ digest }) => digest)
}

beforeAll(async () => {
  registry = await startRegistry()
  // Where BuildKit would ask Docker Hub.
  buildkit = await startBuildKit(`[registry."docker.io"]\n  mirrors = ["${registry.address}"]\n[registry."${registry.address}"]\n  http = true\n`)
  config = await runnerConfig(buildkit.address)
  await pushNode()
  const lock = { name: 'hello', version: '1.0.0', lockfileVersion: 3, requires: true, packages: { '': { name: 'hello', version: '1.0.0' } } }
  repository = await makeRepository(undefined, { files: {
    'package.json': JSON.stringify({ name: 'hello', version: '1.0.0' }), 'package-lock.json': JSON.stringify(lock), '.nvmrc': '24\n',
    'slipway.yml': 'app: hello\nstart: node main.js\nroute: /\n',
    'main.js': 'console.log(JSON.stringify([process.getuid(), process.env.PORT, process.env.NODE_ENV, process.version.split(".")[0]]))\n',
  } })
}, 300_000)
afterAll(async () => {
  await Promise.all([registry.stop(), buildkit.stop(), config.remove()])
  repository.remove()
})

describe('an app without a Dockerfile', () => {
  it('gets one, which is shown, runs as nobody in particular, and is the same each time', async () => {
    const options = { workspace: repository.path, env: config.env, inputs: { image: `${registry.address}/ada/hello` } }
    const run = await runAction('build-image', options)
    if (run.code !== 0) throw new Error(run.log)
    expect(run.summary).toContain('### The Dockerfile that was made')
    expect(run.summary).toContain('FROM node:24-slim AS build')
    const image = run.outputs['image'] ?? ''
    expect(JSON.parse(run.outputs['images'] ?? '{}')).toEqual({ hello: image })
    expect(JSON.parse(await must('docker', ['run', '--rm', '--network', 'none', image]))).toEqual([10001, '8000', 'production', 'v24'])
    await must('docker', ['image', 'rm', image])
    // Layers of the base image are as they were, so whoever has them need not fetch them again.
    const layers = (JSON.parse(run.outputs['report'] ?? '{}') as { layers: { digest: string }[] }).layers.map(({ digest }) => digest)
    expect(layers.slice(0, (await layersOf('library/node', '24-slim')).length)).toEqual(await layersOf('library/node', '24-slim'))
    expect((await runAction('build-image', options)).outputs['status']).toBe('unchanged')
  })

  it('of several services is told that none can be made', async () => {
    repository.write({ 'slipway.yml': 'app: hello\nservices:\n  a: { start: node a.js, route: / }\n  b: { start: node b.js }\n' })
    await repository.commit('two')
    refused(await runAction('build-image', { workspace: repository.path, env: config.env, inputs: { image: `${registry.address}/ada/hello` } }),
      'dockerfile-not-made', 'for 2 services: a, b', 'Commit a Dockerfile')
  })
})
