// Writes everything that is made from something else: readers of inputs, tables in READMEs, dist/. With --check it writes
// nothing, and says what is stale.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.mjs'
import { actions, metadata, root } from './metadata.mjs'
import { readers } from './readers.mjs'
import { start } from './start.mjs'
import { withTables } from './tables.mjs'

const limit = 3_000_000

function generated(metadatas) {
  const files = new Map()
  const add = (path, text) => files.set(path, { bytes: Buffer.from(text), executable: false })
  for (const action of metadatas) {
    add(`src/inputs/generated/${action.name}.ts`, readers(action))
    const readme = action.folder === '.' ? 'README.md' : `${action.folder}/README.md`
    if (existsSync(join(root, readme))) add(readme, withTables(readFileSync(join(root, readme), 'utf8'), action))
  }
  return files
}

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

/** Files that are missing, differ, or should not be there, a line each. */
function stale(files, folders) {
  const lines = []
  for (const [path, { bytes, executable }] of files) {
    const full = join(root, path)
    if (!existsSync(full)) lines.push(`${path} is missing`)
    else if (!readFileSync(full).equals(bytes)) lines.push(`${path} is stale`)
    else if (((statSync(full).mode & 0o100) !== 0) !== executable) lines.push(`${path} has the wrong mode`)
  }
  for (const path of folders.flatMap(filesBelow)) if (!files.has(path)) lines.push(`${path} should not be there`)
  return lines
}

function write(files, folders) {
  for (const path of folders.flatMap(filesBelow)) if (!files.has(path)) rmSync(join(root, path))
  for (const [path, { bytes, executable }] of files) {
    const full = join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    if (!existsSync(full) || !readFileSync(full).equals(bytes)) writeFileSync(full, bytes)
    chmodSync(full, executable ? 0o755 : 0o644)
  }
}

async function build(check) {
  const metadatas = actions.map(metadata)
  const texts = generated(metadatas)
  const textsStale = stale(texts, ['src/inputs/generated'])
  // The bundle is made from the readers, so they come first.
  if (!check) write(texts, ['src/inputs/generated'])
  const dist = await bundle(metadatas)
  const size = [...dist.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  const said = `${(size / 1_000_000).toFixed(2)} MB`
  if (size > limit) throw new Error(`dist/ would have ${said}, and 3 MB is the limit: leave a dependency out.`)
  if (check) {
    const lines = [...textsStale, ...stale(dist, ['dist'])]
    if (lines.length > 0) throw new Error(`${lines.join('\n')}\nRun script/build and commit what it changes.`)
    return `dist/ and all generated files are fresh: ${dist.size} files, ${said}`
  }
  write(dist, ['dist'])
  start(metadatas)
  return `dist/ is built and starts: ${dist.size} files, ${said}`
}

try {
  console.log(await build(process.argv.includes('--check')))
} catch (error) {
  // Not thrown on: Node would print the line of ncc that threw, which has three million characters.
  console.error(error.message)
  process.exitCode = 1
}
