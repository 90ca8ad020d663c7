import fc, { type Arbitrary } from 'fast-check'
import { stringify } from 'yaml'
import { configSchema, noClusterInputs, noComposeInputs, resolveConfig, type RepositoryFiles, type TargetKind } from '../../../src/config'
import { textsOf } from '../corpus'
import { claim, surfaceOf } from '../surface'
import { json, mutated, text, word } from '../texts'

interface Schema {
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly pattern?: string
  readonly type?: string | readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

/** What the schema of slipway.yml lets in, and now and then something else. */
function fitting(schema: Schema, depth = 0): Arbitrary<unknown> {
  const { anyOf, enum: among, const: only, properties, additionalProperties, items, pattern, type, minimum = 0, maximum = 100 } = schema
  const any = (): Arbitrary<unknown> => {
    if (only !== undefined) return fc.constant(only)
    if (among !== undefined) return fc.constantFrom(...among)
    if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => fitting(one, depth + 1)))
    if (properties !== undefined) {
      const keys = Object.keys(properties)
      // With environments a file that is read without the name of one is refused: few have them.
      const few = fc.oneof({ weight: 7, arbitrary: fc.constant(keys.filter((key) => key !== 'environments')) }, { weight: 1, arbitrary: fc.constant(keys) })
        .chain((some) => fc.subarray(some, { maxLength: Math.min(some.length, depth === 0 ? 7 : 5) }))
      return few.chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, lazily(properties[key] ?? {}, depth + 1)]))))
    }
    const types = [type].flat()
    if (types.includes('object')) return fc.dictionary(fc.constantFrom('api', 'web', 'A', 'LOG_LEVEL', 'staging', 'a.b', '__proto__'), typeof additionalProperties === 'object' ? lazily(additionalProperties, depth + 1) : json, { maxKeys: 2 })
    if (types.includes('array')) return fc.array(lazily(items ?? {}, depth + 1), { maxLength: 3 })
    if (types.includes('integer') || types.includes('number')) return fc.integer({ min: minimum, max: Math.min(maximum, 1000) })
    if (types.includes('boolean')) return fc.boolean()
    return pattern === undefined ? text : matching(pattern)
  }
  return fc.oneof({ weight: 40, arbitrary: any() }, { weight: 1, arbitrary: json })
}

const made = new Map<Schema, Arbitrary<unknown>>()

/** Services in environments of services: each is made once, when it is come upon. */
const lazily = (schema: Schema, depth: number): Arbitrary<unknown> => fc.constant(null).chain(() => {
  const one = made.get(schema) ?? fitting(schema, depth)
  made.set(schema, one)
  return one
})

/** Patterns that look ahead are not made backwards. */
function matching(pattern: string): Arbitrary<unknown> {
  const usual = fc.constantFrom('node main.js', 'python main.py', '/', '/healthz', '30s', 'src', '0 6 * * *', 'node', 'python@3.11', '512M', '25%', 'shop.example.com', 'public')
  if (pattern.includes('(?') || pattern.includes('\\S')) return fc.oneof(usual, text)
  return fc.oneof(usual, fc.stringMatching(new RegExp(pattern)).map((one) => one.slice(0, 80)))
}

const texts = textsOf(/slipway\.yml$/, 'examples')
const tree: Readonly<Record<string, string>> = {
  'requirements.txt': 'gunicorn\n', 'package.json': '{"scripts":{"start":"node main.js"},"engines":{"node":"24"}}', 'src/main.js': '', 'src/package.json': '{}', 'public/index.html': '<p>', 'Procfile': 'web: node main.js\n',
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', 'chart/values.yaml': 'image: {repository: a, tag: b}\n', 'compose.yaml': 'services:\n  web:\n    image: nginx\n    environment: [A]\n',
}

/** slipway.yml, and files that are read beside it. */
export const surface = surfaceOf({
  inputs: fc.record({
    yaml: fc.oneof({ weight: 5, arbitrary: fitting(configSchema() as Schema).map((value) => stringify(value)) }, { weight: 4, arbitrary: mutated(texts) }, { weight: 1, arbitrary: text }),
    file: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(tree)), fc.oneof(mutated(Object.values(tree)), text)) }),
    environment: fc.oneof({ weight: 16, arbitrary: fc.constant('') }, { weight: 2, arbitrary: fc.constant('staging') }, { weight: 1, arbitrary: word }), target: fc.constantFrom<(TargetKind | null)[]>(null, null, 'vm', 'docker', 'cluster'),
  }),
  async attempt({ yaml, file, environment, target }) {
    const files = { ...tree, 'slipway.yml': yaml, ...(file === null ? {} : { [file[0]]: file[1] }) }
    const { config } = await resolveConfig({
      files: commit(files), repositoryName: 'ada/shop', environment, target,
      compose: { ...noComposeInputs, images: {} }, cluster: { ...noClusterInputs, images: {} },
    })
    judge(config)
    return undefined
  },
})

function commit(tree: Readonly<Record<string, string>>): RepositoryFiles {
  const below = (folder: string): string[] => Object.keys(tree).flatMap((path) => folder === '.' ? [path] : path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [])
  return {
    read: async (path) => Object.hasOwn(tree, path) ? tree[path] ?? null : null,
    exists: (path) => Object.hasOwn(tree, path) || below(path).length > 0,
    list: (folder) => [...new Set(below(folder).map((path) => path.split('/')[0] ?? ''))],
  }
}

const isInside = (path: string): boolean => path === '.' || (!path.startsWith('/') && !path.startsWith('-') && path.split('/').every((part) => !['', '.', '..', '.git'].includes(part)) && !/[\u0000-\u001f\u007f]/.test(path))
const isOneLine = (text: string): boolean => !/[\u0000-\u001f\u007f\u2028\u2029]/.test(text)

/** Names become units and folders, paths are joined to others, lines become lines of units and of nginx. */
function judge(config: Awaited<ReturnType<typeof resolveConfig>>['config']): void {
  claim(/^[a-z][a-z0-9-]{0,24}$/.test(config.app), 'an app was taken:', config.app)
  for (const path of [...config.shared, ...config.scratch, ...config.artifacts, ...Object.values(config.pages), ...config.compose?.files ?? [], ...config.cluster?.valuesFiles ?? []]) claim(isInside(path), 'a path was taken:', path)
  for (const name of [...config.domains, ...config.aliases]) claim(/^(\*\.)?[a-z0-9][a-z0-9.-]*$/.test(name) && !name.includes('..'), 'a domain was taken:', name)
  for (const name of config.packages) claim(/^[a-z0-9][a-z0-9+.-]+$/.test(name), 'a package was taken:', name)
  claim(/^[A-Za-z0-9._/-]*$/.test(config.tagPrefix) && !config.tagPrefix.startsWith('-'), 'a prefix was taken:', config.tagPrefix)
  for (const service of config.services) {
    claim(/^[a-z][a-z0-9-]{0,24}$/.test(service.name), 'a service was taken:', service.name)
    claim(isInside(service.path), 'a path was taken:', service.path)
    claim(isOneLine(service.start) && !/^[-+@!:|]/.test(service.start), 'a command was taken:', service.start)
    for (const hook of [...service.build, ...service.before, ...service.after]) {
      const command = typeof hook === 'string' ? hook : hook.run
      claim(isOneLine(command) && command.trim() !== '' && !/^[-+@!:|]/.test(command), 'a command was taken:', command)
    }
    for (const [name, value] of Object.entries(service.env)) claim(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && isOneLine(value), 'a variable was taken:', name, value)
    for (const name of [...service.secrets, ...service.installSecrets]) claim(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), 'a secret was taken:', name)
    claim(service.route === null || (/^\/[A-Za-z0-9._~/-]*$/.test(service.route) && !service.route.includes('..')), 'a route was taken:', service.route)
    claim(/^SIG[A-Z0-9+-]+$/.test(service.stop.signal), 'a signal was taken:', service.stop.signal)
    for (const amount of [service.healthTimeout, service.instances, service.stop.timeout, service.timeout, service.memory ?? 0, service.tasks ?? 0]) claim(Number.isFinite(amount) && amount >= 0, 'an amount was taken:', amount)
  }
  claim(JSON.stringify(config).length < 2 ** 20, 'a configuration is endless:', JSON.stringify(config).length)
}
