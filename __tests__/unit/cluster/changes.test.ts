import { changesBetween, changesShown } from '../../../src/targets/cluster/changes'
import { secretsAt } from '../../../src/targets/cluster/secret-paths'
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

test('a known secret is hidden wherever it stands, and that it changed is seen', () => {
  const pod = (url: string, pin: string) => `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 4711, template: { spec: { containers: [{ name: web, env: [{ name: URL, value: "${url}" }, { name: PIN, value: ${pin} }] }] } } }`
  const [changed, config] = changesBetween(
    rendered(pod('postgres://ada:swordfish@db', '"4711"'), map('a', 'swordfish')), rendered(pod('postgres://ada:opensesame@db', '"4712"'), map('a', 'opensesame')), 'shop',
    ['swordfish', 'opensesame', '4711', '4712'])
  const text = [...changed?.lines ?? [], ...config?.lines ?? []].join('\n')
  expect(text).toMatch(/-\s+value: postgres:\/\/ada:\(hidden, [0-9a-f]{6}\)@db/)
  expect(text).toMatch(/\+ {2}key: \(hidden, [0-9a-f]{6}\)/)
  expect(text).not.toMatch(/swordfish|opensesame|value: "?471/)
  // What is short is hidden where a program gets it, and is no part of other things.
  expect(changesBetween(rendered(pod('x', 'y')), rendered(pod('x', 'y').replace('4711', '12')), 'shop', ['4711', '12'])[0]?.lines.join('\n')).toContain('-  replicas: 4711')
})

test('log and summary get as much of it as a group holds, and are told what is left out', () => {
  const many = (count: number, value: string) => rendered(...Array.from({ length: count }, (_, index) => map(`m${index}`, `${value}${index}`)))
  expect(changesShown(changesBetween(many(2, 'a'), many(2, 'b'), 'shop'))).toEqual([{ source: 'what changes', text: expect.stringMatching(/^ConfigMap m0: changed\n[^]*\+ {2}key: b0[^]*ConfigMap m1: changed/) }])
  const shown = changesShown(changesBetween(many(200, 'a'), many(200, 'b'), 'shop'))
  expect(shown.map(({ source }) => source)).toEqual([1, 2, 3, 4, 5, 6].map((number) => `what changes (${number} of 6)`))
  expect(Math.max(...shown.map(({ text }) => text.split('\n').length))).toBeLessThan(100)
  expect(shown.at(-1)?.text).toMatch(/… \d{3} lines more: with `dry-run: true`/)
  expect(changesShown([])).toEqual([])
})

test('where secrets were is looked up in the values of then', () => {
  const values = { db: { 'pass.word': 'swordfish', port: 5432 }, keys: { a: 'one', b: ['two', 3] }, token: '' }
  expect(secretsAt(values, [['db', 'pass.word'], ['db', 'port'], ['keys'], ['token'], ['db', 'constructor', 'name'], ['gone', 'on']])).toEqual(['swordfish', '5432', 'one', 'two', '3'])
  expect(secretsAt(undefined, [['db']])).toEqual([])
})

test('a List is its items, and what is no object says where it comes from', () => {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }] })
  expect(rendered(list).map(({ object }) => object.kind)).toEqual(['Secret'])
  expect(() => rendered('# Source: shop/templates/broken.yaml\nkind: [')).toThrow(expect.objectContaining({
    code: 'manifest-invalid', what: expect.stringContaining('shop/templates/broken.yaml'),
  }))
})
