import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { accountOf } from '../../cluster/harness/access'
import { ClusterApp, type Release } from '../../cluster/harness/cluster-app'
import { freshNamespace } from '../../cluster/harness/cluster'
import { documentedRules } from '../../cluster/harness/documented'
import { loadOnService } from '../../cluster/harness/load'
import { delayProxy } from '../../host/harness/delay-proxy'
import { succeeded } from '../../host/harness/deploy'
import { must, root } from '../../host/harness/command'
import type { Deed, Place } from '../place'
import { watchRelease } from './cluster-watch'

const account = 'deployer'
/** Seconds for pods that were replaced to end their requests and go. */
const patience = 120

interface Kept { readonly entries: readonly { readonly number: number }[]; readonly intent: object | null }

/** A namespace with an app by charts/web, deployed by an account that may do what its documentation says; loaded by new connections. */
export async function cluster(): Promise<Place> {
  const namespace = await freshNamespace('torture', { 'pod-security.kubernetes.io/enforce': 'restricted' })
  const kubeconfig = readFileSync(await accountOf(namespace, account, documentedRules('docs/cluster.md', 'charts/web/README.md')), 'utf8')
  const app = await ClusterApp.ofServices(namespace, {
    services: { web: { start: '/bin/web', route: '/', health: '/healthz', before: ['true'], stop: { timeout: '10s' } } },
    domain: 'shop.example.com', tls: 'off', rollout: { drain: '3s' },
  })
  let minor = 0
  const release = async (more: Release = {}): Promise<string> => {
    const version = `v1.${++minor}.0`
    await app.release(version, more)
    return version
  }
  const up = (): ReturnType<ClusterApp['up']> => app.up({ inputs: { kubeconfig } })
  for (let count = 0; count < 2; count++) {
    await release()
    succeeded(await up())
  }

  let wanted = ''
  const start: Deed['start'] = (options) => app.startUp({ ...options, inputs: { kubeconfig, ...options.inputs } })
  const mended: Deed['next'] = async () => {
    const version = await release()
    return { run: await up(), version }
  }
  const deeds: Record<string, Deed> = {
    deploy: {
      status: 'deployed', start,
      prepare: async () => {
        wanted = await release()
        return {}
      },
      next: async () => ({ run: await up(), version: wanted }),
    },
    rollback: { status: 'rolled-back', start, prepare: async () => ({ inputs: { operation: 'rollback' } }), next: mended },
    broken: {
      status: 'reverted', start,
      prepare: async () => {
        await release({ variant: 'crash' })
        return {}
      },
      next: mended,
    },
  }
  const apiServer = async (verb: 'stop' | 'go' | 'restart'): Promise<void> => void (await must(join(root, 'script', 'rig'), ['api-server', verb]))
  const kept = async (): Promise<Kept> => {
    const { data } = await namespace.get<{ readonly data: { readonly history: string } }>('secret', `slipway.${app.name}`)
    return JSON.parse(Buffer.from(data.history, 'base64').toString('utf8')) as Kept
  }
  const pods = async (): Promise<readonly Pod[]> => (await namespace.get<{ readonly items: readonly Pod[] }>('pods', '--selector', 'app.kubernetes.io/component=web')).items
  return {
    target: 'cluster', deeds, mended,
    // Until every node leads to what is ready only, and what was replaced has heard that it is to end.
    lag: 3_000,
    powers: { freeze: () => apiServer('stop'), thaw: () => apiServer('go'), restartApiServer: () => apiServer('restart') },
    way: async () => {
      const [, host = '', port = ''] = /server: "?https:\/\/([^:"]+):(\d+)/.exec(kubeconfig) ?? []
      const proxy = await delayProxy(host, Number(port))
      return {
        inputs: { kubeconfig: kubeconfig.replace(`https://${host}:${port}`, `https://127.0.0.1:${proxy.port}`) },
        silence: () => { proxy.silence() },
        [Symbol.asyncDispose]: () => proxy.close(),
      }
    },
    sites: [{
      name: namespace.name,
      load: async ({ answered, missed }) => [await loadOnService(namespace, app.service, 50, { seconds: 3_600, ...answered && { answered }, ...missed && { missed } })],
      watch: (happened) => watchRelease(namespace, app.name, account, happened),
      // Nothing of ours runs there: what a dead run has left, the next one settles. What Kubernetes has in hand comes to its end.
      settled: async () => {
        const end = Date.now() + patience * 1000
        while ((await kept()).intent === null && (await pods()).some(({ metadata }) => metadata.deletionTimestamp !== undefined)) {
          if (Date.now() > end) throw new Error(`pods do not end: ${JSON.stringify(await pods())}`)
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      },
      answers: async () => void (await app.served()),
      serves: () => app.served(),
      leftovers: async (_serving, ended) => {
        const revisions = Object.entries(await app.revisions()).filter(([, status]) => /^(pending|uninstalling)/.test(status))
        const lease = await namespace.get<{ readonly spec: { readonly holderIdentity?: string } }>('lease', `slipway.${app.name}`)
        const templates = new Set((await pods()).map(({ metadata }) => metadata.labels['pod-template-hash']))
        return [
          ...revisions.map(([number, status]) => `revision ${number} is ${status}`),
          // Whoever was killed has it until its silence is noticed.
          ...(ended && (lease.spec.holderIdentity ?? '') !== '' ? [`the lock of ${lease.spec.holderIdentity}`] : []),
          ...(templates.size > 1 ? [`pods of ${templates.size} releases`] : []),
        ]
      },
      untold: async () => {
        const { intent } = await kept()
        return intent === null ? [] : [`in hand: ${JSON.stringify(intent)}`]
      },
    }],
    [Symbol.asyncDispose]: async () => {
      app[Symbol.dispose]()
      await namespace.remove()
    },
  }
}

interface Pod { readonly metadata: { readonly deletionTimestamp?: string; readonly labels: Readonly<Record<string, string>> } }
