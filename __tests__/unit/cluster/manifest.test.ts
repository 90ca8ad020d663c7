import { readGoYaml } from '../../../src/targets/cluster/go-yaml'
import { hookObjects, objectsOf, storedHooks, storedObjects } from '../../../src/targets/cluster/manifest'

const value = (text: string): unknown => {
  const [said] = readGoYaml(`key: ${text}`)
  return said !== undefined && 'value' in said ? (said.value as { readonly key: unknown }).key : said
}

// What `fromYaml | toJson` of Helm 4.2.4 makes of each.
test.each<[string, unknown]>([
  ['0755', 493], ['0400', 256], ['0o644', 420], ['-0755', -493], ['0888', 888], ['0_7', 7], ['+12', 12], ['1_000', 1000], ['0x1F', 31], ['0b11', 3],
  ['1e3', 1000], ['12e5', 1_200_000], ['.5', 0.5], ['5.', 5], ['"0755"', '0755'], ['!!str 0755', '0755'],
  ['y', true], ['yes', true], ['on', true], ['True', true], ['n', false], ['No', false], ['OFF', false], ['"on"', 'on'],
  ['1:30:00', '1:30:00'], ['1:30.5', '1:30.5'], ['2001-12-14', '2001-12-14'], ['2001-12-14T21:59:43Z', '2001-12-14T21:59:43Z'],
  ['~', null], ['Null', null], ['', null], ['=', '='], ['!!binary aGk=', 'hi'],
])('%s is %j', (text, expected) => {
  expect(value(text)).toEqual(expected)
})

test('of a key that is there twice the last counts, and `<<` brings in what is not there', () => {
  expect(readGoYaml('a: 1\na: 2\nb: &b { c: 1, d: 2 }\ne: { <<: *b, c: 3 }')).toEqual([{ value: { a: 2, b: { c: 1, d: 2 }, e: { c: 3, d: 2 } } }])
})

const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'
const invalid = expect.objectContaining({ code: 'manifest-invalid' }) as Error

test.each<[string, string]>([
  ['an alias that leads nowhere', `${map}data: *nowhere`], ['an open bracket', 'kind: ['], ['a text', 'only words'], ['no name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}'],
])('%s is refused in what is rendered, and passed over in what is stored', (_title, text) => {
  expect(() => objectsOf({ manifest: text })).toThrow(invalid)
  expect(() => hookObjects([{ name: 'hook', manifest: text } as never])).toThrow(invalid)
  expect(storedObjects({ manifest: `${text}\n---\n${map}` }).map(({ object }) => object.kind)).toEqual(['ConfigMap'])
  expect(storedHooks([{ name: 'hook', manifest: text } as never])).toEqual([])
})
