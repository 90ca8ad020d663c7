import type { ApiObject } from './objects'
import { count, fieldsOf, text } from './trim'

/** What was said of an object, as often as it was said. */
export interface Said {
  readonly reason: string
  readonly message: string
  /** Of which component: `kubelet`, `default-scheduler`, `cluster-autoscaler`. */
  readonly by: string
  /** How often since the watch began to count; what was said before the rollout is not in it. */
  readonly times: number
  /** On the watch's clock, ms. */
  readonly first: number
  readonly last: number
}

interface Entry {
  reason: string
  message: string
  by: string
  /** By the uid of each Event of which this is made, the newest count that it gave; bounded. */
  counts: Map<string, number>
  times: number
  first: number
  last: number
}

const perObject = 20
const objects = 10_000
const sources = 30

/** Events by the object that they are about. Bounded: the oldest go. */
export class Events {
  readonly #about = new Map<string, Map<string, Entry>>()
  #autoscaler = false

  /** Has an autoscaler of nodes ever said anything? */
  get autoscaler(): boolean {
    return this.#autoscaler
  }

  /** Returns the uid of what it is about; null: it is no event, or tells nothing new. */
  put(event: ApiObject, at: number): string | null {
    const about = text(fieldsOf(event['involvedObject'] ?? event['regarding'])['uid'])
    const [uid, reason] = [text(event.metadata?.['uid']), text(event['reason'])]
    const message = (text(event['message']) || text(event['note'])).slice(0, 2000)
    const times = count(fieldsOf(event['series'])['count']) ?? count(event['count']) ?? count(event['deprecatedCount']) ?? 1
    const by = text(event['reportingComponent']) || text(event['reportingController']) || text(fieldsOf(event['source'])['component'])
    if (about === '' || reason === '') return null
    if (isAutoscaler(by, reason)) this.#autoscaler = true

    const entries = this.#of(about)
    const key = `${reason} ${alike(message)}`
    const entry = entries.get(key) ?? { reason, message, by, counts: new Map<string, number>(), times: 0, first: at, last: at }
    const before = entry.counts.get(uid) ?? 0
    if (times <= before) return null
    remember(entry.counts, uid, times, sources)
    if (entry.times === 0) entry.first = at
    entry.times += times - before
    entry.last = at
    entry.message = message
    remember(entries, key, entry, perObject)
    return about
  }

  /** What was said until now counts no more; it is kept to know later what of a count is new. */
  begin(): void {
    for (const entries of this.#about.values()) for (const entry of entries.values()) entry.times = 0
  }

  about(uid: string): readonly Said[] {
    const said = [...this.#about.get(uid)?.values() ?? []]
    return said.filter(({ times }) => times > 0)
  }

  forget(uid: string): void {
    this.#about.delete(uid)
  }

  #of(uid: string): Map<string, Entry> {
    const entries = this.#about.get(uid) ?? new Map<string, Entry>()
    remember(this.#about, uid, entries, objects)
    return entries
  }
}

/** cluster-autoscaler, Karpenter, and GKE's and AKS' own each sign their events. */
function isAutoscaler(by: string, reason: string): boolean {
  return /autoscaler$|^karpenter/.test(by) && !/horizontal|vertical/.test(by) || reason === 'TriggeredScaleUp' || reason === 'NotTriggerScaleUp'
}

/** Refused pods have a new random name each time, so one trouble would fill the list. */
function alike(message: string): string {
  return message.replace(/^\(combined from similar events\): /, '').replace(/pods? "[^"]+"/gi, 'pod').replace(/\b[0-9a-f]{12,}\b|\d+(\.\d+)*/g, '#')
}

/** The newest is last, so what goes is what was heard of least recently. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value as K)
}
