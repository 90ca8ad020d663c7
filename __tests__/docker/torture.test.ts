import { freshHost, type Host } from '../host/harness/hosts'
import type { Place } from '../torture/place'
import { docker } from '../torture/places/docker'
import { ShortForm } from '../torture/short'

/** The torture chamber's short form on a Docker host: see docs/torture.md. */
let host: Host
let place: Place
let form: ShortForm
beforeAll(async () => {
  host = await freshHost('torture', { image: 'docker' })
  place = await docker(host)
  form = new ShortForm(place, { slow: 1 })
}, 600_000)
afterAll(async () => {
  await place?.[Symbol.asyncDispose]()
  await host?.remove()
})

const deeds = ['deploy', 'rollback', 'broken', 'setup']

it.each(deeds)('%s: undisturbed, all is as it should be', async (deed) => {
  expect(await form.record(deed)).toEqual([])
}, 240_000)

it.each(deeds)('%s: whatever is struck at whichever moment, users are served, nothing is left, and the next run ends well', async (deed) => {
  expect(await form.strike(deed)).toEqual([])
}, 1_200_000)
