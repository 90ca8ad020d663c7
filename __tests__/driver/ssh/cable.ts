import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Cable {
  readonly port: number
  cut(): void
  silence(): void
  close(): void
}

/** A TCP relay on the loopback to that port, which can be cut, or go silent, or delay what passes. */
export async function cutCable(to: number, delayMs = 0): Promise<Cable> {
  const ends: Socket[] = []
  let silent = false
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true })
    ends.push(near, far)
    relay(near, far)
    relay(far, near)
  }).listen(0, '127.0.0.1')
  function relay(from: Socket, into: Socket): void {
    const pass = (action: () => void) => {
      if (silent) return
      if (delayMs === 0) action()
      else setTimeout(action, delayMs)
    }
    from.on('data', (chunk) => { pass(() => { into.write(chunk) }) })
    from.on('end', () => { pass(() => { into.end() }) })
    from.on('error', () => { into.destroy() })
  }
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: () => {
      for (const end of ends) end.resetAndDestroy()
      server.close()
    },
    silence: () => { silent = true },
    close: () => {
      for (const end of ends) end.destroy()
      server.close()
    },
  }
}
