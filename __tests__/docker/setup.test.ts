import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import table from '../../src/targets/host/setup/tools.json' with { type: 'json' }
import { must } from '../host/harness/command'
import { freshHost, type Host } from '../host/harness/hosts'
import { setUp, succeeded } from '../host/harness/deploy'
import { makeRepository } from '../host/harness/repository'
import { preparedFor, refusedFor, told } from './harness/docker-host'
import { registryForHosts } from './harness/registry-for-hosts'

/** All files that Docker or the host itself could tell the difference of, and which containers run. */
const stateOf = (host: Host): Promise<string> => host.shell(
  'find /etc /opt /usr/local /var/lib/slipway /var/tmp -xdev -printf "%p %u %m %s %T@\\n" 2>/dev/null | grep -v systemd-private | sort; '
  + 'getent passwd; getent group; systemctl list-unit-files --no-legend; dpkg -l; docker ps --quiet 2>/dev/null || true')
const changesOf = (items: readonly { readonly name: string; readonly state: string }[]): string[] =>
  items.filter(({ state }) => state !== 'ok').map(({ name }) => name)
const settings = (host: Host): Promise<unknown> => host.shell('cat /etc/docker/daemon.json').then(JSON.parse)
const rotation = { 'max-size': '10m', 'max-file': '3' }
const sleeper = (name: string, more = ''): string => `docker run -d --name ${name} ${more} redis:7.0`

beforeAll(async () => { await registryForHosts() }, 120_000)

describe('a bare host without an Engine', () => {
  let host: Host
  let folder: string
  let program: string
  beforeAll(async () => {
    host = await freshHost('setup-none', { image: 'bare', engine: 'installable' })
    folder = await mkdtemp(join(tmpdir(), 'slipway-compose-'))
    program = join(folder, 'docker-compose')
    // The rig's Compose stands in for the one that is pinned.
    const donor = await freshHost('setup-donor', { image: 'docker' })
    await must('docker', ['cp', `slipway-rig-${donor.name}:/usr/local/lib/docker/cli-plugins/docker-compose`, program])
    await donor.remove()
  }, 600_000)
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await host.remove()
  })
  const tools = {
    provide: async ({ name, version }: { readonly name: string; readonly version: string }) => {
      expect([name, version]).toEqual(['compose', table.compose])
      return { file: program, sha256: createHash('sha256').update(readFileSync(program)).digest('hex') }
    },
  }

  it('is no host for it with only an Engine of a user', async () => {
    await host.shell('mkdir -p /run/user/1000; python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'/run/user/1000/docker.sock\')"')
    expect(await refusedFor(host)).toMatchObject({ code: 'engine-rootless', cure: expect.stringContaining('apt-get install docker.io') })
    await host.shell('rm -r /run/user/1000')
  })

  it('gets Engine, Compose and settings, as the dry run says, and nothing of a VM', async () => {
    const before = await stateOf(host)
    const planned = await preparedFor(host, { dryRun: true })
    expect(await stateOf(host)).toBe(before)
    expect(planned.facts.docker).toMatchObject({ engine: null, compose: null, root: '/var/lib/docker' })
    const done = await preparedFor(host, { tools })
    expect(planned.items.map(({ name, state, detail }) => [name, state.replace('would change', 'changed'), detail.replace(/, once \S+ is installed$/, '')]))
      .toEqual(done.items.map(({ name, state, detail }) => [name, state, detail]))
    expect(done.items.map(({ name }) => name)).toEqual(['packages', 'default site', 'docker settings', 'docker engine', 'docker compose', 'user app-notes',
      'user web-notes', 'user build-notes', 'app name', 'docker app', 'folders', 'host program', 'start at boot', 'front', 'nginx'])
    expect(told(done)).toMatchObject({
      'docker engine': 'changed: install docker.io', 'docker compose': `changed: install compose ${table.compose}`,
      packages: expect.stringContaining('libnginx-mod-stream'),
    })
    expect(done.facts.docker).toMatchObject({ engine: expect.stringMatching(/^20\.10\./), compose: expect.stringMatching(/^2\./), storage: 'classic',
      driver: 'overlay2', root: '/var/lib/docker', free: expect.any(Number) })
    expect(await settings(host)).toEqual({ 'log-driver': 'json-file', 'log-opts': rotation, 'live-restore': true })
    expect(await host.shell('docker info -f "{{.LiveRestoreEnabled}}"; getent group docker | cut -d: -f4')).toBe('true')
    expect(await host.shell('nginx -T 2>/dev/null | grep -c "load_module.*stream"')).toBe('1')
    expect(await host.shell('systemctl is-enabled docker; HOME=/nonexistent docker compose version --short')).toMatch(/^enabled\n2\./)
    await host.shell(sleeper('one'))
    expect(JSON.parse(await host.shell('docker inspect -f "{{json .HostConfig.LogConfig}}" one'))).toEqual({ Type: 'json-file', Config: rotation })
  }, 600_000)

  it('is not changed by a second run', async () => {
    const before = await stateOf(host)
    const again = await preparedFor(host)
    expect([again.changed, changesOf(again.items), again.warnings]).toEqual([false, [], []])
    expect(await stateOf(host)).toBe(before)
  })

  it('gets another Compose of ours when that is another, and starts what was stopped', async () => {
    await host.shell('cd /usr/local/lib/slipway/tools; mv compose-* compose-2.20.0; ln -sfn $PWD/compose-2.20.0/docker-compose /usr/local/lib/docker/cli-plugins/docker-compose; '
      + 'systemctl disable -q docker.service; systemctl stop docker.socket docker.service')
    const done = await preparedFor(host, { tools })
    expect(changesOf(done.items)).toEqual(['docker engine', 'docker compose'])
    expect(await host.shell('readlink /usr/local/lib/docker/cli-plugins/docker-compose; docker version -f "{{.Server.Version}}"')).toMatch(`compose-${table.compose}/docker-compose\n20.`)
  })
})

describe('a host with an Engine at work', () => {
  let host: Host
  beforeAll(async () => { host = await freshHost('setup-engine', { image: 'docker', user: 'deploy' }) }, 600_000)
  afterAll(async () => { await host.remove() })
  const running = (): Promise<string> => host.shell('docker inspect -f "{{.State.Pid}} {{.State.StartedAt}}" theirs')

  it('is told where its daemon.json is wrong, and stays as it is', async () => {
    await host.shell('printf \'{\\n  "registry-mirrors": []\\n  "debug": true\\n}\\n\' >/etc/docker/daemon.json')
    const before = await stateOf(host)
    expect(await refusedFor(host)).toMatchObject({ code: 'daemon-json-invalid', what: expect.stringContaining('/etc/docker/daemon.json, line 3, column 3: '),
      cure: expect.stringContaining('sudo editor /etc/docker/daemon.json') })
    await host.shell('echo \'{ "log-opts": [] }\' >/etc/docker/daemon.json')
    expect((await refusedFor(host)).what).toContain('log-opts has to be an object')
    await host.shell('printf \'{\\n  "registry-mirrors": []\\n  "debug": true\\n}\\n\' >/etc/docker/daemon.json')
    expect((await stateOf(host)).replaceAll(/daemon.json .*/g, '')).toBe(before.replaceAll(/daemon.json .*/g, ''))
  })

  it('keeps Engine, Compose and containers; the settings are added to what is there', async () => {
    await host.shell('printf \'{\\n\\t"labels": ["a=ü"],\\n\\t"log-opts": { "labels": "x" }\\n}\\n\' >/etc/docker/daemon.json; chmod 600 /etc/docker/daemon.json; '
      + 'systemctl restart docker')
    await host.shell(sleeper('theirs', '--restart always -p 127.0.0.1:7000:6379'))
    const [before, dockerd] = [await running(), await host.shell('pidof dockerd')]
    const done = await preparedFor(host)
    expect(changesOf(done.items)).not.toEqual(expect.arrayContaining(['docker engine', 'docker compose']))
    expect(told(done)).toMatchObject({ 'docker settings': expect.stringMatching(/^changed: add log rotation .* and live-restore to/),
      'docker engine': expect.stringMatching(/^ok: 20\.10\..*overlay2 in \/var\/lib\/docker/), 'docker compose': 'ok: 2.26.1-4' })
    expect(await settings(host)).toEqual({ labels: ['a=ü'], 'log-opts': { labels: 'x', ...rotation }, 'log-driver': 'json-file', 'live-restore': true })
    expect(await host.shell('stat -c %a /etc/docker/daemon.json; grep -c "^\t\\"labels\\": \\[" /etc/docker/daemon.json')).toBe('600\n1')
    // Nobody's containers are stopped for it: dockerd itself was not.
    expect([await running(), await host.shell('pidof dockerd')]).toEqual([before, dockerd])
    expect(done.warnings).toEqual([expect.stringMatching(/docker was not restarted.*sudo systemctl restart docker$/)])
    expect(await host.shell('docker info -f "{{.LiveRestoreEnabled}}"; getent group docker | cut -d: -f4')).toBe('true')
  }, 400_000)

  it('says so until docker is restarted, which leaves containers running', async () => {
    const before = await running()
    const again = await preparedFor(host)
    expect([again.changed, again.warnings.length]).toEqual([false, 1])
    expect(told(again)['docker settings']).toMatch(/from the next restart of docker on$/)
    await host.shell('systemctl restart docker')
    expect(await running()).toBe(before)
    const last = await preparedFor(host)
    expect([last.changed, last.warnings]).toEqual([false, []])
  })

  it('is restarted for its settings when that stops no container', async () => {
    const before = await running()
    await host.shell('python3 -c "import json; p=\'/etc/docker/daemon.json\'; s=json.load(open(p)); del s[\'log-opts\'][\'max-size\']; json.dump(s, open(p, \'w\'))"')
    const [dockerd, done] = [await host.shell('pidof dockerd'), await preparedFor(host)]
    expect([changesOf(done.items), done.warnings]).toEqual([['docker settings'], []])
    expect(await host.shell('pidof dockerd')).not.toBe(dockerd)
    expect(await running()).toBe(before)
    expect(JSON.parse(await host.shell('docker create --name two redis:7.0 >/dev/null; docker inspect -f "{{json .HostConfig.LogConfig}}" two'))).toMatchObject({ Config: rotation })
  })

  it('has its own choice of where logs go, in the file or on the command line, and is told that it has', async () => {
    await host.shell('echo \'{ "log-driver": "journald", "live-restore": false }\' >/etc/docker/daemon.json')
    const chosen = await preparedFor(host)
    expect(told(chosen)['docker settings']).toMatch(/^ok: .*; logs go to journald, as it says there and live-restore is off, as it says there/)
    await host.shell('rm /etc/docker/daemon.json; echo \'DOCKER_OPTS="--log-driver=local --live-restore"\' >/etc/default/docker; systemctl restart docker')
    const flagged = await preparedFor(host)
    expect(told(flagged)['docker settings']).toMatch(/^ok: .*logs as dockerd's option --log-driver says and live-restore is up to dockerd's option --live-restore$/)
    expect(await host.shell('ls /etc/docker/daemon.json 2>&1 || true; docker info -f "{{.LoggingDriver}}"')).toMatch(/No such file.*\nlocal$/)
  })

  it('is put back when docker does not start with them', async () => {
    await host.shell('rm /etc/default/docker; docker rm -f theirs two; echo \'{ "debug": false }\' >/etc/docker/daemon.json; '
      + 'printf "[Service]\\nEnvironmentFile=-/etc/docker.env\\n" >/etc/systemd/system/docker.service.d/env.conf; systemctl daemon-reload; systemctl restart docker; '
      // Nobody sees this one before docker starts again.
      + 'echo "DOCKER_OPTS=--log-driver=local" >/etc/docker.env')
    const refused = await refusedFor(host)
    expect(refused).toMatchObject({ code: 'settings-refused', what: expect.stringMatching(/put back: .*log-driver/) })
    expect(await settings(host)).toEqual({ debug: false })
    expect(await host.shell('docker info -f "{{.LoggingDriver}}"')).toBe('local')
    await host.shell('rm /etc/docker/daemon.json /etc/docker.env; systemctl reset-failed docker; systemctl restart docker')
  })

  // A command line that tells of another Engine, or of another Compose.
  const pretending = (cases: string): Promise<string> => host.shell(`printf '#!/bin/sh\\ncase "$*" in\\n${cases}\\nesac\\nexec /usr/bin/docker "$@"\\n' >/usr/local/sbin/docker; chmod 755 /usr/local/sbin/docker`)
  it.each([
    ['an Engine that is too old', '*version*{{.Server.Version}}*) echo 19.03.15; exit;;', 'engine-too-old', /19\.03\.15; it has to be 20\.10 or newer/],
    ['Podman', '*version*Components*) echo "Podman Engine,"; exit;;', 'engine-not-docker', /is Podman/],
    ['a Compose that is too old', '*compose\\ version*) echo v2.5.0; exit;;', 'compose-too-old', /v2\.5\.0; it has to be 2\.20 or newer/],
  ])('is refused with %s', async (_, cases, code, what) => {
    await pretending(cases)
    expect(await refusedFor(host)).toMatchObject({ code, what: expect.stringMatching(what), cure: expect.stringContaining('sudo ') })
    await host.shell('rm /usr/local/sbin/docker')
  })

  it('says why Docker does not start', async () => {
    await host.shell('systemctl stop docker.socket docker; mv /usr/sbin/iptables /usr/sbin/iptables.away')
    const refused = await refusedFor(host)
    await host.shell('mv /usr/sbin/iptables.away /usr/sbin/iptables')
    expect(refused).toMatchObject({ code: 'engine-not-starting', what: expect.stringMatching(/failed to start daemon.*iptables/i),
      cure: expect.stringContaining('apt-get install --reinstall iptables') })
    // systemd may have been quicker.
    await preparedFor(host)
    expect(await host.shell('docker version -f "{{.Server.Version}}"; systemctl is-active docker')).toMatch(/^20\.10\..*\nactive$/)
  })

  it('is warned of vfs, and refused without room', async () => {
    await preparedFor(host)
    await pretending('*info*{{.Driver}}*) echo vfs; exit;;')
    expect((await preparedFor(host)).warnings).toEqual([expect.stringMatching(/vfs.*overlay2/)])
    await host.shell('rm /usr/local/sbin/docker; systemctl stop docker.socket docker; mkdir /small; mount -t tmpfs -o size=100m tmpfs /small; '
      + 'echo \'{ "data-root": "/small/docker", "storage-driver": "vfs" }\' >/etc/docker/daemon.json; systemctl reset-failed docker; systemctl start docker')
    expect(await refusedFor(host)).toMatchObject({ code: 'disk-too-small', what: expect.stringMatching(/in \/small\/docker, on \/small, which has \d+ MB free/) })
  })
})

describe('Debian 13, on the store of containerd', () => {
  let host: Host
  beforeAll(async () => { host = await freshHost('setup-trixie', { image: 'docker', suite: 'trixie', engine: 'containerd' }) }, 600_000)
  afterAll(async () => { await host.remove() })

  it('keeps what it has', async () => {
    const done = await preparedFor(host)
    expect(told(done)).toMatchObject({ 'docker engine': expect.stringMatching(/^ok: 26\.1\..*, overlayfs in /), 'docker compose': 'ok: 2.26.1-4' })
    expect(done.facts.docker).toMatchObject({ storage: 'containerd', driver: 'overlayfs' })
    expect(await settings(host)).toEqual({ features: { 'containerd-snapshotter': true }, 'log-driver': 'json-file', 'log-opts': rotation, 'live-restore': true })
    expect((await preparedFor(host)).changed).toBe(false)
  }, 400_000)

  it('is one by the action, for a repository with a Compose file, which says what is to be warned of', async () => {
    const paper = await makeRepository(undefined, { files: {
      'slipway.yml': 'app: paper\ntarget: docker\n', 'compose.yaml': 'services:\n  web:\n    image: redis:7.0\n',
    } })
    await host.shell(`${sleeper('theirs')}; echo '{ "features": { "containerd-snapshotter": true } }' >/etc/docker/daemon.json; systemctl restart docker; docker start theirs`)
    const run = succeeded(await setUp(host, paper))
    expect(run.outputs).toMatchObject({ status: 'ready', changed: 'true' })
    expect(JSON.parse(run.outputs['facts'] ?? '{}')).toMatchObject({ [host.line]: { docker: { storage: 'containerd', root: '/var/lib/docker' } } })
    expect(run.annotations).toMatchObject([{ level: 'warning', message: expect.stringContaining('sudo systemctl restart docker') }])
    expect(succeeded(await setUp(host, paper)).outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
    paper.remove()
  }, 400_000)
})
