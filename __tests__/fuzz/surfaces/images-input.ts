import fc from 'fast-check'
import { readCompose } from '../../../src/actions/compose/asked'
import { parseImageName } from '../../../src/drivers/registry'
import { claim, surfaceOf } from '../surface'
import { altered, json, mutated, text, word } from '../texts'

const digest = `sha256:${'0a'.repeat(32)}`
const map = { web: `ghcr.io/ada/shop@${digest}`, worker: `localhost:5000/a/b:1@${digest}`, local: 'docker-daemon:shop:1' }
const reference = fc.tuple(fc.oneof(fc.constantFrom('ghcr.io/ada/shop', 'a', 'docker-daemon:a', 'oci-archive:a.tar', 'oci-archive:-x'), word, text), fc.oneof(fc.constantFrom('', ':1'), text), fc.oneof(fc.constantFrom(`@${digest}`, `@${digest}`, '', '@sha256:0'), text)).map((parts) => parts.join(''))

/** The input `images`, as JSON and as lines, and the inputs beside it. */
export const surface = surfaceOf({
  inputs: fc.record({
    images: fc.oneof(altered([map, [map]]).map((one) => JSON.stringify(one, null, 1) ?? ''), mutated([JSON.stringify(map), `web=${map.web} # a\nworker=${map.worker}\n`]), fc.array(fc.tuple(fc.oneof(word, text), reference).map(([name, of]) => `${name}=${of}`), { maxLength: 3 }).map((lines) => lines.join('\n')), fc.dictionary(fc.oneof(word, text), reference, { maxKeys: 3 }).map((one) => JSON.stringify(one)), json.map((one) => JSON.stringify(one) ?? '')),
    file: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.oneof(word, text) }), project: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.oneof(word, text) }),
  }),
  attempt({ images, file, project }) {
    const asked = readCompose({ composeFile: file === null ? [] : [file], project, profiles: [], images, registry: null, registryUsername: null, registryPassword: null }, true)
    for (const { reference, registry } of asked.images) {
      claim(registry === null || /^[A-Za-z0-9[][A-Za-z0-9./:_[\]-]*@sha256:[0-9a-f]{64}$/.test(reference), 'a reference was taken:', reference)
      if (registry !== null) claim(parseImageName(reference.split('@')[0]!).registry === registry, 'a registry is another:', registry)
    }
    for (const path of asked.inputs.files) claim(!path.startsWith('/') && !path.split('/').includes('..'), 'a path was taken:', path)
    claim(asked.inputs.project === null || /^[a-z0-9][a-z0-9_-]*$/.test(asked.inputs.project), 'a project was taken:', asked.inputs.project)
    return undefined
  },
})
