import type { ActionOptions } from '../../host/harness/action'
import { startPush, succeeded } from '../../host/harness/deploy'
import type { Host } from '../../host/harness/hosts'
import { TinyApp, type Behaviour } from '../../host/harness/tiny-app'
import type { Deed, Place } from '../place'
import { AppOnHost, writtenBySetup } from './host'
import { watchHost } from './host-watch'

/** What ends before it is healthy, never two of it at once: on the way back the old one has to begin again. */
const worker = { runtime: 'python', start: 'python worker.py', overlap: false, health: { command: 'test -e tmp/ready.$SLIPWAY_ACTIVATION' } }
const config = { services: { beat: worker }, scratch: ['tmp'], rollout: { drain: '5s' } }

/** Of the disk that can be filled: enough for a few releases. It does not outlive a restart of the host. */
const disk = 'size=200m,nr_inodes=8000,mode=0755'

/**
 * A VM with an app of processes: a web service, a worker of which there is never more than one, a migration, a secret. With `small` a disk of
 * its own is all that can be struck at.
 */
export async function vm(host: Host, small = false): Promise<Place> {
  const secret = `swordfish-${Date.now().toString(36)}`
  const env = { TOKEN: secret }
  const app = await TinyApp.on(host, 'torture', { config, web: { before: ['true'], secrets: ['TOKEN'] } })
  const home = `/opt/${app.name}`
  if (small) await host.shell(`mkdir -p /mnt/${app.name}; mount -t tmpfs -o ${disk} tmpfs /mnt/${app.name}; cp -a ${home}/. /mnt/${app.name}/; mount --bind /mnt/${app.name} ${home}`)
  succeeded(await app.push({ env }))
  const on = new AppOnHost(app.name, host, `-H 'Host: ${app.domain}' http://127.0.0.1/`)
  let releases = 1
  let watching: Awaited<ReturnType<typeof watchHost>> | undefined
  const release = async ({ behaviour = {}, rollout = {}, before = 'true' }: { behaviour?: Behaviour; rollout?: object; before?: string } = {}): Promise<string> => {
    const tag = `v${++releases}`
    await app.release({ tag, behaviour, config: { rollout: { drain: '5s', ...rollout } }, web: { before: [before] } })
    return tag
  }
  await release()
  succeeded(await app.push({ env }))

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
        await release({ behaviour: { workerLasts: 2 }, rollout: { bake: '5s' } })
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
    powers: small ? { fillDisk: () => taken(host, home, 'bytes'), takeInodes: () => taken(host, home, 'inodes') } : {
      ...on.powers(async () => await watching?.again()),
      rival: async () => {
        await release()
        return app.push({ env, inputs: { 'lock-timeout': '4m' } })
      },
      lateJob: () => app.push({ env, inputs: { 'version': 'v1', 'lock-timeout': '4m' } }),
    },
    load: async (told) => [
      // As many as Debian's nginx, which takes 768 connections at once, can have in hand when it was frozen.
      app.load({ rate: 20, kept: 4, seconds: 3_600, ...told }),
      app.load({ rate: 1, kept: 0, seconds: 3_600, requests: ['GET /slow/2'], ...told }),
    ],
    watch: async (happened) => watching = await watchHost(host, app.name, happened, writtenBySetup),
    way: () => on.way(),
    settled: (mayLeave) => on.settled(mayLeave),
    answers: () => on.answers(),
    serves: () => app.serves(),
    leftovers: (serving) => on.leftovers(serving, [secret], `
      [ "$(pgrep -c -u app-$app -f worker.py)" = 1 ] || echo "workers: $(pgrep -c -u app-$app -f worker.py)"`),
    untold: () => on.untold(),
    [Symbol.asyncDispose]: async () => {
      app.rest()
      app[Symbol.dispose]()
      // The app goes with its disk.
      if (small) await host.shell(`slipway remove ${app.name} --with-data --yes; umount ${home} || true; umount /mnt/${app.name}; rm -rf /mnt/${app.name} ${home}`)
    },
  }
}

/** Takes all that is left on a file system; what it resolves with gives it back. */
async function taken(host: Host, home: string, what: 'bytes' | 'inodes'): Promise<() => Promise<void>> {
  const filler = `${home}/filler`
  await host.shell(what === 'bytes' ? `head --bytes=1G /dev/zero >${filler} 2>/dev/null || true` : `mkdir ${filler}; i=0; while touch ${filler}/$i 2>/dev/null; do i=$((i + 1)); done`)
  return async () => void (await host.shell(`rm -rf ${filler}`))
}
