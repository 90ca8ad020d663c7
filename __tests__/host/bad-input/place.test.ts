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
  }, 60_000)

  it('has too few inodes: needed and found', async () => {
    await within('size=200m,nr_inodes=500', () => app.refuses({ 'main.js': main('v2') }, 'inodes-too-few', /needs 1\d{3}, \/opt\/\S+\/releases has 4\d\d/, /df -i \/opt/))
  }, 60_000)

  it('has too little memory: needed and found', async () => {
    await app.refuses({ 'slipway.yml': yaml('memory: 900G\n') }, 'memory-too-small', /needs 966 GB, \d+(\.\d)? [MG]B are free/, '`memory`')
  }, 60_000)
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
  }, 60_000)

  it('that a site has which is not ours', async () => {
    await host.shell("echo 'server { listen 80; server_name www.old.example.com old.example.com; return 200 old; }' >/etc/nginx/conf.d/old.conf; nginx -s reload")
    try {
      await app.refuses({ 'slipway.yml': yaml().replace('APP.example.com', 'old.example.com') }, 'domain-taken', 'old.example.com', '/etc/nginx/conf.d/old.conf',
        'server_name', '`domain:`')
    } finally {
      await host.shell('rm /etc/nginx/conf.d/old.conf; nginx -s reload')
    }
  }, 60_000)

  it('none, when another app does without already', async () => {
    const bare = { 'slipway.yml': yaml().replace('domain: APP.example.com\n', '') }
    succeeded(await other.push(bare))
    try {
      await app.refuses(bare, 'domain-taken', `goes to the app ${other.name}`, `\`domain: ${app.name}.example.com\``)
    } finally {
      succeeded(await other.push({ 'main.js': main('v1 again') }))
    }
  }, 60_000)

  it('of a host whose nginx configuration is broken', async () => {
    await host.shell("echo 'server { lisssten 81; }' >/etc/nginx/conf.d/typo.conf")
    try {
      await app.refuses({ 'main.js': main('v2') }, 'nginx-broken', 'is broken: unknown directive "lisssten" in /etc/nginx/conf.d/typo.conf:1', 'nginx -t')
    } finally {
      await host.shell('rm /etc/nginx/conf.d/typo.conf')
    }
  }, 60_000)
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
  }, 60_000)

  it('is not there from the first release', async () => {
    await app.stays(() => rollback(), 'nothing-to-go-back-to', 'from v1 (#1)', '`operation: deploy`', '`allow-older: true`')
  }, 60_000)

  it('does not lead to what failed, to what was never there, or to what was pruned; those there are are listed', async () => {
    const failed = await app.push({ 'main.js': 'process.exit(3)\n' })
    refused(failed, 'exits-at-start', 'exit code 3')
    await app.repository.git('checkout', '-q', '-f', '--detach', 'v1')
    for (const tag of ['v2', 'v3', 'v4']) await release(tag)
    await app.stays(() => rollback('bad1'), 'version-never-served', 'bad1', 'never served', 'can be returned to: v3.')
    await app.stays(() => rollback('v1'), 'version-pruned', 'v1', 'its files are gone', '`keep`', 'v3', '`operation: deploy`, `version: v1`, `allow-older: true`')
    await app.stays(() => rollback('V3'), 'version-unknown', 'There is no V3', 'did you mean v3?', 'can be returned to: v3.')
  }, 120_000)

  it('by accident is refused: a deploy of what is older than what serves', async () => {
    await app.stays(() => push(host, app.repository, { inputs: { version: 'v2' } }), 'older-than-serving', /v2 \([0-9a-f]{12}\) is older than v4 \([0-9a-f]{12}\)/,
      '`operation: rollback` with `version: v2`', '`allow-older: true`')
  }, 60_000)
})
