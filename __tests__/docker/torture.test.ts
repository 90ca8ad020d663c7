import { freshHost, type Host } from '../host/harness/hosts'
import type { Place } from '../torture/place'
import { docker } from '../torture/places/docker'
import { shortly } from '../torture/short'

/** The torture chamber's short form on a Docker host: see docs/torture.md. */
let host: Host
let place: Place
beforeAll(async () => {
  host = await freshHost('torture', { image: 'docker' })
  place = await docker(host)
}, 600_000)
afterAll(async () => {
  await place?.[Symbol.asyncDispose]()
  await host?.remove()
})

it.each([['deploy', false], ['rollback', true], ['broken', false]] as const)('%s: whatever is struck at whichever moment, users are served, nothing is left, and the next run ends well', async (deed, slow) => {
  expect(await shortly(place, deed, slow)).toEqual([])
}, 1_200_000)
