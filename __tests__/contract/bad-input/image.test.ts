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

  it('an input that there is not, and none for the image', async () => {
    const run = await build({ inputs: { image: '', 'build-arg': 'A=1' } })
    expect(codes(run)).toEqual(['input-unknown', 'input-missing'])
    refused(run, 'input-unknown', 'Did you mean `build-args`?')
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
