import { once } from 'node:events'
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection as Peer, type ServerChannel, type Session } from 'ssh2'
import { Failure } from '../../../src/errors'
import { connect, type ConnectOptions, type SshConnection } from '../../../src/drivers/ssh'
import { cutCable } from './cable'
import { failureOf } from './failure-of'
import { freePort, makeKeys, type Keys } from './real-sshd'

let keys: Keys
const running: { close: () => void }[] = []

beforeAll(() => {
  const plain = ['-t', 'ed25519', '-N', '']
  keys = makeKeys({ deploy: plain, host: plain, rsa: ['-t', 'rsa', '-b', '2048', '-N', ''] })
}, 60_000)
afterAll(() => { keys.remove() })
afterEach(() => { for (const server of running.splice(0)) server.close() })

interface Behaviour {
  readonly onPeer?: (peer: Peer) => void
  readonly onAuth?: (context: AuthContext) => void
  readonly onExec?: (stream: ServerChannel, command: string) => void
}

/** The library's own server, told how to misbehave. */
async function sshServer({ onPeer, onAuth, onExec }: Behaviour): Promise<{ port: number; sockets: Socket[] }> {
  const server = new ssh2.Server({ hostKeys: [keys.read('host')] }, (peer) => {
    onPeer?.(peer)
    peer.on('error', () => undefined)
    peer.on('authentication', onAuth ?? ((context) => { context.accept() }))
    peer.on('session', (accept: () => Session) => {
      accept().on('exec', (take, _refuse, info) => { onExec?.(take(), info.command) })
    })
  })
  return listen(server)
}

/** Anything but an SSH server. */
const rawServer = (talk: (socket: Socket) => void) => listen(createServer(talk))

async function listen(server: TcpServer): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const tcp = (server as unknown as { _srv?: TcpServer })._srv ?? server
  tcp.prependListener('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

function options(port: number, changes: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    address: { user: 'deploy', host: '127.0.0.1', port },
    key: { privateKey: keys.read('deploy') },
    knownHosts: `[127.0.0.1]:${port} ${keys.read('host.pub')}`,
    signal: new AbortController().signal,
    connectTimeoutMs: 5_000,
    ...changes,
  }
}

const inTime = { timeoutMs: 10_000 }

async function connected(behaviour: Behaviour, changes?: Partial<ConnectOptions>):
Promise<{ connection: SshConnection; sockets: Socket[] }> {
  const { port, sockets } = await sshServer(behaviour)
  const connection = await connect(options(port, changes))
  return { connection, sockets }
}

describe('a host that cannot be reached', () => {
  it('refuses the connection', async () => {
    const failure = await failureOf(connect(options(await freePort())))
    expect(failure.code).toBe('connection-refused')
    expect(failure.cure).toContain("'hosts'")
  })

  it('has a name that does not exist', async () => {
    const address = { user: 'deploy', host: 'no-such-host.invalid', port: 22 }
    expect((await failureOf(connect(options(22, { address })))).code).toMatch(/^host-not-(found|resolved)$/)
  })

  it('does not answer: TCP takes the call, nobody speaks', async () => {
    const { port } = await rawServer(() => undefined)
    const failure = await failureOf(connect(options(port, { connectTimeoutMs: 200 })))
    expect(failure.code).toBe('ssh-silent')
    expect(failure.what).toContain('within 0.2 s')
  })

  it('speaks HTTP', async () => {
    const { port } = await rawServer((socket) => { socket.on('data', () => { socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') }) })
    const failure = await failureOf(connect(options(port)))
    expect(failure.code).toBe('not-ssh')
    expect(failure.evidence[0]?.text).toContain('HTTP/1.1 400')
  })

  it.each(['', 'Exceeded MaxStartups\r\n', 'Not allowed at this time\r\n'])('turns us away with %j', async (words) => {
    const { port } = await rawServer((socket) => { socket.end(words) })
    expect((await failureOf(connect(options(port)))).code).toBe('ssh-turned-away')
  })
})

describe('a peer that resets', () => {
  it('after its greeting', async () => {
    const { port } = await rawServer((socket) => {
      socket.write('SSH-2.0-Broken\r\n')
      socket.once('data', () => { socket.resetAndDestroy() })
    })
    expect((await failureOf(connect(options(port)))).code).toBe('connection-lost')
  })

  it('with nonsense after its greeting', async () => {
    const nonsense = Buffer.concat([Buffer.from('SSH-2.0-Broken\r\n'), Buffer.alloc(64, 0xff)])
    const { port } = await rawServer((socket) => { socket.write(nonsense) })
    expect((await failureOf(connect(options(port)))).code).toBe('ssh-handshake-failed')
  })

  it('during authentication', async () => {
    const server = await sshServer({ onAuth: () => { for (const socket of server.sockets) socket.resetAndDestroy() } })
    expect((await failureOf(connect(options(server.port)))).code).toBe('connection-lost')
  })

  it('in the middle of a command that is being fed', async () => {
    const { connection, sockets } = await connected({
      onExec: (stream) => { stream.once('data', () => { for (const socket of sockets) socket.resetAndDestroy() }) },
    })
    const failure = await failureOf(connection.exec('swallow', { ...inTime, input: Buffer.alloc(20_000_000) }))
    expect(failure.code).toBe('connection-lost')
    expect((await connection.closed)?.code).toBe('connection-lost')
  })

  it('in the middle of a conversation: what came before is read first', async () => {
    const { connection, sockets } = await connected({ onExec: (stream) => { stream.write('first\nsec') } })
    const channel = await connection.open('talk')
    const lines = channel.lines()
    expect((await lines.next()).value).toBe('first')
    for (const socket of sockets) socket.resetAndDestroy()
    expect((await failureOf(lines.next())).code).toBe('connection-lost')
    expect((await failureOf(channel.exit)).code).toBe('connection-lost')
    expect((await failureOf(channel.write('more'))).code).toBe('connection-lost')
    channel.end()
    channel.close()
    expect((await failureOf(connection.exec('true', inTime))).code).toBe('connection-lost')
  })

  it('ends a write that waits for room', async () => {
    const { connection, sockets } = await connected({ onExec: (stream) => { stream.pause() } })
    const channel = await connection.open('never reads')
    const writing = channel.write(Buffer.alloc(8_000_000))
    setImmediate(() => { for (const socket of sockets) socket.resetAndDestroy() })
    expect((await failureOf(writing)).code).toBe('connection-lost')
  })
})

describe('a peer that keeps the connection and', () => {
  it('learns the exit code of a program whose start and end arrive in one packet', async () => {
    const server = await sshServer({
      onExec: (stream) => {
        stream.exit(3)
        stream.end()
      },
      onPeer: (peer) => {
        peer.on('ready', () => {
          // From here on the server's words go out together, at the end of each turn.
          const [socket] = server.sockets
          const write = socket!.write.bind(socket)
          let waiting: Buffer[] = []
          socket!.write = ((chunk: Buffer) => {
            if (waiting.push(Buffer.from(chunk)) === 1) {
              setImmediate(() => {
                write(Buffer.concat(waiting))
                waiting = []
              })
            }
            return true
          })
        })
      },
    })
    await using connection = await connect(options(server.port))
    expect(await connection.exec('quick', inTime)).toMatchObject({ code: 3, signal: null })
  })

  it('gives no exit code: a failure, not a success', async () => {
    const { connection } = await connected({ onExec: (stream) => { stream.end('done\n'); stream.close() } })
    expect((await failureOf(connection.exec('vanish', inTime))).code).toBe('command-end-unknown')
    await connection[Symbol.asyncDispose]()
  })

  it('cuts a character in two', async () => {
    const bytes = Buffer.from('grün\nblau\n')
    const { connection } = await connected({
      onExec: (stream) => {
        stream.write(bytes.subarray(0, 3))
        setTimeout(() => { stream.write(bytes.subarray(3)); stream.exit(0); stream.end() }, 30)
      },
    })
    const channel = await connection.open('colours')
    expect((await channel.lines().next()).value).toBe('grün')
    await connection[Symbol.asyncDispose]()
  })

  it('does not read makes the writer wait, and going on lets it go on', async () => {
    let reader: ServerChannel | undefined
    const { connection } = await connected({ onExec: (stream) => { reader ??= stream.pause() } })
    const channel = await connection.open('slow reader')
    let written = false
    const writing = channel.write(Buffer.alloc(20_000_000)).then(() => { written = true })
    // The peer starts another program and lets it run out of time meanwhile: there was time enough.
    await failureOf(connection.exec('wait', { timeoutMs: 300 }))
    expect(written).toBe(false)
    expect(connection.counters().bytesSent).toBeLessThan(6_000_000)
    reader?.resume()
    await writing
    await connection[Symbol.asyncDispose]()
  })

  it('falls silent is dead after four missed signs of life', async () => {
    const { port } = await sshServer({})
    const cable = await cutCable(port)
    running.push(cable)
    const known = `[127.0.0.1]:${cable.port} ${keys.read('host.pub')}`
    const connection = await connect(options(cable.port, { keepaliveMs: 250, knownHosts: known }))
    const command = failureOf(connection.exec('wait', inTime))
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    cable.silence()
    expect((await command).what).toContain('nothing was heard of it for 1 s')
    expect((await connection.closed)?.code).toBe('connection-lost')
  })

  it('never says whether it accepts the key', async () => {
    const { port } = await sshServer({ onAuth: () => undefined })
    const failure = await failureOf(connect(options(port, { connectTimeoutMs: 300 })))
    expect(failure.code).toBe('ssh-handshake-timeout')
    expect(failure.what).toContain('whether it accepts the key')
  })

  it('wants a second factor', async () => {
    const { port } = await sshServer({ onAuth: (context) => { context.reject(['keyboard-interactive'], true) } })
    expect((await failureOf(connect(options(port)))).code).toBe('ssh-key-not-enough')
  })

  it('takes no keys', async () => {
    const { port } = await sshServer({ onAuth: (context) => { context.reject(['password']) } })
    const failure = await failureOf(connect(options(port)))
    expect(failure.cure).toContain('PubkeyAuthentication yes')
  })
})

describe('authentication', () => {
  it.each(['deploy', 'rsa'])('is one signed request with %s, never with SHA-1', async (name) => {
    const requests: string[] = []
    const { connection } = await connected(
      {
        onAuth: (context) => {
          const { key, hashAlgo, signature } =
            context as unknown as { key: { algo: string }; hashAlgo?: string; signature?: Buffer }
          requests.push([context.method, key.algo, hashAlgo ?? '', signature === undefined ? 'asked' : 'signed'].join(' '))
          context.accept()
        },
      },
      { key: { privateKey: keys.read(name) } },
    )
    expect(requests).toEqual([name === 'rsa' ? 'publickey ssh-rsa sha256 signed' : 'publickey ssh-ed25519  signed'])
    await connection[Symbol.asyncDispose]()
  })
})

describe('a cancelled run', () => {
  it('rejects promptly while connecting, and hangs up', async () => {
    const controller = new AbortController()
    const { port, sockets } = await rawServer(() => { controller.abort() })
    expect((await failureOf(connect(options(port, { signal: controller.signal })))).code).toBe('cancelled')
    if (sockets[0]?.closed === false) await once(sockets[0].resume(), 'close')
  })

  it('does not even connect when it was cancelled before', async () => {
    expect((await failureOf(connect(options(1, { signal: AbortSignal.abort() })))).code).toBe('cancelled')
  })

  it('ends everything that is under way, for the reason given', async () => {
    const controller = new AbortController()
    const { connection } = await connected({}, { signal: controller.signal })
    const command = failureOf(connection.exec('wait', inTime))
    const reason = new Failure({ code: 'other-host-failed', what: 'Another host failed.', cure: 'Look there.' })
    controller.abort(reason)
    expect(await command).toBe(reason)
    expect(await connection.closed).toBe(reason)
  })
})

describe('a link with delay', () => {
  it('takes as long to connect as its round trips say', async () => {
    const { port } = await sshServer({})
    const cable = await cutCable(port, 100)
    running.push(cable)
    const start = performance.now()
    const knownHosts = `[127.0.0.1]:${cable.port} ${keys.read('host.pub')}`
    await using connection = await connect(options(cable.port, { knownHosts }))
    // The relay itself takes the call, so that TCP's own round trip is not delayed.
    const trips = (performance.now() - start) / 200
    expect(trips).toBeGreaterThan(connection.counters().roundTrips - 2)
    expect(trips).toBeLessThan(connection.counters().roundTrips)
  })
})
