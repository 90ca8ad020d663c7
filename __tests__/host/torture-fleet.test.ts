import { appsHost, asUser } from './harness/tiny-app'
import { freshHost, type Host } from './harness/hosts'
import type { Place } from '../torture/place'
import { fleet } from '../torture/places/fleet'
import { ShortForm } from '../torture/short'

/** The torture chamber's short form on a fleet: see docs/torture.md. */
let place: Place
let form: ShortForm
const others: Host[] = []
beforeAll(async () => {
  for (const name of ['torture-two', 'torture-three']) others.push(asUser(await freshHost(name), 'root'))
  place = await fleet([await appsHost(), ...others])
  form = new ShortForm(place, { slow: 1, every: 12 })
}, 300_000)
afterAll(async () => {
  await place?.[Symbol.asyncDispose]()
  for (const host of others) await host.remove()
})

const deeds = ['deploy', 'reverted', 'split', 'rollback']

it.each(deeds)('%s: undisturbed, all is as it should be', async (deed) => {
  expect(await form.record(deed)).toEqual([])
}, 240_000)

it.each(deeds)('%s: whatever is struck at one host at whichever moment, users of all are served, no host is left behind untold, and the next run heals', async (deed) => {
  expect(await form.strike(deed)).toEqual([])
}, 1_200_000)
