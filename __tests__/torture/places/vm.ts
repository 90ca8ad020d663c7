import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionOptions } from '../../host/harness/action'
import { startPush, succeeded } from '../../host/harness/deploy'
import type { Host } from '../../host/harness/hosts'
import { TinyApp, type Behaviour } from '../../host/harness/tiny-app'
import type { Deed, Place } from '../place'
import { anyClock, ownClock, wrongClock } from './clock'
import { AppOnHost, writtenBySetup } from './host'
import { watchHost } from './host-watch'
import { brokenNginx, full, shortOfMemory, takenPorts, unanswered } from './obstacles'
import { usersOf } from './users'

/** What ends before it is healthy, never two of it at once: on the way back the old one has to begin again. */
const worker = { runtime: 'python', start: 'python worker.py', overlap: false, health: { command: 'test -e tmp/ready.$SLIPWAY_ACTIVATION' } }
/** Longer than any user is busy with one request, and than the host may stand still meanwhile. */
const drain = '45s'
const config = { services: { beat: worker }, scratch: ['tmp'], rollout: { drain } }
/** Where the packages of the app's environment come from: an index on the host itself, by the port it listens on. */
const index = 8640

/** Of the disk that can be filled: enough for a few releases. It does not outlive a restart of the host. */
const disk = 'size=200m,nr_inodes=8000,mode=0755'

/**
 * A VM with an app of processes: a web service, a worker of which there is never more than one, a migration, a secret. With `small` a disk of
 * its own is all that can be struck at.
 */
export async function vm(host: Host, small = false): Promise<Place> {
  const secret = `swordfish-${Date.now().toString(36)}`
  const env = { TOKEN: secret }
  if (!small) await ownClock(host)
  await servePackages(host)
  // Each release wants a package that no earlier one has brought.
  const wants = (number: number): Record<string, string> => ({ 'requirements.txt': `--index-url http://127.0.0.1:${index}/simple\nstone==${number}.0\n` })
  const app = await TinyApp.on(host, 'torture', { config, web: { before: ['true'], secrets: ['TOKEN'] }, files: wants(1) })
  const home = `/opt/${app.name}`
  if (small) await host.shell(`mkdir -p /mnt/${app.name}; mount -t tmpfs -o ${disk} tmpfs /mnt/${app.name}; cp -a ${home}/. /mnt/${app.name}/; mount --bind /mnt/${app.name} ${home}`)
  succeeded(await app.push({ env }))
  const on = new AppOnHost(app.name, host, `-H 'Host: ${app.domain}' http://127.0.0.1/`)
  let releases = 1
  let watching: Awaited<ReturnType<typeof watchHost>> | undefined
  const release = async ({ behaviour = {}, rollout = {}, before = 'true' }: { behaviour?: Behaviour; rollout?: object; before?: string } = {}): Promise<string> => {
    const tag = `v${++releases}`
    await app.release({ tag, behaviour, config: { rollout: { drain, ...rollout } }, web: { before: [before] }, files: wants(releases) })
    return tag
  }
  await release()
  succeeded(await app.push({ env }))

  /** Releases whose worker ends again and again: where nobody was left to watch one, it serves, and its worker may just be down. */
  const restless = new Set<string>()
  let wanted = ''
  const start = (options: ActionOptions): ReturnType<Deed['start']> => startPush(host, app.repository, { env, ...options })
  const mended = async (): ReturnType<Deed['next']> => {
    const version = await release()
    return { run: await app.push({ env }), version }
  }
  const deeds: Record<string, Deed> = {
    deploy: {
      status: 'deployed', start,
      prepare: async () => {
        wanted = await release()
        return {}
      },
      next: async () => ({ run: await app.push({ env }), version: wanted }),
    },
    rollback: { status: 'rolled-back', start, prepare: async () => ({ inputs: { operation: 'rollback' } }), next: mended },
    // To what was replaced, and is still up.
    returned: {
      status: 'rolled-back', start,
      prepare: async () => {
        await release({ rollout: { warm: '10m' } })
        succeeded(await app.push({ env }))
        return { inputs: { operation: 'rollback' } }
      },
      next: mended,
    },
    broken: {
      status: 'reverted', start,
      prepare: async () => {
        await release({ behaviour: { publicHealth: 500 } })
        return {}
      },
      next: mended,
    },
    baked: {
      status: 'reverted', start,
      prepare: async () => {
        restless.add(await release({ behaviour: { workerLasts: 2 }, rollout: { bake: '5s' } }))
        return {}
      },
      next: mended,
    },
    sickened: {
      status: 'reverted', start,
      prepare: async () => {
        await release({ behaviour: { sickAfter: 3 }, rollout: { bake: '8s' } })
        return {}
      },
      next: mended,
    },
    migrated: {
      status: 'failed', start,
      prepare: async () => {
        await release({ before: 'sleep 0.5; echo half of it; exit 3' })
        return {}
      },
      next: mended,
    },
    setup: on.setup(app.repository, mended),
  }
  return {
    target: small ? 'vm-small-disk' : 'vm', deeds, mended, lag: 60, special: small,
    powers: small ? { fillDisk: full(host, home, 'bytes'), takeInodes: full(host, home, 'inodes') } : {
      ...on.powers(async () => await watching?.again()),
      takeMemory: shortOfMemory(host), takePorts: takenPorts(host), breakNginx: brokenNginx(host), setClockWrong: wrongClock(host), silenceIndex: unanswered(host, `--dport ${index}`),
      rival: async () => {
        await release()
        return app.push({ env, inputs: { 'lock-timeout': '4m' } })
      },
      lateJob: () => app.push({ env, inputs: { 'version': 'v1', 'lock-timeout': '4m' } }),
    },
    way: () => on.way(),
    sites: [{
      name: host.address,
      load: (told) => usersOf(host, app.domain, told),
      watch: async (happened) => watching = await watchHost(host, app.name, happened, writtenBySetup),
      settled: (mayLeave) => on.settled(mayLeave),
      answers: () => on.answers(),
      serves: () => app.serves(),
      // What is warm is there by rights, until its time is over: it is now.
      leftovers: async (serving) => {
        await host.shell(`app=${app.name}; ${endWarm}`)
        const fewest = restless.has((await app.serves()).split(' ')[0] ?? '') ? 0 : 1
        return await on.leftovers(serving, [secret], `
        workers=$(pgrep -c -u app-$app -f worker.py); [ $workers -ge ${fewest} ] && [ $workers -le 1 ] || echo "workers: $workers"`)
      },
      untold: () => on.untold(),
    }],
    [Symbol.asyncDispose]: async () => {
      app.rest()
      app[Symbol.dispose]()
      if (!small) await anyClock(host)
      // The app goes with its disk.
      if (small) await host.shell(`slipway remove ${app.name} --with-data --yes; umount ${home} || true; umount /mnt/${app.name}; rm -rf /mnt/${app.name} ${home}`)
    },
  }
}

const endWarm = `note=/opt/$app/run/warm.json; [ ! -e $note ] || { sed -i 's/"seconds": [0-9.]*/"seconds": 0/' $note; python3 -I -S /usr/local/lib/slipway/host/main.py cool $app; }`

/** Starts the index of packages, over restarts of the host too, unless there is one. */
async function servePackages(host: Host): Promise<void> {
  await host.shell(`cat >/root/packages.py; printf '[Service]\\nExecStart=python3 /root/packages.py ${index}\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/packages.service
    systemctl --quiet enable --now packages`, { input: readFileSync(join(import.meta.dirname, 'packages.py'), 'utf8') })
}
