import { randomBytes } from 'node:crypto'
import { connect, type ConnectOptions } from '../../../src/drivers/ssh'
import { cutCable } from './cable'
import { failureOf } from './failure-of'
import { makeKeys, startSshd, type Keys, type RealSshd } from './real-sshd'

let keys: Keys
let sshd: RealSshd
let bastion: RealSshd

beforeAll(async () => {
  const plain = ['-t', 'ed25519', '-N', '']
  keys = makeKeys({ deploy: plain, hop: plain, stranger: plain })
  sshd = await startSshd(keys.read('deploy.pub'), [], ['ed25519'])
  bastion = await startSshd(keys.read('hop.pub'), [], ['ed25519'])
}, 60_000)

afterAll(async () => {
  await sshd.stop()
  await bastion.stop()
  keys.remove()
})

describe('a bastion', () => {
  const through = (changes: Partial<ConnectOptions> = {}): ConnectOptions => ({
    address: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
    key: { privateKey: keys.read('deploy') },
    signal: new AbortController().signal,
    bastion: { address: { user: bastion.user, host: '127.0.0.1', port: bastion.port }, key: { privateKey: keys.read('hop') } },
    knownHosts: sshd.knownHosts() + bastion.knownHosts(),
    ...changes,
  })

  it('is passed with one TCP connection and its own key', async () => {
    const before = sshd.log().length
    await using connection = await connect(through())
    const input = randomBytes(3_000_000)
    const result = await connection.exec('wc -c', { input, timeoutMs: 20_000 })
    expect(result.stdout.trim()).toBe('3000000')
    expect(connection.counters().connections).toBe(1)
    expect(connection.counters().bytesSent).toBeGreaterThan(3_000_000)
    // The host sees the bastion's connection, and nobody else's.
    expect(sshd.log().slice(before).match(/Connection from/g)).toHaveLength(1)
    expect(bastion.log()).toContain('Accepted publickey')
  })

  it('has its own host key checked', async () => {
    const failure = await failureOf(connect(through({ knownHosts: sshd.knownHosts() })))
    expect(failure).toMatchObject({ code: 'host-key-unknown' })
    expect(failure.what).toContain(String(bastion.port))
  })

  it('does not vouch for the host behind it', async () => {
    const failure = await failureOf(connect(through({ knownHosts: bastion.knownHosts() })))
    expect(failure).toMatchObject({ code: 'host-key-unknown' })
    expect(failure.what).toContain(String(sshd.port))
  })

  it('that refuses the key is named with its input', async () => {
    const address = { user: bastion.user, host: '127.0.0.1', port: bastion.port }
    const hop = { address, key: { privateKey: keys.read('stranger') } }
    const failure = await failureOf(connect(through({ bastion: hop })))
    expect(failure.code).toBe('ssh-key-refused')
    expect(failure.what).toContain("'bastion-ssh-key'")
  })

  it('that cannot reach the host says so', async () => {
    const failure = await failureOf(connect(through({ address: { user: 'deploy', host: '127.0.0.1', port: 1 } })))
    expect(failure.code).toBe('bastion-cannot-reach-host')
  })

  it('that is cut off takes the connection with it', async () => {
    const cable = await cutCable(bastion.port)
    const address = { user: bastion.user, host: '127.0.0.1', port: cable.port }
    const knownHosts = sshd.knownHosts() + bastion.knownHosts().replaceAll(String(bastion.port), String(cable.port))
    await using connection = await connect(through({ bastion: { address, key: { privateKey: keys.read('hop') } }, knownHosts }))
    const running = failureOf(connection.exec('sleep 60', { timeoutMs: 20_000 }))
    const channel = await connection.open('cat')
    cable.cut()
    for (const failure of [await running, await failureOf(channel.exit), await connection.closed]) {
      expect(failure).toMatchObject({ code: 'connection-lost' })
      expect(failure?.what).toContain('the bastion 127.0.0.1')
    }
  })
})
