import type { Duplex } from 'node:stream'
import type { Failure } from '../../errors'
import type { HostAddress } from './address'

export interface SshCredentials {
  /** As the user pasted it. */
  readonly privateKey: string
  readonly passphrase?: string
}

export interface ConnectOptions {
  readonly address: HostAddress
  readonly key: SshCredentials
  /** Text of OpenSSH known_hosts lines; for the bastion too. */
  readonly knownHosts: string
  readonly bastion?: { readonly address: HostAddress; readonly key: SshCredentials }
  /** Ends the connection whenever it is aborted, not only while connecting. */
  readonly signal: AbortSignal
  /** For everything until the key is accepted, the bastion included. Default 20,000. */
  readonly connectTimeoutMs?: number
  /** Between two signs of life; after four in a row without any, the peer is dead. Default 5,000. */
  readonly keepaliveMs?: number
}

export interface ExecOptions {
  /** Goes to standard input, which then ends; without it, it ends at once. */
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Of standard output; more is a `Failure`. Default 16 MiB. */
  readonly maxOutputBytes?: number
}

export interface Exit {
  /** null only when a signal ended the program. */
  readonly code: number | null
  /** `SIGKILL` … */
  readonly signal: string | null
}

export interface ExecResult extends Exit {
  readonly stdout: string
  /** The last 64 KiB. */
  readonly stderr: string
}

export interface Counters {
  /** TCP connections made from here: one, with a bastion too. */
  readonly connections: number
  /** Channels opened on the host. */
  readonly channels: number
  /** On the wire of the TCP socket, SSH's own overhead included. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /**
   * Times the driver could not go on before the peer had answered: TCP, greeting, key exchange, service, authentication,
   * and each opening of a channel and start of a program. What is said inside a channel is for its speaker to count.
   */
  readonly roundTrips: number
}

export interface SshConnection extends AsyncDisposable {
  readonly address: HostAddress
  /** One program from start to end. Its exit code is the caller's to judge; not to learn it is a `Failure`. */
  exec(command: string, options: ExecOptions): Promise<ExecResult>
  /** A program to talk with. */
  open(command: string): Promise<Channel>
  /** A Unix socket on the host. */
  openStreamLocal(socketPath: string): Promise<Duplex>
  counters(): Counters
  /** Settles once, when the connection ends: null when we closed it. Never rejects. */
  readonly closed: Promise<Failure | null>
}

export interface Channel {
  /** Resolves when the peer's window has room again. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Ends standard input after what was written. */
  end(): void
  /**
   * Standard output, a line at a time, without the line end, UTF-8 decoded whole. A line over 1 MiB is a `Failure`, and so is
   * a connection that breaks. All calls share one position: stopping and calling again goes on where it stopped.
   */
  lines(): AsyncIterableIterator<string>
  /** The last 64 KiB of standard error. */
  stderr(): string
  /** Rejects with a `Failure` when the program's end is not known. `lines()` must be read, or the peer waits for it. */
  readonly exit: Promise<Exit>
  /** Closes the channel now; the program sees its input and output closed. */
  close(): void
}
