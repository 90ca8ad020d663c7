import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../../../src/errors'
import { credentialsFor, environment, PrivateConfig } from '../../../src/drivers/docker'
import { parseInspect } from '../../../src/drivers/docker/builder'
import { withLogin } from '../../../src/drivers/docker/config'
import { decoded } from '../../../src/drivers/docker/credentials'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-config-')) })
afterEach(() => { rmSync(folder, { recursive: true }) })

const login = { key: 'r.example', username: 'ada', password: 'pass:word' }
const basic = Buffer.from('ada:pass:word').toString('base64')

describe('a private config', () => {
  it('has what the runner has and the login, for its owner alone, and is gone afterwards', async () => {
    const own = join(folder, 'own')
    mkdirSync(join(own, 'cli-plugins'), { recursive: true })
    writeFileSync(join(own, 'config.json'), JSON.stringify({ auths: { other: { auth: 'x' } }, currentContext: 'remote' }))
    const seen: string[] = []
    const config = await PrivateConfig.make(join(folder, 'temp'), { DOCKER_CONFIG: own }, login, (made) => seen.push(made))
    expect(seen).toEqual([config.folder])
    expect(statSync(config.folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(config.folder, 'config.json')).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(join(config.folder, 'config.json'), 'utf8'))).toEqual({
      auths: { 'other': { auth: 'x' }, 'r.example': { auth: basic } }, currentContext: 'remote',
    })
    expect(lstatSync(join(config.folder, 'cli-plugins')).isSymbolicLink()).toBe(true)
    expect(config.env).toEqual({ DOCKER_CONFIG: config.folder, BUILDX_CONFIG: join(own, 'buildx') })
    await config[Symbol.asyncDispose]()
    expect(existsSync(config.folder)).toBe(false)
    expect(existsSync(join(own, 'cli-plugins'))).toBe(true)
  })

  it('is made where the runner has none', async () => {
    await using config = await PrivateConfig.make(folder, { DOCKER_CONFIG: join(folder, 'nothing') }, null, () => {})
    expect(config.config).toEqual({})
  })

  it('says nothing of what is in a file that it cannot read', async () => {
    writeFileSync(join(folder, 'config.json'), '{"auths": "c2VjcmV0')
    const thrown: unknown = await PrivateConfig.make(folder, { DOCKER_CONFIG: folder }, null, () => {}).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(Failure)
    expect(String(thrown)).not.toContain('c2VjcmV0')
  })

  it('lets a login go before a store and a helper', () => {
    expect(withLogin({ credsStore: 'desktop' }, login)).toMatchObject({ credsStore: 'desktop', credHelpers: { 'r.example': '' } })
    expect(withLogin({ credHelpers: { 'r.example': 'cloud', 'b': 'c' } }, login)).toMatchObject({ credHelpers: { 'r.example': '', 'b': 'c' } })
    expect(withLogin({}, login)).toEqual({ auths: { 'r.example': { auth: basic } } })
  })
})

describe('credentials', () => {
  const env = (): Record<string, string> => ({ PATH: `${folder}:${process.env['PATH']}` })
  const helper = (name: string, text: string): void => {
    writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, `docker-credential-${name}`), 0o755)
  }

  it('are found in the file, under any key that docker knows', async () => {
    expect(await credentialsFor({ auths: { 'https://r.example/v1/': { auth: basic } } }, ['r.example', 'https://r.example/v1/'], env(), undefined))
      .toEqual({ username: 'ada', password: 'pass:word' })
  })

  it('come from a helper, which is told the registry on its standard input', async () => {
    helper('rig', 'read name; echo "{\\"Username\\":\\"of $name\\",\\"Secret\\":\\"s\\"}"')
    expect(await credentialsFor({ credHelpers: { 'r.example': 'rig' } }, ['r.example'], env(), undefined)).toEqual({ username: 'of r.example', password: 's' })
    expect(await credentialsFor({ credsStore: 'rig' }, ['r.example'], env(), undefined)).toEqual({ username: 'of r.example', password: 's' })
  })

  it('of a helper may be a token', async () => {
    helper('rig', 'cat >/dev/null; echo \'{"Username":"<token>","Secret":"long"}\'')
    expect(await credentialsFor({ credsStore: 'rig' }, ['r.example'], env(), undefined)).toEqual({ username: '', password: '', identityToken: 'long' })
  })

  it('are none where a helper has none, is missing, or names a path', async () => {
    helper('rig', 'echo "credentials not found in native keychain"; exit 1')
    for (const name of ['rig', 'missing', '../../bin/sh']) {
      expect(await credentialsFor({ credsStore: name }, ['r.example'], env(), undefined)).toBeNull()
    }
  })

  it('are decoded as docker does', () => {
    expect(decoded({ auth: Buffer.from('a:b:c').toString('base64') })).toEqual({ username: 'a', password: 'b:c' })
    expect(decoded({ username: 'a', password: 'b' })).toEqual({ username: 'a', password: 'b' })
    expect(decoded({ auth: '', identitytoken: 't' })).toEqual({ username: '', password: '', identityToken: 't' })
    expect(decoded({})).toBeNull()
  })
})

describe('what docker sees', () => {
  it('is nothing of the step\'s own variables and inputs', () => {
    expect(environment({ 'PATH': '/bin', 'DOCKER_HOST': 'x', 'NPM_TOKEN': 's', 'INPUT_REGISTRY-PASSWORD': 's', 'GITHUB_TOKEN': 's', 'https_proxy': 'p', 'ACTIONS_RUNTIME_TOKEN': 't', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 's' }, { DOCKER_CONFIG: '/c' }))
      .toEqual({ PATH: '/bin', DOCKER_HOST: 'x', https_proxy: 'p', ACTIONS_RUNTIME_TOKEN: 't', DOCKER_CONFIG: '/c' })
  })
})

describe('docker buildx inspect', () => {
  it.each([
    ['Name:          default\nDriver:        docker\n\nNodes:\nName:             default\nBuildKit version: v0.8+unknown\nPlatforms:        linux/amd64, linux/386\n',
      { name: 'default', driver: 'docker', version: '0.8', platforms: ['linux/amd64', 'linux/386'] }],
    ['Name: b\nDriver: docker-container\nNodes:\nName: b0\nBuildkit: v0.23.2\nPlatforms: linux/amd64*, linux/arm64\n',
      { name: 'b', driver: 'docker-container', version: '0.23.2', platforms: ['linux/amd64', 'linux/arm64'] }],
    ['Name: b\nDriver: remote\nNodes:\nName: b0\nError: no such host\n', { name: 'b', driver: 'remote', version: '', platforms: [] }],
  ])('%j', (text, expected) => {
    expect(parseInspect(text)).toEqual({ tool: 'buildx', ...expected })
  })

  it('that says nothing is no builder', () => {
    expect(parseInspect('ERROR: no builder "x" found\n')).toBeNull()
  })
})
