import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { ComposeApp, tinyWeb } from '../harness/compose-app'
import { exampleImages, jsonOf } from '../harness/examples'

/** What can be wrong with a project is said in seconds, with what shows it, and what serves goes on. */
let host: Host
let app: ComposeApp
beforeAll(async () => {
  host = await freshHost('broken', { image: 'docker' })
  app = await ComposeApp.tiny('tiny', { host })
  await app.release('1.0.0')
  succeeded(await app.up())
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})

let patch = 0
const project = (services: object, more: object = {}): Record<string, string> => ({ 'compose.yaml': JSON.stringify({ services, ...more }, null, 2) })
const web = (change: object): Record<string, string> => project({ web: tinyWeb(change) })
const quick = { interval: '1s', timeout: '1s', retries: 2 }

describe('is red, says why, and leaves what serves alone', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['an image that is not there', web({ image: 'registry.example.com:5000/nobody/has:this' }), /registry\.example\.com:5000 has no registry\.example\.com:5000\/nobody\/has:this, which web is to run/],
    ['an image that only some may have', web({ image: 'registry.example.com:5001/nobody/has:this' }), /does not give registry\.example\.com:5001\/nobody\/has:this of web to this host.*registry-username/s],
    ['a registry that nobody answers at', web({ image: 'registry.example.com:5999/a/b:c' }), /could not be pulled/],
    ['a container that ends at once', web({ command: ['sh', '-c', 'echo fatal: no PAYMENTS_URL >&2; exit 3'] }), /web ended with exit code 3 right after its start: fatal: no PAYMENTS_URL/],
    ['a program that is not in the image', web({ command: ['no-such-program'] }), /no-such-program/],
    ['a check that never passes', web({ healthcheck: { test: ['CMD-SHELL', 'echo index is missing; exit 1'], ...quick } }), /web did not become healthy within 2 s\. Last check: .*index is missing/],
    ['a port that nobody listens on', web({ ports: ['80:81'], healthcheck: { test: ['CMD', 'true'], ...quick } }), /nothing listens on port 81 of the container.*Correct the container port under `ports`/s],
    ['memory that runs out', project({ web: tinyWeb(), eater: { image: 'python:3.11-slim', mem_limit: '24m', command: ['python', '-c', 'x = bytearray(200_000_000)'] } }), /eater was killed because memory ran out|eater .*137|eater was killed by signal 9/],
    ['a mount that is not in the commit', web({ volumes: ['./no-such:/data'] }), /web mounts no-such, which is not in the commit.*shared: \[no-such\]/s],
    ['a mount outside of the repository', web({ volumes: ['../elsewhere:/data'] }), /outside/],
    ['a port that somebody has', web({ ports: ['80:80', '22:22'] }), /Port 22, which web publishes, is taken on this host\.\s.*sshd listens there/s],
    ['a variable that has to be given', web({ environment: { TOKEN: '${TOKEN:?who pays}' } }), /TOKEN.*who pays/],
    ['a file that is no Compose file', { 'compose.yaml': 'services:\n  web:\n    image: nginx:1.22\n    prots: ["80:80"]\n' }, /prots/],
    ['YAML that is none', { 'compose.yaml': 'services:\n  web: [\n' }, /compose\.yaml/],
    ['a job that fails', project({ web: tinyWeb({ depends_on: { migrate: { condition: 'service_completed_successfully' } } }), migrate: { image: 'python:3.11-slim', command: ['python', '-c', 'print("column is missing"); raise SystemExit(4)'] } }), /migrate ended with exit code 4\..*/],
    ['two of a name that can be only once', project({ web: tinyWeb({ container_name: 'the-web', 'x-slipway': { rollout: 'beside' } }) }), /web cannot run beside itself: it has the container_name the-web/],
    ['a word that means nothing', web({ 'x-slipway': { rolout: 'beside' } }), /x-slipway of web has 'rolout'/],
    ['a service with a build and no image', web({ image: undefined, build: '.' }), /build/],
  ])('%s', async (_, files, said) => {
    await app.release(`1.1.${++patch}`, { files })
    const run = await app.up()
    expect(run.code).toBe(1)
    expect(`${run.log}\n${run.annotations.map(({ message }) => message).join('\n')}`).toMatch(said)
    // Workers begin within the transaction: what fails there was put back.
    expect(run.outputs['status']).toMatch(/^(failed|reverted)$/)
    expect(await jsonOf(host, 80, '/')).toEqual({ version: '1.0.0' })
    expect(await host.shell('docker ps --all --format {{.Names}}')).toBe('tiny--1-web-1')
    expect(await host.shell('docker network ls --quiet --filter label=slipway.activation | wc -l')).toBe('1')
  })

  it('a container by hand that has the name', async () => {
    await host.shell('docker run --detach --name the-db redis:7.0')
    await app.release(`1.1.${++patch}`, { files: project({ web: tinyWeb(), db: { image: 'redis:7.0', container_name: 'the-db' } }) })
    const run = await app.up()
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/A container that Slipway did not start has the name that db is to have/)
    expect(await host.shell("docker inspect --format '{{.State.Running}}' the-db; docker rm --force --volumes the-db >/dev/null")).toBe('true')
    expect(await jsonOf(host, 80, '/')).toEqual({ version: '1.0.0' })
  })

  it('an image for another processor', async () => {
    const { chat: image = '' } = await exampleImages('compose-chat', '1.0.0-foreign', 'foreign')
    await app.release(`1.1.${++patch}`, { files: web({ image }) })
    const run = await app.up()
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/made for|no matching manifest|processor/)
    expect(await jsonOf(host, 80, '/')).toEqual({ version: '1.0.0' })
  })

  it('a project that another app has', async () => {
    using other = await ComposeApp.tiny('other', { host, files: project({ web: tinyWeb({ ports: ['8088:80'] }) }, { name: 'tiny' }) })
    await other.release('1.0.0')
    const run = await other.up()
    expect(run.log).toMatch(/The app tiny of this host runs a Compose project tiny too/)
    expect(run.code).toBe(1)
  })
})
