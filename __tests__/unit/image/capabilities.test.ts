import type { Builder } from '../../../src/drivers/docker'
import { failuresOf, type Failure } from '../../../src/errors'
import { refuseImpossible } from '../../../src/image/capabilities'
import type { BuildRequest } from '../../../src/image/request'

const request: BuildRequest = {
  context: '/w', dockerfile: '/w/Dockerfile', target: null, platforms: [], args: [], secrets: [], ssh: [], contexts: {}, cacheFrom: [], cacheTo: [],
  provenance: 'none', sbom: false, labels: {}, epoch: 0,
}
const container: Builder = { tool: 'buildx', name: 'rig', driver: 'docker-container', version: '0.20.0', platforms: ['linux/amd64', 'linux/386'] }
const engine: Builder = { tool: 'engine', name: 'Docker Engine', driver: 'engine', version: '20.10', platforms: ['linux/amd64'] }
const own: Builder = { ...container, driver: 'docker' }

function refusal(builder: Builder, more: Partial<BuildRequest>, text = 'FROM debian\nRUN make\n'): Failure | undefined {
  try {
    refuseImpossible(builder, { ...request, ...more }, { text, file: 'Dockerfile' })
    return undefined
  } catch (error) {
    return failuresOf(error)[0]
  }
}

describe('what a builder cannot do', () => {
  it.each<[string, Builder, Partial<BuildRequest>, string]>([
    ['SSH', engine, { ssh: [{ id: 'default', from: 'agent', path: '/s' }] }, '`build-ssh`'],
    ['further contexts', engine, { contexts: { a: '/w/a' } }, '`additional_contexts`'],
    ['secrets', engine, { secrets: [{ id: 'a', from: 'file', path: '/a' }] }, '`build-secrets`'],
    ['several platforms', own, { platforms: ['linux/amd64', 'linux/386'] }, 'several `platforms`'],
    ['provenance', own, { provenance: 'min' }, '`provenance`'],
  ])('%s', (_title, builder, more, words) => {
    const failure = refusal(builder, more)
    expect([failure?.code, failure?.what]).toEqual(['builder-cannot', expect.stringContaining(words)])
    expect(refusal(container, more)).toBeUndefined()
  })

  it('a platform whose programs it cannot run, at the line that would', () => {
    expect(refusal(container, { platforms: ['linux/amd64', 'linux/arm64'] })).toMatchObject({
      code: 'platform-not-emulated', at: { file: 'Dockerfile', line: 2 }, what: 'The builder rig does not build for linux/arm64.',
    })
  })

  it('but a platform of which nothing has to run it can', () => {
    expect(refusal(container, { platforms: ['linux/arm64'] }, 'FROM --platform=$BUILDPLATFORM go AS b\nRUN make\nFROM scratch\nCOPY --from=b /a /a\n')).toBeUndefined()
  })
})
