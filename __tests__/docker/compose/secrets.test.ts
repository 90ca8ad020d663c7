import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import type { ActionRun } from '../../host/harness/action'
import { ComposeApp } from '../harness/compose-app'
import { registryForHosts } from '../harness/registry-for-hosts'
import { wordsDuring } from '../harness/words'

/** A secret is in the containers that are to have it, in files of root's, and nowhere else. */
const mail = 'Zq81xVMailPassword'
const token = 'Zq81xVDatabaseToken'
let host: Host
let app: ComposeApp
let login: Record<string, string>
let password: string
beforeAll(async () => {
  host = await freshHost('secretive', { image: 'docker' })
  const registry = await registryForHosts()
  password = registry.password
  login = { 'registry-username': registry.user, 'registry-password': password }
  app = await ComposeApp.on('compose-mailer', { host, env: { SMTP_PASSWORD: mail, TOKEN: token }, files: {
    'compose.override.yaml': 'services: { worker: { environment: { TOKEN: "${TOKEN:?}" } } }\n',
  } })
  await app.release('1.0.0')
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const closed = (): Record<string, string> => ({ images: `worker=${app.images['worker']?.replace(':5000/', ':5001/')}`, ...login })
const told = ({ log, summary, outputs }: ActionRun): string =>
  [log.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n'), summary, JSON.stringify(outputs)].join('\n')
const none = (text: string): void => { for (const secret of [mail, token, password]) expect(text).not.toContain(secret) }
/** Files of the host, but for the Engine's own, that anybody may read and that hold one. */
const readable = (): Promise<string> => host.shell(`for each in '${mail}' '${token}' '${password}'; do grep -rlF --exclude-dir=proc --exclude-dir=sys -- "$each" /opt /run/slipway* /var/lib/slipway /root /tmp /etc/slipway /var/log 2>/dev/null || true; done | sort -u | xargs -r stat --format '%a %U %n'`)

it('a registry that asks who pulls is told, and nobody else is', async () => {
  const without = await app.up({ inputs: { images: closed()['images'] ?? '' } })
  expect(without.code).toBe(1)
  expect(without.log).toMatch(/does not give registry\.example\.com:5001.*registry-username/s)
  const dry = succeeded(await app.up({ inputs: { ...closed(), 'dry-run': 'true' } }))
  none(told(dry))
  const started = await app.startUp({ inputs: closed() })
  const { result: run, words } = await wordsDuring(started.done)
  succeeded(run)
  expect(words).toMatch(/docker.* compose .*compose\.json/)
  none(words)
  none(told(run))
  const files = (await readable()).split('\n').filter((line) => line !== '')
  expect(files.filter((line) => !/^600 root \/opt\/mailer\/run\/1\/(secrets|compose|services)\.json$/.test(line))).toEqual([])
  expect(files.length).toBeGreaterThan(0)
  expect(await host.shell("test ! -e /root/.docker/config.json && ls /run | grep -c '^slipway-mailer\\.\\(render\\|hashed\\)' || true")).toBe('0')
  none(await host.shell('journalctl --no-pager --output=cat'))
}, 300_000)

it('a failure that shows what a container printed does not show what it was given', async () => {
  await app.release('1.1.0', { files: { 'compose.override.yaml': 'services: { worker: { environment: { TOKEN: "${TOKEN:?}" }, command: [sh, -c, "echo token is $$TOKEN, mail is $$(cat /run/secrets/smtp-password); exit 3"] } }\n' } })
  const run = await app.up({ inputs: closed() })
  expect(run.code).toBe(1)
  expect(run.log).toContain('token is ***')
  none(told(run))
  none(await host.shell('cat /opt/mailer/history/log.jsonl'))
}, 300_000)

it('a rotated one is a new activation of the same release, with new containers', async () => {
  const before = await app.containers('worker', '{{.Id}}')
  await app.repository.git('checkout', '--quiet', 'v1.0.0')
  const run = succeeded(await app.up({ env: { TOKEN: `${token}2` }, inputs: { ...closed(), images: (await host.shell('python3 -c "import json,glob; print(\'worker=\'+json.load(open(glob.glob(\'/opt/mailer/releases/1.0.0-*/images.json\')[0]))[\'worker\'][\'reference\'])"')) } }))
  expect(run.outputs['status']).toBe('deployed')
  expect(await app.containers('worker', '{{.Id}}')).not.toEqual(before)
}, 300_000)
