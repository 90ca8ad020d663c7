import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { must, root, run, type CommandOptions, type Ended } from './command'

const rig = join(root, 'script', 'rig')
const minutes = 60_000

export interface HostOptions {
  /** Default: ready, a bare one with the packages that setup-vm installs. With docker it has an Engine of its own, and Compose. */
  readonly image?: 'bare' | 'ready' | 'docker'
  readonly suite?: 'bookworm' | 'trixie'
  /** Which store the Engine of the image docker has; containerd's needs trixie. On others: one may be installed. Default: classic, none. */
  readonly engine?: 'installable' | 'classic' | 'containerd'
  /** Of SSH. Default 22. */
  readonly port?: number
  /** Who connects: root, or a user who may do everything by sudo. Default root. */
  readonly user?: string
}

/** A machine of the rig. */
export interface Host {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** A line for the input `hosts`. */
  readonly line: string
  /** The private key, PEM. */
  readonly key: string
  /** Lines for the input `known-hosts`, collected without SSH. */
  readonly knownHosts: string
  /** Runs a program there as root, not over SSH. */
  exec(...argv: string[]): Promise<Ended>
  /** The same through `sh -ec`; rejects when it fails, resolves with standard output, trimmed. */
  shell(script: string, options?: CommandOptions): Promise<string>
  /** Everything on it stands still, connections included. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** An orderly restart; resolves when it answers SSH again. */
  restart(): Promise<void>
  /** A restart without warning. */
  cutPower(): Promise<void>
  /** The same, but it stays away until what this resolves with is called. */
  leave(): Promise<() => Promise<void>>
  remove(): Promise<void>
}

/** Test files run side by side, perhaps beside another run: each worker has hosts of its own. */
const owned = (name: string): string => [name, process.env['SLIPWAY_TEST_HOSTS'], process.env['JEST_WORKER_ID']].filter(Boolean).join('-')

/** Starts a host, or takes the one of that name as it is. */
export async function startHost(label: string, options: HostOptions = {}): Promise<Host> {
  const { image = 'ready', suite = 'bookworm', port = 22, user = 'root', engine } = options
  const name = owned(label)
  const args = ['up', name, '--image', image, '--suite', suite, '--port', String(port)]
  if (user !== 'root') args.push('--user', user)
  if (engine !== undefined) args.push('--engine', engine)
  const address = await must(rig, args, { timeout: 10 * minutes })
  const [keyFile = '', knownHostsFile = ''] = (await must(rig, ['key', name])).split('\n')
  const container = `slipway-rig-${name}`
  const up = async (): Promise<void> => void (await must(rig, args, { timeout: 5 * minutes }))
  const fall = async (): Promise<void> => {
    // Docker would end PID 1 first, and for some milliseconds all others would run on without it, and write.
    await must('docker', ['kill', '--signal', 'STOP', container])
    await run('docker', ['exec', container, 'sh', '-c', 'kill -KILL -1'])
  }
  return {
    name, address, port, user,
    line: `${user}@${address}${port === 22 ? '' : `:${port}`}`,
    key: readFileSync(keyFile, 'utf8'),
    knownHosts: readFileSync(knownHostsFile, 'utf8'),
    exec: (...argv) => run('docker', ['exec', '-i', container, ...argv]),
    shell: (script, shellOptions) => must('docker', ['exec', '-i', container, 'sh', '-ec', script], shellOptions),
    freeze: async () => void (await must('docker', ['pause', container])),
    thaw: async () => void (await must('docker', ['unpause', container])),
    restart: async () => {
      await must('docker', ['restart', '--time', '60', container])
      await up()
    },
    cutPower: async () => {
      await fall()
      await must('docker', ['restart', '--time', '0', container])
      await up()
    },
    leave: async () => {
      await fall()
      await must('docker', ['stop', '--time', '0', container])
      return up
    },
    remove: async () => void (await must(rig, ['down', name])),
  }
}

/** A host of one's own, as fresh as the image: what was there under that name is removed first. */
export async function freshHost(label: string, options: HostOptions = {}): Promise<Host> {
  await must(rig, ['down', owned(label)])
  return startHost(label, options)
}

/**
 * A host for all test files of this worker: fresh at first, prepared once by `prepare`, then shared. Tests on it use apps of
 * their own, each with its own name, and leave others' alone. A worker runs its files one after another, so no lock is needed.
 */
export async function sharedHost(label: string, options: HostOptions, prepare: (host: Host) => Promise<void>): Promise<Host> {
  const thisRun = process.env['SLIPWAY_TEST_RUN'] ?? String(process.pid)
  const [, knownHostsFile] = (await run(rig, ['key', owned(label)])).stdout.trim().split('\n')
  const mark = knownHostsFile && join(dirname(knownHostsFile), 'prepared-for')
  if (mark && existsSync(mark) && readFileSync(mark, 'utf8') === thisRun) return startHost(label, options)
  const host = await freshHost(label, options)
  await prepare(host)
  const [, file = ''] = (await must(rig, ['key', host.name])).split('\n')
  writeFileSync(join(dirname(file), 'prepared-for'), thisRun)
  return host
}

/** The mirror of tools that setup-vm is to use: inputs of that action. */
export async function mirror(): Promise<{ readonly mirror: string; readonly 'mirror-checksum': string }> {
  const [address = '', checksum = ''] = (await must(rig, ['mirror'], { timeout: 10 * minutes })).split('\n')
  return { mirror: address, 'mirror-checksum': checksum }
}
