import type { Place } from '../torture/place'
import { cluster } from '../torture/places/cluster'
import { ShortForm } from '../torture/short'

/** The torture chamber's short form on a cluster: see docs/torture.md. A cell takes twice as long there as elsewhere, so one boundary in three has its turn. */
let place: Place
let form: ShortForm
beforeAll(async () => {
  place = await cluster()
  form = new ShortForm(place, { slow: 1, every: 3 })
}, 1_200_000)
afterAll(async () => { await place?.[Symbol.asyncDispose]() })

const deeds = ['deploy', 'rollback', 'broken']

it.each(deeds)('%s: undisturbed, all is as it should be', async (deed) => {
  expect(await form.record(deed)).toEqual([])
}, 240_000)

it.each(deeds)('%s: whatever is struck at whichever moment, users are served, nothing is left, and the next run ends well', async (deed) => {
  expect(await form.strike(deed)).toEqual([])
}, 1_200_000)
