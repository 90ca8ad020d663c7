import { ComposeApp, tinyWeb } from '../../docker/harness/compose-app'
import { jsonOf } from '../../docker/harness/examples'
import { succeeded } from '../../host/harness/deploy'
import type { Host } from '../../host/harness/hosts'
import type { Deed, Place } from '../place'
import { AppOnHost, writtenBySetup } from './host'
import { watchHost } from './host-watch'
import { brokenNginx, unanswered } from './obstacles'

let made = 0

/** Of a version: what runs beside its predecessor, what never does because of its volume, what is carried on, and a job before all of them. */
function compose(version: string, sound: boolean): string {
  return JSON.stringify({
    services: {
      web: tinyWeb({ depends_on: { migrate: { condition: 'service_completed_successfully' }, db: { condition: 'service_started' } } }),
      beat: { image: 'redis:7.0', volumes: ['beats:/data'], environment: { RELEASE: version, TOKEN: '${TOKEN}' }, ...(sound ? {} : { command: ['sh', '-c', 'exit 3'] }) },
      db: { image: 'redis:7.0', volumes: ['data:/data'], restart: 'always' },
      migrate: { image: 'redis:7.0', command: ['true'] },
    },
    volumes: { data: {}, beats: {} },
  }, null, 2)
}

/** A Docker host with a Compose project, on port 80. There is one at a time on a host. */
export async function docker(host: Host): Promise<Place> {
  const secret = `swordfish-${Date.now().toString(36)}`
  // Who comes second finds the port taken by the first.
  await host.shell('for app in $(ls /var/lib/slipway/apps 2>/dev/null); do slipway remove $app --with-data --yes; done')
  const app = await ComposeApp.tiny(`tiny${++made}`, { host, env: { TOKEN: secret }, files: { 'compose.yaml': compose('none', true) } })
  const on = new AppOnHost(app.name, host, 'http://127.0.0.1/')
  let minor = 0
  let watching: Awaited<ReturnType<typeof watchHost>> | undefined
  const release = async (sound = true): Promise<string> => {
    const version = `1.${++minor}.0`
    await app.release(version, { files: { 'compose.yaml': compose(version, sound) } })
    return version
  }
  for (let count = 0; count < 2; count++) {
    await release()
    succeeded(await app.up())
  }
  let wanted = ''
  const start: Deed['start'] = (options) => app.startUp(options)
  const mended: Deed['next'] = async () => {
    const version = await release()
    return { run: await app.up(), version }
  }
  const deeds: Record<string, Deed> = {
    deploy: {
      status: 'deployed', start,
      prepare: async () => {
        wanted = await release()
        return {}
      },
      next: async () => ({ run: await app.up(), version: wanted }),
    },
    rollback: { status: 'rolled-back', start, prepare: async () => ({ inputs: { operation: 'rollback' } }), next: mended },
    broken: {
      status: 'reverted', start,
      prepare: async () => {
        await release(false)
        return {}
      },
      next: mended,
    },
    setup: on.setup(app.repository, mended),
  }
  return {
    target: 'docker', deeds, mended, lag: 60,
    powers: {
      ...on.powers(async () => await watching?.again()),
      breakNginx: brokenNginx(host), silenceRegistry: unanswered(host, '--dport 5000'),
      restartEngine: async () => void (await host.shell('systemctl reset-failed docker; systemctl restart docker')),
    },
    way: () => on.way(),
    sites: [{
      name: host.address,
      load: async (told) => [app.load({ rate: 20, kept: 4, seconds: 3_600, requests: ['GET /'], ...told })],
      watch: async (happened) => watching = await watchHost(host, app.name, happened, writtenBySetup),
      settled: (mayLeave) => on.settled(mayLeave),
      answers: () => on.answers(),
      serves: async () => String((await jsonOf(host, 80, '/'))['version']),
      leftovers: (serving) => on.leftovers(serving, [secret], `
        docker ps --all --filter label=slipway.app=$app --format '{{.Label "com.docker.compose.service"}}' | grep -v '^migrate$' | sort | uniq -c | awk '$1 != 1 { print "containers: " $0 }'
        [ "$(docker ps --filter label=slipway.app=$app --quiet | wc -l)" = 3 ] || docker ps --all --filter label=slipway.app=$app --format 'container: {{.Names}} {{.Status}}'
        docker network ls --filter label=slipway.app=$app --format '{{.Label "slipway.activation"}}' | grep -vx -e "$n" -e '' | sed 's/^/network of activation /'`),
      untold: () => on.untold(),
    }],
    [Symbol.asyncDispose]: async () => { app[Symbol.dispose]() },
  }
}
