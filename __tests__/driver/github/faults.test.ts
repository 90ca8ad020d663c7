import type { Fault, GitHubServer } from '../../../rig/github/server.mjs'
import { reset, startShop } from './shop'
import { Place } from './publishing/place'
import { run } from './publishing/run'

let server: GitHubServer & { readonly commit: string }
let place: Place
let whole: unknown
let calls: number

beforeAll(async () => {
  server = await startShop()
  place = await Place.at(server)
  reset(server)
  await run(place.run('1'))
  expect(server.violations).toEqual([])
  whole = place.published()
  calls = server.calls.length
})
beforeEach(() => reset(server))
afterAll(async () => {
  place[Symbol.dispose]()
  await server.stop()
})

it('publishes one release with its files and their sums, and says how the deployment went', () => {
  expect(whole).toEqual({
    commit: server.commit, latest: 'v1.1.0',
    releases: [{ tag_name: 'v1.1.0', draft: false, notes: true, assets: [expect.stringMatching(/^SHA256SUMS uploaded/), expect.stringMatching(/^shop\.notes\.txt uploaded/), expect.stringMatching(/^shop\.tar\.gz uploaded/)] }],
  })
  expect(calls).toBeGreaterThan(15)
})

// `late`: from how many lists something new is missing.
describe.each<Fault & { readonly late?: number }>([
  { answer: 'reset' }, { answer: 'reset', effect: true }, { answer: 'reset', effect: true, late: 1 }, { answer: 'page', effect: true, late: 2 }, { answer: 'page' },
  { answer: 'cut', effect: true }, { answer: 'page', effect: 'half' }, { answer: 'secondary-rate-limit', with: { after: 0 } },
])('one call that meets %p', ({ late = 0, ...fault }) => {
  it('changes nothing, whichever call it is', async () => {
    for (let call = 1; call < calls; call++) {
      reset(server)
      server.state.lag = late
      server.fail({ ...fault, call })
      const ended = await run({ ...place.run('1'), clone: null })
      const met = `${call}: ${server.calls[call - 1]?.operation}`
      expect([met, server.violations]).toEqual([met, []])
      expect([met, ended]).toEqual([met, ['in-progress', 'draft', 'published', 'settled']])
      expect([met, place.published()]).toEqual([met, whole])
      const states = server.state.deployments.map(({ statuses }) => statuses.map(({ state }) => state))
      // One that nobody knew of is set aside.
      expect([met, states.filter((one) => one.includes('success'))]).toEqual([met, [['in_progress', 'success']]])
      expect([met, states.map((one) => one.at(-1)).filter((last) => last !== 'success' && last !== 'inactive')]).toEqual([met, []])
    }
  }, 180_000)
})
