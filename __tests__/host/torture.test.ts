import type { Place } from '../torture/place'
import { vm } from '../torture/places/vm'
import { shortly } from '../torture/short'
import { appsHost } from './harness/tiny-app'

/** The torture chamber's short form on a VM: see docs/torture.md. */
let place: Place
beforeAll(async () => { place = await vm(await appsHost()) }, 300_000)
afterAll(async () => { await place?.[Symbol.asyncDispose]() })

it.each([['deploy', true], ['rollback', false], ['broken', false], ['baked', false], ['migrated', false], ['setup', false]] as const)('%s: whatever is struck at whichever moment, users are served, nothing is left, and the next run ends well', async (deed, slow) => {
  expect(await shortly(place, deed, slow)).toEqual([])
}, 1_200_000)
