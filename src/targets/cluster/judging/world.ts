import { Events, type Said } from './events'
import { keyOf, type ApiObject, type Kept, type PodSpec, type Subject } from './objects'
import { fieldsOf, text, trim } from './trim'

interface Seen {
  readonly kept: Kept
  /** Has it come or changed since the rollout began? What was there before is no evidence about the rollout. */
  fresh: boolean
  /** Runs that had ended when the rollout began, by container. */
  endedBefore: ReadonlyMap<string, number>
  /** Rule and container → since when it holds, on the watch's clock. */
  marks: Map<string, number>
}

/**
 * The newest seen objects, who owns whom, and what was said of them. Fed from list and watch, in any order. All times are
 * milliseconds of one clock, the caller's: clocks of nodes and of the API server are never compared with it.
 */
export class World {
  readonly #objects = new Map<string, Seen>()
  readonly #uids = new Map<string, string>()
  readonly #owned = new Map<string, Set<string>>()
  readonly #claimants = new Map<string, Set<string>>()
  readonly #leaving = new Set<string>()
  readonly #followed = new Map<string, Subject>()
  readonly #gone = new Map<string, Kept>()
  readonly #logs = new Map<string, string>()
  readonly #specs = new Map<string, PodSpec>()
  readonly #events = new Events()

  /** What `affected` answers with. */
  follow(subject: Subject): void {
    this.#followed.set(keyOf(subject), subject)
  }

  get followed(): Iterable<Subject> {
    return this.#followed.values()
  }

  /** The rollout begins: what has been put until now was there before it. Without it all counts, as when somebody asks how things stand. */
  begin(): void {
    this.#events.begin()
    this.#gone.clear()
    for (const seen of this.#objects.values()) {
      seen.fresh = false
      seen.endedBefore = new Map(seen.kept.pod?.containers.map((status) => [status.name, endedRuns(status)]))
      seen.marks.clear()
    }
  }

  /** False: nothing new, as when a watch starts again and lists what is known. */
  put(object: ApiObject, at: number): boolean {
    if (object.kind === 'Event') return this.#events.put(object, at) !== null
    const uid = text(object.metadata?.['uid'])
    const before = this.#objects.get(uid)
    const version = text(object.metadata?.['resourceVersion'])
    if (before !== undefined && version !== '' && before.kept.resourceVersion === version) return false
    const kept = trim(object, before?.kept ?? null, (spec) => this.#share(spec))
    if (kept === null) return false
    const key = keyOf(kept)
    const namesake = this.#uids.get(key)
    if (namesake !== undefined && namesake !== uid) this.#drop(namesake)
    this.#unlink(before?.kept)
    this.#objects.set(uid, { kept, fresh: true, endedBefore: before?.endedBefore ?? new Map<string, number>(), marks: before?.marks ?? new Map<string, number>() })
    this.#uids.set(key, uid)
    this.#gone.delete(key)
    this.#link(kept)
    return true
  }

  /**
   * As a server answered when it was asked for the object: the stream may be behind. Or ahead, when the answer was on its way for longer than what
   * came after it; that was the last word then, and nothing would ever come again to correct it.
   */
  putAnswer(object: ApiObject, at: number): boolean {
    const answered = trim(object, null, (spec) => spec)
    if (answered === null) return false
    // Of that name: perhaps another, which took its place meanwhile, or the last of it.
    const known = this.get(answered) ?? this.gone(answered)
    if (known !== null && !isNewer(answered.resourceVersion, known.resourceVersion)) return false
    return this.put(object, at)
  }

  /** Of a watch event `DELETED`. The end of an Event is its age, and means nothing. */
  remove(object: ApiObject, _at: number): void {
    if (object.kind === 'Event') return
    const uid = text(object.metadata?.['uid'])
    // What it was at the end: a Job may be deleted a moment after it is done.
    const last = trim(object, null, (spec) => spec)
    // A hook of the rollout before makes room for its successor.
    const old = last?.annotations['helm.sh/hook'] !== undefined && this.#objects.get(uid)?.fresh === false
    if (last !== null && !old && this.#followed.has(keyOf(last)) && this.#uids.get(keyOf(last)) === uid) this.#gone.set(keyOf(last), last)
    this.#drop(uid)
  }

  /** The last lines that a container wrote, for causes that only its log tells; bounded. */
  putLog(pod: string, container: string, log: string): void {
    const key = `${pod} ${container}`
    this.#logs.delete(key)
    this.#logs.set(key, log.slice(-4000))
    if (this.#logs.size > 100) this.#logs.delete(this.#logs.keys().next().value ?? '')
  }

  logOf(pod: string, container: string): string {
    return this.#logs.get(`${pod} ${container}`) ?? ''
  }

  get(subject: Subject): Kept | null {
    const uid = this.#uids.get(keyOf(subject))
    return uid === undefined ? null : this.byUid(uid)
  }

  byUid(uid: string): Kept | null {
    return this.#objects.get(uid)?.kept ?? null
  }

  /** As it was last, if it is no more. */
  gone(subject: Subject): Kept | null {
    return this.#gone.get(keyOf(subject)) ?? null
  }

  /** Has it come or changed since the rollout began? */
  fresh(uid: string): boolean {
    return this.#objects.get(uid)?.fresh ?? false
  }

  endedBefore(uid: string, container: string): number {
    return this.#objects.get(uid)?.endedBefore.get(container) ?? 0
  }

  children(uid: string): readonly Kept[] {
    const uids = this.#owned.get(uid)
    if (uids === undefined) return []
    const found: Kept[] = []
    for (const child of uids) {
      const kept = this.byUid(child)
      if (kept !== null) found.push(kept)
    }
    return found
  }

  /** All that it owns, however deep. */
  descendants(uid: string): readonly Kept[] {
    const found = new Map<string, Kept>()
    const open = [uid]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of this.children(next)) {
        if (found.has(child.uid)) continue
        found.set(child.uid, child)
        open.push(child.uid)
      }
    }
    return [...found.values()]
  }

  said(uid: string): readonly Said[] {
    return this.#events.about(uid)
  }

  get autoscaler(): boolean {
    return this.#events.autoscaler
  }

  /** All objects; for the few rules that look around once something is amiss. */
  *all(): Iterable<Kept> {
    for (const { kept } of this.#objects.values()) yield kept
  }

  /** Since when `key` holds of an object: `now`, if it did not hold when last asked. */
  since(uid: string, key: string, now: number): number {
    const marks = this.#objects.get(uid)?.marks
    if (marks === undefined) return now
    const since = marks.get(key) ?? now
    marks.set(key, since)
    return since
  }

  /**
   * How long something had to be waited for, ms, once it has to be no more: 0 if it never had to. Who was refused meanwhile tries again
   * at intervals that grow with that time.
   */
  waited(uid: string, key: string, waiting: boolean, now: number): number {
    const from = this.since(uid, `wait ${key} from`, now)
    if (waiting) {
      this.settle(uid, `wait ${key} until`, new Set())
      return now - from
    }
    return this.since(uid, `wait ${key} until`, now) - from
  }

  /** Drops the marks of all that begin with `prefix` and hold no more. */
  settle(uid: string, prefix: string, holding: ReadonlySet<string>): void {
    const marks = this.#objects.get(uid)?.marks
    if (marks === undefined || marks.size === 0) return
    for (const key of marks.keys()) if (key.startsWith(prefix) && !holding.has(key)) marks.delete(key)
  }

  /** The followed subjects whose verdict a change of this object can alter. To be asked after `put`, or before `remove`. */
  affected(object: ApiObject): readonly Subject[] {
    const about = object.kind === 'Event' ? fieldsOf(object['involvedObject'] ?? object['regarding']) : object.metadata
    const kept = this.byUid(text(about?.['uid']))
    if (kept === null) return []
    if (kept.kind === 'Namespace') return [...this.#followed.values()].filter(({ namespace }) => namespace === kept.name)
    const found = new Map<string, Subject>()
    const open = [kept, ...this.#claimantsOf(kept)]
    const seen = new Set<string>()
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next.uid)) continue
      seen.add(next.uid)
      const key = keyOf(next)
      const subject = this.#followed.get(key)
      if (subject !== undefined) found.set(key, subject)
      for (const owner of next.owners) {
        const above = this.byUid(owner.uid)
        if (above !== null) open.push(above)
      }
    }
    return [...found.values()]
  }

  #claimantsOf(claim: Kept): readonly Kept[] {
    if (claim.kind !== 'PersistentVolumeClaim') return []
    return [...this.#claimants.get(`${claim.namespace}/${claim.name}`) ?? []].flatMap((uid) => this.byUid(uid) ?? [])
  }

  /** Does any pod mount it? */
  claimed(claim: Kept): boolean {
    return this.#claimantsOf(claim).length > 0
  }

  /** Does any pod that is seen leave, and will give back what it holds? */
  get somePodLeaves(): boolean {
    return this.#leaving.size > 0
  }

  #link(kept: Kept): void {
    if (kept.pod !== null && kept.deleting) this.#leaving.add(kept.uid)
    for (const { uid } of kept.owners) within(this.#owned, uid).add(kept.uid)
    for (const claim of kept.pod?.spec.claims ?? []) within(this.#claimants, `${kept.namespace}/${claim}`).add(kept.uid)
  }

  #unlink(kept: Kept | undefined): void {
    if (kept === undefined) return
    this.#leaving.delete(kept.uid)
    for (const { uid } of kept.owners) without(this.#owned, uid, kept.uid)
    for (const claim of kept.pod?.spec.claims ?? []) without(this.#claimants, `${kept.namespace}/${claim}`, kept.uid)
  }

  #drop(uid: string): void {
    const kept = this.byUid(uid)
    this.#unlink(kept ?? undefined)
    this.#objects.delete(uid)
    this.#events.forget(uid)
    if (kept !== null && this.#uids.get(keyOf(kept)) === uid) this.#uids.delete(keyOf(kept))
  }

  #share(spec: PodSpec): PodSpec {
    const key = JSON.stringify(spec)
    const shared = this.#specs.get(key)
    if (shared !== undefined) return shared
    if (this.#specs.size > 2000) this.#specs.clear()
    this.#specs.set(key, spec)
    return spec
  }
}

/** Versions of objects of one kind, which grow. Where a server has others, they cannot be compared, and the stream knows best. */
function isNewer(version: string, known: string): boolean {
  return /^\d+$/.test(version) && /^\d+$/.test(known) && BigInt(version) > BigInt(known)
}

/** How many runs of a container are over. */
export function endedRuns(status: { restarts: number; runningSince: number | null; ended: unknown; endedBefore: unknown }): number {
  return status.restarts + (status.runningSince === null && (status.ended ?? status.endedBefore) !== null ? 1 : 0)
}

function within(index: Map<string, Set<string>>, key: string): Set<string> {
  const set = index.get(key) ?? new Set<string>()
  index.set(key, set)
  return set
}

function without(index: Map<string, Set<string>>, key: string, value: string): void {
  const set = index.get(key)
  set?.delete(value)
  if (set?.size === 0) index.delete(key)
}
