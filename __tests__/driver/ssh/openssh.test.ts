import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect, type ConnectOptions, type SshConnection } from '../../../src/drivers/ssh'
import { failureOf } from './failure-of'
import { makeKeys, startSshd, type Keys, type RealSshd } from './real-sshd'

let keys: Keys
let sshd: RealSshd
let other: RealSshd

beforeAll(async () => {
  keys = makeKeys({
    deploy: ['-t', 'ed25519', '-N', ''],
    rsa: ['-t', 'rsa', '-b', '2048', '-N', ''],
    ecdsa: ['-t', 'ecdsa', '-N', ''],
    locked: ['-t', 'ed25519', '-N', 'open sesame'],
    stranger: ['-t', 'ed25519', '-N', ''],
  })
  sshd = await startSshd(['deploy', 'rsa', 'ecdsa', 'locked'].map((name) => keys.read(`${name}.pub`)).join(''))
  other = await startSshd('', [], ['ed25519'])
}, 60_000)

afterAll(async () => {
  await sshd.stop()
  await other.stop()
  keys.remove()
})

function options(changes: Partial<ConnectOptions> & { keyName?: string; passphrase?: string } = {}): ConnectOptions {
  const { keyName = 'deploy', passphrase, ...rest } = changes
  return {
    address: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
    key: { privateKey: keys.read(keyName), ...(passphrase === undefined ? {} : { passphrase }) },
    knownHosts: sshd.knownHosts(),
    signal: new AbortController().signal,
    ...rest,
  }
}

type Changes = Parameters<typeof options>[0]

async function withConnection<T>(use: (connection: SshConnection) => Promise<T>, changes?: Changes): Promise<T> {
  await using connection = await connect(options(changes))
  return await use(connection)
}

const run = (command: string, changes?: Parameters<typeof options>[0]) =>
  withConnection((connection) => connection.exec(command, { timeoutMs: 20_000 }), changes)

describe('a program on an OpenSSH host', () => {
  it('gives its exit code, output and errors, which are no failure by themselves', async () => {
    expect(await run('echo out; echo err >&2; exit 7')).toEqual({ code: 7, signal: null, stdout: 'out\n', stderr: 'err\n' })
  })

  it('gives the signal that ended it', async () => {
    expect(await run('kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('takes its input whole and gives its output whole', async () => {
    const bytes = randomBytes(5_000_000)
    const wanted = createHash('sha256').update(bytes).digest('hex')
    const result = await withConnection((connection) => connection.exec('sha256sum', { input: bytes, timeoutMs: 20_000 }))
    expect(result.stdout).toContain(wanted)
  })

  it('takes a stream as input', async () => {
    async function* pieces() {
      for (const word of ['ä', 'ö', 'ü']) yield await Promise.resolve(Buffer.from(word))
    }
    const result = await withConnection((connection) => connection.exec('cat', { input: pieces(), timeoutMs: 20_000 }))
    expect(result.stdout).toBe('äöü')
  })

  it('may cut a character in two', async () => {
    expect((await run("printf 'gr\\303'; sleep 0.1; printf '\\274n'")).stdout).toBe('grün')
  })

  it('keeps its exit code when it does not read its input', async () => {
    const input = Buffer.alloc(8_000_000)
    const result = await withConnection((connection) => connection.exec('exit 3', { input, timeoutMs: 20_000 }))
    expect(result.code).toBe(3)
  })

  it('reports the error of a stream that breaks, and stops', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'))
      throw new Error('disk on fire')
    }
    await expect(withConnection((connection) => connection.exec('cat', { input: broken(), timeoutMs: 20_000 })))
      .rejects.toThrow('disk on fire')
  })

  it('has a time limit, after which the connection is still good', async () => {
    await withConnection(async (connection) => {
      const failure = await failureOf(connection.exec('sleep 60', { timeoutMs: 150 }))
      expect(failure.code).toBe('command-timeout')
      expect(failure.message).toContain("'sleep 60' on 127.0.0.1")
      expect(await connection.exec('echo still', { timeoutMs: 20_000 })).toMatchObject({ code: 0, stdout: 'still\n' })
    })
  })

  it('can be cancelled alone', async () => {
    const controller = new AbortController()
    await withConnection(async (connection) => {
      const running = connection.exec('sleep 60', { timeoutMs: 20_000, signal: controller.signal })
      setTimeout(() => { controller.abort() }, 100)
      expect((await failureOf(running)).code).toBe('cancelled')
      expect((await connection.exec('true', { timeoutMs: 20_000 })).code).toBe(0)
    })
  })

  it('cannot fill the memory', async () => {
    await withConnection(async (connection) => {
      const failure = await failureOf(connection.exec('yes', { timeoutMs: 20_000, maxOutputBytes: 100_000 }))
      expect(failure.code).toBe('command-output-too-large')
    })
  })

  it('runs beside others on one connection', async () => {
    await withConnection(async (connection) => {
      const results = await Promise.all([1, 2, 3, 4, 5].map((n) => connection.exec(`echo ${n}`, { timeoutMs: 20_000 })))
      expect(results.map((result) => result.stdout)).toEqual(['1\n', '2\n', '3\n', '4\n', '5\n'])
      expect(connection.counters()).toMatchObject({ connections: 1, channels: 5 })
    })
  })
})

describe('a conversation', () => {
  it('goes back and forth, and ends with the exit code', async () => {
    await withConnection(async (connection) => {
      const channel = await connection.open('while read -r word; do echo "you said $word"; done; exit 4')
      const lines = channel.lines()
      for (const word of ['one', 'zwö']) {
        await channel.write(`${word}\n`)
        expect(await lines.next()).toEqual({ done: false, value: `you said ${word}` })
      }
      channel.end()
      expect(await lines.next()).toEqual({ done: true, value: undefined })
      expect(await channel.exit).toEqual({ code: 4, signal: null })
    })
  })

  it('goes on after a reader stopped, keeps the tail of standard error', async () => {
    await withConnection(async (connection) => {
      const channel = await connection.open('echo a; echo b; echo c; echo oops >&2; printf end')
      const seen: string[] = []
      for await (const line of channel.lines()) {
        seen.push(line)
        break
      }
      for await (const line of channel.lines()) seen.push(line)
      expect(seen).toEqual(['a', 'b', 'c', 'end'])
      expect((await channel.exit).code).toBe(0)
      expect(channel.stderr()).toBe('oops\n')
    })
  })

  it('is cut off when the connection is closed, and says how its end is unknown', async () => {
    const connection = await connect(options())
    const channel = await connection.open('cat')
    await connection[Symbol.asyncDispose]()
    expect((await failureOf(channel.exit)).code).toBe('command-end-unknown')
    expect(await connection.closed).toBeNull()
    expect((await failureOf(connection.exec('true', { timeoutMs: 1000 }))).code).toBe('connection-lost')
  })

  it('refuses a line without end', async () => {
    await withConnection(async (connection) => {
      const channel = await connection.open('tr "\\0" x < /dev/zero')
      expect((await failureOf(channel.lines().next() as Promise<unknown>)).code).toBe('line-too-long')
      await failureOf(channel.exit)
    })
  })

  it('that nobody reads holds up no other channel, and fills no memory', async () => {
    await withConnection(async (connection) => {
      const stuck = await connection.open('cat /dev/zero')
      const busy = await connection.exec('head -c 3000000 /dev/zero | wc -c', { timeoutMs: 20_000 })
      expect(busy.stdout.trim()).toBe('3000000')
      // What nobody reads stays on the host, but for one window.
      expect(connection.counters().bytesReceived).toBeLessThan(4_500_000)
      stuck.close()
    })
  })
})

describe('a Unix socket on the host', () => {
  it('is a stream both ways', async () => {
    const path = join(sshd.folder, 'echo.sock')
    const server = createServer({ allowHalfOpen: true }, (socket) => { socket.pipe(socket) }).listen(path)
    await once(server, 'listening')
    await withConnection(async (connection) => {
      const stream = await connection.openStreamLocal(path)
      stream.end('hello')
      expect(await text(stream)).toBe('hello')
    })
    server.close()
  })

  it('that is not there is a failure', async () => {
    await withConnection(async (connection) => {
      expect((await failureOf(connection.openStreamLocal('/nowhere.sock'))).code).toBe('ssh-channel-refused')
    })
  })
})

describe('keys on an OpenSSH host', () => {
  it.each(['deploy', 'rsa', 'ecdsa'])('accepts %s', async (keyName) => {
    expect((await run('true', { keyName })).code).toBe(0)
  })

  it('opens an encrypted key with its passphrase', async () => {
    expect((await run('true', { keyName: 'locked', passphrase: 'open sesame' })).code).toBe(0)
  })

  it('says who refused which key, and the line to add', async () => {
    const failure = await failureOf(connect(options({ keyName: 'stranger' })))
    expect(failure.code).toBe('ssh-key-refused')
    expect(failure.what).toMatch(new RegExp(`^${sshd.user}@127.0.0.1:${sshd.port} refused the key in 'ssh-key' .*SHA256:`))
    expect(failure.cure).toContain(keys.read('stranger.pub').split(' ').slice(0, 2).join(' '))
  })
})

describe('host keys of an OpenSSH host', () => {
  it.each(['ed25519', 'rsa', 'ecdsa'])('is satisfied with the %s key alone', async (family) => {
    expect((await run('true', { knownHosts: sshd.knownHosts(family) })).code).toBe(0)
  })

  it('refuses an unknown host, shows the line to store, and offers no credential', async () => {
    const before = sshd.log().length
    const failure = await failureOf(connect(options({ knownHosts: '' })))
    expect(failure.code).toBe('host-key-unknown')
    expect(failure.why).toContain("'known-hosts' is empty")
    expect(failure.what).toMatch(/ssh-ed25519 SHA256:/)
    const line = /this line:\n(.+)$/.exec(failure.cure)?.[1] ?? ''
    expect((await run('true', { knownHosts: line })).code).toBe(0)
    expect(sshd.log().slice(before).split('Accepted publickey')[0]).not.toMatch(/Failed|userauth|authenticating/)
  })

  it('refuses a changed key and shows both', async () => {
    const changed = other.knownHosts().replace(String(other.port), String(sshd.port))
    const failure = await failureOf(connect(options({ knownHosts: changed })))
    expect(failure.code).toBe('host-key-changed')
    expect(failure.cure).toContain('replace line 1')
    expect(failure.what.match(/SHA256:\S+/g)).toHaveLength(2)
    expect(failure.why).toContain('attack')
  })
})

describe('the cost of a connection', () => {
  it('is five round trips, and two for a program', async () => {
    await withConnection(async (connection) => {
      expect(connection.counters()).toMatchObject({ connections: 1, roundTrips: 5 })
      await connection.exec('true', { timeoutMs: 20_000 })
      expect(connection.counters().roundTrips).toBe(7)
      expect(connection.counters().bytesSent).toBeGreaterThan(1000)
    })
  })
})
