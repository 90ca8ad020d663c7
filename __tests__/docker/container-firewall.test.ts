import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Failure } from '../../src/errors'
import { freshHost, type Host } from '../host/harness/hosts'
import { preparedFor, refusedFor, told } from './harness/docker-host'
import { registryForHosts } from './harness/registry-for-hosts'

/** Does a server of Redis answer there? From this machine, which is outside. */
const answers = (host: Host, port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect({ host: host.address, port, timeout: 1500 })
  const end = (answered: boolean): void => {
    socket.destroy()
    resolve(answered)
  }
  socket.on('connect', () => socket.write('PING\r\n')).on('data', () => end(true)).on('error', () => end(false)).on('close', () => end(false)).on('timeout', () => end(false))
})
/** A container just begun, or a Docker just restarted, takes a moment. */
const soon = async (host: Host, port: number): Promise<boolean> => {
  for (let tries = 0; tries < 20; tries++) {
    if (await answers(host, port)) return true
    await setTimeout(200)
  }
  return false
}
const container = (name: string, port: string, more = ''): string => `docker run -d --restart always --name ${name} -p ${port}:6379 ${more} redis:7.0`
/** All of the firewall but what ufw and Docker count. */
const rules = (host: Host): Promise<string> => host.shell(
  'ufw status; ufw show added; for t in iptables ip6tables; do $t -S | grep -v ufw; done; ls /etc/systemd/system /var/lib/slipway | grep -i firewall || true')
const fromInside = (host: Host, network: string, name: string): Promise<string> =>
  host.shell(`docker run --rm --network ${network} redis:7.0 timeout 5 redis-cli -h ${name} PING 2>&1 || true`)

beforeAll(async () => { await registryForHosts() }, 120_000)

describe.each(['bookworm', 'trixie'] as const)('what Docker publishes, on %s', (suite) => {
  let host: Host
  beforeAll(async () => {
    host = await freshHost('container-firewall', { image: 'docker', suite })
    await preparedFor(host)
    await host.shell(`${container('open', '9999')}; ${container('closed', '9998')}; docker network create -o com.docker.network.bridge.name=named0 own; `
      + `docker network create plain; ${container('named', '9997', '--network own')}; ${container('plain', '9996', '--network plain')}`)
    for (const port of [9999, 9998, 9997, 9996]) expect([port, await soon(host, port)]).toEqual([port, true])
  }, 600_000)
  afterAll(async () => { await host.remove() })

  it('is as it was while nobody asks for the firewall', async () => {
    expect(told(await preparedFor(host))['firewall']).toBeUndefined()
    expect(await host.shell('iptables -S | grep -c slipway || true')).toBe('0')
  })

  it('stays open, and all is as before, when the firewall would shut us out', async () => {
    await host.shell('{ ufw allow 5432/tcp; ufw insert 1 deny proto tcp from 10.0.0.0/8 to any port 22; } >/dev/null')
    const before = await rules(host)
    const failure: Failure = await refusedFor(host, { firewall: true, times: { firewallDelay: 12 } })
    expect(failure).toMatchObject({ code: 'firewall-locked-out', why: expect.stringMatching(/put back as it was/) })
    expect(await rules(host)).toBe(before)
    expect(await answers(host, 9999)).toBe(true)
    await host.shell('ufw --force reset >/dev/null; rm -f /etc/ufw/*.rules.2*')
  })

  it('is not reached from outside with the firewall, as nothing else is; containers reach each other and the world', async () => {
    const done = await preparedFor(host, { firewall: true })
    expect(told(done)['firewall']).toBe('changed: turn ufw on, with ports 22, 80, 443 open, for containers too')
    for (const port of [9999, 9998, 9997, 9996]) expect([port, await answers(host, port)]).toEqual([port, false])
    expect(await host.shell('redis() { printf "PING\\r\\n" | timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; cat >&3; head -n 1 <&3"; }; redis 9999; redis 9997')).toBe('+PONG\r\n+PONG')
    expect(await fromInside(host, 'plain', 'plain')).toBe('PONG')
    expect(await fromInside(host, 'own', 'named')).toBe('PONG')
    const outside = await host.shell('docker run --rm --network own redis:7.0 timeout 5 bash -c "exec 3<>/dev/tcp/10.231.0.1/5000 && echo reached" 2>&1 || true')
    expect(outside).toBe('reached')
    const again = await preparedFor(host, { firewall: true })
    expect([again.changed, told(again)['firewall']]).toEqual([false, 'ok: on, with ports 22, 80, 443 open, for containers too'])
  })

  it('is reached by the ports that an app opens, and by no other', async () => {
    await preparedFor(host, { firewall: true, open: ['9999/tcp'] })
    expect([await answers(host, 9999), await answers(host, 9998), await answers(host, 9996)]).toEqual([true, false, false])
  })

  const same = async (): Promise<void> => {
    expect([await soon(host, 9999), await answers(host, 9998), await answers(host, 9997)]).toEqual([true, false, false])
    expect((await preparedFor(host, { firewall: true, open: ['9999/tcp'] })).changed).toBe(false)
  }
  it('is so after a restart of Docker', async () => {
    await host.shell('systemctl restart docker')
    await same()
  })

  it('is so after a restart of the host, from the first moment on', async () => {
    await host.restart()
    await host.shell('for _ in $(seq 60); do docker inspect -f "{{.State.Running}}" open | grep -q true && exit 0; sleep 1; done')
    await same()
    const times = await host.shell('systemctl show -p ExecMainExitTimestampMonotonic --value slipway-container-firewall; systemctl show -p ExecMainStartTimestampMonotonic --value docker')
    const [loaded, docker] = times.split('\n').map(Number)
    expect(loaded).toBeLessThan(docker!)
  })

  it('is put right when somebody took the rules away, and follows what is opened and closed by hand', async () => {
    await host.shell('iptables -F slipway-outside')
    expect(await soon(host, 9998)).toBe(true)
    const healed = await preparedFor(host, { firewall: true, open: ['9999/tcp'] })
    expect(told(healed)['firewall']).toBe('changed: hold containers to it')
    expect(await answers(host, 9998)).toBe(false)
    await host.shell('ufw allow 9998/tcp >/dev/null; systemctl restart slipway-container-firewall')
    expect(await answers(host, 9998)).toBe(true)
    await host.shell('ufw delete allow 9998/tcp >/dev/null')
    await preparedFor(host, { firewall: true })
    expect([await answers(host, 9999), await answers(host, 9998)]).toEqual([false, false])
  })

  it('is left as it was, under a change that shuts us out', async () => {
    await host.shell('ufw insert 1 deny proto tcp from 10.0.0.0/8 to any port 22 >/dev/null; ufw --force disable >/dev/null')
    await host.shell('systemctl restart slipway-container-firewall')
    const before = await rules(host)
    expect(await refusedFor(host, { firewall: true, open: ['9998/tcp'], times: { firewallDelay: 12 } })).toMatchObject({ code: 'firewall-locked-out' })
    expect(await rules(host)).toBe(before)
    expect(await answers(host, 9998)).toBe(true)
  })

  it('is by IPv6 where Docker leads that, too', async () => {
    await host.shell('ufw --force reset >/dev/null; rm -f /etc/ufw/*.rules.2*')
    await preparedFor(host, { firewall: true })
    expect(await host.shell('ip6tables -S DOCKER-USER | head -n 2 | tail -n 1; ip6tables -S slipway-outside | grep -c "ctstate DNAT -j DROP"'))
      .toBe('-A DOCKER-USER -j slipway-containers\n1')
  })
})
