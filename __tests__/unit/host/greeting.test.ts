import type { Channel } from '../../../src/drivers/ssh'
import { Failure } from '../../../src/errors'
import { HostTarget } from '../../../src/targets/host'
import { greet } from '../../../src/targets/host/greeting'
import type { Connection } from '../../../src/targets/host/connection'

const greeter = { name: 'web-1', user: 'deploy', app: 'shop', actor: { by: 'ada', run: 'git push' }, lockTimeout: 300 }
const nothing = { app: 'shop', serving: null, entries: [], releases: [], settled: [], url: null, domain: null }

/** A host whose program hears all and says what it is given. */
class Heard implements Connection {
  readonly started: string[] = []
  said = ''
  readonly #lines: string[]

  constructor(lines: readonly object[] = []) {
    this.#lines = lines.map((line) => JSON.stringify(line))
  }

  open(command: string): Promise<Channel> {
    this.started.push(command)
    const lines = this.#lines
    const channel: Channel = {
      write: async (chunk) => { this.said += chunk.toString() },
      end: () => undefined,
      lines: async function* () { yield* lines },
      stderr: () => '',
      exit: Promise.resolve({ code: 0, signal: null }),
      close: () => undefined,
    }
    return Promise.resolve(channel)
  }

  counters = (): ReturnType<Connection['counters']> => ({ connections: 0, roundTrips: 0, bytesSent: 0, bytesReceived: 0 })

  async [Symbol.asyncDispose](): Promise<void> { /* nothing is open */ }
}

const target = (dialled: ConstructorParameters<typeof HostTarget>[0]['dial']): HostTarget =>
  new HostTarget({ ...greeter, host: '10.0.0.1', staging: true, takeOver: null, accepts: ['vm'], registries: [], images: {}, hide: () => undefined, dial: dialled })

describe('the first words to a host', () => {
  it('ask for the lock and for no look, which would take the words of a dead run from who deploys next', async () => {
    const heard = new Heard()
    await greet(heard, greeter)
    expect(heard.started).toEqual(['sudo -n /usr/local/sbin/slipway-host'])
    expect(heard.said).toBe('session 1 shop 300\nbegin {"by":"ada","run":"git push"}\n')
  })

  it('need no sudo for root', async () => {
    const heard = new Heard()
    await greet(heard, { ...greeter, user: 'root' })
    expect(heard.started).toEqual(['/usr/local/sbin/slipway-host'])
  })

  it('are said once, whoever says them; what the host tells meanwhile is told when somebody listens', async () => {
    const busy = { type: 'busy', final: false, holder: { by: 'bob', run: '', since: 'noon' } }
    const hello = { type: 'hello', protocol: 2, program: 'x' }
    const answer = { type: 'answer', verb: 'inspect', ok: true, value: nothing }
    for (const early of [true, false]) {
      const heard = new Heard([busy, hello, answer])
      const told: unknown[] = []
      const greeted = early ? { greeted: greet(heard, greeter) } : {}
      const dialled = { connection: Promise.resolve(heard), ...greeted, stop: () => undefined }
      await using session = await target(() => dialled).open(new AbortController().signal, (event) => { told.push(event) })
      expect((await session.inspect()).serving).toBeNull()
      expect(heard.started).toHaveLength(1)
      expect(heard.said).toBe('session 1 shop 300\nbegin {"by":"ada","run":"git push"}\ninspect {"staging":true}\n')
      expect(told).toEqual([expect.objectContaining({ type: 'note', text: 'waiting for the lock that bob holds since noon' })])
    }
  })

  it('that nobody takes any more are no failure of their own: why the program ended is told by how it did', async () => {
    const gone = new Failure({ code: 'command-closed-input', what: 'it took no more', cure: '' })
    const channel: Channel = {
      write: () => Promise.reject(gone), end: () => undefined, lines: async function* () { /* nothing was said */ },
      stderr: () => 'bash: /usr/local/sbin/slipway-host: No such file or directory', exit: Promise.resolve({ code: 127, signal: null }),
      close: () => undefined,
    }
    const absent = Object.assign(new Heard(), { open: () => Promise.resolve(channel) })
    const opened = target(() => ({ connection: Promise.resolve(absent), stop: () => undefined })).open(new AbortController().signal, () => undefined)
    await expect(opened).rejects.toMatchObject({ code: 'host-not-prepared' })
  })
})
