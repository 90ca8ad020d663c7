import type { Failure } from '../../src/errors'
import { setUp, succeeded } from './harness/deploy'
import { freshHost, type Host } from './harness/hosts'
import { makeRepository, type Repository } from './harness/repository'
import { refusal } from './harness/setup'
import { errorsOf } from './harness/tiny-app'

const on = { inputs: { firewall: 'true' } }
const files = (app: string, open: readonly string[] = []): Record<string, string> =>
  ({ 'slipway.yml': `app: ${app}\nopen: ${JSON.stringify(open)}\nruntime: python\nstart: python main.py\n`, 'main.py': '' })

let host: Host
let shop: Repository
beforeAll(async () => {
  host = await freshHost('firewall', { image: 'ready', port: 2222 })
  shop = await makeRepository(undefined, { files: files('shop') })
  succeeded(await setUp(host, shop))
}, 300_000)
afterAll(async () => {
  shop?.remove()
  await host?.remove()
})

/** All that a firewall is, but for what ufw counts. */
const state = (): Promise<string> => host.shell(
  'ufw status; ufw show added; iptables -S INPUT | grep -v ufw; cat /etc/ufw/user.rules /etc/ufw/user6.rules | grep -v "^###"; grep ENABLED /etc/ufw/ufw.conf; '
  + 'systemctl list-unit-files --no-legend "slipway-firewall*" || true; ls /var/lib/slipway/open /var/lib/slipway/firewall* 2>/dev/null || true')
const reset = (): Promise<string> => host.shell('ufw --force reset >/dev/null; rm -f /etc/ufw/*.rules.2*; rm -rf /var/lib/slipway/open')
/** A setup that is done with waiting sooner than the action is. */
const shutOut = (): Promise<Failure> =>
  refusal(host, { app: 'shop', packages: ['python3', 'nginx', 'ufw'], firewall: true }, { times: { firewallDelay: 12 } })
const locked = { code: 'firewall-locked-out', why: expect.stringMatching(/put back as it was/) }
const comesIn = async (): Promise<void> => void succeeded(await setUp(host, shop))

describe('rules that would shut us out', () => {
  const gateway = "$(ip route | sed -n 's/.* via \\([0-9.]*\\).*/\\1/p;q')"
  it('a deny of the port before all others: access is back, it is red, and all is as it was', async () => {
    await reset()
    await host.shell('{ ufw allow 5432/tcp; ufw insert 1 deny proto tcp from 10.0.0.0/8 to any port 2222; } >/dev/null')
    const before = await state()
    const run = await setUp(host, shop, on)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/With the firewall on, no new SSH connection got through/)
    expect(await state()).toBe(before)
    await comesIn()
  })

  it.each([
    ['a deny of who connects', `ufw default deny; ufw insert 1 deny from ${gateway} 2>/dev/null || ufw deny from ${gateway}`],
    ['a reject of all of TCP', 'ufw allow 5432/tcp; ufw insert 1 reject proto tcp from any'],
    ['a rule in a file that ufw reads first', "sed -i '/^# don.t delete the .COMMIT/i -A ufw-before-input -p tcp --dport 2222 -j DROP' /etc/ufw/before.rules"],
  ])('%s: the same', async (_, shell) => {
    await reset()
    await host.shell(`{ ${shell}; } >/dev/null`)
    const before = await state()
    expect(await shutOut()).toMatchObject(locked)
    expect(await state()).toBe(before)
    await comesIn()
  })
})

describe('a rule that denies what has to be open', () => {
  it.each(['deny 2222/tcp', 'reject 443', 'deny 80/tcp'])('is not overridden in silence: ufw %s', async (rule) => {
    await reset()
    await host.shell(`ufw ${rule} >/dev/null`)
    const before = await state()
    const run = await setUp(host, shop, on)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toContain(`ufw has the rule: ufw ${rule}`)
    expect(await state()).toBe(before)
  })
})

describe('another firewall', () => {
  it.each([
    ['firewalld', 'systemd-run --quiet --unit=firewalld sleep 600', 'systemctl stop firewalld', /firewalld is at work on this host/],
    ['rules of nftables', 'systemd-run --quiet --unit=nftables sleep 600', 'systemctl stop nftables', /nftables\.service has rules of its own/],
    ['rules of iptables', 'iptables -A INPUT -p tcp --dport 9 -j REJECT', 'iptables -D INPUT -p tcp --dport 9 -j REJECT', /rules that ufw did not make: -A INPUT -p tcp -m tcp --dport 9 -j REJECT/],
  ])('is not fought: %s', async (_, begin, end, words) => {
    await reset()
    await host.shell(begin)
    const before = await state()
    const run = await setUp(host, shop, on)
    const after = await state()
    await host.shell(end)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(words)
    expect(after).toBe(before)
  })
})

describe('ports', () => {
  const rules = (): Promise<string> => host.shell('ufw show added | tail -n +2 | sort')

  it('of an SSH that systemd holds the socket of, on several addresses, and with a limit, are what they were', async () => {
    await reset()
    await host.shell('ufw limit 2222/tcp comment mine >/dev/null; ufw allow 9000/tcp >/dev/null; mkdir -p /etc/systemd/system/ssh.socket.d; '
      + 'printf "[Socket]\\nListenStream=\\nListenStream=2222\\nListenStream=127.0.0.2:2022\\nListenStream=127.0.0.1:2023\\n" >/etc/systemd/system/ssh.socket.d/ports.conf; '
      + 'systemctl daemon-reload; systemctl disable -q ssh 2>/dev/null; systemctl stop ssh; systemctl enable -q ssh.socket; systemctl start ssh.socket')
    succeeded(await setUp(host, shop, on))
    const now = await rules()
    expect(now.split('\n')).toEqual(["ufw allow 2022/tcp comment 'slipway'", "ufw allow 2023/tcp comment 'slipway'", "ufw allow 443/tcp comment 'slipway'",
      "ufw allow 80/tcp comment 'slipway'", 'ufw allow 9000/tcp', "ufw limit 2222/tcp comment 'mine'"])
    expect(await host.shell('systemctl is-active ssh.socket; ufw status | head -n 1')).toBe('active\nStatus: active')
    expect(await host.shell("ufw status | grep -c '(v6)'")).toBe('6')
    // From outside, and after a restart of the host too.
    expect(succeeded(await setUp(host, shop, on)).outputs['changed']).toBe('false')
    await host.restart()
    expect(await host.shell('ufw status | head -n 1')).toBe('Status: active')
    await comesIn()
    expect(await rules()).toBe(now)
  })

  it('of an SSH that systemd holds the socket of are not lost to rules that would shut us out: access is back by itself', async () => {
    await reset()
    await host.shell('{ ufw allow 5432/tcp; ufw insert 1 deny proto tcp from 10.0.0.0/8 to any port 2222; } >/dev/null')
    const before = await state()
    expect(await shutOut()).toMatchObject(locked)
    expect(await state()).toBe(before)
    await comesIn()
    expect(await host.shell('systemctl is-active ssh.socket; systemctl is-enabled ssh.socket ssh.service || true')).toBe('active\nenabled\ndisabled')
  })

  it('that apps ask for are opened, stay while one of them asks, and are closed when none does', async () => {
    const asks = async (app: Repository, name: string, open: readonly string[]): Promise<string> => {
      app.write(files(name, open))
      await app.commit(`${open.length} ports`)
      succeeded(await setUp(host, app, on))
      return (await rules()).split('\n').filter((rule) => /8443|5060|9000/.test(rule)).map((rule) => rule.replace('ufw allow ', '')).join(', ')
    }
    await reset()
    await host.shell('ufw allow 2222/tcp; ufw allow 9000/tcp')
    const blog = await makeRepository(undefined, { files: files('blog') })
    expect(await asks(shop, 'shop', ['8443/tcp', '5060/udp'])).toBe("5060/udp comment 'slipway', 8443/tcp comment 'slipway', 9000/tcp")
    expect(await asks(blog, 'blog', ['8443/tcp', '9000/tcp'])).toBe("5060/udp comment 'slipway', 8443/tcp comment 'slipway', 9000/tcp")
    expect(await asks(shop, 'shop', [])).toBe("8443/tcp comment 'slipway', 9000/tcp")
    // What somebody opened by hand is not ours to close, whoever asked for it too.
    expect(await asks(blog, 'blog', [])).toBe('9000/tcp')
    expect(await host.shell('ls /var/lib/slipway/open')).toBe('')
    expect(succeeded(await setUp(host, blog, on)).outputs['changed']).toBe('false')
    blog.remove()
  })
})
