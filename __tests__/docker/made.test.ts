import { createHash } from 'node:crypto'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refused } from '../host/bad-input/refusal'
import { runAction, type ActionOptions } from '../host/harness/action'
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

/** The rig's image of Python has no `venv`, which the public one has. */
async function pushPython(): Promise<void> {
  await must(join(root, 'rig/library'), ['debian', 'python'], { timeout: 600_000 })
  const [from = ''] = (await must(join(root, 'rig/registry-for-hosts'), [])).split('\n')
  const folder = mkdtempSync(join(tmpdir(), 'slipway-python-image-'))
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${from}/library/python:3.11-slim\n`
    + 'RUN apt-get -qq update && apt-get -qq install --yes --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*\n')
  const tag = `${registry.address}/library/python:3.11-slim`
  const env = { ...process.env, DOCKER_BUILDKIT: '0' }
  await must('docker', ['build', '--quiet', '--tag', tag, folder], { env, timeout: 600_000 })
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

describe('a Python app without a Dockerfile', () => {
  let app: Repository
  let options: ActionOptions
  beforeAll(async () => {
    await pushPython()
    app = await makeRepository(undefined, { files: {
      'requirements.txt': 'itsdangerous==2.2.0\n', '.python-version': '3.11\n', 'slipway.yml': 'app: greeter\nstart: python main.py\nroute: /\nbuild: python -c "open(\'built\', \'w\').write(\'yes\')"\n',
      'main.py': 'import json, os, sys, itsdangerous\nfrom importlib.metadata import version\n'
        + 'compiled = os.path.exists(itsdangerous.__cached__)\n'
        + 'print(json.dumps([os.getuid(), os.environ["PORT"], sys.prefix, version("itsdangerous"), compiled, open("built").read(), os.path.exists("/uv"), os.path.exists("/root/.cache/uv")]))\n',
    } })
    options = { workspace: app.path, env: config.env, inputs: { image: `${registry.address}/ada/greeter` }, timeout: 280_000 }
  }, 600_000)
  afterAll(() => app.remove())

  it('gets one by which it runs: as nobody in particular, with what is locked, compiled, and without what built it', async () => {
    const run = await runAction('build-image', options)
    if (run.code !== 0) throw new Error(run.log)
    const image = run.outputs['image'] ?? ''
    expect(JSON.parse(await must('docker', ['run', '--rm', '--network', 'none', image]))).toEqual([10001, '8000', '/venv', '2.2.0', true, 'yes', false, false])
    await must('docker', ['image', 'rm', image])
    expect((await runAction('build-image', options)).outputs['status']).toBe('unchanged')
  })

  it('gets it written out when it is asked for, after the build, and is built of it once it is committed', async () => {
    const run = await runAction('build-image', { ...options, inputs: { ...options.inputs, 'write-dockerfile': 'Dockerfile' } })
    if (run.code !== 0) throw new Error(run.log)
    expect(run.log).toContain('is in the work tree now: `Dockerfile` and `.dockerignore`')
    expect(run.summary).toContain('is in the work tree now: `Dockerfile` and `.dockerignore`')
    expect(await app.git('status', '--short')).toBe('?? .dockerignore\n?? Dockerfile')
    // It is the same that is shown.
    expect(run.summary.includes(readFileSync(join(app.path, 'Dockerfile'), 'utf8').trim()) || run.outputs['status'] === 'unchanged').toBe(true)
    await app.commit('a Dockerfile of our own')
    const next = await runAction('build-image', options)
    if (next.code !== 0) throw new Error(next.log)
    expect(next.summary).not.toContain('The Dockerfile that was made')
    const image = next.outputs['image'] ?? ''
    expect(JSON.parse(await must('docker', ['run', '--rm', '--network', 'none', image]))).toEqual([10001, '8000', '/venv', '2.2.0', true, 'yes', false, false])
    await must('docker', ['image', 'rm', image])
  })

  it('has keys of the SSH agent in a step that mounts them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-key-'))
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rig', '-f', join(folder, 'key')])
    const [, blob = ''] = readFileSync(join(folder, 'key.pub'), 'utf8').split(' ')
    const ask = 'import hashlib, os, socket; s = socket.socket(socket.AF_UNIX); s.connect(os.environ["SSH_AUTH_SOCK"]); s.send(b"\\0\\0\\0\\1\\x0b"); f = s.makefile("rb"); '
      + 'd = f.read(int.from_bytes(f.read(4), "big")); print("HAS", hashlib.sha256(d[9:60]).hexdigest())'
    app.write({ Dockerfile: `FROM python:3.11-slim\nRUN --mount=type=ssh python -c '${ask}'\n` })
    await app.commit('by SSH')
    const run = await runAction('build-image', { ...options, inputs: { ...options.inputs, 'build-ssh-key': readFileSync(join(folder, 'key'), 'utf8') } })
    rmSync(folder, { recursive: true })
    if (run.code !== 0) throw new Error(run.log)
    expect(run.log).toContain(`HAS ${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('hex')}`)
  })
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
