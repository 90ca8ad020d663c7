import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, root } from '../../host/harness/command'

/** A program that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>
}

export interface RunningRegistry extends Running {
  /** `127.0.0.1:PORT`. */
  readonly address: string
  /** All it holds, as files. */
  readonly folder: string
}

export interface RunningBuildKit extends Running {
  /** `unix://…`. */
  readonly address: string
  readonly log: () => string
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Debian's docker-registry on a port of its own; with a password, it lets in `ada` alone. */
export async function startRegistry(password?: string): Promise<RunningRegistry> {
  const program = await must(join(root, 'rig/image/registry'), ['program'])
  const folder = mkdtempSync(join(tmpdir(), 'slipway-registry-'))
  const address = `127.0.0.1:${await freePort()}`
  const auth = password === undefined ? '' : `auth: { htpasswd: { realm: rig, path: ${join(folder, 'htpasswd')} } }\n`
  if (password !== undefined) {
    const hashed = await must('python3', ['-W', 'ignore', '-c', 'import crypt, sys; print(crypt.crypt(sys.argv[1], crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))', password])
    writeFileSync(join(folder, 'htpasswd'), `ada:${hashed.replace('$2b$', '$2y$')}\n`)
  }
  writeFileSync(join(folder, 'config.yml'), 'version: 0.1\nlog: { level: error }\n'
    + `storage: { filesystem: { rootdirectory: ${join(folder, 'data')} }, delete: { enabled: true } }\nhttp: { addr: '${address}' }\n${auth}`)
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  await answering(child, async () => (await fetch(`http://${address}/v2/`)).status < 500)
  return { address, folder, stop: async () => { await ended(child); rmSync(folder, { recursive: true, force: true }) } }
}

/** BuildKit with an empty cache, seen by Buildx as a builder that is remote. `toml`: its configuration. */
export async function startBuildKit(toml = ''): Promise<RunningBuildKit> {
  const program = await must(join(root, 'rig/image/buildkit'), ['program'], { timeout: 600_000 })
  const folder = mkdtempSync(join(tmpdir(), 'slipway-buildkit-'))
  const address = `unix://${join(folder, 'socket')}`
  writeFileSync(join(folder, 'buildkitd.toml'), toml)
  const child = spawn(program, ['--config', join(folder, 'buildkitd.toml'), '--root', join(folder, 'root'), '--addr', address, '--containerd-worker=false', '--oci-worker-net=host'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text })
  await answering(child, () => log.includes('running server on'))
  return { address, log: () => log, stop: async () => { await ended(child); rmSync(folder, { recursive: true, force: true }) } }
}

/** The folder for DOCKER_CONFIG with Buildx in it. */
export async function plugins(): Promise<string> {
  return await must(join(root, 'rig/image/plugins'), [])
}

/** A shell without libraries. */
export async function busybox(): Promise<Buffer> {
  return readFileSync(await must(join(root, 'rig/image/busybox'), []))
}

async function answering(child: ChildProcess, ready: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + 90_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`)
    if (await Promise.resolve().then(ready).catch(() => false)) return
    if (Date.now() > until) throw new Error(`${child.spawnfile} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  await new Promise((resolve) => {
    child.once('close', resolve)
    child.kill('SIGTERM')
  })
}
