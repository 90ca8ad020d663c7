import { createHash } from 'node:crypto'
import { NODE_LTS } from '../../../src/config/node-lts'
import type { AppConfig, Runtime } from '../../../src/config/types'
import { failuresOf } from '../../../src/errors'
import { AnswerReader, readFacts } from '../../../src/targets/host/setup/answer'
import { receiveCommand, scriptCommand } from '../../../src/targets/host/setup/commands'
import { payload, readAssets } from '../../../src/targets/host/setup/payload'
import { preconditions, spaceNeeded } from '../../../src/targets/host/setup/preconditions'
import { noRoot } from '../../../src/targets/host/setup/refusal'
import { toolArchive, wantedTools } from '../../../src/targets/host/setup/tools'
import type { HostFacts } from '../../../src/targets/host/setup/types'
import { wantedArguments, wantedFor } from '../../../src/targets/host/setup/wanted'
import table from '../../../src/targets/host/setup/tools.json' with { type: 'json' }

const configOf = (...runtimes: (Runtime | null)[]): AppConfig =>
  ({
    app: 'shop', packages: [], tls: { kind: 'off' }, open: ['8443/tcp'],
    services: runtimes.map((runtime, index) => ({ name: `s${index}`, runtime })),
  }) as unknown as AppConfig
const python = (version: string | null = null): Runtime => ({ name: 'python', version })
const node = (version: string | null = null): Runtime => ({ name: 'node', version })
const ready: HostFacts = {
  os: 'debian', osVersion: '12', osName: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1', arch: 'x86_64', init: 'systemd', systemd: '252',
  python: ['3.11'], nginx: null, uv: [], node: [], memory: 1e9, memoryAvailable: 5e8, disk: [{ mount: '/', free: 1e10 }],
  inodes: [{ mount: '/', free: 1e6 }], listeners: {}, sshPorts: [22], docker: null,
}
const authority = { email: '', directory: '', root: '' }
const wanted = wantedFor({ config: configOf(python('3.11'), node('24')), user: 'root', repository: 'ada/shop', firewall: false, authority })
const codesOf = (work: () => unknown): string[] => {
  try {
    work()
    return []
  } catch (thrown) {
    return failuresOf(thrown).map(({ code }) => code)
  }
}

describe('wanted tools', () => {
  it.each([
    ['no runtime', configOf(null), []],
    ['python', configOf(python(), python('3.11')), ['uv', 'python 3.11']],
    ['two pythons', configOf(python('3.13'), python('3.14'), python('3.13')), ['uv', 'python 3.13', 'python 3.14']],
    ['node, any and by major: one', configOf(node(), node('24')), ['node 24']],
    ['two majors', configOf(node('22'), node('24'), python()), ['uv', 'node 22', 'node 24']],
  ])('%s', (_name, config, expected) => {
    const { tools, failures } = wantedTools(config)
    expect(tools.map(({ name, version }) => (name === 'uv' ? 'uv' : `${name} ${version.split('.').slice(0, name === 'node' ? 1 : 2).join('.')}`))).toEqual(expected)
    expect(failures).toEqual([])
  })

  it.each(['20', '2', '24.1', '24.0.0'])('refuses node %s, which is not pinned', (version) => {
    expect(wantedTools(configOf(node(version))).failures).toMatchObject([{ code: 'node-not-available', cure: expect.stringMatching(/node@22 or .*node@24/) }])
  })

  it('refuses a patch level of Python that is not pinned, and says which are', () => {
    const [failure] = wantedTools(configOf(python('3.13.99'))).failures
    expect(failure).toMatchObject({ code: 'python-not-available', why: expect.stringMatching(/3\.13\.\d+, 3\.14\.\d+/), cure: expect.stringMatching(/python@3\.13 /) })
    const [, tool] = wantedTools(configOf(python('3.13'))).tools
    expect(wantedTools(configOf(python(tool?.version.split('+')[0] ?? ''))).tools[1]?.version).toBe(tool?.version)
  })

  it('takes from a mirror the newest Python it lists where it lacks the pinned one', () => {
    const path = (build: string): string =>
      `python/${build.split('+')[1]}/cpython-${build}-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz`
    const listed = ['3.13.9+20250101', '3.13.10+20250101', '3.13.10+20250301', '3.14.1+20250101'].map(path)
    const versions = (version: string): unknown[] => wantedTools(configOf(python(version)), listed).tools.slice(1).map((tool) => tool.version)
    expect(versions('3.13')).toEqual(['3.13.10+20250301'])
    expect(versions('3.13.9')).toEqual(['3.13.9+20250101'])
    expect(wantedTools(configOf(python('3.12')), listed)).toMatchObject({ unpinned: ['3.12'] })
    const [, pinned] = wantedTools(configOf(python('3.13'))).tools
    expect(wantedTools(configOf(python('3.13')), [...listed, path(pinned?.version ?? '')]).tools[1]).toEqual(pinned)
    expect(toolArchive({ name: 'python', version: '3.13.9+20250101' }, 'x86_64')).toMatchObject({ path: listed[0], sha256: null })
  })

  it('has a line of Node for each word that means one', () => {
    for (const major of Object.values(NODE_LTS)) expect(wantedTools(configOf(node(major))).failures).toEqual([])
  })

  it('takes the exact version that is pinned', () => {
    const [tool] = wantedTools(configOf(node('24'))).tools
    expect(wantedTools(configOf(node(tool?.version ?? ''))).tools).toEqual([tool])
  })

  it.each(['x86_64', 'aarch64'])('has a checksum for every tool on %s', (arch) => {
    const all = configOf(python(), ...['3.10', '3.11', '3.12', '3.13', '3.14'].map(python), node('22'), node('24'))
    expect(wantedTools(all).tools).toHaveLength(8)
    for (const tool of wantedTools(all).tools) {
      const { url, path, sha256 } = toolArchive(tool, arch)
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(url).toMatch(/^https:\/\//)
      expect(decodeURIComponent(url).endsWith(path.split('/').at(-1) ?? '?')).toBe(true)
    }
  })
})

describe('the arguments of setup.sh', () => {
  const hex = 'ab'.repeat(32)
  const program = {
    files: [], sums: '', digest: hex, launcher: hex, command: hex, front: hex, frontTls: hex, circusLock: hex,
    units: [{ name: 'slipway-settle.service', digest: hex }],
  }
  const assets = { program, push: { files: [{ path: 'push.js', mode: 0o644, bytes: Buffer.from('') }], sums: '', digest: hex }, script: '', receive: '' }
  const times = { firewallDelay: 60, aptWait: 300 }

  it('say it all, without a user for root', () => {
    const list = wantedArguments(wanted, assets, times)
    expect(list).toEqual(expect.arrayContaining(['app=shop', 'repository=ada/shop', 'package=nginx', `front=${hex}`, `unit=slipway-settle.service:${hex}`]))
    expect(list.some((argument) => argument.startsWith('user=') || argument.startsWith('firewall'))).toBe(false)
  })

  it('say of certificates only what an app with some needs', () => {
    const of = (kind: 'off' | 'acme', given = authority): string[] =>
      wantedArguments(wantedFor({ config: { ...configOf(), tls: { kind } }, user: 'root', repository: '', firewall: false, authority: given }), assets, times)
        .filter((argument) => /acme|tls|openssl|dehydrated/.test(argument))
    expect(of('off')).toEqual([])
    expect(of('acme')).toEqual(['package=openssl', 'package=dehydrated', `front-tls=${hex}`, 'acme=yes'])
    const root = '-----BEGIN CERTIFICATE-----\n+/+/\n-----END CERTIFICATE-----'
    const given = of('acme', { email: 'ops+a@example.com', directory: 'https://10.0.0.1:14000/dir', root })
    expect(given.slice(3, -1)).toEqual(['acme=yes', 'acme-email=ops+a@example.com', 'acme-directory=https://10.0.0.1:14000/dir'])
    expect(Buffer.from(given.at(-1)!.replace('acme-root=', ''), 'base64url').toString()).toBe(`${root}\n`)
  })

  it.each([
    [{ email: "a'b@example.com" }, 'tls-email-input'], [{ email: 'nobody' }, 'tls-email-input'],
    [{ directory: 'http://ca.example/dir' }, 'tls-directory-input'], [{ directory: 'https://ca.example/$(id)' }, 'tls-directory-input'],
    [{ root: 'ca.pem' }, 'tls-root-input'],
  ])('never hold what root\'s shell would read otherwise: %j', (given, code) => {
    const work = (): unknown => wantedFor({ config: configOf(), user: 'root', repository: '', firewall: false, authority: { ...authority, ...given } })
    expect(codesOf(work)).toEqual([code])
  })

  it('ask for sudo and ufw only where they are needed', () => {
    const list = wantedArguments(wantedFor({ config: configOf(), user: 'deploy', repository: '', firewall: true, authority }), assets, times)
    expect(list).toEqual(expect.arrayContaining(['user=deploy', 'package=sudo', 'package=ufw', 'firewall=yes', 'open=8443/tcp', 'firewall-delay=60']))
    expect(wanted.packages).not.toEqual(expect.arrayContaining(['sudo']))
    expect(wanted.packages).not.toEqual(expect.arrayContaining(['ufw']))
  })

  it('name what another supervisor needs, and nothing of one that is not wanted', () => {
    const listFor = (supervisor: AppConfig['supervisor']): string[] =>
      wantedArguments(wantedFor({ config: { ...configOf(), supervisor }, user: 'root', repository: '', firewall: false, authority }), assets,
        times)
    expect(listFor('supervisor')).toEqual(expect.arrayContaining(['package=supervisor']))
    expect(listFor('circus')).toEqual(expect.arrayContaining([`circus=${table.circus}`, `circus-lock=${hex}`, `uv=${table.uv}`]))
    expect(listFor('systemd').filter((argument) => /circus|supervisor/.test(argument))).toEqual([])
    expect(listFor('supervisor').filter((argument) => argument.includes('circus'))).toEqual([])
  })

  it.each(['a b', "a'", 'a;b', '$(x)', 'a\nb', '~'])('never hand %j to a shell', (app) => {
    expect(() => wantedArguments({ ...wanted, app }, assets, times)).toThrow(/not to be handed to a shell/)
  })

  it('run as root directly, as another by sudo, the text of receive.sh as one word', () => {
    const [root, deploy] = [{ user: 'root', host: 'h', port: 22 }, { user: 'deploy', host: 'h', port: 22 }]
    expect(scriptCommand(root, 'check', ['app=shop'])).toBe('sh -s -- check app=shop')
    const sudo = `sh -c 'sudo -n "$@" || { code=$?; cat >/dev/null; exit "$code"; }' sudo`
    expect(scriptCommand(deploy, 'confirm', ['token=a'])).toBe(`${sudo} sh -s -- confirm token=a`)
    expect(receiveCommand(deploy, "trap '' HUP", ['app=shop'])).toBe(`${sudo} sh -c 'trap '\\'''\\'' HUP' receive apply app=shop`)
  })
})

describe('preconditions', () => {
  const codes = (facts: Partial<HostFacts>): string[] => preconditions({ ...ready, ...facts }, wanted, []).map(({ code }) => code)

  it('are met by a bare Debian 12', () => expect(codes({})).toEqual([]))

  it.each<[string, Partial<HostFacts>, string]>([
    ['another distribution', { os: 'fedora', osVersion: '41', osName: 'Fedora 41' }, 'distribution-not-supported'],
    ['an old Debian', { osVersion: '11', osName: 'Debian 11' }, 'distribution-not-supported'],
    ['an old ARM', { arch: 'armv7l' }, 'architecture-not-supported'],
    ['no systemd', { systemd: null, init: 'tini' }, 'no-systemd'],
    ['another web server', { listeners: { 80: 'apache2 (pid 7)' } }, 'port-taken'],
    ['a full disk', { disk: [{ mount: '/', free: 1e6 }] }, 'disk-too-small'],
    ['no inodes', { inodes: [{ mount: '/var', free: 9 }] }, 'inodes-too-few'],
  ])('refuse %s', (_name, facts, code) => expect(codes(facts)).toEqual([code]))

  it('tell of all at once', () => {
    expect(codes({ systemd: null, arch: 'riscv64', disk: [{ mount: '/', free: 0 }] })).toEqual(['architecture-not-supported', 'no-systemd', 'disk-too-small'])
  })

  it('leave our own nginx and port 443 alone', () => expect(codes({ listeners: { 80: 'nginx (pid 1)', 443: 'sshd (pid 2)' } })).toEqual([]))

  it.each([['3.11', true], ['3.12', true], ['3.9', false], ['3.8', true]])('python %s on a host with 3.8 of its own: %s', (version, met) => {
    const asked = wantedFor({ config: configOf(python(version)), user: 'root', repository: '', firewall: false, authority })
    expect(preconditions({ ...ready, python: ['3.8'] }, asked, []).map(({ code }) => code)).toEqual(met ? [] : ['python-not-available'])
  })

  it('say how much is needed and how much there is, by what is to be changed', () => {
    const change = (name: string) => ({ name, state: 'change' as const, detail: '' })
    expect(spaceNeeded([{ name: 'packages', state: 'ok', detail: '' }]).bytes).toBe(20e6)
    const items = [change('packages'), change('uv'), change('node 24')]
    expect(spaceNeeded(items).bytes).toBe(580e6)
    const [failure] = preconditions({ ...ready, disk: [{ mount: '/var', free: 80.9e6 }] }, wanted, items)
    expect(failure?.what).toBe('Preparing this host needs 580 MB on /var; it has 80 MB free.')
  })
})

describe('what setup.sh answers', () => {
  it('is read line by line, and what is none of its lines is evidence', () => {
    const heard: string[] = []
    const reader = new AnswerReader((text) => heard.push(text))
    for (const line of ['fact\tos\tdebian', 'item\tuv\tok\t1', 'item\tfront\tchange\twrite', 'item\tx\tnonsense\t', 'progress\thalf', 'cat: gone', '',
      'evidence\tapt-get\tE: one', 'evidence\tapt-get\tE: two', 'failed\tapt-failed\tpackages\tno', 'armed\tfirewall\tabc\t60\ton']) reader.read(line)
    expect(heard).toEqual(['half'])
    expect(reader.answer).toEqual({
      facts: [['os', 'debian']], items: [{ name: 'uv', state: 'ok', detail: '1' }, { name: 'front', state: 'change', detail: 'write' }],
      refusals: [{ code: 'apt-failed', item: 'packages', detail: 'no' }],
      evidence: [{ source: 'output', text: 'item\tx\tnonsense\t\ncat: gone' }, { source: 'apt-get', text: 'E: one\nE: two' }],
      warnings: [], armed: { token: 'abc', delay: 60, detail: 'on' }, complete: false,
    })
    reader.read('done')
    expect(reader.answer.complete).toBe(true)
  })

  it('gives facts: a file system once, and none that does not count inodes', () => {
    const facts = readFacts([['os', 'debian'], ['disk', '/usr/local 500 /'], ['disk', '/opt 500 /'], ['disk', '/var 7 /var'], ['inodes', '/var 0 0 /var'],
      ['inodes', '/opt 100 40 /'], ['ssh-ports', '22 2222 '], ['port-80', 'nginx (pid 1)'], ['python', '3.11'], ['memory', '1024']])
    expect(facts).toMatchObject({
      disk: [{ mount: '/', free: 500 }, { mount: '/var', free: 7 }], inodes: [{ mount: '/', free: 40 }], sshPorts: [22, 2222],
      listeners: { 80: 'nginx (pid 1)' }, python: ['3.11'], systemd: null, nginx: null, memory: 1024,
    })
  })
})

describe('refusals', () => {
  it('without root say both ways out, and give the sudoers file a name that sudo reads', () => {
    expect(noRoot('ada.l', 'sudo: a password is required')).toMatchObject({
      code: 'no-root', what: 'ada.l may not become root on this host: sudo: a password is required.',
      cure: expect.stringMatching(/root@.*"ada\.l ALL=\(ALL\) NOPASSWD: ALL" to \/etc\/sudoers\.d\/90-ada_l;/),
    })
  })

  it('of wanted tools are all thrown together', () => {
    expect(codesOf(() => wantedFor({ config: configOf(node('8'), node('9')), user: 'root', repository: '', firewall: false, authority })))
      .toEqual(['node-not-available', 'node-not-available'])
  })
})

describe('the payload', () => {
  it('names the program by the sums of its files, and ends with the word that it is complete', async () => {
    const assets = await readAssets('src/targets/host')
    const { files, sums, digest } = assets.program
    expect(sums.trim().split('\n')).toHaveLength(files.length)
    expect(digest).toBe(createHash('sha256').update(sums).digest('hex'))
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['front.conf', 'main.py', 'slipway-host', 'units/slipway-settle.service']))
    expect(files.some(({ path }) => /\.pyc$|__pycache__/.test(path))).toBe(false)
    const chunks: Uint8Array[] = []
    for await (const chunk of payload(assets, [], false)) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('latin1')
    expect(text.indexOf('complete\0')).toBeGreaterThan(text.indexOf('program/VERSION\0'))
  })
})
