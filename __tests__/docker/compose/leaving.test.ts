import { push, setUp, succeeded } from '../../host/harness/deploy'
import { freshHost, type Host } from '../../host/harness/hosts'
import { ComposeApp } from '../harness/compose-app'

/** An app of containers becomes one of processes, and is removed: what goes, what stays, and what is said of it. */
let host: Host
let app: ComposeApp
beforeAll(async () => {
  host = await freshHost('leaving', { image: 'docker' })
  app = await ComposeApp.tiny('leaving', { host, files: {
    'compose.yaml': JSON.stringify({ services: { db: { image: 'redis:7.0', volumes: ['data:/data'] } }, volumes: { data: {} } }),
  } })
  await app.release('1.0.0')
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const release = async (version: string): Promise<string> => {
  app.repository.write({
    'slipway.yml': JSON.stringify({ app: 'leaving', target: 'vm', 'tag-prefix': 'v', keep: 2, services: { web: { static: 'public', route: '/' } } }),
    'public/index.html': version, ...(version === '2.0.0' && { 'compose.yaml': undefined }),
  })
  await app.repository.commit(version, `v${version}`)
  if (version === '2.0.0') succeeded(await setUp(host, app.repository))
  return succeeded(await push(host, app.repository)).log
}
const there = (): Promise<string> => host.shell("docker ps --all --quiet --filter label=slipway.app; docker network ls --format '{{.Name}}' --filter label=com.docker.compose.project=leaving; docker volume ls --quiet")
const images = (): Promise<string> => host.shell("docker images --quiet --filter reference='slipway/leaving' | wc -l")

it('its networks go at once, its images with the last release that can be gone back to, its volumes never', async () => {
  succeeded(await app.up())
  expect(await there()).toContain('leaving_data')
  expect(await release('2.0.0')).toContain('its volumes leaving_data stay: sudo docker volume rm leaving_data')
  expect(await there()).toBe('leaving_data')
  expect(await images()).toBe('1')
  expect(await release('3.0.0')).not.toContain('leaving_data')
  await release('4.0.0')
  expect(await images()).toBe('0')
}, 400_000)

it('is removed, and says that there are volumes, which go when that is asked for', async () => {
  expect(await host.shell('slipway remove leaving --yes')).toContain('its volumes leaving_data stay: sudo docker volume rm leaving_data')
  expect(await there()).toBe('leaving_data')
  expect(await host.shell('slipway remove leaving --yes --with-data')).toContain('its volumes leaving_data are gone')
  expect(await there()).toBe('')
  expect(await host.shell('ls /opt')).not.toContain('leaving')
}, 200_000)
