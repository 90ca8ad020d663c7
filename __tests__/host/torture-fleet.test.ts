import { appsHost, asUser } from './harness/tiny-app'
import { freshHost, type Host } from './harness/hosts'
import type { Place } from '../torture/place'
import { fleet } from '../torture/places/fleet'
import { shortly } from '../torture/short'

/** The torture chamber's short form on a fleet: see docs/torture.md. */
let place: Place
const others: Host[] = []
beforeAll(async () => {
  for (const name of ['torture-two', 'torture-three']) others.push(asUser(await freshHost(name), 'root'))
  place = await fleet([await appsHost(), ...others])
}, 300_000)
afterAll(async () => {
  await place?.[Symbol.asyncDispose]()
  for (const host of others) await host.remove()
})

it.each([['deploy', false], ['reverted', true]] as const)('%s: whatever is struck at one host at whichever moment, users of all are served, no host is left behind untold, and the next run heals', async (deed, slow) => {
  expect(await shortly(place, deed, slow, 40)).toEqual([])
}, 1_200_000)
