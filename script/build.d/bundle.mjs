// Makes dist/: one bundle that all actions share, in chunks that load when they are needed, and a stub per entry.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, posix } from 'node:path'
import { onceEach } from './licences.mjs'
import { root } from './metadata.mjs'
import { withoutWords } from './python.mjs'

const require = createRequire(import.meta.url)

// ssh2 brings a helper to talk to PuTTY's agent on Windows. Slipway does not, and dist/ holds nothing platform-bound.
const unwanted = new Set(['pagent.exe'])

// ssh2 does without its native addons where they are missing. Anything else that is not found is a mistake, and ncc does not
// say so: it leaves a `require` in the bundle that fails when it is reached.
const optional = new Set(['./crypto/build/Release/sshcrypto.node', '../build/Release/cpufeatures.node'])

/** Files of dist/ by path: `{ bytes, executable }`. */
export async function bundle(metadatas) {
  const files = new Map()
  for (const [path, bytes] of await bundled('src/actions/index.ts')) files.set(`dist/bundle/${path}`, { bytes, executable: false })
  for (const { name, runs } of metadatas) {
    for (const phase of ['main', 'post']) {
      if (runs[phase] === undefined) continue
      const text = `require('../bundle/index.js').run('${name}', '${phase}')\n`
      files.set(`dist/${name}/${phase}.js`, { bytes: Buffer.from(text), executable: false })
    }
  }
  // What setup-vm puts on a host for pushes by Git. Its chunks are found by their names, beside it.
  for (const [path, bytes] of await bundled('src/actions/git-push/index.ts')) {
    files.set(`dist/host/push/${path === 'index.js' ? 'push.js' : path}`, { bytes, executable: false })
  }
  for (const folder of ['program', 'setup']) {
    for (const [path, file] of hostFiles(`src/targets/host/${folder}`)) files.set(`dist/host/${folder}/${path}`, file)
  }
  return files
}

/** Scripts and licences made of an entry, `[path, bytes]` each. */
async function bundled(entry) {
  const ncc = require('@vercel/ncc')
  const { minify } = require('@swc/core')
  const { code, assets } = await ncc(join(root, entry), {
    // ncc minifies the entry alone and leaves the chunks, so all of it is done below.
    minify: false,
    cache: false,
    quiet: true,
    // Types are checked by script/lint.
    transpileOnly: true,
    target: 'es2022',
    license: 'licenses.txt',
  })
  const files = [['index.js', code], ...Object.entries(assets).map(([path, { source }]) => [path, source])]
  const made = []
  for (const [path, source] of files) {
    if (unwanted.has(path)) continue
    if (!/\.(js|txt)$/.test(path)) {
      throw new Error(
        `${path} would land in dist/, and only scripts may. A package's native addon? Run: npm ci --ignore-scripts`,
      )
    }
    if (path.endsWith('.txt')) made.push([path, Buffer.from(onceEach(source.toString()))])
    else made.push([path, await minified(minify, source.toString())])
  }
  return made
}

async function minified(minify, source) {
  // ncc writes CommonJS and yet leaves this as it stands; Node would take the file for a module and find no exports in it.
  const notFound = [...source.matchAll(/eval\("require"\)\("([^"]+)"\)/g)].map(([, name]) => name)
  const missing = notFound.filter((name) => !optional.has(name))
  if (missing.length > 0) throw new Error(`Imported in src/ or by a package, and not there: ${missing.join(', ')}`)
  const script = source.replaceAll('import.meta.dirname', '__dirname')
  const { code } = await minify(script, {
    module: false,
    ecma: 2022,
    compress: { passes: 2 },
    // Names stay, so that the stack of a bug can be read.
    mangle: { keep_classnames: true, keep_fnames: true },
    format: { comments: false },
  })
  return Buffer.from(`${code}\n`)
}

/** What runs on hosts, without tests and what an interpreter left there. */
function hostFiles(folder, below = '') {
  const found = []
  for (const name of readdirSync(join(root, folder, below)).sort()) {
    if (name === '__pycache__' || name === 'tests' || name.startsWith('.') || name.startsWith('test_')) continue
    if (/\.(pyc|ts|md)$/.test(name)) continue
    const path = posix.join(below, name)
    const full = join(root, folder, path)
    const stat = statSync(full)
    if (stat.isDirectory()) found.push(...hostFiles(folder, path))
    else found.push([path, { bytes: name.endsWith('.py') ? Buffer.from(withoutWords(readFileSync(full, 'utf8'))) : readFileSync(full), executable: (stat.mode & 0o100) !== 0 }])
  }
  return found
}
