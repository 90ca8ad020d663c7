import { setUp, succeeded } from './harness/deploy'
import type { ActionRun } from './harness/action'
import { freshHost, type Host } from './harness/hosts'
import { makeRepository, type Repository } from './harness/repository'

interface Told {
  readonly hosts: readonly { readonly items: readonly { readonly name: string; readonly state: string }[] }[]
}

const changedOf = (run: ActionRun): string[] =>
  ((JSON.parse(run.outputs['report'] ?? '{}') as Told).hosts[0]?.items ?? []).filter(({ state }) => state === 'changed').map(({ name }) => name)

describe('the users that a setup makes', () => {
  let host: Host
  let shop: Repository
  beforeAll(async () => {
    host = await freshHost('setup-users', { image: 'ready' })
    shop = await makeRepository(undefined, { files: { 'slipway.yml': 'app: shop\nservices:\n  api: { start: ./run, route: / }\n', run: '' } })
    succeeded(await setUp(host, shop))
  }, 600_000)
  afterAll(async () => {
    shop.remove()
    await host.remove()
  })

  it.each(['web-shop', 'app-shop', 'build-shop'])('%s works, and has no home, no password and no right to log in', async (user) => {
    expect(await host.shell(`getent passwd ${user} | cut -d: -f6,7; getent shadow ${user} | cut -d: -f2,8`)).toBe('/nonexistent:/usr/sbin/nologin\n!:1')
    expect(await host.shell(`systemd-run --quiet --wait --pipe --collect --uid=${user} --gid=${user} id -un`)).toBe(user)
  })

  it('let no key in that a build could write, not even for a tunnel, and those of an earlier version are put right', async () => {
    await host.shell('ssh-keygen -q -t ed25519 -N "" -f /root/tunnel; cd /var/cache/slipway/shop; mkdir -m 700 .ssh; cp /root/tunnel.pub .ssh/authorized_keys; '
      + 'chown -R build-shop .ssh')
    const knock = (): Promise<string> => host.shell('code=0; timeout 15 ssh -i /root/tunnel -o BatchMode=yes -o StrictHostKeyChecking=no -N '
      + '-L 127.0.0.1:9999:127.0.0.1:22 build-shop@127.0.0.1 2>/dev/null || code=$?; echo $code')
    expect(await knock()).toBe('255')
    // As they were, with a service that runs. Whoever is let in stays until the time is up: 124.
    await host.shell('chown build-shop:build-shop /var/cache/slipway/shop; usermod --home /var/cache/slipway/shop --expiredate "" build-shop; usermod --expiredate "" app-shop; '
      + 'systemd-run --quiet --unit=service --uid=app-shop sleep 600')
    expect(await knock()).toBe('124')
    expect(changedOf(succeeded(await setUp(host, shop)))).toEqual(['user app-shop', 'user build-shop', 'folders'])
    expect(await knock()).toBe('255')
    await host.shell('systemctl is-active -q service')
    // Each of the two would do alone.
    await host.shell('usermod --expiredate "" build-shop')
    expect(await knock()).toBe('255')
    expect(changedOf(succeeded(await setUp(host, shop)))).toEqual(['user build-shop'])
  })

  it('are not taken from somebody else who has one of that name', async () => {
    const diary = await makeRepository(undefined, { files: { 'slipway.yml': 'app: diary\nservices:\n  api: { start: ./run, route: / }\n', run: '' } })
    await host.shell('useradd --system --home-dir /srv/diary --shell /usr/sbin/nologin build-diary')
    const run = await setUp(host, diary)
    diary.remove()
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/a user build-diary with the home \/srv\/diary is on this host already, and was not made by Slipway/)
    expect(await host.shell('getent passwd build-diary | cut -d: -f6; getent passwd app-diary || true')).toBe('/srv/diary')
  })
})
