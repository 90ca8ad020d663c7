// A constant load of two kinds of clients at once, half of the requests each: such as open a connection for every request,
// and such as keep theirs, do not reconnect and do not retry: whatever goes wrong on one of those, a close while it is idle
// included, is a failure. (The next request then opens another, or the load would fade.)
//
// node rig/load.mjs --to ADDRESS:PORT [--host NAME] [--rate 50] [--kept 5] [--seconds 60] [--count N] [--timeout MS]
//                   [--request 'GET /']… [--until-stdin-closes]
// Ends after its seconds or its count, on SIGTERM or SIGINT, and prints its result as JSON; exit code 1 when any request failed.
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Connection } from './connection.mjs'

const failuresListed = 200

/** Starts it. `done` resolves with the result; `stop()` ends it early and resolves with the same. See load.d.mts. */
export function startLoad(options) {
  const { address, port, tls, host = address, rate = 50, kept = 5, seconds = 60, count = Infinity, timeout = 10_000 } = options
  const requests = (options.requests ?? ['GET /']).map((text) => {
    const [method, path] = text.split(' ')
    return { method, path }
  })
  const startedAt = Date.now()
  const origin = performance.now()
  const now = () => Math.round((performance.now() - origin) * 10) / 10
  const tally = newTally()
  const clients = Array.from({ length: kept }, () => newKeptClient())
  const inFlight = new Set()
  const asked = { new: 0, kept: 0 }
  let stopping = false
  let finish
  const done = new Promise((resolve) => { finish = resolve })

  function fail(failure, took = 0) {
    tally.fail(failure)
    options.missed?.({ ...failure, begun: Date.now() - took, ended: Date.now() })
  }

  function newKeptClient() {
    const client = { waiting: Promise.resolve(), connection: undefined }
    const lost = (error) => {
      client.connection = undefined
      if (!stopping) fail({ at: now(), kind: 'kept', request: 'idle', error: error.message })
    }
    client.open = () => client.connection = new Connection({ address, port, tls, lost })
    client.open()
    return client
  }

  function send(kind) {
    const number = asked[kind]++
    const { method, path } = requests[number % requests.length]
    const due = now()
    const body = method === 'POST' ? JSON.stringify({ number, kind, pad: 'x'.repeat(512) }) : ''
    const text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\n`
      + `Connection: ${kind === 'new' ? 'close' : 'keep-alive'}\r\n`
      + (body ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : '') + `\r\n${body}`
    tally.sent++
    const outcome = (kind === 'new' ? onNew(text) : onKept(clients[number % clients.length], text))
      .then((answer) => judge(answer, body, options.redirects))
      .then(
        (told) => {
          const took = now() - due
          tally.succeed({ at: now(), took, path, version: told.version })
          options.answered?.({ begun: Date.now() - took, ended: Date.now(), told })
        },
        (error) => fail({ at: now(), kind, request: `${method} ${path}`, error: error.message }, now() - due),
      )
      .finally(() => inFlight.delete(outcome))
    inFlight.add(outcome)
  }

  async function onNew(text) {
    const connection = new Connection({ address, port, tls })
    try {
      return await connection.request(text, timeout)
    } finally {
      connection.close()
    }
  }

  // One request at a time on a kept connection; the wait counts as part of the answer's time.
  function onKept(client, text) {
    const answer = client.waiting.then(async () => {
      const connection = client.connection ?? client.open()
      try {
        const received = await connection.request(text, timeout)
        if (/close/i.test(received.headers.connection ?? '')) throw new Error('the answer says Connection: close')
        return received
      } catch (error) {
        connection.close()
        client.connection = undefined
        throw error
      }
    })
    client.waiting = answer.catch(() => {})
    return answer
  }

  let fired = 0
  const timer = setInterval(() => {
    const due = Math.min(count, Math.floor((now() * rate) / 1000), seconds * rate)
    for (; fired < due; fired++) send(kept > 0 && fired % 2 ? 'kept' : 'new')
    if (fired >= count || now() >= seconds * 1000) void stop()
  }, Math.max(1, Math.min(10, 500 / rate)))

  async function stop() {
    if (!stopping) {
      stopping = true
      clearInterval(timer)
      await Promise.all(inFlight)
      for (const { connection } of clients) connection?.close()
      finish({ startedAt, seconds: now() / 1000, ...tally.result(now()) })
    }
    return done
  }

  return { stop, done, startedAt, soFar: () => tally.result(now()) }
}

/** What an answer says of itself, when it is JSON; throws when it is no success. */
function judge({ status, body }, sentBody, redirects = false) {
  if (redirects && status === 308) return { version: 'redirected' }
  if (status < 200 || status > 299) throw new Error(`status ${status}`)
  let parsed
  try {
    parsed = JSON.parse(body)
  } catch {
    return {}
  }
  if (sentBody && parsed?.echo !== undefined && JSON.stringify(parsed.echo) !== sentBody) {
    throw new Error('the echo differs from what was sent')
  }
  return parsed ?? {}
}

function newTally() {
  const latencies = []
  const versions = {}
  const last = new Map()
  const changes = []
  const failures = []
  let failed = 0
  let lastAnswer = 0
  let gap = 0
  return {
    sent: 0,
    succeed({ at, took, path, version }) {
      latencies.push(took)
      gap = Math.max(gap, at - lastAnswer)
      lastAnswer = at
      if (version === undefined) return
      versions[version] = (versions[version] ?? 0) + 1
      if (last.get(path) !== version) changes.push({ at, path, from: last.get(path) ?? null, to: version })
      last.set(path, version)
    },
    fail(failure) {
      failed++
      if (failures.length < failuresListed) failures.push(failure)
    },
    result(at) {
      const sorted = latencies.toSorted((a, b) => a - b)
      const quantile = (share) => {
        const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
        return Math.round(value * 10) / 10
      }
      return {
        sent: this.sent, ok: latencies.length, failed, failures: [...failures], versions: { ...versions }, changes: [...changes],
        longestGap: Math.round(Math.max(gap, at - lastAnswer)), p50: quantile(0.5), p99: quantile(0.99),
      }
    },
  }
}

async function main() {
  const { values } = parseArgs({ options: {
    to: { type: 'string' }, host: { type: 'string' }, rate: { type: 'string' }, kept: { type: 'string' },
    seconds: { type: 'string' }, count: { type: 'string' }, timeout: { type: 'string' },
    request: { type: 'string', multiple: true }, 'until-stdin-closes': { type: 'boolean' },
  } })
  const [, address, port] = /^(.+):(\d+)$/.exec(values.to ?? '') ?? []
  if (!address) {
    process.stderr.write('load: where to? Give --to ADDRESS:PORT\n')
    process.exit(2)
  }
  const numbers = Object.fromEntries(['rate', 'kept', 'seconds', 'count', 'timeout']
    .filter((name) => values[name] !== undefined).map((name) => [name, Number(values[name])]))
  const load = startLoad({
    address, port: Number(port), ...numbers,
    ...(values.host ? { host: values.host } : {}), ...(values.request ? { requests: values.request } : {}),
  })
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void load.stop())
  if (values['until-stdin-closes']) process.stdin.on('end', () => void load.stop()).resume()
  const result = await load.done
  process.exitCode = result.failed ? 1 : 0
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
