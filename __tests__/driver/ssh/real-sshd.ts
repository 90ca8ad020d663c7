import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const SSHD = '/usr/sbin/sshd'

export interface RealSshd {
  readonly port: number
  readonly user: string
  readonly folder: string
  /** A `known_hosts` line for each host key, by family: `ed25519`, `rsa`, `ecdsa`. */
  knownHosts(...families: string[]): string
  log(): string
  stop(): Promise<void>
}

export interface Keys {
  readonly folder: string
  read(name: string): string
  remove(): void
}

/** Fresh keys from `ssh-keygen`, e.g. `{ deploy: ['-t', 'ed25519', '-N', ''] }`. */
export function makeKeys(wanted: Record<string, readonly string[]>): Keys {
  const folder = mkdtempSync(join(tmpdir(), 'ssh-keys-'))
  for (const [name, options] of Object.entries(wanted)) {
    execFileSync('ssh-keygen', ['-q', ...options, '-C', name, '-f', join(folder, name)])
  }
  return {
    folder,
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    remove: () => { rmSync(folder, { recursive: true }) },
  }
}

/** A real OpenSSH server of this user on a free port of the loopback. */
export async function startSshd(authorizedKeys: string, settings: readonly string[] = [], hostKeys = ['ed25519', 'rsa', 'ecdsa']):
Promise<RealSshd> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is missing: apt-get install openssh-server`)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const bits = (type: string) => (type === 'rsa' ? ['-b', '2048'] : [])
  const host = makeKeys(Object.fromEntries(hostKeys.map((type) => [`host_${type}`, ['-t', type, ...bits(type), '-N', '']])))
  const port = await freePort()
  writeFileSync(join(host.folder, 'authorized_keys'), authorizedKeys)
  writeFileSync(join(host.folder, 'sshd_config'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', 'PidFile none', 'StrictModes no', 'UsePAM no', 'LogLevel VERBOSE',
    ...hostKeys.map((type) => `HostKey ${host.folder}/host_${type}`),
    `AuthorizedKeysFile ${host.folder}/authorized_keys`, 'PasswordAuthentication no', 'KbdInteractiveAuthentication no',
    ...settings, '',
  ].join('\n'))
  const daemon = spawn(SSHD, ['-D', '-e', '-f', join(host.folder, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  await new Promise<void>((resolve, reject) => {
    daemon.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Server listening')) resolve()
    })
    daemon.once('exit', () => { reject(new Error(`sshd did not start: ${log}`)) })
  })
  return {
    port,
    user: userInfo().username,
    folder: host.folder,
    knownHosts: (...families) => (families.length === 0 ? hostKeys : families)
      .map((type) => `[127.0.0.1]:${port} ${host.read(`host_${type}.pub`)}`).join(''),
    log: () => log,
    stop: async () => {
      await end(daemon)
      host.remove()
    },
  }
}

function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    daemon.once('exit', () => { resolve() })
    daemon.kill()
  })
}

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => { resolve(typeof address === 'object' && address !== null ? address.port : 0) })
    })
  })
}
