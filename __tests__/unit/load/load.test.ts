import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { startLoad, type LoadAnswer, type LoadOptions, type LoadResult } from '../../../rig/load.mjs'

type Answer = (url: string, number: number) => { status?: number; body?: unknown; drop?: boolean; headers?: Record<string, string> }

let server: Server
let sockets: Set<Socket>

async function under(answer: Answer, options: Partial<LoadOptions>, during?: () => void): Promise<LoadResult> {
  let number = 0
  sockets = new Set()
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => { text += chunk.toString() })
    request.on('end', () => {
      const { status = 200, body, drop = false, headers = {} } = answer(request.url ?? '', number++)
      if (drop) {
        request.socket.destroy()
        return
      }
      const echo: unknown = text ? JSON.parse(text) : undefined
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body ?? { version: '1', echo }))
    })
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const load = startLoad({ address: '127.0.0.1', port: (server.address() as AddressInfo).port, rate: 400, seconds: 20, ...options })
  during?.()
  const result = await load.done
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return result
}

describe('load', () => {
  it('sends what it is told and records what answered', async () => {
    const result = await under(() => ({}), { count: 60, kept: 3, requests: ['GET /', 'POST /echo'] })
    expect(result).toMatchObject({ sent: 60, ok: 60, failed: 0, failures: [], versions: { 1: 60 } })
    expect(result.p99).toBeGreaterThanOrEqual(result.p50)
  })

  it('counts each dropped connection as one failure and goes on', async () => {
    const result = await under((_, number) => ({ drop: [10, 20, 31].includes(number) }), { count: 60, kept: 3 })
    expect(result).toMatchObject({ sent: 60, ok: 57, failed: 3 })
    expect(new Set(result.failures.map(({ kind }) => kind)).size).toBeGreaterThan(0)
  })

  it('tells of each answer and each failure when it is there', async () => {
    const answers: LoadAnswer[] = []
    const missed: number[] = []
    const before = Date.now()
    const result = await under((_, number) => ({ drop: number === 10, body: { version: '1', activation: number } }), {
      count: 20, kept: 0, answered: (answer) => { answers.push(answer) }, missed: ({ ended }) => { missed.push(ended) },
    })
    expect(answers).toHaveLength(19)
    expect(answers.map(({ told }) => told['activation'])).toContain(19)
    expect(answers.every(({ begun, ended }) => begun <= ended && begun > before - 100)).toBe(true)
    expect(missed).toHaveLength(result.failed)
  })

  it('counts a kept connection that is closed while idle', async () => {
    let closed = 0
    const result = await under(() => ({}), { count: 40, kept: 4, rate: 40 }, () => {
      const timer = setInterval(() => {
        const idle = [...sockets].slice(0, 2)
        if (idle.length < 2) return
        clearInterval(timer)
        for (const socket of idle) closed += socket.end() ? 1 : 0
      }, 5)
    })
    expect(closed).toBe(2)
    expect(result.failed).toBe(2)
    expect(result.failures[0]).toMatchObject({ kind: 'kept', error: expect.stringMatching(/closed|ECONNRESET|EPIPE/) as string })
  })

  it('takes "Connection: close" on a kept connection for a failure, on a new one for none', async () => {
    const result = await under((_, number) => ({ headers: number === 5 ? { connection: 'close' } : {} }), { count: 20, kept: 1, rate: 100 })
    const onNew = await under(() => ({ headers: { connection: 'close' } }), { count: 20, kept: 0 })
    expect(result.failed).toBeLessThanOrEqual(1)
    expect(onNew.failed).toBe(0)
    const all = await under(() => ({ headers: { connection: 'close' } }), { count: 20, kept: 1, rate: 100 })
    expect(all.failures.filter(({ error }) => error.includes('Connection: close'))).toHaveLength(10)
  })

  it('counts answers that are no success, and an echo that differs', async () => {
    const result = await under((_, number) => {
      if (number === 3) return { status: 502 }
      return number === 4 ? { body: { version: '1', echo: 'else' } } : {}
    }, { count: 12, requests: ['POST /echo'] })
    expect(result.failures.map(({ error }) => error).toSorted()).toEqual(['status 502', 'the echo differs from what was sent'])
  })

  it('tells when the version changed, path by path', async () => {
    const result = await under((url, number) => ({ body: { version: url === '/js/' ? 'js' : number < 20 ? '1' : '2' } }), {
      count: 40, requests: ['GET /', 'GET /js/'], rate: 200,
    })
    expect(result.changes.filter(({ path }) => path === '/').map(({ from, to }) => [from, to])).toEqual([[null, '1'], ['1', '2']])
    expect(result.changes.filter(({ path }) => path === '/js/')).toHaveLength(1)
    expect(Object.values(result.versions).reduce((a, b) => a + b)).toBe(40)
  })

  it('counts a server that never answers, and the gap it left', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const result = await startLoad({ address: '127.0.0.1', port, count: 4, rate: 100, timeout: 150 }).done
    expect(result).toMatchObject({ sent: 4, ok: 0, failed: 4 })
    expect(result.failures[0]?.error).toBe('no answer in 150 ms')
    expect(result.longestGap).toBeGreaterThanOrEqual(150)
    silent.closeAllConnections()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('counts no more failures than requests and kept connections while nothing listens', async () => {
    const result = await startLoad({ address: '127.0.0.1', port: 1, rate: 200, kept: 4, count: 40 }).done
    expect(result).toMatchObject({ sent: 40, ok: 0 })
    expect(result.failed).toBeGreaterThanOrEqual(40)
    expect(result.failed).toBeLessThanOrEqual(44)
  })

  it('ends when it is told to, with its result', async () => {
    const first = startLoad({ address: '127.0.0.1', port: 1, rate: 100, kept: 0, seconds: 60 })
    const result = await first.stop()
    expect(result.sent).toBe(result.failed)
  })
})
