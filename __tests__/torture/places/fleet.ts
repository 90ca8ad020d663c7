import { delayProxy, type DelayProxy } from '../../host/harness/delay-proxy'
import { setUp, startPush, succeeded } from '../../host/harness/deploy'
import type { Host } from '../../host/harness/hosts'
import type { ActionOptions, ActionRun } from '../../host/harness/action'
import { ask, TinyApp } from '../../host/harness/tiny-app'
import type { Deed, Place, Powers, Site } from '../place'
import { AppOnHost } from './host'
import { watchHost } from './host-watch'
import { usersOf } from './users'

/** On the host where it lies: the version of a release that is not well there. */
const obstacle = '/etc/slipway-test-obstacle'
const web = { runtime: 'python', health: { command: `test "$(cat VERSION)" != "$(cat ${obstacle} 2>/dev/null)"`, timeout: '5s' }, before: ['true'] }
const worker = { runtime: 'python', start: 'python worker.py', overlap: false, health: { command: 'test -e tmp/ready.$SLIPWAY_ACTIVATION' } }
/** One host after the other, and all go back when one fails. */
const strict = { drain: '45s', canary: 1, wave: 1, failures: 0, absent: 0 }
/** One may fail, or be away, and the others go on. */
const patient = { ...strict, failures: 1, absent: 1 }

/** Hosts that get an app one after the other; a strike hits one of them. All are loaded, and each has a record of its own. */
export async function fleet(hosts: readonly Host[]): Promise<Place> {
  const [first] = hosts
  const last = hosts.at(-1)
  if (first === undefined || last === undefined) throw new Error('a fleet without a host')
  const app = await TinyApp.on(first, 'fleet', { web, config: { services: { beat: worker }, scratch: ['tmp'], rollout: strict } })
  for (const host of hosts.slice(1)) succeeded(await setUp(host, app.repository))
  const login = { 'ssh-key': first.key }
  const direct = { ...login, 'hosts': hosts.map(({ line }) => line).join('\n'), 'known-hosts': hosts.map(({ knownHosts }) => knownHosts.trim()).join('\n') }
  const push = (): Promise<ActionRun> => app.push({ inputs: direct })
  const start = ({ inputs, ...options }: ActionOptions): ReturnType<Deed['start']> => startPush(first, app.repository, { ...options, inputs: { ...direct, ...inputs } })
  succeeded(await push())
  let releases = 1
  const release = async (rollout: object = strict): Promise<string> => {
    const tag = `v${++releases}`
    await app.release({ tag, config: { rollout } })
    return tag
  }
  await release()
  succeeded(await push())

  /** How a run names them: by the addresses that it reaches them at. */
  const names = hosts.map(({ address }) => address)
  const watches = new Map<Host, Awaited<ReturnType<typeof watchHost>>>()
  const on = hosts.map((host) => new AppOnHost(app.name, host, `-H 'Host: ${app.domain}' http://127.0.0.1/`))
  const powers = on.map((one) => one.powers(async () => await watches.get(one.host)?.again()))
  let struck = 0
  const power = <Name extends 'killSession' | 'freeze' | 'thaw' | 'restart' | 'cutPower' | 'leave'>(name: Name): Required<Powers>[Name] =>
    (() => (powers[struck] as Required<Powers>)[name]()) as Required<Powers>[Name]
  const sites: readonly Site[] = on.map((one, index): Site => ({
    get name() { return names[index] ?? '' },
    load: (told) => usersOf(one.host, app.domain, told, 10),
    watch: async (happened) => {
      const watch = await watchHost(one.host, app.name, happened)
      watches.set(one.host, watch)
      return watch
    },
    settled: (mayLeave) => one.settled(mayLeave),
    answers: () => one.answers(),
    serves: async () => {
      const { status, told } = await ask(one.host, app.domain, '/')
      return status === 200 ? `${told.version} #${told.activation}` : String(status)
    },
    leftovers: (serving) => one.leftovers(serving, []),
    untold: () => one.untold(),
  }))

  let wanted = ''
  const mended: Deed['next'] = async () => {
    await last.shell(`rm -f ${obstacle}`)
    const version = await release()
    return { run: await push(), version }
  }
  const ill = async (rollout: object): Promise<void> => void (await last.shell(`echo ${await release(rollout)} >${obstacle}`))
  const deeds: Record<string, Deed> = {
    deploy: {
      status: 'deployed', start,
      prepare: async () => {
        wanted = await release()
        return {}
      },
      next: async () => ({ run: await push(), version: wanted }),
    },
    // The last of them fails when the others serve it already.
    reverted: {
      status: 'reverted', start,
      prepare: async () => {
        await ill(strict)
        return {}
      },
      next: mended,
    },
    split: {
      status: 'split', start,
      prepare: async () => {
        await ill(patient)
        return {}
      },
      next: mended,
    },
    // All of them have the same to go back to, whatever became of earlier ones.
    rollback: {
      status: 'rolled-back', start,
      prepare: async () => {
        await release()
        succeeded(await push())
        return { inputs: { operation: 'rollback' } }
      },
      next: mended,
    },
  }
  return {
    target: 'fleet', sites, deeds, mended, lag: 60,
    powers: { killSession: power('killSession'), freeze: power('freeze'), thaw: power('thaw'), restart: power('restart'), cutPower: power('cutPower'), leave: power('leave') },
    aim: (chance) => {
      struck = Math.floor(chance * hosts.length)
      return sites[struck] as Site
    },
    way: async () => {
      const proxies: DelayProxy[] = []
      const known: string[] = []
      for (const [index, host] of hosts.entries()) {
        const at = `127.0.1.${index + 1}`
        const proxy = await delayProxy(host.address, host.port, 0, at)
        proxies.push(proxy)
        known.push(...host.knownHosts.trim().split('\n').map((line) => line.replace(/^\S+/, `[${at}]:${proxy.port}`)))
        names[index] = at
      }
      return {
        inputs: { ...login, 'hosts': proxies.map(({ port }, index) => `${hosts[index]?.user}@${names[index]}:${port}`).join('\n'), 'known-hosts': known.join('\n') },
        silence: () => { proxies[struck]?.silence() },
        [Symbol.asyncDispose]: async () => { for (const proxy of proxies) await proxy.close() },
      }
    },
    [Symbol.asyncDispose]: async () => {
      app.rest()
      app[Symbol.dispose]()
      for (const host of hosts) await host.shell(`rm -f ${obstacle}`)
    },
  }
}
