import { push, setUp, succeeded } from '../harness/deploy'
import { makeRepository } from '../harness/repository'
import type { Host } from '../harness/hosts'
import { badHost, Patient } from './patient'
import { refused } from './refusal'

const yaml = (lines = ''): string => `app: APP\ndomain: APP.example.com\ntls: off\nruntime: node@24\nstart: node main.js\nkeep: 2\n${lines}`
const main = (says: string): string =>
  `require('node:http').createServer((request, response) => response.end('${says}')).listen(process.env.PORT, '127.0.0.1')\n`
const well = { 'slipway.yml': yaml(), 'main.js': main('v1') }

describe('a host that has not what a release needs', () => {
  let host: Host
  let app: Patient
  beforeAll(async () => {
    host = await badHost()
    app = await Patient.on(host, 'bad-room', well)
  }, 600_000)
  afterAll(() => { app?.remove() })

  /** With a file system of that size where the releases lie; what serves is on it too. */
  async function within<T>(options: string, use: () => Promise<T>): Promise<T> {
    const releases = `/opt/${app.name}/releases`
    await host.shell(`cp -a ${releases} /tmp/kept; mount -t tmpfs -o ${options} tmpfs ${releases}; cp -aT /tmp/kept ${releases}; rm -r /tmp/kept`)
    try {
      return await use()
    } finally {
      await host.shell(`umount -l ${releases}`)
    }
  }

  it('has too little disk: needed, found, and how to make room', async () => {
    await within('size=20m', () => app.refuses({ 'main.js': main('v2'), 'large.bin': 'x'.repeat(1_000_000) }, 'disk-too-small',
      /needs 3[45](\.\d)? MB, \/opt\/\S+\/releases has (19|20|21)(\.\d)? MB/, 'Nothing was touched', /df -h \/opt\/\S+\/releases/, '`keep`'))
  })

  it('has too few inodes: needed and found', async () => {
    await within('size=200m,nr_inodes=500', () => app.refuses({ 'main.js': main('v2') }, 'inodes-too-few', /needs 1\d{3}, \/opt\/\S+\/releases has 4\d\d/, /df -i \/opt/))
  })

  it('has too little memory: needed and found', async () => {
    await app.refuses({ 'slipway.yml': yaml('memory: 900G\n') }, 'memory-too-small', /needs 966 GB, \d+(\.\d)? [MG]B are free/, '`memory`')
  })
})

describe('a disk that becomes full right after the proof', () => {
  let host: Host
  let app: Patient
  beforeAll(async () => {
    host = await badHost()
    app = await Patient.on(host, 'bad-full', well)
  }, 600_000)
  afterAll(() => { app?.remove() })

  /** The history on a file system that takes what is recorded up to the switch, and half of what says that it is proven. */
  const shrink = String.raw`
import json, os, subprocess, sys
history = f'/opt/{sys.argv[1]}/history'
with open(f'{history}/log.jsonl') as file:
    lines = file.read().splitlines()
length = {json.loads(line)['event']: len(line) + 1 for line in lines}
known = sum(len(line) + 1 for line in lines)
room = length['staged'] + length['started'] + length['proven'] // 2
size = -(-(known + room + 1) // 4096) * 4096
subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', history], check=True)
with open(f'{history}/log.jsonl', 'w') as file:
    file.write(''.join(f'{line}\n' for line in lines) + 'x' * (size - known - room - 1) + '\n')
`

  it('goes back to what served, says so, and the next run notes it and goes through', async () => {
    await host.shell(`python3 - ${app.name}`, { input: shrink })
    const run = await app.push({ 'main.js': main('v2') })
    const said = run.annotations.find(({ properties }) => properties['title']?.startsWith('disk-full'))?.message
    expect(said).toMatch(/^The disk became full.*\nActivation 1 serves\..*df -h/s)
    expect([run.code, run.outputs['status']]).toEqual([1, 'reverted'])
    expect((await app.standing()).split('\n')[0]).toBe('200 v1')
    await host.shell(`cd /opt/${app.name}; cp history/log.jsonl /tmp/log.jsonl; umount history; mv /tmp/log.jsonl history/log.jsonl`)
    const next = succeeded(await push(host, app.repository))
    expect(next.log).toMatch(/ended during its cut-over to activation \d+: it was not proven, activation 1 serves again/)
    expect(next.outputs).toMatchObject({ status: 'deployed' })
    expect((await app.standing()).split('\n')[0]).toBe('200 v2')
    expect(await host.shell(`grep -c '"failed"' /opt/${app.name}/history/log.jsonl`)).toBe('1')
  })
})

describe('what a host stored when other rules were in force', () => {
  let host: Host
  let app: Patient
  beforeAll(async () => {
    host = await badHost()
    app = await Patient.on(host, 'bad-old', well)
    // What installs packages makes that folder; shared it would be the app's to lead root astray in, and is refused today.
    await host.shell(`cd /opt/${app.name}; python3 - releases/*/release.json run/1/activation.json`, { input: `
import json, sys
for path in sys.argv[1:]:
    with open(path) as file:
        facts = json.load(file)
    facts['config']['shared'] = ['node_modules']
    with open(path, 'w') as file:
        json.dump(facts, file)
` })
  }, 600_000)
  afterAll(() => { app?.remove() })

  it('is told of while it serves, and gone back to from a release that fails', async () => {
    const status = succeeded(await push(host, app.repository, { inputs: { operation: 'status' } }))
    expect(status.outputs).toMatchObject({ serving: 'v1' })
    await app.refuses({ 'main.js': 'process.exit(3)\n' }, 'exits-at-start', 'exit code 3')
  })

  it('is replaced by a release that is taken today, and is not activated anew', async () => {
    succeeded(await app.push({ 'main.js': main('v2') }))
    expect((await app.standing()).split('\n')[0]).toBe('200 v2')
    await app.stays(() => push(host, app.repository, { inputs: { operation: 'rollback' } }), 'stored-release-refused', /v1-[0-9a-f]{8}/, 'node_modules',
      'Correct that in slipway.yml')
  })
})

describe('a domain', () => {
  let host: Host
  let app: Patient
  let other: Patient
  beforeAll(async () => {
    host = await badHost()
    app = await Patient.on(host, 'bad-name', well)
    other = await Patient.on(host, 'bad-other', well)
  }, 600_000)
  afterAll(() => {
    app?.remove()
    other?.remove()
  })

  it('that another app has', async () => {
    const before = await other.standing()
    await app.refuses({ 'slipway.yml': yaml().replace('APP.example.com', other.domain) }, 'domain-taken',
      `The domain ${other.domain} belongs to the app ${other.name}`, '`domain:`', '`route`')
    expect(await other.standing()).toBe(before)
  })

  it('that a site has which is not ours', async () => {
    await host.shell("echo 'server { listen 80; server_name www.old.example.com old.example.com; return 200 old; }' >/etc/nginx/conf.d/old.conf; nginx -s reload")
    try {
      await app.refuses({ 'slipway.yml': yaml().replace('APP.example.com', 'old.example.com') }, 'domain-taken', 'old.example.com', '/etc/nginx/conf.d/old.conf',
        'server_name', '`domain:`')
    } finally {
      await host.shell('rm /etc/nginx/conf.d/old.conf; nginx -s reload')
    }
  })

  it('none, when another app does without already', async () => {
    const bare = { 'slipway.yml': yaml().replace('domain: APP.example.com\n', '') }
    succeeded(await other.push(bare))
    try {
      await app.refuses(bare, 'domain-taken', `goes to the app ${other.name}`, `\`domain: ${app.name}.example.com\``)
    } finally {
      succeeded(await other.push({ 'main.js': main('v1 again') }))
    }
  })

  it('of a host whose nginx configuration is broken', async () => {
    await host.shell("echo 'server { lisssten 81; }' >/etc/nginx/conf.d/typo.conf")
    try {
      await app.refuses({ 'main.js': main('v2') }, 'nginx-broken', 'is broken: unknown directive "lisssten" in /etc/nginx/conf.d/typo.conf:1', 'nginx -t')
    } finally {
      await host.shell('rm /etc/nginx/conf.d/typo.conf')
    }
  })
})

describe('a way back', () => {
  let host: Host
  let app: Patient
  beforeAll(async () => {
    host = await badHost()
    app = await Patient.on(host, 'bad-back', well)
  }, 600_000)
  afterAll(() => { app?.remove() })

  const rollback = (version = ''): ReturnType<typeof push> => push(host, app.repository, { inputs: { operation: 'rollback', version } })
  async function release(tag: string): Promise<void> {
    app.repository.write({ 'main.js': main(tag) })
    await app.repository.commit(tag, tag)
    succeeded(await push(host, app.repository))
  }

  it('is not there before anything was deployed', async () => {
    const name = app.name.replace('back', 'none')
    const repository = await makeRepository(undefined, { files: { ...well, 'slipway.yml': yaml().replaceAll('APP', name) }, tag: 'v1' })
    succeeded(await setUp(host, repository))
    const run = await push(host, repository, { inputs: { operation: 'rollback' } })
    refused(run, 'nothing-to-go-back-to', `There is no release of ${name} to go back to`, '`operation: deploy`')
    repository.remove()
  })

  it('is not there from the first release', async () => {
    await app.stays(() => rollback(), 'nothing-to-go-back-to', 'from v1 (#1)', '`operation: deploy`', '`allow-older: true`')
  })

  it('does not lead to what failed, to what was never there, or to what was pruned; those there are are listed', async () => {
    const failed = await app.push({ 'main.js': 'process.exit(3)\n' })
    refused(failed, 'exits-at-start', 'exit code 3')
    await app.repository.git('checkout', '-q', '-f', '--detach', 'v1')
    for (const tag of ['v2', 'v3', 'v4']) await release(tag)
    await app.stays(() => rollback('bad1'), 'version-never-served', 'bad1', 'never served', 'can be returned to: v3.')
    await app.stays(() => rollback('v1'), 'version-pruned', 'v1', 'its files are gone', '`keep`', 'v3', '`operation: deploy`, `version: v1`, `allow-older: true`')
    await app.stays(() => rollback('V3'), 'version-unknown', 'There is no V3', 'did you mean v3?', 'can be returned to: v3.')
  })

  it('by accident is refused: a deploy of what is older than what serves', async () => {
    await app.stays(() => push(host, app.repository, { inputs: { version: 'v2' } }), 'older-than-serving', /v2 \([0-9a-f]{12}\) is older than v4 \([0-9a-f]{12}\)/,
      '`operation: rollback` with `version: v2`', '`allow-older: true`')
  })
})
