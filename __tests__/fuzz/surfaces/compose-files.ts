import fc from 'fast-check'
import { stringify } from 'yaml'
import { composeBuilds, detectedFiles, noComposeInputs, resolveConfig, type RepositoryFiles } from '../../../src/config'
import { Failures, failuresOf } from '../../../src/errors'
import { textsOf } from '../corpus'
import { claim, surfaceOf } from '../surface'
import { altered, json, mutated, text } from '../texts'

const files = textsOf(/compose[^/]*\.ya?ml$/, 'examples', '__tests__')
const service = { image: 'ghcr.io/ada/shop:${TAG:-1}', build: { context: '.', dockerfile: 'Dockerfile', args: { A: '${A?}' }, secrets: ['s'], ssh: ['default'], target: 't', cache_from: ['a'] }, env_file: ['.env'], environment: ['A', 'B=${B}'], profiles: ['x'], depends_on: ['db'], extends: { file: 'other.yaml', service: 'web' } }
const project = { name: 'notes', include: ['other.yaml'], services: { web: service, db: { image: 'postgres' } }, secrets: { s: { file: './secret' }, e: { environment: 'E' } }, configs: { c: { file: './c' } } }
const yaml = fc.oneof({ weight: 3, arbitrary: altered([project, { services: { web: service } }]).map((one) => stringify(one, { aliasDuplicateObjects: false })) }, { weight: 3, arbitrary: mutated(files) }, { weight: 1, arbitrary: json.map((one) => stringify(one)) }, { weight: 1, arbitrary: text })
const env = fc.oneof(mutated(['COMPOSE_FILE=compose.yaml\nTAG="1"\nA=\'b\' # c\nexport B=${C:-d}\n', 'COMPOSE_PROFILES=a,b\n']), text)

/** Compose files as the runner reads them, with what they include and extend, and .env beside them. */
export const surface = surfaceOf({
  inputs: fc.record({ main: yaml, other: yaml, env, variable: text }),
  async attempt({ main, other, env, variable }) {
    const tree: Readonly<Record<string, string>> = { 'compose.yaml': main, 'other.yaml': other, '.env': env, 'slipway.yml': 'target: docker\n', 'Dockerfile': 'FROM a\n', 'secret': 's' }
    const commit: RepositoryFiles = { read: async (path) => Object.hasOwn(tree, path) ? tree[path] ?? null : null, exists: (path) => path === '.' || Object.hasOwn(tree, path), list: (folder) => folder === '.' ? Object.keys(tree) : [] }
    // Both are tried: what a build says of itself nobody who only deploys looks at.
    const found = await Promise.allSettled([
      resolveConfig({ files: commit, repositoryName: 'ada/shop', compose: { ...noComposeInputs, images: {} } }),
      composeBuilds({ files: detectedFiles(commit), by: 'here', env: { TAG: variable }, environment: { B: variable }, version: '1.4.2' }, commit),
    ])
    for (const one of found) if (one.status === 'rejected' && failuresOf(one.reason).length === 0) throw one.reason
    const [deployed, built] = found
    if (deployed.status === 'fulfilled') {
      const { config: { compose }, project } = deployed.value
      claim(compose !== undefined && /^[a-z0-9][a-z0-9_-]*$/.test(compose.project), 'a project was taken:', compose?.project)
      for (const path of [...compose.files, ...Object.keys(project?.texts ?? {})]) claim(!path.startsWith('/') && !path.split('/').includes('..'), 'a path was taken:', path)
    }
    if (built.status === 'fulfilled') {
      // The runner joins it to the commit's folder.
      for (const { context } of built.value.builds) claim(!context.startsWith('/') && !context.split('/').includes('..'), 'a path was taken:', context)
    }
    const failures = found.flatMap((one) => one.status === 'rejected' ? failuresOf(one.reason) : [])
    if (failures.length > 0) throw new Failures(failures)
    return undefined
  },
})
