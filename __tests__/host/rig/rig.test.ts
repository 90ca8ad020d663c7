import { createHash } from 'node:crypto'
import { writeFileSync, mkdtempSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, type Ended } from '../harness/command'
import { delayProxy } from '../harness/delay-proxy'
import { freshHost, mirror, type Host } from '../harness/hosts'

describe('a host of the rig', () => {
  let host: Host
  beforeAll(async () => { host = await freshHost('test-rig', { image: 'bare', port: 2202, user: 'deploy' }) }, 600_000)
  afterAll(async () => { await host.remove() })

  function ssh(knownHosts: string, ...command: string[]): Promise<Ended> {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-ssh-'))
    writeFileSync(join(folder, 'key'), host.key, { mode: 0o600 })
    writeFileSync(join(folder, 'known_hosts'), knownHosts)
    return run('ssh', [
      '-F', 'none', '-i', join(folder, 'key'), '-p', String(host.port), '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes',
      '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, `${host.user}@${host.address}`, ...command,
    ])
  }

  it('is a bare machine with an init system, reached on its port by a user with sudo', async () => {
    expect(await ssh(host.knownHosts, 'sudo', 'id', '-u')).toMatchObject({ code: 0, stdout: '0\n' })
    expect((await host.exec('hostname')).stdout).toBe(`${host.name}\n`)
    expect((await host.exec('systemctl', 'is-system-running', '--wait')).stdout).toBe('running\n')
    expect((await host.exec('sh', '-c', 'command -v nginx ufw uv node pip')).stdout).toBe('')
  })

  it('is known by the key that was collected, and by no other', async () => {
    const other = host.knownHosts.replace(/ssh-ed25519 \S+/, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl')
    const refused = await ssh(other, 'true')
    expect(refused.code).toBe(255)
    expect(refused.stderr).toContain('Host key verification failed')
  })

  it('keeps address, key and files over a restart and a power cut', async () => {
    await host.shell('echo kept >/opt/kept')
    const started = (): Promise<string> => host.shell('stat -c %Y /proc/1')
    const before = await started()
    await host.restart()
    await host.cutPower()
    expect(await started()).not.toBe(before)
    expect((await ssh(host.knownHosts, 'cat', '/opt/kept')).stdout).toBe('kept\n')
  })
})

describe('the mirror of tools', () => {
  it('serves what its sums say', async () => {
    const { mirror: address, 'mirror-checksum': checksum } = await mirror()
    const sums = Buffer.from(await (await fetch(`${address}/SHASUMS256.txt`)).arrayBuffer())
    expect(createHash('sha256').update(sums).digest('hex')).toBe(checksum)
    const lines = sums.toString().trim().split('\n').map((line) => line.split('  '))
    expect(lines.map(([, path]) => path?.replace(/\d+\.\d+\.\d+/g, 'V'))).toEqual(
      expect.arrayContaining(['node/vV/node-vV-linux-x64.tar.gz', 'uv/V/uv-x86_64-unknown-linux-gnu.tar.gz']))
    for (const [sum, path = ''] of lines.filter(([, name]) => name?.startsWith('uv/'))) {
      const bytes = Buffer.from(await (await fetch(`${address}/${path}`)).arrayBuffer())
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sum)
    }
    expect((await fetch(`${address}/node/none`)).status).toBe(404)
  }, 600_000)
})

describe('the delaying proxy', () => {
  async function withEcho(test: (port: number) => Promise<void>): Promise<void> {
    const server = createServer((socket) => { socket.on('error', () => { /* cut on purpose */ }).pipe(socket) })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await test((server.address() as AddressInfo).port)
    await new Promise((resolve) => server.close(resolve))
  }

  it('adds its delay each way, and counts', async () => {
    await withEcho(async (port) => {
      const proxy = await delayProxy('127.0.0.1', port, 60)
      const client = connect(proxy.port, '127.0.0.1')
      const began = performance.now()
      client.write('hello')
      await new Promise((resolve) => client.once('data', resolve))
      expect(performance.now() - began).toBeGreaterThanOrEqual(119)
      expect(proxy).toMatchObject({ connections: 1, sent: 5, received: 5 })
      client.destroy()
      await proxy.close()
    })
  })

  it('passes much data on whole', async () => {
    await withEcho(async (port) => {
      const proxy = await delayProxy('127.0.0.1', port, 5)
      const sent = Buffer.alloc(8_000_000, 'slipway')
      const client = connect(proxy.port, '127.0.0.1')
      const parts: Buffer[] = []
      client.on('data', (chunk: Buffer) => parts.push(chunk))
      client.end(sent)
      await new Promise((resolve) => client.once('end', resolve))
      expect(Buffer.concat(parts).equals(sent)).toBe(true)
      await proxy.close()
    })
  })

  it('cuts', async () => {
    await withEcho(async (port) => {
      const proxy = await delayProxy('127.0.0.1', port)
      const client = connect(proxy.port, '127.0.0.1')
      client.write('hello')
      await new Promise((resolve) => client.once('data', resolve))
      proxy.cut()
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => client.once('error', resolve))
      expect(error.code).toBe('ECONNRESET')
      await proxy.close()
    })
  })
})
