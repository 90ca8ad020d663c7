import { rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runAction, type ActionOptions, type ActionRun } from '../../host/harness/action'
import { makeRepository, type Repository } from '../../host/harness/repository'
import { codes, refused } from '../../host/bad-input/refusal'

let repository: Repository
beforeAll(async () => {
  repository = await makeRepository(undefined, { files: { Dockerfile: 'FROM scratch\n', 'src/a.txt': 'a\n' } })
}, 60_000)
afterAll(() => repository.remove())

// Nobody listens there: what is wrong with the inputs is said before a registry is asked.
const image = '127.0.0.1:9/ada/shop'
const build = async (options: ActionOptions = {}): Promise<ActionRun> =>
  await runAction('build-image', { workspace: repository.path, ...options, inputs: { image, ...options.inputs } })

describe('build-image refuses', () => {
  it('all wrong inputs at once, each with what to write', async () => {
    const run = await build({ inputs: {
      image: 'https://r.example/Ada/Shop:latest', platforms: 'amd64', labels: 'team', 'build-args': 'a b', 'build-secrets': 'TOKEN', 'registry-username': 'ada',
    } })
    expect(codes(run)).toEqual(['image-name', 'build-arg', 'build-secret-missing', 'platform', 'label', 'registry-login'])
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
  })

  it('an input that there is not', async () => {
    refused(await build({ inputs: { 'build-arg': 'A=1' } }), 'input-unknown', 'Did you mean `build-args`?')
  })

  it('no image, where no Compose file says what is built', async () => {
    refused(await build({ inputs: { image: '' } }), 'input-missing', 'The input `image` is missing or empty', 'no Compose file')
  })

  it('a Compose file and one Dockerfile at once', async () => {
    const run = await build({ inputs: { 'compose-file': 'compose.yaml', file: 'Dockerfile', 'build-target': 'web' } })
    refused(run, 'inputs-contradict', '`file`, `build-target` and `compose-file` are given both')
  })

  it('a Compose file that the commit does not have, be it in the work tree', async () => {
    repository.write({ 'later.yaml': 'services: { web: { build: . } }\n' })
    refused(await build({ inputs: { image: '', 'compose-file': 'later.yaml' } }), 'compose-file-missing', 'The input `compose-file`', 'later.yaml')
    repository.write({ 'later.yaml': undefined })
  })

  it.each([
    ['context', '..'], ['context', '/etc'], ['context', 'src/../..'], ['context', 'https://github.example/a.git'], ['file', '../Dockerfile'],
  ])('a %s that leads out of the repository: %s', async (input, path) => {
    refused(await build({ inputs: { [input]: path } }), 'context-outside', `\`${path}\``, 'outside of the repository')
  })

  it('a context that is a link out of it, committed or put there by a step', async () => {
    symlinkSync('/tmp', join(repository.path, 'out'))
    await repository.commit('a link')
    refused(await build({ inputs: { context: 'out', file: 'Dockerfile' } }), 'context-missing', 'no folder `out`')
    await repository.git('rm', '-q', 'out')
    await repository.commit('without')
    rmSync(join(repository.path, 'src'), { recursive: true })
    symlinkSync('/tmp', join(repository.path, 'src'))
    refused(await build({ inputs: { context: 'src', file: 'Dockerfile' } }), 'context-outside', 'a link that leads out')
    unlinkSync(join(repository.path, 'src'))
    await repository.git('checkout', '--quiet', 'src')
  })

  it.each<[string, string, Readonly<Record<string, string>>, string, string, number]>([
    ['that is no YAML', 'services:\n  web: { build: . \n', {}, 'compose-syntax', '', 3],
    ['in which nothing is built', 'services:\n  web:\n    image: nginx\n', {}, 'compose-no-build', 'No service of compose.yaml has a `build`', 0],
    ['with a key that there is not', 'services:\n  web:\n    build:\n      contxt: src\n', {}, 'compose-build', 'Did you mean `context`?', 4],
    ['whose image has no name', 'services:\n  web:\n    build: .\n', {}, 'image-name-missing', '`shop-web` is made', 2],
    ['whose image has a wrong name', 'services:\n  web:\n    image: Shop:1\n    build: .\n', {}, 'image-name', '`image: registry.example.com/ada/shop`', 3],
    ['with a context outside', 'services:\n  web:\n    image: shop\n    build: ../other\n', {}, 'context-outside', 'set `working-directory` to the folder above', 4],
    ['with a context that is not there', 'services:\n  web:\n    image: shop\n    build: other\n', {}, 'context-missing', 'no folder `other`', 4],
    ['without the Dockerfile', 'services:\n  web:\n    image: shop\n    build: src\n', {}, 'dockerfile-missing', 'no `src/Dockerfile`', 4],
    ['that wants a variable', 'services:\n  web:\n    image: shop\n    build:\n      args: { KEY: "${KEY:?of the map}" }\n', {}, 'compose-variable-missing', 'of the map', 5],
    ['that builds one image in two ways', 'services:\n  web:\n    image: shop:1\n    build: .\n  worker:\n    image: shop:2\n    build: { context: ., target: worker }\n',
      {}, 'image-twice', '`worker` and `web` are built differently', 6],
    ['whose images share a cache', 'services:\n  a: { image: shop-a, build: . }\n  b: { image: shop-b, build: . }\n', { 'cache-to': 'type=registry,ref=r.example/cache' },
      'cache-shared', '`build: { cache_to: … }`', 0],
    ['whose arguments would be published', 'services:\n  web:\n    image: shop\n    build: { args: { A: 1 } }\n', { provenance: 'max' }, 'provenance-arguments', '`provenance: min`', 0],
    ['whose images are in two registries, with one login', 'services:\n  a: { image: r.example/a, build: . }\n  b: { image: s.example/b, build: . }\n',
      { 'registry-username': 'ada', 'registry-password': 'secret' }, 'registry-login', '`r.example`, `s.example`', 0],
  ])('a Compose file %s, at its line', async (_title, text, inputs, code, words, line) => {
    repository.write({ 'compose.yaml': text })
    await repository.commit('compose')
    const { properties } = refused(await build({ inputs: { image: '', 'compose-file': 'compose.yaml', ...inputs } }), code, words)
    expect(properties).toMatchObject(line === 0 ? {} : { file: 'compose.yaml', line: String(line) })
    await repository.git('rm', '-q', 'compose.yaml')
    await repository.commit('without')
  })

  it('a Dockerfile that is written over another', async () => {
    const other = await makeRepository(undefined, { files: {
      'package.json': '{"name":"hello","version":"1.0.0"}', 'package-lock.json': '{"name":"hello","lockfileVersion":3,"requires":true,"packages":{"":{"name":"hello"}}}',
      'slipway.yml': 'app: hello\nstart: node main.js\n', 'main.js': '',
    } })
    other.write({ Dockerfile: 'FROM scratch\n' })
    const run = await runAction('build-image', { workspace: other.path, inputs: { image, 'write-dockerfile': 'Dockerfile' } })
    refused(run, 'write-dockerfile', '`Dockerfile` is there already')
    other.remove()
  })

  it('to publish arguments', async () => {
    refused(await build({ inputs: { provenance: 'max', 'build-args': 'A=1' } }), 'provenance-arguments', '`provenance: min`')
  })

  it('a version that is not what is checked out', async () => {
    await repository.git('tag', 'v1.0.0')
    await repository.commit('more')
    refused(await build({ inputs: { version: 'v1.0.0' } }), 'not-checked-out', 'v1.0.0 is commit', '`ref: v1.0.0`')
  })

  it('a tag without the prefix that slipway.yml declares', async () => {
    repository.write({ 'slipway.yml': 'app: shop\ntag-prefix: shop-\nstart: node main.js\n' })
    await repository.commit('prefix')
    refused(await build({ ref: 'refs/tags/v2.0.0', env: { GITHUB_SHA: await repository.git('rev-parse', 'HEAD') } }), 'tag-without-prefix', '`shop-`')
  })

  it('a slipway.yml that is wrong, on its line', async () => {
    repository.write({ 'slipway.yml': 'app: shop\ntag-prefx: shop-\nstart: node main.js\n' })
    await repository.commit('wrong')
    expect(refused(await build(), 'config-unknown-key', 'Did you mean `tag-prefix`?').properties).toMatchObject({ file: 'slipway.yml', line: '2' })
  })

  it('to build without a checkout', async () => {
    refused(await runAction('build-image', { inputs: { image } }), 'not-a-checkout', 'actions/checkout')
  })
})
