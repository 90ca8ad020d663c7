import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface DelayProxy {
  /** It listens on loopback. */
  readonly port: number
  /** TCP connections taken so far. */
  readonly connections: number
  /** Bytes from the client to the server. */
  readonly sent: number
  /** Bytes from the server to the client. */
  readonly received: number
  /** Times that the client went on after it had heard from the server: round trips that it waited for. */
  readonly flights: number
  /** Ends all connections at once, as a reset. */
  cut(): void
  /** As a cable that is pulled: nothing passes any more, and nobody is told. New connections get no answer. */
  silence(): void
  close(): Promise<void>
}

/** A TCP proxy on loopback to `address:port` that holds everything back by `delay` milliseconds, each way. `at`: where it listens. */
export async function delayProxy(address: string, port: number, delay = 0, at = '127.0.0.1'): Promise<DelayProxy> {
  const sockets = new Set<Socket>()
  let connections = 0
  let sent = 0
  let received = 0
  let flights = 0
  let heard = true
  let silent = false

  const pass = (from: Socket, to: Socket, count: (bytes: number) => void): void => {
    // One line for data and the end, so that the order holds; timers of equal length fire in order.
    const later = (act: () => void): void => { setTimeout(() => { if (!silent && !to.destroyed) act() }, delay) }
    from.on('data', (chunk: Buffer) => {
      count(chunk.length)
      later(() => {
        if (to.write(chunk) || from.isPaused()) return
        from.pause()
        to.once('drain', () => from.resume())
      })
    })
    from.on('end', () => { later(() => to.end()) })
    from.on('error', () => { later(() => to.destroy()) })
    from.on('close', () => {
      sockets.delete(from)
      later(() => to.end())
    })
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    connections++
    sockets.add(client)
    if (silent) return
    const upstream = connect({ host: address, port, allowHalfOpen: true, noDelay: true })
    sockets.add(upstream)
    pass(client, upstream, (bytes) => {
      sent += bytes
      if (heard) flights++
      heard = false
    })
    pass(upstream, client, (bytes) => {
      received += bytes
      heard = true
    })
  })
  await new Promise<void>((resolve) => server.listen(0, at, resolve))

  const cut = (): void => { for (const socket of sockets) socket.resetAndDestroy() }
  return {
    port: (server.address() as AddressInfo).port,
    get connections() { return connections },
    get sent() { return sent },
    get received() { return received },
    get flights() { return flights },
    cut,
    silence: () => {
      silent = true
      for (const socket of sockets) socket.pause()
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
