import { connect as connectTcp, type Socket } from 'node:net'
import type { Failure } from '../../errors'
import { cancelled, dialFailure, dialTimeout, type Party } from './connect-failures'

/** A TCP connection without Nagle's delay, which on loopback made the SSH handshake 170 ms longer. */
export function dial(party: Party, signal: AbortSignal, deadline: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelled(signal))
      return
    }
    const start = performance.now()
    const socket = connectTcp({ host: party.address.host, port: party.address.port, noDelay: true })
    const settle = (failure: Failure | null) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      if (failure === null) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(failure)
    }
    const onAbort = () => { settle(cancelled(signal)) }
    const timer = setTimeout(() => {
      settle(dialTimeout(party, Math.round((performance.now() - start) / 100) / 10))
    }, Math.max(0, deadline - start))
    signal.addEventListener('abort', onAbort)
    socket.once('connect', () => { settle(null) })
    // Stays for the life of the socket: an error without a listener would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => { settle(dialFailure(firstOf(error), party)) })
  })
}

/** With several addresses behind a name, Node reports all attempts in one. */
function firstOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return inner instanceof Error ? inner : error
}
