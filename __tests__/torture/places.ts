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

/** What there is to strike at, by target; `name`: what its hosts' names begin with. */
export const grounds: Readonly<Record<string, (name: string) => Promise<Ground>>> = {
  'vm': (name) => groundOf([`${name}-vm`], ([host]) => vm(host as Host)),
  'vm-small-disk': (name) => groundOf([`${name}-small`], ([host]) => vm(host as Host, true)),
  'docker': async (name) => {
    const host = await freshHost(`${name}-docker`, { image: 'docker' })
    return { place: () => docker(host), [Symbol.asyncDispose]: () => host.remove() }
  },
  'fleet': (name) => groundOf(['one', 'two', 'three'].map((nth) => `${name}-${nth}`), fleet),
  'cluster': async () => ({ place: cluster, [Symbol.asyncDispose]: () => Promise.resolve() }),
}

async function groundOf(names: readonly string[], place: (hosts: readonly Host[]) => Promise<Place>): Promise<Ground> {
  const hosts: Host[] = []
  for (const name of names) hosts.push(asUser(await freshHost(name, { user: 'deploy' }), 'root'))
  return { place: () => place(hosts), [Symbol.asyncDispose]: async () => { for (const host of hosts) await host.remove() } }
}

/** A place that is made anew when it is of no use any more. */
export class Standing implements AsyncDisposable {
  readonly #make: () => Promise<Ground>
  #ground: Ground
  #place: Place

  private constructor(make: () => Promise<Ground>, ground: Ground, place: Place) {
    this.#make = make
    this.#ground = ground
    this.#place = place
  }

  static async on(make: () => Promise<Ground>): Promise<Standing> {
    const ground = await make()
    return new Standing(make, ground, await ground.place())
  }

  get place(): Place {
    return this.#place
  }

  /** What a failed cell has left is nothing to begin the next one with. */
  async anew(): Promise<void> {
    await this[Symbol.asyncDispose]().catch(() => undefined)
    this.#ground = await this.#make()
    this.#place = await this.#ground.place()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place[Symbol.asyncDispose]()
    await this.#ground[Symbol.asyncDispose]()
  }
}
