import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refused } from '../host/bad-input/refusal'
import type { ActionOptions, ActionRun } from '../host/harness/action'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'
import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'

let registry: RunningRegistry
let buildkit: RunningBuildKit
let config: RunnerConfig
let repository: ImageRepository
let folder: string
let agent: ChildProcess
let key: string

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN --mount=type=ssh,required=true test -S "$SSH_AUTH_SOCK" && sleep 0.3
`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-ssh-'))
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rig', '-f', join(folder, 'key')])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'words', '-C', 'rig', '-f', join(folder, 'locked')])
  key = readFileSync(join(folder, 'key'), 'utf8')
  // In the foreground, so that it ends with the test.
  agent = spawn('ssh-agent', ['-D', '-a', join(folder, 'agent')], { stdio: 'ignore' })
  const [started, built] = await Promise.all([startRegistry(), startBuildKit()])
  registry = started
  buildkit = built
  config = await runnerConfig(buildkit.address)
  repository = await imageRepository(`${registry.address}/ada/ssh`, config.env, { Dockerfile: dockerfile })
})
afterAll(async () => {
  agent.kill()
  await Promise.all([registry.stop(), buildkit.stop(), config.remove()])
  repository.remove()
  rmSync(folder, { recursive: true })
})

const socket = (): string => join(folder, 'agent')
const agentHolds = (holds: boolean): void => {
  execFileSync('ssh-add', holds ? ['-q', join(folder, 'key')] : ['-q', '-D'], { env: { ...process.env, SSH_AUTH_SOCK: socket() }, stdio: 'ignore' })
}

async function built(options: ActionOptions): Promise<ActionRun> {
  await repository.commit('next')
  const run = await repository.run(options)
  if (run.code !== 0) throw new Error(run.log)
  return run
}

describe('a mount of SSH', () => {
  it('is answered by the agent of the runner', async () => {
    agentHolds(true)
    expect((await built({ inputs: { 'build-ssh': 'default' }, env: { SSH_AUTH_SOCK: socket() } })).outputs['status']).toBe('pushed')
  })

  it('is answered by the key of the input, which is in no list of words, log or output, and gone afterwards', async () => {
    const temp = mkdtempSync(join(tmpdir(), 'slipway-temp-'))
    await repository.commit('next')
    const started = await repository.start({ inputs: { 'build-ssh-key': key }, env: { RUNNER_TEMP: temp } })
    const words = new Set<string>()
    let over = false
    const watching = (async () => {
      while (!over) {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          try {
            words.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
          } catch {
            // It has ended meanwhile.
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    const run = await started.done
    over = true
    await watching
    if (run.code !== 0) throw new Error(run.log)
    expect([...words].join('\n')).toMatch(/buildx build .*--ssh default=\S+/)
    const unmasked = run.log.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')
    const secret = key.split('\n')[2] ?? '-'
    for (const text of [[...words].join('\n'), unmasked, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state)]) expect(text.includes(secret)).toBe(false)
    expect(readdirSync(temp)).toEqual([])
    rmSync(temp, { recursive: true })
  })

  it('is answered by what a Compose file names', async () => {
    agentHolds(true)
    const compose = `services: { web: { image: "${registry.address}/ada/ssh-web", build: { context: ., ssh: ["default=${socket()}"] } } }\n`
    repository.write({ 'compose.yaml': compose })
    expect((await built({ inputs: { 'image': '', 'compose-file': 'compose.yaml' } })).outputs['status']).toBe('pushed')
  })
})

describe('refused before the build is', () => {
  it.each<[string, Readonly<Record<string, string>>, () => Readonly<Record<string, string>>, string, string]>([
    ['no agent', { 'build-ssh': 'default' }, () => ({}), 'build-ssh-missing', 'SSH_AUTH_SOCK is not set'],
    ['an agent that is not there', { 'build-ssh': 'default' }, () => ({ SSH_AUTH_SOCK: join(folder, 'nothing') }), 'build-ssh-missing', 'does not answer (ENOENT)'],
    ['a key with a passphrase', {}, () => ({ 'INPUT_BUILD-SSH-KEY': readFileSync(join(folder, 'locked'), 'utf8') }), 'ssh-key', 'build-ssh-key'],
    ['what is no key', { 'build-ssh-key': 'hunter2-and-more' }, () => ({}), 'ssh-key', 'build-ssh-key'],
    ['a value in the place of an id', { 'build-ssh': '-----BEGIN KEY-----' }, () => ({}), 'build-ssh', 'no name of what a step mounts'],
  ])('%s', async (_title, inputs, env, code, words) => {
    const run = await repository.run({ inputs, env: env() })
    const message = run.annotations.filter(({ level }) => level === 'error').map(({ properties, message: text }) => `${properties['title']} ${text}`).join('\n')
    expect([run.code, message]).toEqual([1, expect.stringContaining(words)])
    expect(message).toContain(code)
    expect(run.log).not.toContain('::group::build')
  })

  it('an agent without a key', async () => {
    agentHolds(false)
    refused(await repository.run({ inputs: { 'build-ssh': 'default' }, env: { SSH_AUTH_SOCK: socket() } }), 'build-ssh-missing', 'holds no key')
  })

  it('an agent that says nothing', async () => {
    const silent: Server = createServer((connection) => connection.end())
    await new Promise<void>((resolve) => silent.listen(join(folder, 'silent'), resolve))
    refused(await repository.run({ inputs: { 'build-ssh': 'default' }, env: { SSH_AUTH_SOCK: join(folder, 'silent') } }), 'build-ssh-missing', 'does not answer')
    silent.close()
  })
})
