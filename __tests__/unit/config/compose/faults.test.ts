import { noComposeInputs, resolveConfig, type RepositoryFiles } from '../../../../src/config'
import { Failure, failuresOf } from '../../../../src/errors'
import { commit, faults, resolved, said } from '../commit'
import { composed, given, wrong } from './project'

type Case = readonly [string, string, Record<string, string>, readonly string[]]
const deploying = { ...noComposeInputs, images: {} }
const DIGEST = `x@sha256:${'a'.repeat(64)}`

describe('Compose files that cannot be', () => {
  it.each<Case>([
    ['no YAML', 'services:\n  a: { image: x\n', {}, ['compose.yaml:3:1 compose-syntax']],
    ['a key twice', 'services:\n  a: { image: x }\n  a: { image: y }\n', {}, ['compose.yaml:3:3 compose-syntax']],
    ['a list', '- a\n', {}, ['compose.yaml:1:1 compose-syntax']],
    ['an alias of nothing', 'services:\n  a: *b\n', {}, ['compose.yaml:2:6 compose-syntax']],
    ['no variable', 'services:\n  a:\n    image: "x:${1}"\n', {}, ['compose.yaml:3:15 compose-interpolation']],
    ['no variable in an env file', 'services: { a: { image: x, env_file: a.env } }', { 'a.env': 'A=1\nB=${x\n' }, ['a.env:2:0 compose-interpolation']],
    ['no env file', 'services: { a: { image: x, env_file: a.env } }', { 'a.env': 'A=1\nB C=2\n' }, ['a.env:2:0 compose-env-file']],
    ['an env file that is not there', 'services:\n  a: { image: x, env_file: a.env }', {}, ['compose.yaml:2:28 compose-file-missing']],
    ['an include that is not there', 'include:\n  - i.yaml', {}, ['compose.yaml:2:5 compose-file-missing']],
    ['the env file of an include', 'include:\n  - { path: i.yaml, env_file: i.env }', { 'i.yaml': '' }, ['compose.yaml:2:31 compose-file-missing']],
    ['what is extended', 'services:\n  a: { extends: { file: e.yaml, service: e } }', {}, ['compose.yaml:2:25 compose-file-missing']],
    ['a folder', 'services:\n  a: { image: x, env_file: d }', { 'd/a.env': '' }, ['compose.yaml:2:28 compose-file-missing']],
    ['above the repository', 'services:\n  a: { image: x, env_file: ../a.env }', {}, ['compose.yaml:2:28 compose-file-outside']],
    ['of the host', 'services:\n  a: { image: x, env_file: /etc/a.env }', {}, ['compose.yaml:2:28 compose-file-outside']],
    ['of a home', 'include:\n  - ~/a.yaml', {}, ['compose.yaml:2:5 compose-file-outside']],
    ['from elsewhere', 'include:\n  - https://example.com/a.git\n  - oci://example.com/a\n  - git@example.com:a', {},
      ['compose.yaml:2:5 compose-file-outside', 'compose.yaml:3:5 compose-file-outside', 'compose.yaml:4:5 compose-file-outside']],
    ['a path that only the run knows', 'services:\n  a: { image: x, env_file: "${E}.env" }', {}, ['compose.yaml:2:29 compose-path-variable']],
    ['a loop', 'include: [i.yaml]', { 'i.yaml': 'include: [i.yaml]' }, ['i.yaml:1:11 compose-include-loop']],
    ['a name that changes', 'name: n-$VERSION\nservices: { a: { image: x } }', {}, ['compose.yaml:1:7 compose-project-name']],
    ['a name that is none', 'name: My Notes\nservices: { a: { image: x } }', {}, ['compose.yaml:1:7 compose-project-name']],
    ['built, and from where', 'services:\n  a:\n    build: .\n', {}, ['compose.yaml:3:5 compose-image-missing']],
    ['built by what it extends', 'services:\n  a: { extends: { file: e.yaml, service: e } }', { 'e.yaml': 'services: { e: { build: . } }' }, ['e.yaml:1:18 compose-image-missing']],
    ['all at once', 'include:\n  - i.yaml\nservices:\n  a: { image: "${", env_file: a.env }', {},
      ['compose.yaml:2:5 compose-file-missing', 'compose.yaml:4:16 compose-interpolation', 'compose.yaml:4:31 compose-file-missing']],
  ])('%s', async (_, compose, tree, told) => expect(await wrong(compose, tree)).toEqual(told))

  it.each<[string, string, Record<string, string>]>([
    ['an image of its own', 'services: { a: { build: ., image: y } }', {}],
    ['not started', 'services: { a: { build: ., profiles: [p], env_file: none } }', {}],
    ['by a later file', 'services: { a: { build: . } }\n---\nservices: { a: { build: !reset null, image: x } }', {}],
  ])('and those that can: %s', async (_, compose, tree) => expect(await wrong(compose, tree)).toEqual([]))
})

describe('required variables', () => {
  const compose = 'services:\n  a:\n    image: "x:${VERSION:?}"\n    command: >-\n      run\n      ${A:?the key of it}\n    environment: { B: "${B?}", C: "${A:?}" }\n'
  it('are told at their lines, all at once', async () => {
    expect(await wrong(compose)).toEqual(['compose.yaml:6:7 compose-variable-missing', 'compose.yaml:7:24 compose-variable-missing'])
  })
  it('with what the file says of them, and what to type', async () => {
    const [a, b] = given(await composed(compose), { B: '' }).failures
    expect(a!.what).toBe('A has no value, and the Compose file requires one: the key of it (also at compose.yaml:7).')
    expect(a!.cure).toBe('Add to the step:\nenv:\n  A: ${{ secrets.A }}')
    expect(b!.why).toMatch(/given, but empty/)
    expect(b!.cure).toMatch(/gh secret set B/)
  })
  it.each<[string, Record<string, string>, NodeJS.ProcessEnv, string | null]>([
    ['by the step', {}, { A: '1', B: '2' }, null],
    ['by slipway.yml', {}, {}, 'compose: { env: { A: 1, B: "" } }'],
    ['by .env', { '.env': 'A=1\nB=2' }, {}, null],
  ])('are given %s', async (_, tree, env, yaml) => expect(await wrong(compose, tree, {}, env, yaml)).toEqual([]))

  it('of a secret: without it nothing is mounted', async () => {
    expect(await wrong('services: { a: { image: x, secrets: [s] } }\nsecrets:\n  s: { environment: S }')).toEqual(['compose.yaml:3:21 compose-variable-missing'])
  })
  it('of env files, with their lines', async () => {
    expect(await wrong('services: { a: { image: x, env_file: a.env } }', { 'a.env': 'A=1\nB=${C:?}' })).toEqual(['a.env:2:0 compose-variable-missing'])
  })
  it('are never those of the runner', async () => {
    const { failures } = given(await composed('services: { a: { image: "${HOME:?}" } }'), { HOME: '/root' })
    expect(failures.map(({ why }) => why)).toEqual([expect.stringMatching(/runner's own or Docker's/)])
  })
})

describe('the images of a run', () => {
  it('take the place of what is built', async () => {
    const { config } = await composed('services: { a: { build: . } }', {}, { images: { a: DIGEST } })
    expect(config.compose!.images).toEqual({ a: DIGEST })
  })
  it('are of services that there are', async () => {
    expect(await wrong('services: { web: { image: x } }', {}, { images: { wbe: DIGEST } })).toEqual(['compose-image-unknown-service'])
  })
  it('are asked for by a deploy only', async () => {
    expect((await composed('services: { a: { build: . } }', {}, { images: null })).config.compose!.images).toEqual({})
  })
})

describe('slipway.yml of a host with Docker', () => {
  const tree = { 'compose.yaml': 'services: { a: { image: x } }', 'd/c.yaml': 'services: { a: { image: x } }' }
  it.each([
    ['target: docker\nservices: { a: { start: x } }', 'slipway.yml:2:1 config-not-together'],
    ['target: docker\nscratch: [tmp]', 'slipway.yml:2:1 config-not-together'],
    ['target: docker\nrollout: { bake: 1s, warm: 5m }', 'slipway.yml:2:22 config-not-together'],
    ['target: docker\npackages: [gcc]', 'slipway.yml:2:1 config-not-together'],
    ['target: docker\nsupervisor: systemd', 'slipway.yml:2:1 config-not-together'],
    ['target: docker\nstart: node a.js', 'slipway.yml:2:1 config-not-together'],
    ['target: docker\nenv: { A: b }', 'slipway.yml:2:1 config-not-together'],
    ['target: vm\nstart: x\ncompose: compose.yaml', 'slipway.yml:3:1 config-not-together'],
    ['target: docker\ncompose: none.yaml', 'slipway.yml:2:1 compose-file-missing'],
    ['target: docker\ncompose: ../c.yaml', 'slipway.yml:2:10 config-value'],
    ['target: docker\ncompose: { file: c.yaml }', 'slipway.yml:2:12 config-unknown-key'],
    ['target: docker\ncompose: { project: My Notes }', 'slipway.yml:2:21 config-value'],
    ['target: docker\ncompose: { profiles: [a b] }', 'slipway.yml:2:23 config-value'],
    ['target: docker\ncompose: { env: { GITHUB_SHA: a } }', 'slipway.yml:2:19 config-reserved-name'],
    ['target: docker\ncompose: { env: { A: "a\\nb" } }', 'slipway.yml:2:22 config-line-break'],
    ['target: docker\ncompose: []', 'slipway.yml:2:10 config-empty'],
  ])('%j', async (yaml, told) => expect((await faults(yaml, tree, { compose: deploying })).map(said)).toEqual([told]))

  it('and no Compose file', async () => {
    expect((await faults('target: docker', {}, { compose: deploying })).map(said)).toEqual(['slipway.yml:1:1 compose-file-missing'])
  })
})

async function faultsOf(files: RepositoryFiles): Promise<readonly Failure[]> {
  return failuresOf(await resolveConfig({ files, repositoryName: 'shop', target: 'docker', compose: deploying }).catch((error: unknown) => error))
}

describe('what lies in the checkout', () => {
  const broken = { 'compose.yaml': 'services: { a: { build: ., env_file: none.env, image: "${" } ' }
  it('is nothing to a rollback, or to a setup', async () => {
    expect((await resolved('target: docker\nkeep: 3', broken)).config).toMatchObject({ target: 'docker', keep: 3 })
    expect((await resolved('target: docker', {})).config.target).toBe('docker')
  })

  it('may be no text, which is said beside all else', async () => {
    const files = commit({ 'compose.yaml': 'services: { a: { image: x, env_file: [latin.env, none.env] } }', 'latin.env': '' })
    const read = async (path: string): Promise<string | null> => {
      if (path === 'latin.env') throw new Failure({ code: 'file-not-utf8', what: 'x', cure: 'x', at: { file: path, line: 1 } })
      return await files.read(path)
    }
    expect((await faultsOf({ ...files, read })).map(said)).toEqual(['compose.yaml:1:50 compose-file-missing', 'latin.env:1:0 file-not-utf8'])
  })
})
