import type { GitHubServer } from '../../../rig/github/server.mjs'
import { beginDeployment, settleDeployment, type WantedDeployment } from '../../../src/publish/github-deployment'
import { rejectionOf } from '../../unit/release/failure'
import { all, asked, client, reset, startShop } from './shop'

let server: GitHubServer & { readonly commit: string }
let wanted: WantedDeployment

beforeAll(async () => {
  server = await startShop()
  wanted = {
    run: '4711', attempt: '1', app: 'shop', place: 'eu', commit: server.commit, environment: 'production', version: 'v1.0.0', transient: false, production: null,
    logUrl: 'https://github.com/ada/shop/actions/runs/4711',
  }
})
afterAll(async () => await server.stop())
beforeEach(() => reset(server))
afterEach(() => expect(server.violations).toEqual([]))

const told = { description: 'v1.0.0', url: 'https://shop.example.com' }
const states = (at = 0): readonly string[] => server.state.deployments[at]!.statuses.map(({ state }) => state)

describe('a deployment', () => {
  it('is in progress, then what it came to', async () => {
    const begun = await beginDeployment(client(server), wanted)
    expect(begun).toEqual({ status: 'in-progress', id: server.state.deployments[0]!.id, left: null })
    expect(await settleDeployment(client(server), wanted, 'success', told)).toEqual({ ...begun, status: 'settled' })
    expect(states()).toEqual(['in_progress', 'success'])
    expect(server.state.deployments[0]).toMatchObject({
      sha: server.commit, environment: 'production', payload: { slipway: { run: '4711', attempt: '1', app: 'shop', place: 'eu' } },
      statuses: [{ log_url: wanted.logUrl }, { environment_url: 'https://shop.example.com', log_url: wanted.logUrl }],
    })
    expect([...new Set(server.calls.map(({ permission }) => permission))].sort()).toEqual(['deployments: read', 'deployments: write'])
  })

  it('is found again by run, attempt, app and place', async () => {
    for (let time = 0; time < 2; time++) await beginDeployment(client(server), wanted)
    expect(states()).toEqual(['in_progress'])
    for (const more of [{ attempt: '2' }, { app: 'blog' }, { run: '9' }, { environment: 'staging' }, { place: 'us' }]) await beginDeployment(client(server), { ...wanted, ...more })
    expect(server.state.deployments).toHaveLength(6)
  })

  it('of a run that died before it could tell how it ended is closed by the next one to that place, and no other is', async () => {
    const others = [{ app: 'blog' }, { place: 'us' }, { environment: 'staging' }]
    for (const more of others) await beginDeployment(client(server), { ...wanted, ...more })
    for (const run of ['1', '2', '3']) await beginDeployment(client(server), { ...wanted, run, commit: run === '1' ? server.repository.commit('Another') : wanted.commit })
    expect(server.state.deployments.map((_, index) => states(index).at(-1))).toEqual([...others.map(() => 'in_progress'), 'inactive', 'inactive', 'in_progress'])
  })

  it('that is open behind one that has its end is closed too; of those that have theirs, three are looked at', async () => {
    for (const run of ['1', '2']) await beginDeployment(client(server), { ...wanted, run, place: run })
    for (const { payload } of server.state.deployments) Object.assign((payload as { slipway: object }).slipway, { place: wanted.place })
    await settleDeployment(client(server), { ...wanted, run: '2' }, 'success', told)
    expect([states(0).at(-1), states(1).at(-1)]).toEqual(['in_progress', 'success'])
    await beginDeployment(client(server), { ...wanted, run: '3' })
    expect(states(0).at(-1)).toBe('inactive')
    for (const run of ['3', '4', '5']) {
      await beginDeployment(client(server), { ...wanted, run })
      await settleDeployment(client(server), { ...wanted, run }, 'success', told)
    }
    server.calls.length = 0
    await beginDeployment(client(server), { ...wanted, run: '6' })
    expect(asked(server)).toMatchObject({ 'repos/list-deployment-statuses': 4 })
  })

  it('of another run that cannot be closed is told, and this one is in progress all the same', async () => {
    await beginDeployment(client(server), { ...wanted, run: '1' })
    server.fail({ call: server.calls.length + 5, answer: 'forbidden' })
    expect(await beginDeployment(client(server), { ...wanted, run: '2' })).toMatchObject({ status: 'in-progress', left: { code: 'github-forbidden' } })
    expect(states(1)).toEqual(['in_progress'])
  })

  it('is found again where a server gives its payload as a text', async () => {
    await beginDeployment(client(server), wanted)
    Object.assign(server.state.deployments[0]!, { payload: JSON.stringify(server.state.deployments[0]!.payload) })
    await beginDeployment(client(server), wanted)
    expect(server.state.deployments).toHaveLength(1)
  })

  it('that main has settled is not changed by post, and one that is open is', async () => {
    await beginDeployment(client(server), wanted)
    await settleDeployment(client(server), wanted, 'success', told)
    await settleDeployment(client(server), wanted, 'failure', told)
    expect(states()).toEqual(['in_progress', 'success'])
    await beginDeployment(client(server), { ...wanted, attempt: '2' })
    await settleDeployment(client(server), { ...wanted, attempt: '2' }, 'inactive', { description: 'cancelled', url: '' })
    expect(states(1)).toEqual(['in_progress', 'inactive'])
  })

  it('that there is none of is not made to be settled', async () => {
    expect(await settleDeployment(client(server), wanted, 'failure', told)).toMatchObject({ status: 'none', id: null })
    expect(asked(server)).toEqual({ 'repos/list-deployments': 1 })
  })

  it('sets earlier ones of its environment aside, as GitHub does it for all but production', async () => {
    for (const attempt of ['1', '2']) {
      await beginDeployment(client(server), { ...wanted, environment: 'staging', attempt })
      await settleDeployment(client(server), { ...wanted, environment: 'staging', attempt }, 'success', told)
    }
    expect([states(0), states(1)]).toEqual([['in_progress', 'success', 'inactive'], ['in_progress', 'success']])
  })

  it('neither merges nor waits for statuses', async () => {
    const side = server.repository.commit('Ahead')
    server.addStatus({ sha: server.commit, context: 'ci', state: 'failure' })
    expect(side).not.toBe(server.commit)
    expect(await beginDeployment(client(server), wanted)).toMatchObject({ status: 'in-progress' })
  })

  it('tells what GitHub takes of a long description, and no address that is none', async () => {
    await beginDeployment(client(server), wanted)
    await settleDeployment(client(server), wanted, 'failure', { description: 'x'.repeat(500), url: 'shop.example.com' })
    expect(server.state.deployments[0]!.statuses[1]).toMatchObject({ state: 'failure', environment_url: '', description: `${'x'.repeat(139)}…` })
  })
})

it('an outage is no failure, but is said; a missing permission is one', async () => {
  server.fail({ answer: 'error', times: 1_000 })
  expect(await beginDeployment(client(server), wanted)).toMatchObject({ status: 'untold', notice: { code: 'github-unreachable' } })
  expect(await settleDeployment(client(server), wanted, 'success', told)).toMatchObject({ status: 'untold' })
  server.heal()
  server.tokens['all'] = { contents: 'write', deployments: 'read' }
  const failure = await rejectionOf(beginDeployment(client(server), wanted))
  server.tokens['all'] = all
  expect(failure).toMatchObject({ code: 'github-forbidden', cure: expect.stringContaining('permissions: { deployments: write }') })
})
