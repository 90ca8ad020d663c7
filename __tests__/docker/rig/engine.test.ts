import { freshHost, type Host, type HostOptions } from '../../host/harness/hosts'
import { registryForHosts } from '../harness/registry-for-hosts'

const kinds: [string, HostOptions, RegExp, string][] = [
  ['Debian 12', { image: 'docker' }, /^20\.10\./, 'overlay2'],
  ['Debian 13', { image: 'docker', suite: 'trixie' }, /^26\.1\./, 'overlay2'],
  ['Debian 13 on containerd\'s store', { image: 'docker', suite: 'trixie', engine: 'containerd' }, /^26\.1\./, 'overlayfs'],
]

describe.each(kinds)('a Docker host of the rig, %s', (_name, options, version, driver) => {
  let host: Host
  beforeAll(async () => { host = await freshHost('test-engine', options) }, 600_000)
  afterAll(async () => { await host.remove() })

  it('has an Engine of its own, with Compose', async () => {
    expect((await host.exec('systemctl', 'is-system-running', '--wait')).stdout).toBe('running\n')
    const [engine = '', store] = (await host.shell('docker info --format "{{.ServerVersion}} {{.Driver}}"')).split(' ')
    expect(engine).toMatch(version)
    expect(store).toBe(driver)
    expect(await host.shell('docker compose version --short')).toMatch(/^2\.2\d\./)
    expect(await host.shell('docker ps --all --quiet')).toBe('')
  })

  it('runs what the registry has, under the name that everybody knows', async () => {
    const { open } = await registryForHosts()
    await host.shell(`docker pull --quiet ${open}/library/redis:7.0`)
    expect(await host.shell('docker run --rm redis:7.0 redis-server --version')).toContain('v=7.0.')
  })

  it('is let in with the password alone', async () => {
    const { closed, user, password } = await registryForHosts()
    const pull = ['docker', 'pull', '--quiet', `${closed}/library/debian:bookworm-slim`]
    const refused = await host.exec(...pull)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/no basic auth credentials/)
    await host.shell(`docker login --username ${user} --password-stdin ${closed}`, { input: password })
    expect(await host.exec(...pull)).toMatchObject({ code: 0 })
  })
})

describe('a host that may get an Engine', () => {
  let host: Host
  beforeAll(async () => { host = await freshHost('test-engine', { engine: 'installable' }) }, 600_000)
  afterAll(async () => { await host.remove() })

  it('has none, and runs containers once it is installed', async () => {
    await registryForHosts()
    expect(await host.shell('command -v docker dockerd containerd || true')).toBe('')
    await host.shell('export DEBIAN_FRONTEND=noninteractive; apt-get -qq update; apt-get -qq install --yes --no-install-recommends docker.io',
      { timeout: 300_000 })
    expect(await host.shell('docker run --rm redis:7.0 redis-server --version')).toContain('v=7.0.')
  }, 400_000)
})
