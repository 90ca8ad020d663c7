import { ApiError, apiFailure, resources, watch, type Discovery, type KubernetesClient, type KubeObject, type Resource } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import { judge, keyOf, named, patience as usual, World, type ApiObject, type Patience, type Subject, type Verdict } from './judging'
import { groupOf, type Rendered } from './manifest'

/** These are there once they were applied, and never anything else: nobody waits for them. */
const quiet = new Set([
  'ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'Ingress', 'IngressClass', 'NetworkPolicy', 'StorageClass',
  'PriorityClass', 'LimitRange', 'ResourceQuota', 'PodDisruptionBudget', 'PersistentVolume', 'Endpoints', 'EndpointSlice', 'Lease', 'CronJob', 'Namespace', 'PodTemplate',
  'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'RuntimeClass', 'APIService', 'CustomResourceDefinition',
])

/** Workloads beyond which a log has no line for each pod of them. */
const many = 30

/** Without these nothing can be judged; without others less. */
const needed = new Set(['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job'])

export interface WatchingOptions {
  readonly client: KubernetesClient
  readonly discovery: Discovery
  /** The release's. */
  readonly namespace: string
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
  readonly warn: (text: string) => void
}

/** What is waited for, and how long. */
export interface Awaited {
  readonly subjects: readonly Subject[]
  readonly patience: Partial<Patience>
  /** Ends the waiting from outside. */
  readonly signal: AbortSignal
}

/** What cannot become ready, and why. */
export class Doomed extends Error {
  override readonly name = 'Doomed'
  readonly verdicts: ReadonlyMap<Subject, Verdict>

  constructor(verdicts: ReadonlyMap<Subject, Verdict>) {
    super([...verdicts].map(([subject, { line }]) => `${named(subject)}: ${line}`).join('; '))
    this.verdicts = verdicts
  }
}

/** Is it judged at all? */
export function isJudged({ object: { apiVersion, kind } }: Rendered): boolean {
  const core = !groupOf(apiVersion).includes('.') || groupOf(apiVersion).endsWith('.k8s.io')
  return !(core && quiet.has(kind))
}

/** Streams of all kinds that a release has, one for each kind and namespace, and the judgement of what comes through them. */
export class Watching implements AsyncDisposable {
  readonly world = new World()
  readonly #options: WatchingOptions
  readonly #ended = new AbortController()
  readonly #streams = new Map<string, Promise<void>>()
  readonly #running: Promise<void>[] = []
  readonly #listeners = new Set<(subjects: readonly Subject[]) => void>()
  readonly #told = new Map<string, string>()
  #failure: Error | null = null

  constructor(options: WatchingOptions) {
    this.#options = options
  }

  /** Resolves when all that is there of these kinds, and of what they are made of, is known. Throws a `Failure`: `rbac-missing` and others of the API. */
  async follow(objects: readonly Rendered[]): Promise<void> {
    const { discovery, namespace } = this.#options
    const wanted = new Map<string, { readonly resource: Resource; readonly namespace: string | null }>()
    const add = (resource: Resource, where: string): void => {
      wanted.set(`${resource.group}/${resource.plural} ${resource.namespaced ? where : ''}`, { resource, namespace: resource.namespaced ? where : null })
    }
    const judged = objects.filter(isJudged)
    const found = await Promise.all(judged.map(async ({ object }) => ({ object, resource: await discovery.find(object.apiVersion, object.kind) })))
    for (const { object, resource } of found) if (resource !== null) add(resource, object.metadata.namespace ?? namespace)
    for (const where of new Set([namespace, ...judged.map(({ object }) => object.metadata.namespace ?? namespace)])) {
      for (const resource of [resources.pods, resources.replicaSets, resources.events]) add(resource, where)
    }
    await Promise.all([...wanted].map(([key, one]) => {
      const known = this.#streams.get(key) ?? this.#begin(one.resource, one.namespace)
      this.#streams.set(key, known)
      return known
    }))
  }

  /** What is known until now was there before the rollout. */
  begin(): void {
    this.world.begin()
  }

  /** An object as it was answered just now: the streams may be behind, or ahead. */
  put(object: KubeObject): void {
    this.#news(object as unknown as ApiObject, this.world.putAnswer(object as unknown as ApiObject, Date.now()))
  }

  /** A verdict of each, without waiting. */
  look(subjects: readonly Subject[]): ReadonlyMap<Subject, Verdict> {
    return new Map(subjects.map((subject) => [subject, judge(this.world, subject, Date.now())]))
  }

  /**
   * Waits until all are ready, as far as `done` allows: until that resolves, only doom counts. `done` gives the generation that each must have
   * been seen with. Rejects with `Doomed`, with what `done` rejects with, with a `Failure` of the streams, or with the signal's reason.
   */
  async until({ subjects, patience, signal }: Awaited, done: Promise<ReadonlyMap<string, number>>): Promise<ReadonlyMap<Subject, Verdict>> {
    const verdicts = new Map<Subject, Verdict>()
    const byKey = new Map(subjects.map((subject) => [keyOf(subject), subject]))
    for (const subject of subjects) this.world.follow(subject)
    const whole: Patience = { ...usual, ...patience }
    let generations: ReadonlyMap<string, number> | null = null
    return await new Promise((resolve, reject) => {
      const dirty = new Set<Subject>(subjects)
      const waiting = new Map<Subject, number>()
      let timer: NodeJS.Timeout | undefined
      let soon: NodeJS.Immediate | undefined
      const end = (finish: () => void): void => {
        clearTimeout(timer)
        clearImmediate(soon)
        this.#listeners.delete(changed)
        signal.removeEventListener('abort', aborted)
        finish()
      }
      const aborted = (): void => end(() => reject(signal.reason as Error))
      const evaluate = (): void => {
        soon = undefined
        const failure = this.#failure
        if (failure !== null) return end(() => reject(failure))
        const now = Date.now()
        for (const [subject, at] of waiting) if (at <= now) dirty.add(subject)
        for (const subject of dirty) {
          const verdict = judge(this.world, subject, now, whole)
          verdicts.set(subject, verdict)
          if (verdict.again === null) waiting.delete(subject)
          else waiting.set(subject, verdict.again)
          this.#tell(subject, verdict, subjects.length > many)
        }
        dirty.clear()
        const doomed = new Map([...verdicts].filter(([, { state }]) => state === 'doomed'))
        if (doomed.size > 0) return end(() => reject(new Doomed(doomed)))
        const seen = generations
        if (seen !== null && subjects.every((subject) => verdicts.get(subject)?.state === 'ready' && this.#isNew(subject, seen))) {
          return end(() => resolve(verdicts))
        }
        clearTimeout(timer)
        const next = Math.min(...waiting.values())
        if (Number.isFinite(next)) timer = setTimeout(evaluate, Math.max(10, next - now))
        return undefined
      }
      const changed = (affected: readonly Subject[]): void => {
        for (const one of affected) {
          const subject = byKey.get(keyOf(one))
          if (subject !== undefined) dirty.add(subject)
        }
        // All that comes in one turn is judged once.
        if (affected.length > 0 || this.#failure !== null) soon ??= setImmediate(evaluate)
      }
      this.#listeners.add(changed)
      signal.addEventListener('abort', aborted, { once: true })
      if (signal.aborted) aborted()
      done.then((seen) => {
        generations = seen
        for (const subject of subjects) dirty.add(subject)
        soon ??= setImmediate(evaluate)
      }, (error: unknown) => end(() => reject(asError(error))))
      soon = setImmediate(evaluate)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await Promise.allSettled(this.#running)
  }

  /** Does the stream show at least what the server had when Helm had ended? */
  #isNew(subject: Subject, generations: ReadonlyMap<string, number>): boolean {
    const wanted = generations.get(keyOf(subject))
    const seen = this.world.get(subject)?.generation
    return wanted === undefined || seen === null || seen === undefined || seen >= wanted
  }

  /** A line when something about it has changed; among `many`, when it is ready, or something is amiss. */
  #tell(subject: Subject, { line, causes, state }: Verdict, many: boolean): void {
    const [amiss] = state === 'ready' ? [] : causes
    const text = `${subject.kind} ${subject.name}: ${line}${amiss === undefined ? '' : ` (${amiss.message})`}`
    const key = keyOf(subject)
    const news = many ? `${state} ${amiss?.rule ?? ''}` : text
    if (this.#told.get(key) === news) return
    // What was ready when it was first looked at is news for nobody.
    if (many ? this.#told.has(key) && (state === 'ready' || amiss !== undefined) : this.#told.has(key) || state !== 'ready') this.#options.progress(text)
    this.#told.set(key, news)
  }

  async #begin(resource: Resource, namespace: string | null): Promise<void> {
    const { client, signal, warn } = this.#options
    await new Promise<void>((resolve, reject) => {
      const running = watch(client, { resource, namespace }, {
        changed: (object) => this.#changed(object as unknown as ApiObject),
        gone: (object) => {
          const whole = { apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind, ...object } as unknown as ApiObject
          const affected = this.world.affected(whole)
          this.world.remove(whole, Date.now())
          for (const listener of this.#listeners) listener(affected)
        },
        synced: resolve,
      }, AbortSignal.any([signal, this.#ended.signal])).then(resolve, (error: unknown) => {
        const failure = error instanceof ApiError ? refused(error, resource, namespace, client.config.context) : asError(error)
        if (!needed.has(resource.kind) && error instanceof ApiError && (error.status === 403 || error.status === 404)) {
          warn(`${resource.plural} are not watched: ${error.said}`)
          resolve()
          return
        }
        this.#failure ??= failure
        reject(failure)
        for (const listener of this.#listeners) listener([])
      })
      this.#running.push(running)
    })
  }

  #changed(object: ApiObject): void {
    this.#news(object, this.world.put(object, Date.now()))
  }

  #news(object: ApiObject, isNew: boolean): void {
    if (!isNew) return
    const affected = this.world.affected(object)
    if (affected.length > 0) for (const listener of this.#listeners) listener(affected)
  }
}

function refused(error: ApiError, resource: Resource, namespace: string | null, context: string): Failure {
  const failure = apiFailure(error, `watch the ${resource.plural} of ${namespace ?? 'the cluster'}`, context)
  if (failure.code !== 'rbac-missing') return failure
  return new Failure({
    code: failure.code, what: failure.what, why: failure.why, cause: error,
    cure: `Add to its Role: { apiGroups: ["${resource.group}"], resources: ["${resource.plural}"], verbs: ["get", "list", "watch"] }`,
  })
}

const asError = (thrown: unknown): Error => thrown instanceof Error ? thrown : new Error(String(thrown))
