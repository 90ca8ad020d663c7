import { createServer, request as upstreamRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  /** From 1. */
  readonly number: number
  readonly method: string
  readonly path: string
  /** Its `User-Agent`. */
  readonly agent: string
}

export type Fault =
  /** The connection ends before there is an answer; the registry hears nothing of it. */
  | { readonly kind: 'cut' }
  /** The registry does what it is asked, and the answer gets lost. */
  | { readonly kind: 'lost' }
  /** What is sent is cut off in the middle. */
  | { readonly kind: 'half' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }

export interface FaultProxy {
  /** `127.0.0.1:PORT`, in the place of the registry's. */
  readonly address: string
  /** All that was asked since the last reset. */
  readonly asked: readonly Asked[]
  /** Which requests go wrong from now on, counted anew. */
  set(faults: (asked: Asked) => Fault | null): void
  close(): Promise<void>
}

/** An HTTP proxy before a registry, which answers for it where a test wants a fault. */
export async function faultProxy(registry: string): Promise<FaultProxy> {
  let asked: Asked[] = []
  let faults: (one: Asked) => Fault | null = () => null
  const server = createServer((incoming, outgoing) => {
    const one = { number: asked.length + 1, method: incoming.method ?? '', path: incoming.url ?? '', agent: incoming.headers['user-agent'] ?? '' }
    asked.push(one)
    const fault = faults(one)
    incoming.on('error', () => {})
    outgoing.on('error', () => {})
    switch (fault?.kind) {
      case undefined: return pass(registry, incoming, outgoing, false)
      case 'cut': return void incoming.socket.destroy()
      case 'lost': return pass(registry, incoming, outgoing, true)
      case 'half': return void incoming.once('data', () => incoming.socket.destroy()).once('end', () => incoming.socket.destroy())
      case 'delay': return void setTimeout(() => pass(registry, incoming, outgoing, false), fault.ms)
      case 'status':
        incoming.resume()
        outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
        outgoing.end(JSON.stringify({ errors: [{ code: 'FAULT', message: 'made by the test' }] }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() { return asked },
    set(wanted) {
      asked = []
      faults = wanted
    },
    close: async () => await new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

function pass(registry: string, incoming: IncomingMessage, outgoing: ServerResponse, lost: boolean): void {
  const [host, port] = registry.split(':')
  const upstream = upstreamRequest({ host, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
    if (lost) {
      answer.resume().on('end', () => incoming.socket.destroy())
      return
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  upstream.on('error', () => incoming.socket.destroy())
  incoming.pipe(upstream)
}
