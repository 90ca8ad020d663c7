import fc from 'fast-check'
import { stringify } from 'yaml'
import { Findings, imagePlaces, isValues, mergedValues, pathParts, readValues, readValuesInput, valueAt, valuesWith } from '../../../src/config'
import { objectsOf, storedObjects } from '../../../src/targets/cluster/manifest'
import { textsOf } from '../corpus'
import { claim, surfaceOf } from '../surface'
import { altered, json, mutated, text, word } from '../texts'

const texts = textsOf(/values[^/]*\.ya?ml$/, 'charts', 'examples', '__tests__')
const manifest = '---\n# Source: shop/templates/web.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec: { replicas: 0644, on: yes, at: 1:30 }\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n'
const values = { image: { repository: 'a', tag: 'b' }, web: { image: 'a:b', env: { A: 1 } }, n: 1.5, l: [1, 'x'] }
const yaml = fc.oneof(mutated(texts), altered([values]).map((one) => stringify(one)), json.map((one) => stringify(one)), text)

/** Values for a chart, paths in them, and the manifest that a chart comes to. */
export const surface = surfaceOf({
  inputs: fc.record({ below: yaml, over: yaml, path: fc.oneof(fc.constantFrom('image.tag', 'web.env.A', 'a\\.b.c', '__proto__.x', 'constructor.prototype.x'), word, text), manifest: fc.oneof(mutated([manifest]), yaml) }),
  attempt({ below, over, path, manifest }) {
    const findings = new Findings()
    const [one, two] = [readValues(below, 'values.yaml', findings), readValuesInput(over, 'values', findings)]
    const merged = mergedValues(one ?? {}, two ?? {}, valuesWith(path, 'shown'))
    claim(valueAt(merged, path) === 'shown', 'a value is not where it was put:', path, pathParts(path))
    claim(isValues(merged) && Object.getPrototypeOf(merged) === Object.prototype, 'values have another prototype')
    const places = imagePlaces(merged)
    claim(Array.isArray(places) || typeof places === 'object', 'places of images are none')
    storedObjects({ manifest })
    const failures = findings.failures
    if (failures.length > 0) return failures
    for (const { object } of objectsOf({ manifest })) claim(typeof object.kind === 'string' && typeof object.apiVersion === 'string', 'an object is none:', object)
    return undefined
  },
})
