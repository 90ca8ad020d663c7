import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { ComposeApp } from '../harness/compose-app'
import { eventually, exampleImages, jsonOf, plainProject } from '../harness/examples'

/** A project that people have run by hand is taken over: the database as it runs, with its data. */
let host: Host
let app: ComposeApp
const given = { VERSION: '1.0.0', POSTGRES_PASSWORD: 'correct horse' }
beforeAll(async () => {
  host = await freshHost('adopted', { image: 'docker' })
  await exampleImages('compose-notes', given.VERSION)
  const plain = await plainProject(host, 'compose-notes', given)
  await host.shell("sed -i \"s/- '80:8000'/- '8000:8000'/\" /srv/compose-notes/compose.yaml")
  await plain.compose('up', '--detach', '--quiet-pull')
  await eventually(() => jsonOf(host, 8000, '/healthz'))
  await jsonOf(host, 8000, '/notes', { text: 'of before' })
  app = await ComposeApp.on('compose-notes', { host, env: { POSTGRES_PASSWORD: given.POSTGRES_PASSWORD } })
  app.repository.replace('compose.yaml', "- '80:8000'", "- '8000:8000'")
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const containers = (): Promise<string> => host.shell("docker ps --all --format '{{.Names}}' | sort | paste -sd' '")
const database = (): Promise<string> => host.shell("docker inspect --format '{{.State.StartedAt}}' notes-db-1")

it('is as it was when the first release does not prove itself', async () => {
  const [before, since] = [await containers(), await database()]
  await app.release('1.1.0', { variant: 'crash' })
  const run = await app.up({ inputs: { images: `web=${app.images['web']}\nmigrate=${(await exampleImages('compose-notes', '1.0.0'))['migrate']}` } })
  expect(run.code).toBe(1)
  expect(await eventually(() => jsonOf(host, 8000, '/'))).toMatchObject({ version: '1.0.0' })
  expect([await containers(), await database()]).toEqual([before, since])
}, 300_000)

it('is taken over: the database goes on as it runs, the rest is replaced', async () => {
  const since = await database()
  await app.release('1.2.0')
  const run = succeeded(await app.up())
  expect(run.outputs['status']).toBe('deployed')
  expect(await jsonOf(host, 8000, '/')).toMatchObject({ version: '1.2.0' })
  expect(await jsonOf(host, 8000, '/notes')).toMatchObject({ count: 1 })
  expect(await database()).toBe(since)
  expect(await containers()).toMatch(/^notes--(\d+)-migrate-1 notes--\1-web-1 notes-db-1$/)
}, 300_000)

it('is redeployed and rolled back from then on without a gap', async () => {
  const since = await database()
  await app.release('1.3.0')
  const load = app.load({ port: 8000, requests: ['GET /', 'POST /notes'] })
  succeeded(await app.up())
  succeeded(await app.rollback())
  const { failed, failures } = await load.stop()
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
  expect(await jsonOf(host, 8000, '/')).toMatchObject({ version: '1.2.0' })
  expect(await database()).toBe(since)
}, 300_000)
