import { checksOf } from '../../../src/drivers/github'
import type { GitHubServer } from '../../../rig/github/server.mjs'
import { client, reset, startShop } from './shop'

let server: GitHubServer & { readonly commit: string }

beforeAll(async () => { server = await startShop() })
afterAll(async () => await server.stop())
beforeEach(() => reset(server))
afterEach(() => expect(server.violations).toEqual([]))

const states = async (run = '7'): Promise<Record<string, string>> => (
  Object.fromEntries((await checksOf(client(server), server.commit, run)).map(({ name, state }) => [name, state]))
)

describe('checks of a commit', () => {
  it('are check runs and statuses alike, the last of each name', async () => {
    const sha = server.commit
    server.addCheck({ sha, name: 'test', conclusion: 'failure', run: '1' })
    server.addCheck({ sha, name: 'test', conclusion: 'success', run: '1' })
    server.addCheck({ sha, name: 'optional', conclusion: 'skipped' })
    server.addCheck({ sha, name: 'advice', conclusion: 'neutral' })
    server.addCheck({ sha, name: 'slow', conclusion: 'timed_out' })
    server.addCheck({ sha, name: 'asks', conclusion: 'action_required' })
    server.addCheck({ sha, name: 'goes on', status: 'in_progress' })
    server.addStatus({ sha, context: 'ci/lint', state: 'failure' })
    server.addStatus({ sha, context: 'ci/lint', state: 'success' })
    server.addStatus({ sha, context: 'ci/build', state: 'pending' })
    server.addStatus({ sha, context: 'ci/scan', state: 'error' })
    expect(await states()).toEqual({
      'test': 'green', 'optional': 'green', 'advice': 'green', 'slow': 'red', 'asks': 'pending', 'goes on': 'pending',
      'ci/lint': 'green', 'ci/build': 'pending', 'ci/scan': 'red',
    })
    expect(server.calls.map(({ permission }) => permission)).toEqual(['checks: read', 'statuses: read'])
  })

  it('leave out what of this run has not ended, for that would wait for itself', async () => {
    const sha = server.commit
    server.addCheck({ sha, name: 'deploy', status: 'in_progress', run: '7' })
    server.addCheck({ sha, name: 'broken before', conclusion: 'failure', run: '7' })
    server.addCheck({ sha, name: 'of another', status: 'queued', run: '77' })
    expect(await states()).toEqual({ 'broken before': 'red', 'of another': 'pending' })
  })

  it('of one name in several runs of workflows are several: a green one does not stand for the red one of another', async () => {
    const sha = server.commit
    server.addCheck({ sha, name: 'build', conclusion: 'failure', run: '5' })
    server.addCheck({ sha, name: 'build', conclusion: 'skipped', run: '6' })
    server.addCheck({ sha, name: 'build', status: 'in_progress', run: '7' })
    const all = await checksOf(client(server), sha, '7')
    expect(all.map(({ name, state }) => [name, state]).toSorted()).toEqual([['build', 'green'], ['build', 'red']])
    server.addCheck({ sha, name: 'build', conclusion: 'success', run: '5' })
    expect(await states()).toEqual({ build: 'green' })
  })

  it('are read to the last page', async () => {
    for (let number = 0; number < 130; number++) {
      server.addCheck({ sha: server.commit, name: `check ${number}`, conclusion: number === 129 ? 'failure' : 'success' })
      server.addStatus({ sha: server.commit, context: `status ${number}`, state: number === 129 ? 'failure' : 'success' })
    }
    const all = await checksOf(client(server), server.commit, '')
    expect(all).toHaveLength(260)
    expect(all.filter(({ state }) => state === 'red').map(({ name }) => name)).toEqual(['check 129', 'status 129'])
  })
})
