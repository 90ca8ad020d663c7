import { freshHost, type Host } from '../host/harness/hosts'
import { asUser } from '../host/harness/tiny-app'
import type { Place } from './place'
import { cluster } from './places/cluster'
import { docker } from './places/docker'
import { fleet } from './places/fleet'
import { vm } from './places/vm'

/** A kind of place, made for nothing else, of which as many can be made as are needed. */
export interface Ground extends AsyncDisposable {
  place(): Promise<Place>
}

/** What there is to strike at, by target. */
export const grounds: Readonly<Record<string, () => Promise<Ground>>> = {
  'vm': () => groundOf('torture-vm', vm),
  'vm-small-disk': () => groundOf('torture-small', (host) => vm(host, true)),
  'docker': async () => {
    const host = await freshHost('torture-docker', { image: 'docker' })
    return { place: () => docker(host), [Symbol.asyncDispose]: () => host.remove() }
  },
  'fleet': async () => {
    const hosts: Host[] = []
    for (const name of ['one', 'two', 'three']) hosts.push(asUser(await freshHost(`torture-${name}`, { user: 'deploy' }), 'root'))
    return { place: () => fleet(hosts), [Symbol.asyncDispose]: async () => { for (const host of hosts) await host.remove() } }
  },
  'cluster': async () => ({ place: cluster, [Symbol.asyncDispose]: () => Promise.resolve() }),
}

async function groundOf(name: string, place: (host: Host) => Promise<Place>): Promise<Ground> {
  const host = asUser(await freshHost(name, { user: 'deploy' }), 'root')
  return { place: () => place(host), [Symbol.asyncDispose]: () => host.remove() }
}
