import { freshHost, type Host, type HostOptions } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import type { ActionRun } from '../../host/harness/action'
import { ComposeApp } from '../harness/compose-app'

const stores: readonly [string, HostOptions][] = [
  ['the classic store', { image: 'docker' }],
  ['containerd\'s store', { image: 'docker', suite: 'trixie', engine: 'containerd' }],
]

/** Images that only the runner has: of each what the host lacks travels, over the one connection. */
describe.each(stores)('a host without a registry, on %s', (_, options) => {
  let host: Host
  let app: ComposeApp
  beforeAll(async () => {
    host = await freshHost('unregistered', options)
    app = await ComposeApp.on('compose-chat', { host })
    // Built and known to this machine's Engine; hosts cannot pull.
    await host.shell('iptables -I OUTPUT -p tcp -d 10.231.0.1 --dport 5000:5001 -j REJECT')
  }, 600_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await host?.remove()
  })
  const images = (version: string): { inputs: Record<string, string> } => ({ inputs: { images: `chat=docker-daemon:127.0.0.1:5080/chat/server:${version}` } })
  const traffic = ({ outputs }: ActionRun): { connections: number; bytesSent: number } => {
    const report = JSON.parse(outputs['report'] ?? '') as { targets: { traffic: { connections: number; bytesSent: number } }[] }
    return report.targets[0]?.traffic ?? { connections: 0, bytesSent: 0 }
  }

  it('is given the image, and of the next one only what changed', async () => {
    await app.release('1.0.0')
    const first = traffic(succeeded(await app.up(images('1.0.0'))))
    expect(first.bytesSent).toBeGreaterThan(10_000_000)
    await app.release('1.1.0')
    const run = succeeded(await app.up(images('1.1.0')))
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: '1.1.0' })
    expect(traffic(run)).toMatchObject({ connections: 1 })
    expect(traffic(run).bytesSent).toBeLessThan(500_000)
    expect(await app.containers('chat', '{{.Config.Env}}')).toEqual([expect.stringContaining('VERSION=1.1.0')])
    expect(succeeded(await app.rollback()).outputs).toMatchObject({ serving: '1.0.0' })
  }, 600_000)

  it('says what it lacks when the runner does not have it', async () => {
    await app.repository.commit('again', 'v1.2.0')
    const run = await app.up(images('9.9.9'))
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/chat\/server:9\.9\.9/)
  }, 300_000)
})
