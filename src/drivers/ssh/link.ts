// ssh2 is used directly. The usual wrapper around it, node-ssh, is where most of the traps are: it accepts any host key when
// no verifier is set, lets a reset during a command end the process, takes `code: null` for success, rejects on any standard
// error, runs a command in $HOME when its folder is missing, and breaks UTF-8 at chunk borders.
import type { Duplex } from 'node:stream'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { Failure } from '../../errors'
import { offeredAlgorithms } from './algorithms'
import {
  cancelled, connectionLost, handshakeFailed, handshakeTimeout, keyRefused, notSsh, turnedAway, type Party,
} from './connect-failures'
import { hostKeyAlgorithms, judgeHostKey } from './host-key'
import { hostKeyFailure } from './host-key-failures'
import type { KnownHost } from './known-hosts'
import type { PrivateKey } from './private-key'
import { signFirstRequest } from './signed-first'

const MISSED_UNTIL_DEAD = 4
const GREETING_BYTES = 512
const FLUSH_MS = 200

export interface LinkOptions {
  readonly party: Party
  readonly key: PrivateKey
  readonly known: readonly KnownHost[]
  readonly signal: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  readonly timeoutMs: number
  readonly keepaliveMs: number
}

interface LibraryError extends Error {
  level?: string
  code?: string | number
}

/** One SSH connection over a stream: verified, authenticated, watched, and ended once, with everything that hangs on it. */
export class Link {
  readonly client: Client = new ssh2.Client()
  readonly party: Party
  /** Settles once; null when we closed it. Never rejects. */
  readonly ended: Promise<Failure | null>
  /** See `Counters`. */
  roundTrips = 0

  private readonly stream: Duplex
  private readonly options: LinkOptions
  private readonly enders = new Set<(failure: Failure | null) => void>()
  private settleEnded!: (failure: Failure | null) => void
  private stage: 'greeting' | 'handshake' | 'authentication' | 'ready' = 'greeting'
  private outcome: { readonly failure: Failure | null } | null = null
  private closing = false
  private heard = true
  private greeting = ''
  private refused: Failure | null = null
  private timer: NodeJS.Timeout | undefined
  private readonly onAbort = () => { this.finish(cancelled(this.options.signal)) }

  /** Rejects with a `Failure`, after which the stream is destroyed. */
  static async over(stream: Duplex, options: LinkOptions): Promise<Link> {
    const link = new Link(stream, options)
    await link.handshake()
    return link
  }

  private constructor(stream: Duplex, options: LinkOptions) {
    this.stream = stream
    this.options = options
    this.party = options.party
    this.ended = new Promise((resolve) => { this.settleEnded = resolve })
  }

  /** The end, once it has come. */
  get end(): { readonly failure: Failure | null } | null {
    return this.outcome
  }

  /** Calls back when the link ends, at once if it has; returns how to take that back. */
  whenEnded(callback: (failure: Failure | null) => void): () => void {
    if (this.outcome !== null) callback(this.outcome.failure)
    else this.enders.add(callback)
    return () => { this.enders.delete(callback) }
  }

  /**
   * Asks the library to open a channel, which answers by callback; rejects when the link ends first or the time is up.
   * A channel that comes too late is closed again.
   */
  request(trips: number, start: (done: (error: Error | undefined, channel: ClientChannel) => void) => void, late: () => Failure,
    timeoutMs = this.options.timeoutMs): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      let expired = false
      const timer = setTimeout(() => {
        expired = true
        unlisten()
        reject(late())
      }, timeoutMs)
      const forget = () => {
        clearTimeout(timer)
        unlisten()
      }
      const unlisten = this.whenEnded((failure) => {
        clearTimeout(timer)
        reject(failure ?? connectionLost(this.party, 'it was closed'))
      })
      if (this.outcome !== null) return
      try {
        start((error, channel) => {
          // The library answers requests that the end cut off in its own words, before it says that it has ended.
          if (error?.message === 'No response from server') return
          forget()
          this.roundTrips += trips
          if (error !== undefined) reject(error)
          else if (!expired) resolve(channel)
          else if (this.outcome === null) channel.close()
        })
      } catch (error) {
        forget()
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  /** Says goodbye and closes; does not wait for the peer. */
  async close(): Promise<void> {
    if (this.outcome !== null) return
    this.closing = true
    const flushed = new Promise<void>((resolve) => {
      const late = setTimeout(resolve, FLUSH_MS)
      for (const event of ['finish', 'close']) this.stream.once(event, () => { clearTimeout(late); resolve() })
    })
    this.client.end()
    await flushed
    this.finish(null)
  }

  /** Ends the link for a reason of the caller's. */
  fail(failure: Failure): void {
    this.finish(failure)
  }

  private async handshake(): Promise<void> {
    const { client, options } = this
    if (options.signal.aborted) this.finish(cancelled(options.signal))
    options.signal.addEventListener('abort', this.onAbort)
    const ready = new Promise<Failure | null>((resolve) => {
      client.once('ready', () => { resolve(null) })
      this.whenEnded((failure) => { resolve(failure ?? connectionLost(this.party, 'it was closed')) })
    })
    const limit = setTimeout(() => {
      if (this.stage === 'ready') return
      this.finish(handshakeTimeout(this.party, Math.round(options.timeoutMs / 100) / 10, this.stage))
    }, Math.max(0, options.deadline - performance.now()))
    client.on('error', (error: LibraryError) => { this.finish(this.describe(error)) })
    client.on('handshake', () => {
      // Happens again when the keys are renewed.
      if (this.stage === 'handshake' || this.stage === 'greeting') this.advance('authentication')
    })
    client.on('close', () => { this.finish(this.closing ? null : this.describe(null)) })
    client.on('end', () => { this.finish(this.closing ? null : this.describe(null)) })
    if (this.outcome === null) this.start()
    const failure = await ready
    clearTimeout(limit)
    if (failure !== null) throw failure
    this.advance('ready')
    this.watch()
  }

  private start(): void {
    const { client, options, stream } = this
    const { host, port, user } = options.party.address
    let offered = false
    client.connect({
      sock: stream,
      username: user,
      algorithms: offeredAlgorithms(hostKeyAlgorithms(options.known, host, port)),
      hostVerifier: (shown: Buffer) => this.verify(shown),
      authHandler: (accepted, partial, next) => {
        this.roundTrips++
        if (!offered) {
          offered = true
          next({ type: 'publickey', username: user, key: options.key.parsed })
          return
        }
        this.refused = keyRefused(options.party, options.key, accepted, partial)
        this.finish(this.refused)
      },
      readyTimeout: 0,
      keepaliveInterval: options.keepaliveMs,
      // Who is dead is judged by what is heard, not by answers to pings: behind a long upload those come late.
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    })
    signFirstRequest(client, options.key.parsed)
    stream.on('data', (chunk: Buffer) => { this.hear(chunk) })
    // The library takes its own listeners away at times; an error without any would end the process.
    stream.on('error', () => { /* `client` reports it. */ })
  }

  private verify(shown: Buffer): boolean {
    const { known, party } = this.options
    const verdict = judgeHostKey(known, party.address.host, party.address.port, shown)
    this.refused = hostKeyFailure(verdict, party.address, shown, known.length === 0)
    return this.refused === null
  }

  private hear(chunk: Buffer): void {
    this.heard = true
    if (this.stage !== 'greeting') return
    this.greeting = (this.greeting + chunk.toString('latin1')).slice(0, GREETING_BYTES)
    if (/^SSH-/m.test(this.greeting)) this.advance('handshake')
  }

  private advance(stage: 'handshake' | 'authentication' | 'ready'): void {
    this.stage = stage
    this.roundTrips++
  }

  /** Four silent intervals in a row are death. A stalled process counts as one, however long it stalled. */
  private watch(): void {
    let missed = 0
    this.timer = setInterval(() => {
      missed = this.heard ? 0 : missed + 1
      this.heard = false
      if (missed < MISSED_UNTIL_DEAD) return
      const seconds = (MISSED_UNTIL_DEAD * this.options.keepaliveMs) / 1000
      this.finish(connectionLost(this.party, `nothing was heard of it for ${seconds} s`))
    }, this.options.keepaliveMs)
  }

  /** What the library's error, or the end without one, means at this stage. */
  private describe(error: LibraryError | null): Failure {
    if (this.refused !== null) return this.refused
    // Over a bastion the stream itself knows why it ended.
    if (error instanceof Failure) return error
    const reset = error === null || error.level === 'client-socket' || error.message === 'Connection lost before handshake'
    if (this.stage === 'greeting') {
      if (!reset) return notSsh(this.party, this.greeting)
      const sshd = this.greeting === '' || /MaxStartups|not allowed at this time/i.test(this.greeting)
      return sshd ? turnedAway(this.party, this.greeting) : notSsh(this.party, this.greeting)
    }
    if (reset) return connectionLost(this.party, error === null ? 'it was closed' : String(error.code ?? error.message), error)
    if (this.stage === 'ready') return connectionLost(this.party, error.message, error)
    if (typeof error.code === 'number') return connectionLost(this.party, `it said: ${error.message}`, error)
    return handshakeFailed(this.party, error)
  }

  private finish(failure: Failure | null): void {
    if (this.outcome !== null) return
    this.outcome = { failure }
    clearInterval(this.timer)
    this.options.signal.removeEventListener('abort', this.onAbort)
    const enders = [...this.enders]
    this.enders.clear()
    for (const tell of enders) tell(failure)
    this.settleEnded(failure)
    this.stream.destroy()
  }
}
