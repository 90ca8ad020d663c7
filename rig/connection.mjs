// One HTTP/1.1 connection as a naive client has it: one request at a time, no retry, no reconnecting.
import { connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

/** Reads one answer from what has arrived: undefined while it is not whole. `ended`: the peer has said its last. */
export function readAnswer(bytes, ended) {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = Number(statusLine.split(' ')[1])
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  }))
  const rest = bytes.subarray(headEnd + 4)
  const answer = (body) => ({ status, headers, body: body.toString('utf8') })
  if (status === 204 || status === 304) return answer(Buffer.alloc(0))
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) {
    const body = readChunks(rest)
    return body && answer(body)
  }
  if (headers['content-length'] !== undefined) {
    const length = Number(headers['content-length'])
    return rest.length >= length ? answer(rest.subarray(0, length)) : undefined
  }
  return ended ? answer(rest) : undefined
}

function readChunks(bytes) {
  const parts = []
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const start = lineEnd + 2
    if (bytes.length < start + size + 2) return undefined
    if (size === 0) return Buffer.concat(parts)
    parts.push(bytes.subarray(start, start + size))
    at = start + size + 2
  }
}

export class Connection {
  #socket
  #bytes = Buffer.alloc(0)
  #pending
  #error

  /** `tls`: {servername, ca}, and then it is https. `lost(error)` is called once, when it breaks or is closed by the peer with no request in flight. */
  constructor({ address, port, tls, lost = () => {} }) {
    const socket = tls ? connectSecurely({ host: address, port, ...tls }) : connect({ host: address, port, noDelay: true })
    if (tls) socket.setNoDelay()
    // A peer that lost its power says nothing; asked again when it is back, it knows of no connection.
    // (Before there is a connection Node would take that for a minute.)
    socket.on('connect', () => socket.setKeepAlive(true, 1_000))
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#bytes = this.#bytes.length ? Buffer.concat([this.#bytes, chunk]) : chunk
      if (this.#pending) this.#advance(false)
      else this.#fail('an answer nobody asked for', lost)
    })
    socket.on('end', () => {
      if (this.#pending) this.#advance(true)
      this.#fail('closed by the server', lost)
    })
    socket.on('error', (error) => this.#fail(error.code ?? error.message, lost))
    socket.on('close', () => this.#fail('closed', lost))
  }

  get alive() {
    return this.#error === undefined
  }

  /** Resolves with {status, headers, body}; rejects with what broke. */
  request(text, timeout) {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(new Error(this.#error))
        return
      }
      const timer = setTimeout(() => this.#fail(`no answer in ${timeout} ms`), timeout)
      this.#pending = {
        resolve: (answer) => { clearTimeout(timer); resolve(answer) },
        reject: (error) => { clearTimeout(timer); reject(error) },
      }
      this.#socket.write(text)
    })
  }

  close() {
    this.#error ??= 'closed by us'
    this.#socket.destroy()
  }

  #advance(ended) {
    const answer = readAnswer(this.#bytes, ended)
    if (!answer) return
    const { resolve } = this.#pending
    this.#pending = undefined
    this.#bytes = Buffer.alloc(0)
    resolve(answer)
  }

  #fail(text, lost) {
    if (this.#error !== undefined) return
    this.#error = text
    this.#socket.destroy()
    const pending = this.#pending
    this.#pending = undefined
    if (pending) pending.reject(new Error(this.#bytes.length ? `${text} in the middle of an answer` : text))
    else lost?.(new Error(text))
  }
}
