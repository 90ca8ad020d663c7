import { push, setUp, succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { loadOn } from '../harness/load'
import { makeRepository, type Repository } from '../harness/repository'
import { appsHost, asUser } from '../harness/tiny-app'

// What stands in examples/ is what users copy: each is deployed as it is, but for https.
let host: Host
beforeAll(async () => { host = asUser(await appsHost(), 'deploy') }, 300_000)

const slipway = async (...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await host.exec('slipway', ...words)
  expect([code, stderr]).toEqual([0, expect.anything()])
  return stdout
}

describe('the smallest examples', () => {
  it.each([['minimal-python', 'python.example.com'], ['minimal-node', 'node.example.com']])('%s is served', async (example, domain) => {
    const repository = await makeRepository(example, { tag: 'v1.0.0' })
    repository.replace('slipway.yml', /^/, `app: ${example}\ndomain: ${domain}\ntls: off\n`)
    await repository.commit('with a domain', 'v1.0.1')
    succeeded(await setUp(host, repository))
    const run = succeeded(await push(host, repository))
    expect(run.outputs).toMatchObject({ status: 'deployed', version: 'v1.0.1', changed: 'true' })
    const result = await loadOn(host, { host: domain, count: 20, requests: ['GET /'] }).done
    expect(result).toMatchObject({ sent: 20, ok: 20, failed: 0, versions: { '1.0.0': 20 } })
    repository.remove()
  }, 300_000)
})

/** An example with a domain, deployed by http. */
async function deployed(example: string, env: Record<string, string> = {}): Promise<Repository> {
  const repository = await makeRepository(example)
  repository.replace('slipway.yml', /^domain: .*$/m, '$&\ntls: off')
  await repository.commit('by http', 'v1.0.0')
  succeeded(await setUp(host, repository))
  succeeded(await push(host, repository, { env }))
  return repository
}

describe('Django', () => {
  const secret = { SECRET_KEY: 'of-the-guestbook' }
  const domain = 'guestbook.example.com'
  const curl = (path: string, ...options: readonly string[]): Promise<string> =>
    host.shell(`curl -fsS -H 'Host: ${domain}' ${options.join(' ')} 'http://127.0.0.1${path}'`)
  const index = (): Promise<string> => curl('/')
  let repository: Repository
  beforeAll(async () => { repository = await deployed('django', secret) }, 400_000)
  afterAll(() => { repository?.remove() })

  it('has its tables, its files by nginx, its form', async () => {
    const page = await index()
    expect(page).toContain('v1.0.0, by http')
    const css = /href="(\/static\/guestbook\.[0-9a-f]{12}\.css)"/.exec(page)?.[1] ?? 'no link'
    const answer = await curl(css, '-i')
    expect(answer).toMatch(/^Cache-Control: public, max-age=31536000, immutable\r?$/m)
    expect(answer).toContain('font-family')
    // As a browser does behind https, where the cookie may be sent.
    const [, token = ''] = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page) ?? []
    const cookie = /^Set-Cookie: csrftoken=(\w+);.*Secure/m.exec(await curl('/', '-i'))?.[1] ?? ''
    const write = (given: string): Promise<string> => host.shell(`curl -sS -o /dev/null -w '%{http_code}' -H 'Host: ${domain}' -H 'Cookie: csrftoken=${cookie}' `
      + `--data-urlencode 'csrfmiddlewaretoken=${given}' --data-urlencode 'text=hello from Ada' http://127.0.0.1/`)
    expect(await write('none')).toBe('403')
    const own = await host.shell(`curl -sS -H 'Host: ${domain}' -H 'Cookie: csrftoken=${cookie}' http://127.0.0.1/`)
    expect(token).not.toBe('')
    expect(await write(/name="csrfmiddlewaretoken" value="(\w+)"/.exec(own)?.[1] ?? '')).toBe('302')
    expect(await index()).toContain('<li>hello from Ada</li>')
  })

  it('gets its first user, and a shell', async () => {
    await slipway('run', 'guestbook', '--', 'sh', '-c', 'DJANGO_SUPERUSER_PASSWORD=$(head -c 12 /dev/urandom | base64) '
      + 'python manage.py createsuperuser --noinput --username ada --email ada@example.com')
    expect(await slipway('run', 'guestbook', '--', 'python', 'manage.py', 'shell', '--no-imports', '-c',
      'from django.contrib.auth.models import User; print(User.objects.get().username)')).toBe('ada\n')
    expect(await curl('/admin/login/')).toMatch(/\/static\/admin\/css\/base\.[0-9a-f]{12}\.css/)
  })

  it('keeps what was written over the next release, without a failed request', async () => {
    await repository.commit('next', 'v1.0.1')
    const load = loadOn(host, { host: domain, requests: ['GET /healthz'] })
    succeeded(await push(host, repository, { env: secret }))
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    const page = await index()
    expect(page).toContain('v1.0.1')
    expect(page).toContain('<li>hello from Ada</li>')
  })
})

describe('a socket, a worker and a schedule', () => {
  const domain = 'queue.example.com'
  const curl = (path: string, ...options: readonly string[]): Promise<string> =>
    host.shell(`curl -fsS --resolve ${domain}:80:${host.address} ${options.join(' ')} 'http://${domain}${path}'`)
  let repository: Repository
  beforeAll(async () => { repository = await deployed('queue') }, 400_000)
  afterAll(() => { repository?.remove() })

  it('knows its client, though it listens on a socket', async () => {
    expect(JSON.parse(await curl('/'))).toEqual({ version: 'v1.0.0', url: `http://${domain}/`, client: host.address })
  })

  it('does jobs, and keeps them over the next release', async () => {
    const { id } = JSON.parse(await curl('/jobs', '-d', 'hello')) as { id: number }
    await host.shell(`end=$(($(date +%s) + 60)); until curl -fsS -H 'Host: ${domain}' http://127.0.0.1/jobs/${id} | grep -q HELLO; do [ $(date +%s) -lt $end ]; sleep 0.1; done`)
    await repository.commit('next', 'v1.0.1')
    const load = loadOn(host, { host: domain, requests: ['GET /healthz'] })
    succeeded(await push(host, repository))
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(JSON.parse(await curl(`/jobs/${id}`))).toEqual({ text: 'hello', result: 'HELLO' })
  })

  it('cleans up at night', async () => {
    expect(await host.shell("systemctl list-timers --no-legend 'slipway-app.queue.*'")).toMatch(/03:30:00 UTC .* slipway-app\.queue\.2\.clean\.timer/)
    await host.shell('systemctl start slipway-app.queue.2.clean.service')
    expect(await slipway('logs', 'queue', '--service', 'clean')).toMatch(/ clean: removed 0 jobs\n/)
  })
})
