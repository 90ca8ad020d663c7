import { succeeded } from '../host/harness/deploy'
import { ClusterApp } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'
import { killAll } from '../host/harness/kill'
import { loadOnService } from './harness/load'
import { Witness, type Evidence } from './harness/witness'

/** Killed anywhere: users are served, nothing stays pending, and the next run says what it did with what it found. */
let namespace: Namespace
let app: ClusterApp
let minor = 0
const next = (): string => `v1.${++minor}.0`
beforeAll(async () => {
  namespace = await freshNamespace('killed')
  app = await ClusterApp.ofChart(namespace)
  await app.release('v1.0.0')
  succeeded(await app.up())
}, 1_200_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
})

const nonePending = async (): Promise<void> => {
  expect(Object.values(await app.revisions()).filter((status) => status.startsWith('pending'))).toEqual([])
}

const helmIs = (status: string): Evidence => ({ kind: 'Secret', when: ({ metadata }) => metadata?.labels?.['owner'] === 'helm' && metadata.labels['status'] === status })
const locked: Evidence = { kind: 'Lease', when: ({ spec }) => (spec?.holderIdentity ?? '') !== '' }

/** Kills a run as soon as the cluster, or its log, shows something. */
async function killedWhen(when: RegExp | Evidence, on: ClusterApp): Promise<void> {
  await using witness = when instanceof RegExp ? null : await Witness.of(on.namespace, when)
  const started = await on.startUp()
  await (when instanceof RegExp ? started.until(when) : witness?.seen)
  killAll(started.pid)
  const { outputs } = await started.done
  // It had not come to its end.
  expect(outputs['status'] ?? '').toBe('')
}

it.each<[string, RegExp | Evidence]>([
  ['as soon as it has the lock', locked],
  ['while Helm applies', helmIs('pending-upgrade')],
  ['while new pods start', /0 of 2 new pods ready/],
  ['half-way', /1 of 2 new pods ready/],
])('by SIGKILL %s', async (_title, when) => {
  const version = next()
  await app.release(version)
  await using load = await loadOnService(namespace, app.name, 50)
  await killedWhen(when, app)
  const run = succeeded(await app.up())
  expect(run.outputs).toMatchObject({ serving: version })
  expect(await app.served()).toBe(version)
  await nonePending()
  expect(await load.stop()).toMatchObject({ failed: 0 })
})

it('by SIGKILL while it is put back, and what is put back then is what served', async () => {
  const before = await app.served()
  await app.release(next(), { variant: 'crash' })
  await using load = await loadOnService(namespace, app.name, 50)
  await killedWhen(helmIs('pending-rollback'), app)
  const run = succeeded(await app.up({ inputs: { operation: 'rollback', version: before } }))
  expect(run.log).toContain(`by half: ${before}`)
  expect(await app.served()).toBe(before)
  await nonePending()
  expect(await load.stop()).toMatchObject({ failed: 0 })
})

it('by SIGKILL while a first release that failed is removed', async () => {
  const other = await freshNamespace('killed-first')
  using first = await ClusterApp.ofChart(other)
  try {
    await first.release('v0.1.0', { variant: 'crash' })
    await killedWhen(helmIs('uninstalling'), first)
    await first.release('v0.2.0')
    expect(succeeded(await first.up()).outputs).toMatchObject({ status: 'deployed', serving: 'v0.2.0' })
    expect(await first.served()).toBe('v0.2.0')
  } finally {
    await other.remove()
  }
})

it('a job that is cancelled in mid-upgrade leaves none pending, and the lock to the next', async () => {
  const version = next()
  await app.release(version)
  const started = await app.startUp()
  await started.until(/0 of 2 new pods ready/)
  started.cancel()
  const run = await started.done
  expect(run.outputs['status']).toBe('cancelled')
  await nonePending()
  const again = succeeded(await app.up())
  expect(again.log).not.toContain('waiting for the lock')
  expect(await app.served()).toBe(version)
})

it('a rollout of which nobody knows how it ended is finished by the next run, whatever that is for', async () => {
  const version = next()
  await app.release(version)
  const started = await app.startUp()
  await started.until(/1 of 2 new pods ready/)
  killAll(started.pid)
  await started.done
  const run = succeeded(await app.up({ inputs: { operation: 'rollback' } }))
  expect(run.log).toMatch(new RegExp(`a dead run had applied ${version.replaceAll('.', '\\.')} .*: it is proven, and serves`))
  expect(run.outputs['previous']).toBe(version)
})

it('two at once: the second waits, and says for whom', async () => {
  await app.release(next(), { values: { replicas: 3 } })
  const first = await app.startUp()
  await first.until(/0 of 3 new pods ready/)
  const second = succeeded(await app.up())
  expect(second.log).toContain('waiting for the lock that ada/shop#1001/1 by ada holds')
  expect(second.outputs['status']).toBe('unchanged')
  succeeded(await first.done)
})

it('what somebody else\'s Helm has in hand is left to it', async () => {
  const [secret = ''] = (await namespace.kubectl(['get', 'secrets', '--selector', 'owner=helm,status=deployed', '--output', 'name'])).split('\n')
  await namespace.kubectl(['label', secret, 'status=pending-upgrade', `modifiedAt=${Math.floor(Date.now() / 1000)}`, '--overwrite'])
  await app.release(next())
  const run = await app.up()
  expect(run.code).toBe(1)
  expect(run.log).toMatch(/Another Helm is at work on shop/)
  await namespace.kubectl(['label', secret, 'status=deployed', '--overwrite'])
})
