import { freshHost, type Host } from '../../host/harness/hosts'
import { succeeded } from '../../host/harness/deploy'
import { ComposeApp } from '../harness/compose-app'

/** What the last `keep` releases refer to stays, the rest of ours goes, and what is somebody else's is never touched. */
let host: Host
let app: ComposeApp
beforeAll(async () => {
  host = await freshHost('disk', { image: 'docker' })
  app = await ComposeApp.on('compose-chat', { host, config: { keep: 2 } })
  await host.shell('docker pull --quiet nginx:1.22; docker tag nginx:1.22 somebody/elses:1; docker run --detach --name somebody nginx:1.22; docker network create somebodys; docker volume create somebodys')
}, 600_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})
const ids = (format: string, filter = ''): Promise<string[]> => host.shell(`docker images --no-trunc ${filter} --format '${format}' | sort -u`).then((text) => text.split('\n').filter((line) => line !== ''))
const theirs = (): Promise<string> => host.shell("docker ps --all --filter name=somebody --format '{{.ID}} {{.State}}'; docker image inspect --format '{{.Id}}' somebody/elses:1 nginx:1.22; docker network inspect --format '{{.Id}}' somebodys; docker volume inspect --format '{{.CreatedAt}}' somebodys")

it('over six deployments: two images of ours are left, and one activation', async () => {
  const others = await theirs()
  for (let minor = 1; minor <= 6; minor++) {
    await app.release(`1.${minor}.0`)
    succeeded(await app.up())
  }
  expect(await ids('{{.Repository}}', "--filter reference='slipway/chat'")).toEqual(['slipway/chat'])
  expect(await ids('{{.Tag}}', "--filter reference='slipway/chat'")).toHaveLength(2)
  // What was pulled for releases that are gone is gone as well, layers and all.
  expect(await ids('{{.ID}}', "--filter reference='registry.example.com:5000/chat/server'")).toHaveLength(2)
  expect(await host.shell("docker ps --all --filter label=slipway.app=chat --format '{{.Names}}'")).toBe('chat--6-chat-1')
  expect(await host.shell("docker network ls --filter label=slipway.app=chat --filter label=slipway.activation --format '{{.Name}}'")).toBe('chat--6_default')
  expect(await host.shell('ls /var/lib/slipway/ports | wc -l')).toBe('1')
  expect(await host.shell('ls /opt/chat/run | grep -c "^[0-9]"')).toBe('1')
  expect(await theirs()).toBe(others)
}, 600_000)

it('an app that is removed takes its containers, networks and images along, and leaves volumes and what is others\'', async () => {
  const others = await theirs()
  await host.shell('slipway remove chat --yes')
  expect(await host.shell("docker ps --all --quiet --filter label=slipway.app; docker network ls --quiet --filter label=slipway.app; docker images --quiet --filter reference='slipway/*'")).toBe('')
  expect(await host.shell('ss -ltnH sport = :7000; ls /opt | grep chat || true; systemctl list-units --all --no-legend "slipway-*chat*"')).toBe('')
  expect(await theirs()).toBe(others)
}, 300_000)
