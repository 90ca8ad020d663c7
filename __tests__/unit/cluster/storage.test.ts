import { decodeRelease, encodeRelease, type StoredRelease } from '../../../src/drivers/helm'

const release: StoredRelease = { name: 'shop', namespace: 'prod', version: 7, manifest: 'kind: Ünïcode\n', info: { status: 'pending-upgrade', other: [1] }, labels: { a: 'b' } }

test('a release comes out as it went in, with what nobody here knows of', () => {
  expect(decodeRelease(encodeRelease(release))).toEqual(release)
})

test('old ones are not compressed', () => {
  const plain = Buffer.from(Buffer.from(JSON.stringify(release)).toString('base64')).toString('base64')
  expect(decodeRelease(plain)).toEqual(release)
})
