import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import type { LoadOptions } from '../../rig/load.mjs'
import type { Users } from './place'

interface Ground extends Pick<LoadOptions, 'answered' | 'missed'> {
  readonly address: string
  readonly host: string
}

/** Milliseconds between two who open one, and between two words on one: it is closed after the last, before a drain ends. */
const between = 4_000
const pause = 1_000
const words = 4
/** Milliseconds after which an answer is missing; one that was frozen has time to wake. */
const patience = 60_000

/** Users who hold a WebSocket for some seconds and say something on it now and then; what they get says who answered. Another one every few seconds. */
export function socketUsers(ground: Ground): Users {
  const inHand = new Set<Promise<void>>()
  let sent = 0
  const begin = (): void => {
    sent++
    const begun = Date.now()
    const one = held(ground).catch((error: unknown) => {
      ground.missed?.({ at: 0, begun, ended: Date.now(), kind: 'new', request: 'a WebSocket', error: error instanceof Error ? error.message : String(error) })
    }).finally(() => inHand.delete(one))
    inHand.add(one)
  }
  begin()
  const timer = setInterval(begin, between)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(inHand)
      return { sent }
    },
  }
}

/** One of them, from its opening to its close. */
async function held({ address, host, answered }: Ground): Promise<void> {
  const begun = Date.now()
  const socket = await opened(address, host)
  try {
    for (let count = 0; count < words; count++) {
      if (count > 0) await new Promise((resolve) => setTimeout(resolve, pause))
      const told = JSON.parse(await answerOn(socket)) as Record<string, unknown>
      answered?.({ begun, ended: Date.now(), told })
    }
  } finally {
    socket.destroy()
  }
}

function opened(address: string, host: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'c2xpcHdheS1pcy10ZXN0cw==' }
    const asked = request({ host: address, port: 80, path: '/ws', headers, agent: false, timeout: patience })
    // As rig/connection.mjs does.
    asked.on('socket', (socket) => socket.on('connect', () => socket.setKeepAlive(true, 1_000)))
    // What breaks it between two words is found at the next.
    asked.on('upgrade', (_, socket) => { resolve(socket.on('error', () => undefined)) })
      .on('response', ({ statusCode }) => { reject(new Error(`status ${statusCode}`)) })
      .on('timeout', () => { asked.destroy(new Error('no answer')) })
      .on('error', reject).end()
  })
}

/** Says a word, and resolves with the text of the frame that comes back. */
function answerOn(socket: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) {
      reject(new Error('it was closed'))
      return
    }
    let got = Buffer.alloc(0)
    const timer = setTimeout(() => { over(new Error('no answer')) }, patience)
    const over = (error: Error | null): void => {
      clearTimeout(timer)
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener)
      if (error === null) resolve(got.subarray(4).toString('utf8'))
      else reject(error)
    }
    const listeners = {
      data: (chunk: Buffer) => {
        got = Buffer.concat([got, chunk])
        // A text that is longer than 125 bytes, whose length stands in two.
        if (got.length >= 4 && got.length >= 4 + got.readUInt16BE(2)) over(null)
      },
      close: () => { over(new Error('it was closed')) },
      error: over,
    }
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener)
    // A masked text of one letter; the mask is zeros.
    socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]))
  })
}
