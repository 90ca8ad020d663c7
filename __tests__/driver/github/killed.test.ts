import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { settleDeployment } from '../../../src/publish/github-deployment'
import type { GitHubServer } from '../../../rig/github/server.mjs'
import { client, reset, startShop } from './shop'
import { Place } from './publishing/place'
import { run, type RunOf } from './publishing/run'

let server: GitHubServer & { readonly commit: string }
let place: Place
let whole: unknown
let operations: readonly string[]

beforeAll(async () => {
  server = await startShop()
  place = await Place.at(server)
  reset(server)
  await run(place.run('1'))
  whole = place.published()
  operations = server.calls.map(({ operation }) => operation)
})
afterAll(async () => {
  place[Symbol.dispose]()
  await server.stop()
})

/** A job of its own; gives how it ended. At the call of that number it is killed. */
async function job(of: RunOf, call: number, effect: boolean | 'half'): Promise<NodeJS.Signals | number | null> {
  const folder = join(import.meta.dirname, 'publishing')
  const child = spawn(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--import', join(folder, 'typescript.mjs'), join(folder, 'child.ts'), JSON.stringify(of)],
    { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
  // With its Git, which would ask again.
  server.fail({ call, effect, then: () => process.kill(-child.pid!, 'SIGKILL') })
  return await new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)))
}

describe.each<['before' | 'in the middle of' | 'after', boolean | 'half', boolean]>([
  ['before', false, false], ['in the middle of', 'half', false], ['after', true, false], ['after', true, true],
])('a job that dies %s what a call does', (_, effect, immutable) => {
  it(`leaves what the next one finishes, whichever call it is${immutable ? '; with immutable releases' : ''}`, async () => {
    for (const [index, operation] of operations.entries()) {
      const call = index + 1
      if (effect === 'half' && operation !== 'repos/upload-release-asset') continue
      reset(server)
      place.forgetTag()
      server.state.immutableReleases = immutable
      const first = place.run('1')
      const ended = await job(first, call, effect)
      const at = `${call}: ${operation}`
      expect([at, ended]).toEqual([at, 'SIGKILL'])
      server.heal()
      // As its `post` does; unless the machine is gone, and with it all that would come.
      const gone = (index + Number(effect === false)) % 2 === 0
      if (!gone) await settleDeployment(client(server), first.deployment, 'failure', { description: 'cancelled', url: '' })
      const next = await run(place.run('2'))
      expect([at, server.violations]).toEqual([at, []])
      expect([at, next[0], next[3]]).toEqual([at, 'in-progress', 'settled'])
      expect(['draft published', 'unchanged unchanged'].map((text) => `${at}: ${text}`)).toContain(`${at}: ${next[1]} ${next[2]}`)
      expect([at, place.published()]).toEqual([at, whole])
      const states = server.state.deployments.map(({ payload, statuses }) => [(payload as { slipway: { attempt: string } }).slipway.attempt, statuses.at(-1)?.state])
      expect([at, states.filter(([attempt]) => attempt === '2')]).toEqual([at, [['2', 'success']]])
      // What the dead one had proven stays; at most one, and closed.
      expect([at, states.filter(([attempt]) => attempt === '1').map(([, state]) => ['failure', 'success', 'inactive'].includes(state ?? ''))]).toEqual([at, call <= (effect === false ? 3 : 2) ? [] : [true]])
    }
  }, 240_000)
})
