import { changesBetween } from '../../../src/targets/cluster/changes'
import { objectsOf, type Rendered } from '../../../src/targets/cluster/manifest'

const rendered = (...documents: readonly string[]): readonly Rendered[] => objectsOf({ manifest: documents.join('\n---\n') })
const map = (name: string, value: string): string =>
  `# Source: shop/templates/map.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { key: ${value} }`
const secret = (value: string): string => `apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { token: ${value}, other: same }`

test('objects that are new, changed and gone, and those that stay not at all', () => {
  const changes = changesBetween(rendered(map('a', 'one'), map('b', 'two'), map('c', 'x')), rendered(map('a', 'one'), map('b', 'three'), map('d', 'y')), 'shop')
  expect(changes.map(({ kind, title }) => `${kind} ${title}`)).toEqual(['changed ConfigMap b', 'new ConfigMap d', 'gone ConfigMap c'])
  expect(changes[0]?.lines).toEqual(expect.arrayContaining([' data:', '-  key: two', '+  key: three']))
})

test('the order of keys is no change', () => {
  expect(changesBetween(rendered(map('a', 'one')), rendered('kind: ConfigMap\ndata: { key: one }\nmetadata: { name: a }\napiVersion: v1'), 'shop')).toEqual([])
})

test('of a Secret it is said that a value changed, and neither from what nor to what', () => {
  const [change] = changesBetween(rendered(secret('swordfish')), rendered(secret('opensesame')), 'shop')
  const text = change?.lines.join('\n') ?? ''
  expect(text).toContain('-  token: (hidden, ')
  expect(text).toContain('+  token: (hidden, ')
  expect(text).not.toMatch(/swordfish|opensesame/)
})

test('a List is its items, and what is no object says where it comes from', () => {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }] })
  expect(rendered(list).map(({ object }) => object.kind)).toEqual(['Secret'])
  expect(() => rendered('# Source: shop/templates/broken.yaml\nkind: [')).toThrow(expect.objectContaining({
    code: 'manifest-invalid', what: expect.stringContaining('shop/templates/broken.yaml'),
  }))
})
