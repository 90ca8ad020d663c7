import { readFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { TinyApp } from './tiny-app'

const source = (name: string): string => readFileSync(join(import.meta.dirname, 'servers', name), 'utf8')

/** An app that every kind of server can serve, and the servers. */
export const servedFiles = {
  'served.py': source('served.py'), 'served.mjs': source('served.mjs'), 'package.json': '{ "name": "served", "private": true }',
  'requirements.txt': 'gunicorn\nuvicorn\nhypercorn\npyuwsgi\nwebsockets\nflup\n',
}

/** What a request was answered, with its headers. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export function send(app: TinyApp, path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { host: app.host.address, port: 80, path, method, headers: { host: app.domain, ...headers }, agent: false }
    const asked = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('error', reject)
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }) })
    })
    asked.on('error', reject).end(body)
  })
}

/** A connection that stays open: a WebSocket, or an answer that never ends. */
export interface Held {
  /** What has come so far. */
  text(): string
  /** Resolves with what came since, as soon as something does. */
  more(): Promise<string>
  /** A WebSocket's: sends a text. */
  say(text: string): void
  readonly closed: Promise<number>
  end(): void
}

export function holdStream(app: TinyApp, path: string): Promise<Held> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: app.host.address, port: 80, path, headers: { host: app.domain }, agent: false }, (response) => {
      resolve(held(response, () => asked.destroy()))
    })
    asked.on('error', reject).end()
  })
}

export function holdSocket(app: TinyApp, path: string): Promise<Held> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: app.domain, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
      'sec-websocket-key': 'c2xpcHdheS1pcy10ZXN0cw==',
    }
    const asked = request({ host: app.host.address, port: 80, path, headers, agent: false })
    asked.on('upgrade', (_, socket) => { resolve(held(socket, () => socket.destroy(), socket)) })
    asked.on('response', ({ statusCode }) => { reject(new Error(`no upgrade: ${statusCode}`)) })
    asked.on('error', reject).end()
  })
}

function held(stream: NodeJS.ReadableStream, end: () => void, socket?: Duplex): Held {
  let text = ''
  let waiting: (() => void)[] = []
  stream.on('data', (chunk: Buffer | string) => {
    text += chunk.toString()
    for (const wake of waiting.splice(0)) wake()
  })
  const closed = new Promise<number>((resolve) => {
    const over = (): void => {
      resolve(Date.now())
      for (const wake of waiting.splice(0)) wake()
    }
    stream.on('close', over).on('end', over).on('error', over)
  })
  return {
    closed, end,
    text: () => text,
    more: async () => {
      const before = text.length
      await new Promise<void>((resolve) => { waiting = [...waiting, resolve] })
      return text.slice(before)
    },
    say: (words) => {
      const payload = Buffer.from(words)
      const head = Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0])
      socket?.write(Buffer.concat([head, payload]))
    },
  }
}
