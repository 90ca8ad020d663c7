import { canonicalJson } from '../../../src/release/source'

it('canonicalJson writes equal values as equal texts', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'ü' }], a: undefined, aa: true })).toBe('{"aa":true,"b":[1,{"c":"ü","d":null}]}')
})
