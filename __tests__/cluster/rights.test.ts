import { readFileSync } from 'node:fs'
import { succeeded } from '../host/harness/deploy'
import { accountOf, expiredAccountOf, requestsFrom, unknownAccount, userOf, type Rule } from './harness/access'
import { ClusterApp } from './harness/cluster-app'
import { documentedRules } from './harness/documented'
import { freshNamespace, type Namespace } from './harness/cluster'

/** The Role of docs/cluster.md is enough, all of it is needed, and what is missing is named. */
const documented = (): readonly Rule[] => documentedRules('docs/cluster.md')

let namespace: Namespace
let app: ClusterApp
beforeAll(async () => {
  namespace = await freshNamespace('rights')
  app = await ClusterApp.ofChart(namespace)
}, 1_200_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
})

const by = (kubeconfig: string): { readonly kubeconfig: string } => ({ kubeconfig: readFileSync(kubeconfig, 'utf8') })

it('a first release, an upgrade, one that fails and a rollback, with no more than these', async () => {
  const inputs = by(await accountOf(namespace, 'deployer', documented()))
  const requests = requestsFrom(namespace, userOf(namespace, 'deployer'))
  await app.release('v1.0.0')
  succeeded(await app.up({ inputs }))
  await app.release('v1.1.0')
  succeeded(await app.up({ inputs }))
  await app.release('v1.2.0', { variant: 'crash' })
  expect((await app.up({ inputs })).outputs).toMatchObject({ status: 'reverted', serving: 'v1.1.0' })
  expect(succeeded(await app.up({ inputs: { ...inputs, operation: 'rollback' } })).outputs).toMatchObject({ serving: 'v1.0.0' })
  expect(succeeded(await app.up({ inputs: { ...inputs, operation: 'status' } })).outputs).toMatchObject({ serving: 'v1.0.0' })
  // What was refused was asked for to say it, and nothing went on without it.
  const refused = requests().filter(({ responseStatus }) => responseStatus?.code === 403).map(({ verb, requestURI }) => `${verb} ${requestURI.replace(/\?.*/, '')}`)
  expect([...new Set(refused)]).toEqual([])
})

it('no rule of it is idle', async () => {
  const all = documented()
  const needed = ['leases', 'secrets', 'pods', 'replicasets', 'deployments', 'services']
  for (const resource of needed) {
    const rules = all.map((rule) => ({ ...rule, resources: rule.resources.filter((name) => name !== resource) })).filter(({ resources }) => resources.length > 0)
    // A dry run takes no lock.
    const dry = resource === 'leases' ? 'false' : 'true'
    const run = await app.up({ inputs: { ...by(await accountOf(namespace, `without-${resource}`, rules)), 'dry-run': dry } })
    expect(run.code).toBe(1)
    expect(run.log).toMatch(new RegExp(`may not .*${resource}`))
    expect(run.log).toMatch(/Add to its Role|Let its Role/)
  }
}, 300_000)

it('a token that has ended, and one that nobody was given', async () => {
  await accountOf(namespace, 'gone', documented())
  for (const kubeconfig of [await expiredAccountOf(namespace, 'gone'), await unknownAccount()]) {
    const run = await app.up({ inputs: by(kubeconfig) })
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/does not know who asks/)
    expect(run.annotations.map(({ properties }) => properties['title']).join()).toMatch(/cluster-unauthorized/)
  }
})
