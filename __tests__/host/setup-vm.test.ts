import { Failure } from '../../src/errors'
import type { SetupOptions } from '../../src/targets/host/setup'
import { reach, setUp, succeeded } from './harness/deploy'
import { runAction, type ActionRun } from './harness/action'
import { freshHost, type Host } from './harness/hosts'
import { makeRepository, type Repository } from './harness/repository'
import { bound, dial, refusal } from './harness/setup'

const files = (app: string): Record<string, string> => ({
  'slipway.yml': `app: ${app}\nservices:\n  api: { runtime: python, start: python main.py, route: / }\n`
    + '  web: { runtime: node@24, start: node main.js, route: /js/ }\n',
  'main.py': '',
  'main.js': '',
})

interface Told {
  readonly hosts: readonly { readonly items: readonly { readonly name: string; readonly state: string; readonly detail: string }[] }[]
}

const itemsOf = (run: ActionRun): Told['hosts'][number]['items'] => (JSON.parse(run.outputs['report'] ?? '{}') as Told).hosts[0]?.items ?? []
const statesOf = (run: ActionRun): Record<string, string> => Object.fromEntries(itemsOf(run).map(({ name, state }) => [name, state]))
const errorsOf = (run: ActionRun): string => run.annotations.filter(({ level }) => level === 'error').map(({ message }) => message).join('\n')
/** How many SSH connections the host has accepted since it booted. */
const connections = async (host: Host): Promise<number> => Number(await host.shell('journalctl -u ssh -o cat | grep -c "Accepted publickey" || true'))
/** All files that an app or the host itself could tell the difference of. */
const stateOf = (host: Host): Promise<string> => host.shell(
  'find /etc /opt /usr/local /var/lib/slipway /var/cache/slipway /var/tmp -xdev -printf "%p %u %m %s %T@\\n" 2>/dev/null | grep -v systemd-private | sort; '
  + 'getent passwd; systemctl list-unit-files --no-legend; dpkg -l')

const ready = async (...host: Parameters<typeof freshHost>): Promise<[Host, Repository]> =>
  [await freshHost(...host), await makeRepository(undefined, { files: files('shop') })]
const gone = async (host: Host | undefined, shop: Repository | undefined): Promise<void> => {
  shop?.remove()
  await host?.remove()
}

describe('a bare host, connected to as root', () => {
  let host: Host
  let shop: Repository
  let planned: ActionRun
  let first: ActionRun
  beforeAll(async () => { [host, shop] = await ready('setup-root', { image: 'bare' }) }, 600_000)
  afterAll(() => gone(host, shop))

  it('is told in a dry run what would be done, and stays as it is', async () => {
    const before = await stateOf(host)
    planned = succeeded(await setUp(host, shop, { inputs: { 'dry-run': 'true' } }))
    expect(statesOf(planned)).toMatchObject({ packages: 'would change', 'node 24': 'would change', uv: 'would change', front: 'would change' })
    expect(planned.outputs).toMatchObject({ status: 'planned', changed: 'false' })
    expect(await stateOf(host)).toBe(before)
  })

  it('becomes ready, and the summary says how', async () => {
    const before = await connections(host)
    first = succeeded(await setUp(host, shop))
    expect(first.outputs).toMatchObject({ status: 'ready', changed: 'true' })
    expect(first.summary).toMatch(/is ready: \d+ changes/)
    expect(await connections(host)).toBe(before + 1)
    expect(await host.shell('curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1/')).toBe('404')
    expect(await host.shell('/usr/local/lib/slipway/tools/uv-*/uv --version')).toMatch(/^uv /)
    expect(await host.shell('PATH=$(echo /usr/local/lib/slipway/tools/node-24*/bin):$PATH npm --version')).toMatch(/^\d/)
    expect(await host.shell('stat -c "%F %U %a" /opt/shop /opt/shop/releases /opt/shop/run /opt/shop/incoming /var/cache/slipway/shop')).toBe(
      'directory root 755\ndirectory root 755\ndirectory root 711\ndirectory root 700\ndirectory root 700')
    expect(await host.shell('cd /var/lib/slipway; stat -c "%F %U %a" ports domains apps/shop')).toBe(
      'directory root 700\ndirectory root 755\nregular file root 644')
    expect(await host.shell('systemctl is-enabled slipway-settle.service')).toBe('enabled')
    expect(await host.shell('ls /var/tmp | grep slipway || true')).toBe('')
  }, 600_000)

  it('was told in the dry run what was then done, to the word', () => {
    expect(itemsOf(planned).map(({ name, state, detail }) => [name, state, detail.replace(/, once \S+ is installed$/, '')]))
      .toEqual(itemsOf(first).map(({ name, state, detail }) => [name, state === 'changed' ? 'would change' : state, detail]))
    const awaiting = itemsOf(planned).filter(({ detail }) => / is installed$/.test(detail)).map(({ name }) => name)
    expect(awaiting).toEqual(expect.arrayContaining(['default site', 'front', 'nginx']))
    const names = itemsOf(first).map(({ name }) => name)
    expect(names).toEqual(['packages', 'default site', 'user app-shop', 'user web-shop', 'user build-shop', 'app name', 'folders', 'uv',
      'node 24', 'host program', 'start at boot', 'front', 'nginx'])
    expect(JSON.parse(first.outputs['facts'] ?? '{}')).toMatchObject({ [host.line]: { os: 'debian', nginx: expect.any(String), node: [expect.any(String)] } })
  })

  it('is not changed by a second run, over one connection, without the mirror', async () => {
    const [state, count] = [await stateOf(host), await connections(host)]
    const run = succeeded(await setUp(host, shop, { inputs: { mirror: 'http://127.0.0.1:9', 'mirror-checksum': '0'.repeat(64) } }))
    expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
    expect(new Set(Object.values(statesOf(run)))).toEqual(new Set(['ok']))
    expect(await connections(host)).toBe(count + 1)
    expect(await stateOf(host)).toBe(state)
  })

  it('takes a second app without touching the first, and without a reload of nginx', async () => {
    const mine = '/opt/shop /var/cache/slipway/shop /var/lib/slipway/apps/shop /etc/nginx /usr/local/lib/slipway'
    const look = (): Promise<string> => host.shell(`find ${mine} -printf "%p %u %m %s %T@\\n" | sort; systemctl show nginx -p MainPID -p ExecReload; pgrep -x nginx`)
    const before = await look()
    const other = await makeRepository(undefined, { files: files('blog') })
    const run = succeeded(await setUp(host, other))
    other.remove()
    const changed = itemsOf(run).filter(({ state }) => state === 'changed').map(({ name }) => name)
    expect(changed).toEqual(['user app-blog', 'user web-blog', 'user build-blog', 'app name', 'folders'])
    expect(await look()).toBe(before)
  })

  it('puts right what was changed by hand', async () => {
    await host.shell('chmod 2777 /opt/shop/run; chmod 755 /var/lib/slipway/ports; chown app-shop /var/lib/slipway/apps/shop; echo "# mine" >>/usr/local/lib/slipway/host/main.py; echo "#" >>/etc/nginx/sites-enabled/zz-slipway.conf; systemctl stop nginx')
    const run = succeeded(await setUp(host, shop))
    expect(itemsOf(run).filter(({ state }) => state === 'changed').map(({ name }) => name)).toEqual(['app name', 'folders', 'host program', 'front', 'nginx'])
    expect(await host.shell('stat -c "%U %a" /opt/shop/run /var/lib/slipway/ports /var/lib/slipway/apps/shop')).toBe('root 711\nroot 700\nroot 644')
    expect(succeeded(await setUp(host, shop)).outputs['changed']).toBe('false')
  })

  it('keeps the old front when nginx refuses, in its own words', async () => {
    await host.shell('echo "#" >>/etc/nginx/sites-enabled/zz-slipway.conf; printf "server { listen 80; server_name a; lisssten 1; }" >/etc/nginx/conf.d/foreign.conf')
    const run = await setUp(host, shop)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/refuses its configuration as it is, before Slipway added to it.*unknown directive "lisssten" in \/etc\/nginx\/conf.d\/foreign.conf:1/)
    expect(await host.shell('tail -n 1 /etc/nginx/sites-enabled/zz-slipway.conf; rm /etc/nginx/conf.d/foreign.conf')).toBe('#')
    succeeded(await setUp(host, shop))
  })

  it('says who holds apt, waits, and gives up in time', async () => {
    await host.shell('apt-get -qq remove -y nginx >/dev/null 2>&1')
    await host.shell('systemd-run -q --unit=holder python3 -c \'import fcntl, time; f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(600)\'')
    await host.shell('until grep -q POSIX /proc/locks; do sleep 0.1; done')
    const thrown = await refusal(host, { app: 'shop', packages: ['python3', 'nginx'] }, { times: { aptWait: 2 } })
      .finally(() => host.shell('systemctl stop holder'))
    expect(thrown).toMatchObject({ code: 'apt-locked', target: host.line, what: expect.stringMatching(/held by \/usr\/bin\/python3 -c .* \(pid \d+\), and was not given back within 2 s/) })
    succeeded(await setUp(host, shop))
  })

  it('names the package that cannot be had', async () => {
    const thrown = await refusal(host, { app: 'shop', packages: ['python3', 'no-such-package'] })
    expect(thrown).toMatchObject({ code: 'apt-failed', what: expect.stringMatching(/the package lists of this host have no no-such-package/) })
  })

  it('leaves somebody else\'s user, folder and app name alone, and tells of all at once', async () => {
    await host.shell('useradd -s /bin/bash app-wiki; mkdir -p /opt/wiki/data')
    const wiki = await makeRepository(undefined, { files: files('wiki') })
    const run = await setUp(host, wiki)
    wiki.remove()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/a user app-wiki with the shell \/bin\/bash is on this host already/)
    expect(errorsOf(run)).toMatch(/\/opt\/wiki is on this host already, and was not made by Slipway/)
    expect(await host.shell('ls /opt/wiki; getent passwd build-wiki || true')).toBe('data')
    const taken = await setUp(host, shop, { env: { GITHUB_REPOSITORY: 'eve/shop' } })
    expect(errorsOf(taken)).toMatch(/the app name shop belongs to the repository ada\/shop on this host; this is eve\/shop/)
  })

  it('takes no link for a folder or for its claim, and says so before anything is changed', async () => {
    await host.shell('mv /opt/shop/run /opt/shop/run.old; ln -s run.old /opt/shop/run; cd /var/lib/slipway/apps; mv shop /root/claim; ln -s /root/claim shop')
    const run = await setUp(host, shop)
    expect(errorsOf(run)).toMatch(/folders: what should be a folder of root's is a link or a file: \/opt\/shop\/run\./)
    expect(errorsOf(run)).toMatch(/app name: \/var\/lib\/slipway\/apps\/shop is not a plain file\./)
    await host.shell('rm /opt/shop/run; mv /opt/shop/run.old /opt/shop/run; cd /var/lib/slipway/apps; rm shop; mv /root/claim shop')
    expect(succeeded(await setUp(host, shop)).outputs['changed']).toBe('false')
  })

  it('refuses a Python that the host has not, before anything is changed', async () => {
    shop.replace('slipway.yml', 'runtime: python', 'runtime: python@3.9')
    await shop.commit('old python')
    const run = await setUp(host, shop)
    expect(errorsOf(run)).toMatch(/asks for Python 3.9; this host has 3.11/)
    await shop.git('revert', '--no-edit', 'HEAD')
  })

  it('wants a mirror with its checksum, and takes nothing that differs from it', async () => {
    await host.shell('rm -r /usr/local/lib/slipway/tools/uv-*')
    const alone = await runAction('setup-vm', { workspace: shop.path, inputs: { ...reach(host), mirror: 'http://127.0.0.1:9' } })
    expect(errorsOf(alone)).toMatch(/mirror and mirror-checksum go together/)
    const wrong = await setUp(host, shop, { inputs: { 'mirror-checksum': '0'.repeat(64) } })
    expect(errorsOf(wrong)).toMatch(/is not the file that mirror-checksum names: its SHA-256 is [0-9a-f]{64}/)
    expect(await host.shell('ls /usr/local/lib/slipway/tools')).not.toMatch(/uv/)
    expect(statesOf(succeeded(await setUp(host, shop)))['uv']).toBe('changed')
  })
})

describe('a user with sudo, SSH on another port, and the firewall', () => {
  let host: Host
  let shop: Repository
  beforeAll(async () => { [host, shop] = await ready('setup-sudo', { image: 'ready', user: 'deploy', port: 2222 }) }, 600_000)
  afterAll(() => gone(host, shop))

  it('becomes ready with one connection more, which the firewall was confirmed over', async () => {
    const before = await connections(host)
    const run = succeeded(await setUp(host, shop, { inputs: { firewall: 'true' } }))
    expect(statesOf(run)).toMatchObject({ 'sudo rule': 'changed', firewall: 'changed' })
    expect(await connections(host)).toBe(before + 2)
    const status = await host.shell('ufw status')
    expect(status).toMatch(/^Status: active/)
    for (const port of ['2222/tcp', '80/tcp', '443/tcp']) expect(status).toContain(port)
    expect(status).not.toMatch(/^22\/tcp/m)
    expect(await host.shell('systemctl list-unit-files --no-legend "slipway-firewall*" || true; ls -d /var/lib/slipway/firewall* 2>/dev/null || true')).toBe('')
    expect(await host.shell('visudo -cq; stat -c "%U %a" /etc/sudoers.d/slipway-deploy; tail -n 1 /etc/sudoers.d/slipway-deploy'))
      .toBe('root 440\ndeploy ALL=(root) NOPASSWD: /usr/local/sbin/slipway-host ""')
  }, 600_000)

  it('is not changed by a second run', async () => {
    const before = await connections(host)
    expect(succeeded(await setUp(host, shop, { inputs: { firewall: 'true' } })).outputs['changed']).toBe('false')
    expect(await connections(host)).toBe(before + 1)
  })

  const lockOut = async (): Promise<void> => void (await host.shell(
    'ufw --force reset >/dev/null; ufw allow 5432/tcp >/dev/null; ufw deny from $(ip route | sed -n "s/.* via \\([0-9.]*\\).*/\\1/p;q") >/dev/null'))
  const asItWas = async (): Promise<void> => {
    expect(await host.shell('ufw status; ufw show added')).toMatch(/^Status: inactive[^]*ufw allow 5432\/tcp\nufw deny from [0-9.]+$/)
    expect(await host.shell('systemctl list-unit-files --no-legend "slipway-firewall*" || true; ls -d /var/lib/slipway/firewall* 2>/dev/null || true')).toBe('')
    await (await dial(host)())[Symbol.asyncDispose]()
  }

  it('is put back when its rules shut us out, and says so', async () => {
    await lockOut()
    const thrown = await refusal(host, { app: 'shop', packages: ['python3', 'nginx', 'ufw'], user: 'deploy', firewall: true }, { times: { firewallDelay: 8 } })
    expect(thrown).toMatchObject({ code: 'firewall-locked-out', why: expect.stringMatching(/put back as it was/) })
    await asItWas()
  })

  it('puts itself back when nobody is left to do it', async () => {
    await lockOut()
    let made = 0
    const once = dial(host)
    let connection: Awaited<ReturnType<typeof once>> | undefined
    const connectOnce: SetupOptions['connect'] = async () => {
      if (made++ === 0) return connection = await once()
      await connection?.[Symbol.asyncDispose]()
      throw new Failure({ code: 'cut', what: 'The runner died.', cure: 'None.' })
    }
    const thrown = await refusal(host, { app: 'shop', packages: ['python3', 'nginx', 'ufw'], user: 'deploy', firewall: true },
      { times: { firewallDelay: 15 }, connect: connectOnce })
    expect(thrown).toMatchObject({ code: 'firewall-locked-out', why: expect.stringMatching(/by itself, within 15 s/) })
    expect(await host.shell('ufw status')).toMatch(/^Status: active/)
    await host.shell('for n in $(seq 600); do ufw status | grep -q inactive && [ ! -e /var/lib/slipway/firewall-undo ] && exit 0; sleep 0.1; done; exit 1')
    await asItWas()
  })

  it('is back after a power cut in the middle', async () => {
    await lockOut()
    let made = 0
    const connectOnce: SetupOptions['connect'] = async () => {
      if (made++ > 0) throw new Failure({ code: 'cut', what: 'The runner died.', cure: 'None.' })
      const connection = await dial(host)()
      const exec: typeof connection.exec = (command, options) =>
        / undo$/.test(command) ? Promise.reject(new Error('cut')) : connection.exec(command, options)
      return new Proxy(connection, { get: (target, name) => (name === 'exec' ? exec : bound(target, name)) })
    }
    await refusal(host, { app: 'shop', packages: ['python3', 'nginx', 'ufw'], user: 'deploy', firewall: true },
      { times: { firewallDelay: 15 }, connect: connectOnce })
    expect(await host.shell('ufw status')).toMatch(/^Status: active/)
    await host.exec('sync')
    await host.cutPower()
    await host.shell('for n in $(seq 600); do ufw status | grep -q inactive && [ ! -e /var/lib/slipway/firewall-undo ] && exit 0; sleep 0.1; done; exit 1')
    await asItWas()
  })

  it('tells a user without sudo the two ways out', async () => {
    await host.shell('mkdir -p /root/aside; grep -l "^deploy.*ALL$" /etc/sudoers.d/* | xargs -I{} mv {} /root/aside/')
    const run = await setUp(host, shop)
    expect(errorsOf(run)).toMatch(/deploy may not become root on this host: sudo: a password is required/)
    expect(errorsOf(run)).toMatch(/connect as root \(hosts: root@…\), or as root write the line "deploy ALL=\(ALL\) NOPASSWD: ALL"/)
  })
})
