import type { Place } from '../torture/place'
import { cluster } from '../torture/places/cluster'
import { shortly } from '../torture/short'

/** The torture chamber's short form on a cluster: see docs/torture.md. */
let place: Place
beforeAll(async () => { place = await cluster() }, 1_200_000)
afterAll(async () => { await place?.[Symbol.asyncDispose]() })

it.each([['deploy', true], ['rollback', false], ['broken', false]] as const)('%s: whatever is struck at whichever moment, users are served, nothing is left, and the next run ends well', async (deed, slow) => {
  expect(await shortly(place, deed, slow, 12)).toEqual([])
}, 1_200_000)
