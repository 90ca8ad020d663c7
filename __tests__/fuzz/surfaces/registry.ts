import fc from 'fast-check'
import { parseImageName, Registry } from '../../../src/drivers/registry'
import { standingOf } from '../../../src/image/manifest'
import { replies, Replying } from '../server'
import { claim, surfaceOf } from '../surface'
import { altered, text } from '../texts'

const server = new Replying()
const digest = `sha256:${'0'.repeat(64)}`
const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { digest, size: 2 }, layers: [{ digest, size: 10 }] }
const index = { schemaVersion: 2, manifests: [{ digest, size: 2, platform: { os: 'linux', architecture: 'amd64' } }] }
const documents = [{ name: 'ada/shop', tags: ['1.4.2', 'latest'] }, { name: 'ada/shop', tags: null }, manifest, index, { token: 'abc' }, { access_token: 'abc' },
  { errors: [{ code: 'DENIED', message: 'no' }] }, { config: { Labels: { a: 'b' } }, history: [{ created_by: 'RUN x' }], created: '2026-11-28T00:00:00Z' }]
const header = fc.oneof(
  fc.tuple(fc.constant('www-authenticate'), fc.oneof(
    fc.constantFrom('Basic realm="x"', 'Bearer realm="http://127.0.0.1:1/token",service="x"', 'Bearer realm="http://other.invalid/"', 'Bearer realm="//"', 'Bearer realm="x"'),
    text.map((realm) => `Bearer realm="${realm}"`), text)),
  fc.tuple(fc.constant('link'), fc.oneof(fc.constantFrom('</v2/ada/shop/tags/list?n=1&last=a>; rel="next"', '<http://[>; rel=next'), text.map((to) => `<${to}>; rel="next"`), text)),
  fc.tuple(fc.constant('retry-after'), fc.oneof(fc.constantFrom('1', '100000', 'Sat, 28 Nov 2026 00:00:00 GMT'), text)),
  fc.tuple(fc.constantFrom('content-type', 'docker-content-digest', 'content-length', 'content-encoding', 'transfer-encoding'), fc.oneof(fc.constantFrom('5', 'chunked', 'gzip', digest), text)))
  .map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, '')] as const)

/** Answers of a registry, and of whom it sends to for its tokens. */
export const surface = surfaceOf({
  inputs: fc.record({
    replies: replies(documents.map((one) => JSON.stringify(one)), header, altered(documents)), asks: fc.constantFrom('tags', 'manifest', 'blob', 'tag', 'standing'), known: fc.boolean(),
  }),
  async attempt({ replies, asks, known }) {
    const host = await server.with(replies)
    const registry = new Registry({ image: parseImageName(`${host}/ada/shop`), credentials: known ? { username: 'ada', password: 'wonderland' } : null, pushes: false, waits: [] })
    switch (asks) {
      case 'tags':
        for (const tag of await registry.tags()) claim(typeof tag === 'string', 'a tag is no text:', tag)
        break
      case 'manifest': {
        const found = await registry.manifest('latest')
        claim(found === null || /^sha256:[0-9a-f]{64}$/.test(found.digest), 'a digest was taken:', found?.digest)
        break
      }
      case 'blob':
        await registry.blob(digest)
        break
      case 'tag':
        await registry.tag('latest', { digest, mediaType: manifest.mediaType, bytes: Buffer.from(JSON.stringify(manifest)) })
        break
      case 'standing':
        await standingOf(registry, 'latest')
        break
    }
    return undefined
  },
  close: () => server.close(),
})
