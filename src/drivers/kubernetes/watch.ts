import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './api-error'
import type { KubernetesClient } from './client'
import { pathOf, type KubeObject, type Resource } from './types'

export interface Watched {
  readonly resource: Resource
  readonly namespace: string | null
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface Watcher {
  /** It is there, or is otherwise than before. */
  changed(object: KubeObject): void
  gone(object: Pick<KubeObject, 'metadata'>): void
  /** All that was there when the watch began has been told. */
  synced(): void
}

/** Objects a page of a list: some thousand pods are never in memory twice. */
const page = 250
/** Seconds that a watch goes on; then it is begun anew where it ended. */
const length = 290
/** Milliseconds without a word after which a watch counts as dead. The server says where it is about once a minute. */
const silence = 90_000
/** Milliseconds at least from one beginning to the next: a server, or a proxy, may end each watch at once. */
const between = 1_000
/** Milliseconds of trouble without a good answer after which it is given up. */
const patience = 60_000

interface List { readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string } | null; readonly items?: unknown }

/**
 * One kind in one namespace: all that is there, then each change, in one stream that is taken up again where it broke off. Nothing is polled.
 * Ends when `signal` is aborted; rejects with the `ApiError` that does not pass: 401, 403, 404, or a minute without an answer.
 */
export async function watch(client: KubernetesClient, watched: Watched, watcher: Watcher, signal: AbortSignal): Promise<void> {
  const known = new Map<string, KubeObject['metadata']>()
  let version: string | null = null
  let bad: number | null = null
  let began = Number.NEGATIVE_INFINITY
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      if (version === null) {
        version = await listed(client, watched, watcher, known, signal)
        watcher.synced()
      }
      await sleep(Math.max(0, began + between - Date.now()), undefined, { signal })
      began = Date.now()
      version = await followed(client, watched, watcher, known, version, signal, () => { bad = null; attempt = 0 })
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      if (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone') {
        version = null
        continue
      }
      if (!error.passing) throw error
      bad ??= Date.now()
      if (Date.now() - bad > patience) throw error
      await sleep(Math.min(5_000, 100 * 2 ** attempt), undefined, { signal }).catch(() => undefined)
    }
  }
}

async function listed(client: KubernetesClient, watched: Watched, watcher: Watcher, known: Map<string, KubeObject['metadata']>, signal: AbortSignal): Promise<string> {
  const { resource, namespace, labelSelector, fieldSelector } = watched
  const seen = new Set<string>()
  let next: string | undefined
  let version = ''
  do {
    const { metadata, items }: List = await client.get<List | null>(pathOf(resource, namespace), { query: { limit: page, continue: next, labelSelector, fieldSelector }, signal }) ?? {}
    for (const item of Array.isArray(items) ? items as readonly unknown[] : []) {
      if (!isObject(item)) continue
      // Those in a list do not say what they are.
      const object = { apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind, ...item }
      seen.add(keyOf(object))
      told(object, known, watcher)
    }
    version = textOf(metadata?.resourceVersion) ?? version
    next = textOf(metadata?.continue) || undefined
  } while (next !== undefined)
  for (const [key, metadata] of known) {
    if (seen.has(key)) continue
    known.delete(key)
    watcher.gone({ metadata })
  }
  return version
}

interface Change { readonly type?: unknown; readonly object?: unknown }

/** The version where it ended. */
async function followed(
  client: KubernetesClient, watched: Watched, watcher: Watcher, known: Map<string, KubeObject['metadata']>, from: string, signal: AbortSignal, well: () => void,
): Promise<string> {
  const { resource, namespace, labelSelector, fieldSelector } = watched
  const path = pathOf(resource, namespace)
  let version = from
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion: from, timeoutSeconds: length, labelSelector, fieldSelector }
  const answer = await client.stream(path, { query, signal })
  well()
  answer.setTimeout(silence, () => answer.destroy(new Error('the watch fell silent')))
  let rest = ''
  try {
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === '') continue
        const { type, object } = JSON.parse(line) as Change
        if (type === 'ERROR') throw ApiError.ofWatch(path, object)
        // Of a bookmark the version is all that there is.
        if (type === 'BOOKMARK') version = textOf((object as List | null | undefined)?.metadata?.resourceVersion) ?? version
        if (type === 'BOOKMARK' || !isObject(object)) continue
        version = object.metadata.resourceVersion ?? version
        if (type === 'DELETED') {
          known.delete(keyOf(object))
          watcher.gone(object)
        } else told(object, known, watcher)
      }
    }
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) throw error
    // It broke off: what was told until then is told.
  }
  return version
}

const textOf = (value: unknown): string | undefined => typeof value === 'string' ? value : undefined
const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'

/** What the API calls an object has a name; what else may come, of whatever stands in between, nobody asks about. */
function isObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null) return false
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>
  return isText(apiVersion) && isText(kind) && typeof metadata === 'object' && metadata !== null && typeof metadata.name === 'string'
    && isText(metadata.namespace) && isText(metadata.uid) && isText(metadata.resourceVersion)
}

/** What is the same as before, after a list that was made anew, is not told again. */
function told(object: KubeObject, known: Map<string, KubeObject['metadata']>, watcher: Watcher): void {
  const key = keyOf(object)
  const { name, namespace, uid, resourceVersion } = object.metadata
  const before = known.get(key)
  known.set(key, { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) })
  if (before?.resourceVersion !== resourceVersion || resourceVersion === undefined) watcher.changed(object)
}

const keyOf = ({ metadata: { uid, namespace, name } }: Pick<KubeObject, 'metadata'>): string => uid ?? `${namespace ?? ''}/${name}`
