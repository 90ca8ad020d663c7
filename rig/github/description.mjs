// GitHub's published OpenAPI description, of which only the operations that the server has are kept: all of it comes to 480 MB.
// It is brought once, by npm, into the cache.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGunzip } from 'node:zlib'
import tar from 'tar-stream'
import { operations } from './operations.mjs'

const version = '23.0.2'
const integrity = 'sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=='
/** By the name that answers it: that of github.com, and that of the last server for enterprises but none. */
const kept = { 'github.com': 'api.github.com.json', 'enterprise': 'ghes-3.19.json' }
const methods = ['get', 'post', 'patch', 'put', 'delete']

/** `{ 'github.com': description, 'enterprise': description }`: `operations` by their id, and the components that they refer to. */
export async function description() {
  const cache = process.env.SLIPWAY_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'slipway')
  // What is kept depends on the code here as well.
  const key = createHash('sha256').update(JSON.stringify([version, kept, Object.keys(operations)])).digest('hex').slice(0, 12)
  const file = join(cache, 'rig', 'github', `${key}.json`)
  if (!existsSync(file)) await bring(file)
  return JSON.parse(readFileSync(file, 'utf8'))
}

async function bring(file) {
  mkdirSync(join(file, '..'), { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'slipway-description-'))
  try {
    const { stdout } = await promisify(execFile)(
      'npm', ['pack', '--silent', '--ignore-scripts', `@octokit/openapi@${version}`], { cwd: work },
    )
    const archive = join(work, stdout.trim().split('\n').at(-1))
    const hash = createHash('sha512')
    await pipeline(createReadStream(archive), hash)
    if (`sha512-${hash.digest('base64')}` !== integrity) throw new Error(`@octokit/openapi@${version} is not what it was: its hash differs.`)
    const all = {}
    const extract = tar.extract()
    const reading = pipeline(createReadStream(archive), createGunzip(), extract)
    for await (const entry of extract) {
      const name = Object.keys(kept).find((one) => entry.header.name === `package/generated/${kept[one]}`)
      if (name === undefined) {
        entry.resume()
        continue
      }
      const chunks = []
      for await (const chunk of entry) chunks.push(chunk)
      all[name] = pruned(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    }
    await reading
    // Two that bring it at once write the same.
    const part = `${file}.${process.pid}`
    writeFileSync(part, JSON.stringify(all))
    renameSync(part, file)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function pruned({ paths, components }) {
  const found = {}
  for (const [path, item] of Object.entries(paths)) {
    for (const method of methods) {
      const operation = item[method]
      if (operation === undefined || !(operation.operationId in operations) || path === '/repos/{owner}/{repo}/compare/{base}...{head}') continue
      const parameters = [...item.parameters ?? [], ...operation.parameters ?? []].map((one) => resolved(components, one))
      const responses = Object.fromEntries(Object.entries(operation.responses).map(([status, one]) => [status, resolved(components, one)]))
      found[operation.operationId] = { path, method: method.toUpperCase(), parameters, requestBody: operation.requestBody ?? null, responses }
    }
  }
  const missing = Object.keys(operations).filter((id) => !(id in found))
  if (missing.length > 0) throw new Error(`The description has no ${missing.join(', ')}.`)
  return { operations: found, components: reached(components, found) }
}

function resolved(components, one) {
  return one.$ref === undefined ? one : components[one.$ref.split('/')[2]][one.$ref.split('/')[3]]
}

/** The components that are referred to, by any number of steps: schemas, and examples to make answers of. */
function reached(components, from) {
  const kept = { schemas: {}, examples: {} }
  const waiting = [from, { $ref: '#/components/schemas/simple-user' }, { $ref: '#/components/examples/simple-user' },
    { $ref: '#/components/schemas/basic-error' }, { $ref: '#/components/schemas/validation-error' }]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (typeof one !== 'object' || one === null) continue
    for (const [key, value] of Object.entries(one)) {
      if (key !== '$ref' || typeof value !== 'string') {
        waiting.push(value)
        continue
      }
      const [, , kind, name] = value.split('/')
      if (kept[kind] === undefined || kept[kind][name] !== undefined) continue
      kept[kind][name] = components[kind][name]
      waiting.push(components[kind][name])
    }
  }
  return kept
}
