import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refused } from '../host/bad-input/refusal'
import { runAction } from '../host/harness/action'
import { wordsDuring } from './harness/words'
import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'

const password = 'correct-horse-battery'
const secret = 'npm_Zq81xV0secretOfTheBuild'
const withSecret = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN --mount=type=secret,id=npm --mount=type=secret,id=file test -s /run/secrets/npm && cat /run/secrets/npm && wc -c < /run/secrets/npm > /length && sleep 1
`
/** The same, still at work when it is cut off. */
const long = withSecret.replace('sleep 1', 'sleep 60')

let registry: RunningRegistry
let buildkit: RunningBuildKit
let config: RunnerConfig
let repository: ImageRepository
let temp: string

beforeAll(async () => {
  [registry, buildkit] = await Promise.all([startRegistry(password), startBuildKit()])
  config = await runnerConfig(buildkit.address)
  repository = await imageRepository(`${registry.address}/ada/secrets`, config.env, { Dockerfile: withSecret })
})
beforeEach(() => { temp = mkdtempSync(join(tmpdir(), 'slipway-temp-')) })
afterEach(() => { rmSync(temp, { recursive: true }) })
afterAll(async () => {
  await Promise.all([registry.stop(), buildkit.stop(), config.remove()])
  repository.remove()
})

const login = { 'registry-username': 'ada', 'registry-password': password }
const secrets = { 'build-secrets': 'npm=NPM_TOKEN\nfile=file:token.txt' }

/** All that the registry holds, layers unpacked as far as gzip goes. */
async function held(): Promise<string> {
  const { gunzipSync } = await import('node:zlib')
  return readdirSync(registry.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const bytes = readFileSync(join(entry.parentPath, entry.name))
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1')
  }).join('\n')
}

describe('secrets', () => {
  it('of the build and of the registry are seen nowhere: not in words of processes, the log, the summary, outputs, layers, nor a file left behind', async () => {
    repository.write({ 'token.txt': 'anotherSecretOfAFile' })
    const started = await repository.start({
      inputs: { ...login, ...secrets, provenance: 'min' }, env: { NPM_TOKEN: secret, RUNNER_TEMP: temp },
    })
    const { result: run, words } = await wordsDuring(started.done)
    if (run.code !== 0) throw new Error(run.log)
    expect(words).toMatch(/docker.* buildx build .*--secret id=npm,env=NPM_TOKEN/)
    const unmasked = run.log.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')
    const forms = [secret, password, Buffer.from(`ada:${password}`).toString('base64')]
    for (const text of [words, unmasked, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state), await held()]) {
      for (const form of forms) expect(text.includes(form)).toBe(false)
    }
    expect(run.log).toContain('***')
    expect(readdirSync(temp)).toEqual([])
    // What is cached by it is the length alone, so a secret that is another now makes no other image.
    expect(await held()).not.toContain('anotherSecretOfAFile')
  })

  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string, RegExp]>([
    ['is not given', { 'build-secrets': 'npm=NPM_TOKEN' }, {}, 'build-secret-missing', /`npm` of the build is not given: the variable NPM_TOKEN[^]*gh secret set NPM_TOKEN/],
    ['is empty', { 'build-secrets': 'npm=NPM_TOKEN' }, { NPM_TOKEN: '' }, 'build-secret-missing', /is empty: the variable NPM_TOKEN/],
    ['is blank', { 'build-secrets': 'NPM_TOKEN' }, { NPM_TOKEN: ' \n' }, 'build-secret-missing', /is empty: the variable NPM_TOKEN/],
    ['is a file that is not there', { 'build-secrets': 'npm=file:nothing' }, {}, 'build-secret-missing', /is not there: the file nothing/],
    ['is written as a value', { 'build-secrets': 'npm=npm_x/y+z==' }, {}, 'build-secret', /no name of a variable/],
  ])('that %s is an error before anything is built', async (_title, inputs, env, code, words) => {
    const run = await repository.run({ inputs: { ...login, ...inputs }, env })
    refused(run, code, words)
    expect(run.log).not.toContain('::group::build')
  })
})

describe('credentials', () => {
  it('are needed, and it is said which', async () => {
    refused(await repository.run({ inputs: {} }), 'registry-unauthorized', 'wants to know who asks', 'registry-password')
  })

  it('that are wrong are told apart from none', async () => {
    refused(await repository.run({ inputs: { ...login, 'registry-password': 'wrong-password' } }), 'registry-unauthorized', 'does not take these credentials')
  })

  it('of which a half is empty are refused before anything is asked', async () => {
    refused(await repository.run({ inputs: { ...login, 'registry-password': '' } }), 'registry-login', '`registry-password` is empty')
  })

  it.each<[string, (auth: string) => object]>([
    ['a login of an earlier step', (auth) => ({ auths: { [registry.address]: { auth } } })],
    ['a helper for that registry', () => ({ credHelpers: { [registry.address]: 'rig' } })],
    ['a store', () => ({ credsStore: 'rig' })],
  ])('are taken from %s', async (_title, made) => {
    const own = await runnerConfig(buildkit.address)
    const bin = mkdtempSync(join(tmpdir(), 'slipway-bin-'))
    writeFileSync(join(bin, 'docker-credential-rig'), `#!/bin/sh\ncat >/dev/null\necho '{"Username":"ada","Secret":"${password}"}'\n`, { mode: 0o755 })
    const before = JSON.stringify({ ...made(Buffer.from(`ada:${password}`).toString('base64')), HttpHeaders: { 'X-Rig': '1' } })
    writeFileSync(join(own.folder, 'config.json'), before)
    repository.write({ 'token.txt': 'x' })
    await repository.commit('next')
    const run = await repository.run({ inputs: secrets, env: { ...own.env, NPM_TOKEN: secret, PATH: `${bin}:${process.env['PATH']}` } })
    if (run.code !== 0) throw new Error(run.log)
    expect(run.outputs['status']).toBe('pushed')
    // The runner's own is as it was.
    expect(readFileSync(join(own.folder, 'config.json'), 'utf8')).toBe(before)
    rmSync(bin, { recursive: true })
    await own.remove()
  })

  it('of the inputs go before those of a store', async () => {
    const own = await runnerConfig(buildkit.address)
    writeFileSync(join(own.folder, 'config.json'), JSON.stringify({ credsStore: 'not-there' }))
    await repository.commit('next')
    const run = await repository.run({ inputs: { ...login, ...secrets }, env: { ...own.env, NPM_TOKEN: secret } })
    if (run.code !== 0) throw new Error(run.log)
    await own.remove()
  })

  it('are in a folder that is private while it is there, and gone after a cancelled job', async () => {
    repository.write({ Dockerfile: long })
    await repository.commit('next')
    mkdirSync(join(temp, 'unrelated'))
    const started = await repository.start({ inputs: { ...login, ...secrets }, env: { NPM_TOKEN: secret, RUNNER_TEMP: temp } })
    await started.until(/::stop-commands::/)
    const [folder = ''] = readdirSync(temp).filter((name) => name.startsWith('slipway-docker-'))
    expect(statSync(join(temp, folder)).mode & 0o777).toBe(0o700)
    expect(statSync(join(temp, folder, 'config.json')).mode & 0o777).toBe(0o600)
    started.cancel()
    const run = await started.done
    // A runner kills what has not ended by itself in time: then there is no code.
    expect([run.code, run.outputs['status']]).toEqual([1, 'cancelled'])
    expect(readdirSync(temp)).toEqual(['unrelated'])
  })

  it('are gone after a run that was killed, by its post', async () => {
    repository.write({ Dockerfile: long })
    await repository.commit('next')
    const started = await repository.start({ inputs: { ...login, ...secrets }, env: { NPM_TOKEN: secret, RUNNER_TEMP: temp } })
    await started.until(/::stop-commands::/)
    started.kill('SIGKILL')
    const { state } = await started.done
    expect(existsSync(state['docker-config'] ?? '-')).toBe(true)
    const post = await runAction('build-image', { phase: 'post', state, env: { RUNNER_TEMP: temp } })
    expect(post.code).toBe(0)
    expect(readdirSync(temp)).toEqual([])
    expect(post.summary).toContain('was ended before it could tell')
  })
})
