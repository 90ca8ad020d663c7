import { readFileSync } from 'node:fs'
import { Credentials, KubernetesClient, readKubeconfig, resources, watch } from '../../../src/drivers/kubernetes'
import { requestsFrom, userOf, type ApiRequest } from '../../cluster/harness/access'
import type { Namespace } from '../../cluster/harness/cluster'
import type { Entry } from '../ledger'
import type { Watch } from '../place'

interface Kept {
  readonly entries: readonly { readonly number: number; readonly version: string; readonly state: string; readonly proven: boolean }[]
  readonly intent: { readonly phase: string; readonly from: number | null; readonly to: number } | null
}
type Stored = { readonly metadata: { readonly name: string }; readonly data?: Readonly<Record<string, string>> }

/** Milliseconds between two looks at what the API server was asked for. */
const pause = 5

/** Listens to a release's history in its Secret, and to what an account changes, as the server's audit log has it. */
export async function watchRelease(namespace: Namespace, release: string, account: string, happened: (entry: Entry) => void): Promise<Watch> {
  const entries: Entry[] = []
  const add = (entry: Entry): void => {
    entries.push(entry)
    happened(entry)
  }
  const states = new Map<number, string>()
  let intent = ''
  const told = ({ entries: all, intent: inHand }: Kept): void => {
    const at = Date.now()
    const text = JSON.stringify(inHand)
    const intend = (): void => {
      if (text === intent) return
      intent = text
      // Of a revert `from` is what is gone back to.
      const back = inHand?.phase === 'revert'
      add({ at, type: 'intent', phase: inHand?.phase ?? null, from: (back ? inHand.to : inHand?.from) ?? null, to: (back ? inHand.from : inHand?.to) ?? null })
    }
    if (inHand !== null) intend()
    const serving = all.findLast(({ state }) => state === 'proven')?.number ?? null
    for (const { number, version, state } of all) {
      if (states.get(number) === state) continue
      states.set(number, state)
      add({ at, type: 'record', event: state, number, version, serving })
    }
    if (inHand === null && (intent !== '' || entries.length > 0)) intend()
  }

  const config = await readKubeconfig({ text: readFileSync(namespace.kubeconfig, 'utf8'), context: null, env: {}, home: '/' })
  const ended = new AbortController()
  const client = new KubernetesClient(config, new Credentials(config, {}, () => undefined), {}, ended.signal)
  await new Promise<void>((resolve, reject) => {
    watch(client, { resource: resources.secrets, namespace: namespace.name }, {
      changed: ({ metadata, data }: Stored) => {
        if (metadata.name === `slipway.${release}`) told(JSON.parse(Buffer.from(data?.['history'] ?? '', 'base64').toString('utf8')) as Kept)
      },
      gone: () => undefined,
      synced: resolve,
    }, ended.signal).then(resolve, reject)
  })
  const since = requestsFrom(namespace, userOf(namespace, account))
  let known = 0
  const renewed = { yet: false }
  const timer = setInterval(() => {
    const all = since()
    for (const request of all.slice(known)) {
      if (changes(request, renewed)) add({ at: Date.now(), type: 'change', what: titleOf(request) })
    }
    known = all.length
  }, pause)
  return {
    entries,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      ended.abort()
      await client[Symbol.asyncDispose]()
    },
  }
}

/** What is asked for is changed by it, and for good; of the lock's renewals, which come when they come, the first alone. */
function changes({ verb, requestURI, responseStatus }: ApiRequest, renewed: { yet: boolean }): boolean {
  if (!/^(create|update|patch|delete)/.test(verb) || /dryRun=All/.test(requestURI) || /selfsubject/.test(requestURI)) return false
  if ((responseStatus?.code ?? 500) >= 300) return false
  if (!/\/leases\//.test(requestURI) || verb === 'create') return true
  const first = !renewed.yet
  renewed.yet = true
  return first
}

const titleOf = ({ verb, requestURI }: ApiRequest): string =>
  `${verb} ${new URL(requestURI, 'http://x').pathname.replace(/.*\/namespaces\/[^/]+\//, '').replaceAll(/\d+/g, 'N')}`
