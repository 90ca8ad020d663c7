import type { AppConfig } from '../../../src/config/types'
import { AnswerReader, readFacts } from '../../../src/targets/host/setup/answer'
import { payload, readAssets } from '../../../src/targets/host/setup/payload'
import { preconditions, spaceNeeded } from '../../../src/targets/host/setup/preconditions'
import { refusalFailure } from '../../../src/targets/host/setup/refusal'
import { toolArchive } from '../../../src/targets/host/setup/tools'
import table from '../../../src/targets/host/setup/tools.json' with { type: 'json' }
import { wantedArguments, wantedFor } from '../../../src/targets/host/setup/wanted'

const configOf = (target: AppConfig['target']): AppConfig =>
  ({ app: 'notes', target, packages: [], tls: { kind: 'off' }, open: ['9999/tcp'], services: [] }) as unknown as AppConfig
const wantedOf = (target: AppConfig['target']) =>
  wantedFor({ config: configOf(target), user: 'root', repository: 'ada/notes', firewall: false, authority: { email: '', directory: '', root: '' } })
const host = [['os', 'debian'], ['os-version', '12'], ['arch', 'x86_64'], ['systemd', '252'], ['disk', '/var 9000000000 /']] as const

describe('a Docker host', () => {
  it('wants an Engine and Compose; a VM wants neither', async () => {
    const assets = await readAssets('src/targets/host')
    const times = { firewallDelay: 60, aptWait: 300 }
    expect(wantedArguments(wantedOf('docker'), assets, times)).toEqual(expect.arrayContaining(['docker=yes', `compose=${table.compose}`]))
    expect(wantedArguments(wantedOf('vm'), assets, times).filter((argument) => /docker|compose/.test(argument))).toEqual([])
  })

  it.each(['x86_64', 'aarch64'])('gets Compose from its own releases, by checksum, on %s', (arch) => {
    expect(toolArchive({ name: 'compose', version: table.compose }, arch)).toEqual({
      name: 'compose', version: table.compose, path: `compose/${table.compose}/docker-compose-linux-${arch}`,
      url: `https://github.com/docker/compose/releases/download/v${table.compose}/docker-compose-linux-${arch}`, sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('gets it as the program that it is', async () => {
    const assets = await readAssets('src/targets/host')
    const chunks: Uint8Array[] = []
    for await (const chunk of payload(assets, [{ name: 'compose', version: '2.40.3', file: 'package.json', sha256: 'ab' }], false)) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString('latin1')).toMatch(/tools\/compose-2\.40\.3\0[^]*ab {2}compose-2\.40\.3\n/)
  })

  it('needs room for what is installed', () => {
    const change = (name: string) => ({ name, state: 'change' as const, detail: '' })
    expect(spaceNeeded([change('docker engine'), change('docker compose')]).bytes).toBe(620e6)
  })

  it('tells what it has', () => {
    const facts = readFacts([...host, ['docker-engine', '26.1.5+dfsg1'], ['docker-compose', 'v2.26.1'], ['docker-storage', 'containerd'], ['docker-driver', 'overlayfs'],
      ['docker-root', '/var/lib/docker'], ['docker-disk', '5000 /data']])
    expect(facts.docker).toEqual({ engine: '26.1.5+dfsg1', compose: '2.26.1', storage: 'containerd', driver: 'overlayfs', root: '/var/lib/docker', mount: '/data', free: 5000 })
    expect(readFacts(host).docker).toBeNull()
    expect(readFacts([...host, ['docker-root', '/var/lib/docker'], ['docker-disk', '5 /']]).docker).toMatchObject({ engine: null, compose: null, storage: null, driver: null })
  })

  it('has room for images', () => {
    const codes = (free: number) => preconditions(readFacts([...host, ['docker-root', '/srv/docker'], ['docker-disk', `${free} /srv`]]), wantedOf('docker'), [])
    expect(codes(2e9)).toEqual([])
    expect(codes(1.9999e9)).toMatchObject([{ code: 'disk-too-small', what: 'Docker keeps its images in /srv/docker, on /srv, which has 1999 MB free.' }])
  })

  it('warns of a thing once, however often it is looked at', () => {
    const reader = new AnswerReader()
    for (let time = 0; time < 2; time++) reader.read('warning\tdocker engine\tits storage driver is vfs')
    expect(reader.answer.warnings).toEqual(['docker engine: its storage driver is vfs'])
  })

  it.each([
    ['engine-not-starting', 'docker does not start: failed to start daemon: iptables failed', /apt-get install --reinstall iptables/],
    ['engine-not-starting', "docker does not start: failed to start daemon: Devices cgroup isn't mounted", /mount -t cgroup,cgroup2/],
    ['engine-not-starting', 'docker does not start: unable to configure the Docker daemon with file /etc/docker/daemon.json', /Correct \/etc\/docker\/daemon\.json/],
    ['engine-not-starting', 'docker does not start: ', /journalctl -u docker/],
    ['daemon-json-invalid', '/srv/daemon.json, line 3, column 4: Expecting value', /sudo editor \/srv\/daemon\.json\)/],
  ])('says what to type: %s, %s', (code, detail, cure) => {
    expect(refusalFailure({ code, item: 'docker engine', detail }, []).cure).toMatch(cure)
  })
})
