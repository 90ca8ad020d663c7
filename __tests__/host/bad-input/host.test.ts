import { randomUUID } from 'node:crypto'
import { must } from '../harness/command'
import { push, setUp, succeeded } from '../harness/deploy'
import { freshHost, type Host } from '../harness/hosts'
import { makeRepository, type Repository } from '../harness/repository'
import { asUser } from '../harness/tiny-app'
import { refused } from './refusal'

const app = (name: string): Record<string, string> => ({
  'slipway.yml': `app: ${name}\nruntime: node@24\nstart: node main.js\n`,
  'main.js': "require('node:http').createServer((request, response) => response.end('v1')).listen(process.env.PORT)\n",
})
/** All files that a preparation or a release could have made, and users, units and processes. */
const stateOf = (host: Host): Promise<string> => host.shell(
  'find /etc /opt /usr/local /var/lib/slipway /var/cache/slipway /var/tmp -xdev -printf "%p %u %m %s %T@\\n" 2>/dev/null | grep -v -e systemd-private -e __pycache__ | sort; '
  + 'getent passwd; dpkg-query -W; systemctl list-unit-files --no-legend "slipway*" || true; '
  + 'systemctl list-units --all --no-legend --plain "slipway*" || true')

/** One host's way from bare to prepared; each test leaves it as it found it. */
describe('a host that is not ready', () => {
  let host: Host
  let user: Host
  let shop: Repository
  beforeAll(async () => {
    user = await freshHost('bad-fresh', { image: 'ready', user: 'deploy' })
    host = asUser(user, 'root')
    // The services of its first boot write files too.
    await host.exec('systemctl', 'is-system-running', '--wait')
    shop = await makeRepository(undefined, { files: app('shop'), tag: 'v1' })
  }, 600_000)
  afterAll(async () => {
    shop?.remove()
    await host?.remove()
  })

  async function unchanged(attempt: () => Promise<unknown>): Promise<void> {
    const before = await stateOf(host)
    await attempt()
    expect(await stateOf(host)).toBe(before)
  }
  /** What a shell does for a while, and what undoes it. */
  async function meanwhile(change: string, undo: string, attempt: () => Promise<unknown>): Promise<void> {
    await host.shell(change)
    try {
      await unchanged(attempt)
    } finally {
      await host.shell(undo)
    }
  }

  it('was never prepared', async () => {
    await unchanged(async () => {
      for (const as of [host, user]) refused(await push(as, shop), 'host-not-prepared', 'is not prepared: the host program is not there', 'setup-vm', 'slipway.yml')
    })
  })

  it('has another distribution', async () => {
    await meanwhile('cp --preserve=all /etc/os-release /root/kept; echo "ID=alpine\nVERSION_ID=3.22\nPRETTY_NAME=\\"Alpine Linux v3.22\\"" >/etc/os-release',
      'cp --preserve=all /root/kept /etc/os-release', async () => {
        refused(await setUp(host, shop), 'distribution-not-supported', 'Alpine Linux v3.22', 'Debian 12 and 13, Ubuntu 22.04 and 24.04')
      })
  })

  it('gives the user neither root nor sudo', async () => {
    await meanwhile('mv /etc/sudoers.d/90-deploy /root/', 'mv /root/90-deploy /etc/sudoers.d/', async () => {
      refused(await setUp(user, shop), 'no-root', 'deploy may not become root', 'hosts: root@', '"deploy ALL=(ALL) NOPASSWD: ALL"', '/etc/sudoers.d/90-deploy')
    })
    await meanwhile('mv /usr/bin/sudo /root/', 'mv /root/sudo /usr/bin/', async () => {
      refused(await setUp(user, shop), 'no-root', 'deploy may not become root', /sudo: (command )?not found/, 'hosts: root@', 'apt-get install sudo')
      refused(await push(user, shop), 'host-not-prepared', 'has no sudo', 'apt-get install sudo')
    })
  })

  it('was prepared for another app, by a user without the rule, or by an older Slipway', async () => {
    succeeded(await setUp(user, shop))
    const blog = await makeRepository(undefined, { files: app('blog'), tag: 'v1' })
    await unchanged(async () => {
      refused(await push(user, blog), 'host-not-prepared', 'not prepared for the app blog', 'setup-vm')
    })
    blog.remove()
    const rules = '/etc/sudoers.d/90-deploy /etc/sudoers.d/slipway-deploy'
    await meanwhile(`mv ${rules} /root/`, `mv /root/90-deploy /root/slipway-deploy /etc/sudoers.d/`, async () => {
      refused(await push(user, shop), 'host-not-prepared', 'may not run the host program by sudo', 'setup-vm')
    })
    await host.shell('sed -i "s/^PROTOCOL = .*/PROTOCOL = 0/" /usr/local/lib/slipway/host/slipway/session.py')
    await unchanged(async () => {
      refused(await push(user, shop), 'host-program-too-old', 'speaks protocol 0', 'this needs', 'Prepare the host once more', 'setup-vm')
    })
    // What the message says to do, does.
    succeeded(await setUp(user, shop))
    succeeded(await push(user, shop))
  })

  it('has no systemd', async () => {
    const plain = await withoutSystemd(host)
    try {
      const before = await stateOf(plain)
      refused(await setUp(plain, shop), 'no-systemd', 'its first process is sshd', 'systemd units', /virtual machine/)
      refused(await push(plain, shop), 'host-not-prepared', 'setup-vm')
      expect(await stateOf(plain)).toBe(before)
    } finally {
      await plain.remove()
    }
  })
})

/** A container as many have one: sshd is its first process. */
async function withoutSystemd(host: Host): Promise<Host> {
  const name = `slipway-rig-plain-${randomUUID().slice(0, 8)}`
  const image = await must('docker', ['inspect', '-f', '{{.Config.Image}}', `slipway-rig-${host.name}`])
  const shell: Host['shell'] = (script, options) => must('docker', ['exec', '-i', name, 'sh', '-ec', script], options)
  await must('docker', ['run', '--detach', '--name', name, '--network', 'slipway-rig', image, 'sh', '-c',
    'mkdir -p /run/sshd && ssh-keygen -A && exec /usr/sbin/sshd -D'])
  try {
    await shell('mkdir -p -m 700 /root/.ssh; cat >/root/.ssh/authorized_keys', { input: await host.shell('cat /root/.ssh/authorized_keys') })
    await shell('for n in $(seq 600); do [ -e /run/sshd.pid ] && exit 0; sleep 0.1; done; exit 1')
    const address = await must('docker', ['inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name])
    const key = await shell('cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub')
    return {
      ...host, name, address, line: `root@${address}`, knownHosts: `${address} ${key}`, shell,
      remove: async () => void (await must('docker', ['rm', '--force', name])),
    }
  } catch (error) {
    await must('docker', ['rm', '--force', name])
    throw error
  }
}
