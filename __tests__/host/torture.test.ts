import type { Place } from '../torture/place'
import { vm } from '../torture/places/vm'
import { ShortForm } from '../torture/short'
import { appsHost } from './harness/tiny-app'

/** The torture chamber's short form on a VM: see docs/torture.md. */
let place: Place
let form: ShortForm
beforeAll(async () => {
  place = await vm(await appsHost())
  form = new ShortForm(place, { slow: 1 })
}, 300_000)
afterAll(async () => { await place?.[Symbol.asyncDispose]() })

const deeds = ['deploy', 'rollback', 'returned', 'broken', 'baked', 'sickened', 'migrated', 'setup']

it.each(deeds)('%s: undisturbed, all is as it should be', async (deed) => {
  expect(await form.record(deed)).toEqual([])
}, 240_000)

it.each(deeds)('%s: whatever is struck at whichever moment, users are served, nothing is left, and the next run ends well', async (deed) => {
  expect(await form.strike(deed)).toEqual([])
}, 1_200_000)
