import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Failure } from '../../errors'
import type { HostAddress } from './address'
import { channelRefused, channelTimeout } from './channel-failures'
import { openPipe, runCommand } from './command'
import { dialTimeout, forwardRefused, type Party } from './connect-failures'
import { Conversation } from './conversation'
import { dial } from './dial'
import { ForwardedSocket } from './forwarded-socket'
import { parseKnownHosts } from './known-hosts'
import { Link, type LinkOptions } from './link'
import { Pipe } from './pipe'
import { readPrivateKey, type PrivateKey } from './private-key'
import type { Channel, ConnectOptions, Counters, ExecOptions, ExecResult, SshConnection, SshCredentials } from './types'

const CONNECT_TIMEOUT_MS = 20_000
const KEEPALIVE_MS = 5_000

/** Decrypting takes up to a second, and a fleet shares its key. */
const readKeys = new WeakMap<SshCredentials, PrivateKey>()

/**
 * Connects to a host, through a bastion if there is one: one TCP connection, strict host keys on every hop, one key each.
 * Keys and `known-hosts` are read before anything is sent. Rejects with a `Failure` (or `Failures`), and leaves nothing open.
 */
export async function connect(options: ConnectOptions): Promise<SshConnection> {
  const known = parseKnownHosts(options.knownHosts)
  const key = keyOf(options.key, 'ssh-key')
  const { bastion } = options
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
  const shared = {
    known,
    signal: options.signal,
    deadline: performance.now() + timeoutMs,
    timeoutMs,
    keepaliveMs: options.keepaliveMs ?? KEEPALIVE_MS,
  }
  const target: LinkOptions = { ...shared, key, party: { address: options.address, role: 'host' } }
  if (bastion === undefined) {
    const socket = await dial(target.party, options.signal, shared.deadline)
    return new Connection(socket, await Link.over(socket, target), null)
  }
  const bastionKey = bastion.key === options.key ? key : keyOf(bastion.key, 'bastion-ssh-key')
  const first: Party = { address: bastion.address, role: 'bastion' }
  const socket = await dial(first, options.signal, shared.deadline)
  const outer = await Link.over(socket, { ...shared, key: bastionKey, party: first })
  try {
    return new Connection(socket, await Link.over(await forward(outer, target.party, shared.deadline), target), outer)
  } catch (error) {
    await outer.close()
    throw error
  }
}

class Connection implements SshConnection {
  readonly address: HostAddress
  readonly closed: Promise<Failure | null>
  private readonly socket: Socket
  private readonly link: Link
  private readonly outer: Link | null
  private channels = 0

  constructor(socket: Socket, link: Link, outer: Link | null) {
    this.address = link.party.address
    this.socket = socket
    this.link = link
    this.outer = outer
    this.closed = link.ended
    // Neither half is of use without the other; what the bastion's end says explains the host's.
    outer?.whenEnded((failure) => { if (failure !== null) link.fail(failure) })
    link.whenEnded((failure) => { if (failure !== null) outer?.fail(failure) })
  }

  exec(command: string, options: ExecOptions): Promise<ExecResult> {
    this.channels++
    return runCommand(this.link, command, options)
  }

  async open(command: string): Promise<Channel> {
    this.channels++
    return new Conversation(await openPipe(this.link, command), this.link.party, command)
  }

  async openStreamLocal(socketPath: string): Promise<Duplex> {
    this.channels++
    const { link } = this
    try {
      const raw = await link.request(
        1,
        (done) => { link.client.openssh_forwardOutStreamLocal(socketPath, done) },
        () => channelTimeout(link.party, socketPath),
      )
      return new ForwardedSocket(new Pipe(raw, link, socketPath))
    } catch (error) {
      if (link.end === null && error instanceof Error && !(error instanceof Failure)) {
        throw channelRefused(link.party, socketPath, error)
      }
      throw error
    }
  }

  counters(): Counters {
    return {
      connections: 1,
      channels: this.channels,
      bytesSent: this.socket.bytesWritten,
      bytesReceived: this.socket.bytesRead,
      roundTrips: 1 + this.link.roundTrips + (this.outer?.roundTrips ?? 0),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.close()
    await this.outer?.close()
  }
}

function keyOf(credentials: SshCredentials, inputName: string): PrivateKey {
  const read = readKeys.get(credentials) ?? readPrivateKey(credentials.privateKey, credentials.passphrase, inputName)
  readKeys.set(credentials, read)
  return read
}

/** A TCP connection from the bastion to the host, as a stream. */
async function forward(outer: Link, target: Party, deadline: number): Promise<Duplex> {
  const { host, port } = target.address
  const left = Math.max(0, deadline - performance.now())
  try {
    const raw = await outer.request(
      1, (done) => { outer.client.forwardOut('127.0.0.1', 0, host, port, done) }, () => dialTimeout(target, null), left,
    )
    return new ForwardedSocket(new Pipe(raw, outer, 'direct-tcpip'))
  } catch (error) {
    if (outer.end === null && error instanceof Error && !(error instanceof Failure)) {
      throw forwardRefused(outer.party, target, error)
    }
    throw error
  }
}
