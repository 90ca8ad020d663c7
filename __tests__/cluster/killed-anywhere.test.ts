import { readFileSync } from 'node:fs'
import { succeeded } from '../host/harness/deploy'
import type { ActionOptions, ActionRun } from '../host/harness/action'
import { accountOf, requestsFrom, userOf, type ApiRequest } from './harness/access'
import { ClusterApp, type Release } from './harness/cluster-app'
import { freshNamespace, type Namespace } from './harness/cluster'
import { documentedRules } from './harness/documented'
import { killAll } from '../host/harness/kill'
import { loadOnService } from './harness/load'

/**
 * With charts/web, a deploy, a rollback and a broken deploy are killed after changes that they make in the cluster, one after the other: users are
 * served all the while, and the next run ends well. SLIPWAY_TEST_STRIKES=all takes every change, which takes half an hour; else each fourth
 * has its turn, beginning with another one each day. SLIPWAY_TEST_SEED repeats a day.
 */
const every = process.env['SLIPWAY_TEST_STRIKES'] === 'all' ? 1 : 4
const seed = Number(process.env['SLIPWAY_TEST_SEED'] ?? Math.floor(Date.now() / 86_400_000))
const rates = [200, 50]
const account = 'deployer'

let namespace: Namespace
let app: ClusterApp
let kubeconfig: string
let minor = 0
beforeAll(async () => {
  namespace = await freshNamespace('killed-anywhere', { 'pod-security.kubernetes.io/enforce': 'restricted' })
  kubeconfig = readFileSync(await accountOf(namespace, account, documentedRules('docs/cluster.md', 'charts/web/README.md')), 'utf8')
  app = await ClusterApp.ofServices(namespace, {
    services: { web: { start: '/bin/web', route: '/', health: '/healthz', before: ['true'], stop: { timeout: '10s' } } },
    domain: 'shop.example.com', tls: 'off', rollout: { drain: '3s' },
  })
  await release()
  succeeded(await up())
  await release()
  succeeded(await up())
}, 1_200_000)
afterAll(async () => {
  app?.[Symbol.dispose]()
  await namespace?.remove()
})

const release = async (more: Release = {}): Promise<string> => {
  const version = `v1.${++minor}.0`
  await app.release(version, more)
  return version
}
const step = (inputs: Record<string, string> = {}): ActionOptions => ({ inputs: { kubeconfig, ...inputs } })
const up = (inputs: Record<string, string> = {}): Promise<ActionRun> => app.up(step(inputs))

/** What the run and its Helm change in the cluster, in order; renewals of the lock come when they come. */
function changesFrom(): () => ApiRequest[] {
  const since = requestsFrom(namespace, userOf(namespace, account))
  let renewed = false
  return () => {
    renewed = false
    return since().filter(({ verb, requestURI, responseStatus }) => {
      if (!/^(create|update|patch|delete)/.test(verb) || /dryRun=All/.test(requestURI) || /selfsubject/.test(requestURI)) return false
      if ((responseStatus?.code ?? 500) >= 300) return false
      if (!/\/leases\//.test(requestURI) || verb === 'create') return true
      const first = !renewed
      renewed = true
      return first
    })
  }
}
const titleOf = ({ verb, requestURI }: ApiRequest): string => `${verb} ${new URL(requestURI, 'http://x').pathname.replace(/.*\/namespaces\/[^/]+\//, '').replaceAll(/v\d+$/g, 'vN')}`

/** Begins it, and kills it and its Helm as soon as it has made so many changes: the last of them, or how it ended before. */
async function killedAfter(count: number, options: ActionOptions): Promise<ApiRequest | ActionRun> {
  const changes = changesFrom()
  const started = await app.startUp(options)
  let over = false
  void started.done.then(() => { over = true })
  while (!over) {
    const made = changes()
    if (made.length >= count) {
      killAll(started.pid)
      await started.done
      const last = made[count - 1]
      if (last !== undefined) return last
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return await started.done
}

const nonePending = async (): Promise<void> => {
  expect(Object.values(await app.revisions()).filter((status) => /^(pending|uninstalling)/.test(status))).toEqual([])
}

interface Deed {
  readonly title: string
  /** Makes it ready; resolves with how the action is called for it. */
  readonly prepare: () => Promise<ActionOptions>
  /** How it ends when nobody kills it. */
  readonly status: string
  /** What comes next, by somebody who presses the same button again or has mended it; and the version that serves then. */
  readonly next: () => Promise<{ readonly run: ActionRun; readonly version: string }>
}

/** Whatever was there before. */
const another = async (): ReturnType<Deed['next']> => {
  const version = await release()
  return { run: await up(), version }
}
let wanted = ''
const deeds: readonly Deed[] = [
  { title: 'a deploy', status: 'deployed', prepare: async () => { wanted = await release(); return step() }, next: async () => ({ run: await up(), version: wanted }) },
  { title: 'a rollback', status: 'rolled-back', prepare: async () => step({ operation: 'rollback' }), next: another },
  { title: 'a broken deploy', status: 'reverted', prepare: async () => { await release({ variant: 'crash' }); return step() }, next: another },
]

it.each(deeds)('$title', async ({ title, prepare, status, next }) => {
  let strikes = 0
  for (let count = 1 + (seed % every); ; count += every) {
    const rate = rates[strikes % rates.length] ?? 0
    const options = await prepare()
    await using load = await loadOnService(namespace, app.service, rate)
    const struck = await killedAfter(count, options)
    const whole = 'outputs' in struck
    const after = whole ? 'nothing' : titleOf(struck)
    // It came to its end before it was to be killed: that was all.
    if (whole) expect(struck.outputs).toMatchObject({ status })
    else {
      const { run, version } = await next()
      expect(succeeded(run).outputs).toMatchObject({ serving: version })
      expect(await app.served()).toBe(version)
    }
    await nonePending()
    // Those of before are drained.
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const { failed, failures, sent } = await load.stop()
    process.stderr.write(`${title}, killed after ${String(count).padStart(2)}  ${after.padEnd(50)} ${failed} of ${sent} requests failed, ${rate}/s (seed ${seed})\n`)
    expect({ after, failed, failures }).toEqual({ after, failed: 0, failures: [] })
    if (whole) break
    strikes++
  }
  expect(strikes).toBeGreaterThanOrEqual(every === 1 ? 8 : 2)
  succeeded((await another()).run)
}, 3_600_000)
