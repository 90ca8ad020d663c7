import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import fc, { type Arbitrary } from 'fast-check'
import { json, mutated, text } from './texts'

/** What a server sends, byte for byte: not all of it is HTTP. */
export interface Reply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** A beginning that is no answer at all; null: it is one. */
  readonly instead: string | null
}

/** A server on loopback that gives the replies it is told to, one after the other, the last one again and again. */
export class Replying {
  #server: Server | null = null
  #replies: readonly Reply[] = []
  #at = 0

  /** Its `host:port`, from now on with these replies. */
  async with(replies: readonly Reply[]): Promise<string> {
    ;[this.#replies, this.#at] = [replies, 0]
    this.#server ??= await this.#listening()
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server?.close()
  }

  async #listening(): Promise<Server> {
    const server = createServer((socket) => {
      let asked = ''
      socket.on('error', () => socket.destroy())
      socket.on('data', (chunk) => {
        asked += chunk.toString('latin1')
        const [head = '', body] = asked.split('\r\n\r\n')
        if (body === undefined || body.length < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) return
        socket.end(this.#next())
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    server.unref()
    return server
  }

  #next(): string | Buffer {
    const reply = this.#replies[Math.min(this.#at++, this.#replies.length - 1)]
    if (reply === undefined) return ''
    if (reply.instead !== null) return reply.instead
    const { status, headers, body } = reply
    const lines = headers.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}`)
    return Buffer.from([`HTTP/1.1 ${status} Reply`, ...lines, 'Connection: close', '', body].join('\r\n'))
  }
}

/** Replies with bodies of this kind, near ones and strange ones, and headers that are of importance to who asks. */
export function replies(bodies: readonly string[], headers: Arbitrary<readonly [string, string]>, altered: Arbitrary<unknown> = json): Arbitrary<readonly Reply[]> {
  const body = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...bodies) }, { weight: 3, arbitrary: altered.map((value) => JSON.stringify(value) ?? '') },
    { weight: 2, arbitrary: mutated(bodies) }, { weight: 1, arbitrary: text })
  return fc.array(fc.record({
    status: fc.oneof({ weight: 3, arbitrary: fc.constant(200) }, { weight: 1, arbitrary: fc.constantFrom(201, 204, 301, 302, 307, 400, 401, 401, 403, 404, 409, 422, 429, 500, 502, 999) }),
    headers: fc.array(headers, { maxLength: 3 }), body,
    instead: fc.oneof({ weight: 30, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: text }),
  }), { minLength: 1, maxLength: 3 })
}
