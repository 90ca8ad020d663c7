import { composeBuilds, type ComposeBuild, type ComposeBuilds } from '../../../../src/config'
import { failuresOf } from '../../../../src/errors'
import { commit } from '../commit'
import { composed, given } from './project'

interface Asked {
  readonly environment?: NodeJS.ProcessEnv
  readonly env?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
}

async function read(files: Readonly<Record<string, string>>, { environment = {}, env = {}, files: named = ['compose.yaml'] }: Asked = {}): Promise<ComposeBuilds> {
  return await composeBuilds({ files: named, by: 'Compose', env, environment, version: '1.4.2' }, commit(files))
}

/** The build of a service `web` that is written so, and files beside. */
async function web(build: string, asked: Asked & { readonly image?: string; readonly rest?: string; readonly beside?: Readonly<Record<string, string>> } = {}): Promise<ComposeBuild> {
  const { image = '', rest = '', beside = {} } = asked
  const text = `services:\n  web:\n${image === '' ? '' : `    image: ${image}\n`}    build: ${build}\n${rest}`
  const { builds: [found] } = await read({ 'compose.yaml': text, ...beside }, asked)
  if (found === undefined) throw new Error('there is no build')
  return found
}

async function refused(files: Readonly<Record<string, string>>, asked: Asked = {}): Promise<readonly string[]> {
  try {
    await read(files, asked)
  } catch (error) {
    return failuresOf(error).map(({ code, at, what }) => `${code} ${at?.file ?? ''}:${at?.line ?? ''} ${what}`)
  }
  return []
}

describe('what is built', () => {
  it.each<[string, string, Partial<ComposeBuild>]>([
    ['a folder', '.', { context: '.', dockerfile: null }],
    ['a folder below', 'web/', { context: 'web' }],
    ['a mapping', '{ context: ./web, dockerfile: ../docker/Dockerfile.web, target: prod }', { context: 'web', dockerfile: 'docker/Dockerfile.web', target: 'prod' }],
    ['a Dockerfile in the file', '{ dockerfile_inline: "FROM scratch\\n" }', { context: '.', inline: 'FROM scratch\n' }],
    ['arguments as a mapping', '{ args: { A: 1, B: "true", C: , VERSION: "${VERSION}" } }', { args: { A: '1', B: 'true', VERSION: '1.4.2' } }],
    ['arguments as a list', '{ args: [A=1=2, GIVEN, LACKING, HOME] }', { args: { A: '1=2', GIVEN: 'from the step' } }],
    ['platforms', '{ platforms: [linux/amd64, linux/arm64, linux/amd64] }', { platforms: ['linux/amd64', 'linux/arm64'] }],
    ['caches and labels', '{ cache_from: [a/b:cache, type=gha], cache_to: [type=inline], labels: [x=1, y] }',
      { cacheFrom: ['a/b:cache', 'type=gha'], cacheTo: ['type=inline'], labels: { x: '1', y: '' } }],
    ['SSH as a list', '{ ssh: [default, deploy=./key.pem] }',
      { ssh: [{ id: 'default', path: null, at: expect.anything() as never }, { id: 'deploy', path: './key.pem', at: expect.anything() as never }] }],
    ['SSH as a mapping', '{ ssh: { default: , deploy: /key } }',
      { ssh: [{ id: 'default', path: null, at: expect.anything() as never }, { id: 'deploy', path: '/key', at: expect.anything() as never }] }],
    ['further contexts', '{ additional_contexts: { shared: ./shared, base: "docker-image://debian:12" } }', { contexts: { shared: 'shared', base: 'docker-image://debian:12' } }],
  ])('%s', async (_title, build, expected) => {
    expect(await web(build, { environment: { GIVEN: 'from the step', HOME: '/root' } })).toMatchObject(expected)
    if (expected.args !== undefined) expect((await web(build, { environment: { GIVEN: 'from the step', HOME: '/root' } })).args).toEqual(expected.args)
  })

  it('secrets of variables and of files, declared at the top', async () => {
    const { secrets } = await web('{ secrets: [npm, { source: rc, target: npmrc }] }', {
      rest: 'secrets:\n  npm: { environment: NPM_TOKEN }\n  rc: { file: "./${FILE:-.npmrc}" }\n',
    })
    expect(secrets).toMatchObject([{ id: 'npm', from: 'env', source: 'NPM_TOKEN' }, { id: 'npmrc', from: 'file', source: './.npmrc' }])
  })

  it('the platform of the service, where its build has none', async () => {
    const files = { 'compose.yaml': 'services: { web: { build: ., platform: linux/arm64 } }\n' }
    expect((await read(files)).builds).toMatchObject([{ platforms: ['linux/arm64'] }])
  })

  it('by merge keys, an override, what is extended and what is included, each with paths of its own', async () => {
    const { builds } = await read({
      'compose.yaml': 'x-a: &a { build: { context: a, args: { X: 1 } } }\ninclude: [deep/compose.yaml]\nservices:\n  one: { <<: *a, image: r/one }\n'
        + '  two: { extends: { file: base/services.yaml, service: common }, image: r/two }\n  three: { build: c }\n  four: { build: d, image: r/four }\n',
      'compose.override.yaml': 'services:\n  one: { build: { args: { X: 2, Y: 3 }, target: dev } }\n  three: { build: !reset null }\n'
        + '  four: { build: !override { dockerfile: Other } }\n',
      'base/services.yaml': 'services:\n  common: { build: { context: ., args: { B: b } } }\n',
      'deep/compose.yaml': 'services:\n  five: { build: five, image: "r/${NAME}:1" }\n',
      'deep/.env': 'NAME=five\n',
    }, { files: ['compose.yaml', 'compose.override.yaml'] })
    expect(builds.map(({ service, context, args, target, dockerfile, image }) => [service, context, args, target, dockerfile, image])).toEqual([
      ['five', 'deep/five', {}, null, null, 'r/five'],
      ['one', 'a', { X: '2', Y: '3' }, 'dev', null, 'r/one'],
      ['two', 'base', { B: 'b' }, null, null, 'r/two'],
      ['four', '.', {}, null, 'Other', 'r/four'],
    ])
  })

  it('by tags within a build, which replace a part of it or take it away', async () => {
    const { builds: [build] } = await read({
      'compose.yaml': 'services: { web: { build: { args: { A: 1 }, labels: { l: 1 }, target: t } } }\n',
      'compose.override.yaml': 'services: { web: { build: { args: !override { B: 2 }, labels: !reset {}, target: !reset null } } }\n',
    }, { files: ['compose.yaml', 'compose.override.yaml'] })
    expect([build?.args, build?.labels, build?.target]).toEqual([{ B: '2' }, {}, null])
  })

  it('whatever the profiles are', async () => {
    expect((await read({ 'compose.yaml': 'services: { extra: { build: ., profiles: [extras] } }\n' })).builds).toHaveLength(1)
  })
})

describe('the name of an image', () => {
  it.each<[string, string]>([
    ['registry.example.com:5000/notes/web:${VERSION:?which version}', 'registry.example.com:5000/notes/web'],
    ['registry.example.com:5000/notes/web:${NOBODY:?knows}', 'registry.example.com:5000/notes/web'],
    ['registry.example.com/notes/web', 'registry.example.com/notes/web'],
    ['"${REGISTRY:-registry.example.com:5000}/notes/web:v${TAG:-1}-x"', 'registry.example.com:5000/notes/web'],
    ['notes/web@sha256:0123', 'notes/web'],
    ['notes/web:1.2@sha256:0123', 'notes/web'],
    ['"${IMAGE}"', 'given.example:5000/web'],
    ['"${REGISTRY:-localhost:5000}/web"', 'localhost:5000/web'],
  ])('%s is %s', async (image, name) => {
    expect((await web('.', { image, environment: { IMAGE: 'given.example:5000/web:latest' } })).image).toBe(name)
  })
})

describe('values', () => {
  it('are those of slipway.yml, then of the step, then of .env, then the version', async () => {
    const files = {
      'compose.yaml': 'services: { web: { build: { args: { A: "${A}", B: "${B}", C: "${C}", VERSION: "${VERSION}", TAG: "${TAG}", D: "${D:-none}", E: "${E}" } } } }\n',
      '.env': 'A=env\nB=env\nC=env\nTAG=env\nE=env\n',
    }
    const { builds } = await read(files, { env: { A: 'slipway' }, environment: { A: 'step', B: 'step', D: '', E: '', PATH: '/bin' } })
    expect(builds[0]?.args).toEqual({ A: 'slipway', B: 'step', C: 'env', VERSION: '1.4.2', TAG: 'env', D: 'none', E: 'env' })
  })

  it.each(['constructor', '__proto__', 'toString'])('of the name %s are nobody\'s, whatever JavaScript has under it', async (name) => {
    const { builds } = await read({ 'compose.yaml': `services: { web: { build: { args: { A: "x\${${name}}" } } } }\n` })
    expect(builds[0]?.args).toEqual({ A: 'x' })
    expect(given(await composed(`services: { web: { image: "nginx:\${${name}:?is needed}" } }\n`)).values).toEqual({})
  })

  it('that are nowhere are told of, and those of other parts of the file are not asked for', async () => {
    const { notes, builds } = await read({
      'compose.yaml': 'services:\n  web: { build: { args: { A: "${LACKING}" } }, environment: { P: "${PASSWORD:?needed}" } }\n  db: { image: "postgres:${PG:?which}" }\n',
    })
    expect(builds[0]?.args).toEqual({ A: '' })
    expect(notes).toEqual([expect.stringContaining('`LACKING`, which has no value and no default')])
  })
})

describe('images that are shared', () => {
  it('are known by the same reference', async () => {
    const { sharing } = await read({
      'compose.yaml': 'services:\n  web: { build: ., image: "r/notes:${VERSION:?x}" }\n  migrate: { image: "r/notes:${VERSION}" }\n  other: { image: "r/notes:1.0" }\n  db: { image: postgres }\n',
    })
    expect(sharing).toEqual({ migrate: 'web' })
  })
})

describe('refuses', () => {
  it.each<[string, string, readonly string[]]>([
    ['an unknown key', 'services:\n  web:\n    build:\n      contxt: .\n', ['compose-build compose.yaml:4 There is no `build.contxt`, which `web` has.']],
    ['a context above', 'services:\n  web:\n    build: ../other\n', ['context-outside compose.yaml:3']],
    ['a context somewhere else', 'services:\n  web:\n    build: https://github.com/a/b.git\n', ['context-outside compose.yaml:3']],
    ['a variable that is required', 'services:\n  web:\n    build:\n      args:\n        KEY: ${KEY:?the key of maps}\n', ['compose-variable-missing compose.yaml:5 KEY has no value']],
    ['a secret that nobody declares', 'services:\n  web:\n    build:\n      secrets: [npm]\n', ['build-secret compose.yaml:4 The secret `npm` of the build is not declared.']],
    ['the image of another service as context', 'services:\n  web:\n    build:\n      additional_contexts: { base: "service:base" }\n', ['compose-build compose.yaml:4']],
    ['what is no YAML, at its line', 'services:\n  web:\n    build: "\n', ['compose-syntax compose.yaml:']],
    ['all at once', 'services:\n  a: { build: .. }\n  b: { build: { targt: x } }\n', ['context-outside compose.yaml:2', 'compose-build compose.yaml:3']],
  ])('%s', async (_title, text, expected) => {
    const found = await refused({ 'compose.yaml': text })
    expect(found).toHaveLength(expected.length)
    expected.forEach((one, index) => expect(found[index]).toContain(one))
  })

  it('a file that the commit does not have', async () => {
    expect(await refused({}, { files: ['deploy/compose.yaml'] })).toEqual([expect.stringContaining('compose-file-missing')])
  })
})
