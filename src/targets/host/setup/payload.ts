import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'

/** The files of the host program, and what they are known by. */
export interface ProgramFiles {
  readonly files: readonly { readonly path: string; readonly mode: number; readonly bytes: Buffer }[]
  /** `<sha256>  <path>` a line: the file VERSION of an installed program. */
  readonly sums: string
  /** SHA-256 of `sums`: the program's version. */
  readonly digest: string
  /** SHA-256 of slipway-host. */
  readonly launcher: string
  /** SHA-256 of slipway-shell, which people call `slipway`. */
  readonly command: string
  /** SHA-256 of front.conf. */
  readonly front: string
  /** SHA-256 of front-tls.conf. */
  readonly frontTls: string
  /** SHA-256 of circus.txt. */
  readonly circusLock: string
  readonly units: readonly { readonly name: string; readonly digest: string }[]
}

/** What runs on a host when something is pushed to it by Git. */
export type PushFiles = Pick<ProgramFiles, 'files' | 'sums' | 'digest'>

export interface HostAssets {
  readonly program: ProgramFiles
  /** Made by the build: there are none beside the sources. */
  readonly push: PushFiles
  /** All parts of setup.sh as one text. */
  readonly script: string
  /** receive.sh. */
  readonly receive: string
}

const parts = ['facts.sh', 'packages.sh', 'app.sh', 'items.sh', 'supervisors.sh', 'front.sh', 'push.sh', 'docker.sh', 'firewall.sh', 'setup.sh']

/** Reads `program/` and `setup/` below a folder: `hostAssets()`. */
export async function readAssets(folder: string): Promise<HostAssets> {
  const texts = await Promise.all(parts.map((name) => readFile(join(folder, 'setup', name), 'utf8')))
  const daemonJson = await readFile(join(folder, 'setup', 'daemon_json.py'), 'utf8')
  const receive = await readFile(join(folder, 'setup', 'receive.sh'), 'utf8')
  const [program, push] = await Promise.all([readProgram(join(folder, 'program')), readPush(join(folder, 'push'))])
  const source = `daemon_json_source() {\ncat <<'PYTHON'\n${daemonJson}PYTHON\n}`
  return { program, push, script: [source, ...texts].join('\n'), receive }
}

async function readPush(folder: string): Promise<PushFiles> {
  const present = (await stat(folder).catch(() => null)) !== null
  return summed(present ? await filesBelow(folder) : [])
}

function summed(found: ProgramFiles['files']): PushFiles {
  const files = found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const sums = files.map(({ path, bytes }) => `${sha256(bytes)}  ${path}\n`).join('')
  return { files, sums, digest: sha256(sums) }
}

async function readProgram(folder: string): Promise<ProgramFiles> {
  const { files, sums, digest } = summed(await filesBelow(folder))
  const digestOf = (path: string): string => {
    const file = files.find((candidate) => candidate.path === path)
    if (file === undefined) throw new Error(`the host program has no ${path}`)
    return sha256(file.bytes)
  }
  const units = files.filter(({ path }) => posix.dirname(path) === 'units')
    .map(({ path, bytes }) => ({ name: posix.basename(path), digest: sha256(bytes) }))
  return {
    files, sums, digest, launcher: digestOf('slipway-host'), command: digestOf('slipway-shell'), front: digestOf('front.conf'),
    frontTls: digestOf('front-tls.conf'), circusLock: digestOf('circus.txt'), units,
  }
}

/** The same selection as the build makes, so that sources and bundle are one version. */
async function filesBelow(folder: string, below = ''): Promise<ProgramFiles['files'][number][]> {
  const found: ProgramFiles['files'][number][] = []
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const { name } = entry
    if (name === '__pycache__' || name === 'tests' || name.startsWith('.') || name.startsWith('test_')) continue
    if (/\.(pyc|ts|md)$/.test(name)) continue
    const path = posix.join(below, name)
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, path)))
    else found.push({ path, mode: (await stat(join(folder, path))).mode & 0o100 ? 0o755 : 0o644, bytes: await readFile(join(folder, path)) })
  }
  return found
}

/** A tool on the runner, to be sent as `tools/<name>-<version>.tar.gz`; one that is no archive, without that end. */
export interface SentTool {
  readonly name: string
  readonly version: string
  readonly file: string
  readonly sha256: string
}

export interface Payload extends AsyncIterable<Uint8Array> {
  destroy(): void
}

/** What a host needs for `setup.sh apply`, as one tar stream; its last entry, `complete`, says that nothing is missing. */
export function payload(assets: HostAssets, tools: readonly SentTool[], push: boolean): Payload {
  const tar = pack()
  const entry = (name: string, bytes: Buffer | string, mode = 0o644): void => {
    tar.entry({ name, mode, mtime: new Date(0), size: Buffer.byteLength(bytes) }, Buffer.from(bytes))
  }
  const fill = async (): Promise<void> => {
    entry('setup.sh', assets.script)
    for (const { path, mode, bytes } of assets.program.files) entry(`program/${path}`, bytes, mode)
    entry('program/VERSION', assets.program.sums)
    for (const { path, mode, bytes } of push ? assets.push.files : []) entry(`push/${path}`, bytes, mode)
    if (push) entry('push/VERSION', assets.push.sums)
    for (const tool of tools) {
      const name = `tools/${tool.name}-${tool.version}${tool.name === 'compose' ? '' : '.tar.gz'}`
      const { size } = await stat(tool.file)
      await pipeline(createReadStream(tool.file), tar.entry({ name, mode: 0o644, mtime: new Date(0), size }))
      entry(`${name}.sha256`, `${tool.sha256}  ${posix.basename(name)}\n`)
    }
    entry('complete', 'yes\n')
    tar.finalize()
  }
  fill().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  return { [Symbol.asyncIterator]: () => tar[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>, destroy: () => tar.destroy() }
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
