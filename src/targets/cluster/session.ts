import { ApiError, apiFailure, Discovery } from '../../drivers/kubernetes'
import { Helm } from '../../drivers/helm'
import { Failure, failuresOf, type Evidence } from '../../errors'
import type { RolloutPolicy } from '../../config/types'
import type { Entry, Standing } from '../../history/types'
import type {
  Activation, CutOverOptions, Observation, Plan, Proof, RetireReport, Secrets, Session, StageOptions, Task, Traffic, Wanted,
} from '../../rollout/target'
import { evidenceOf } from './evidence'
import type { History, Recorded } from './history'
import type { Subject } from './judging'
import type { Lock } from './lock'
import { objectsOf, subjectOf } from './manifest'
import type { Place } from './place'
import { prove } from './proving'
import { prune } from './pruning'
import { restart } from './restarting'
import { deployedOf, Revisions, type Revision } from './revisions'
import { roll } from './rolling'
import { goBack, secondsTo, settle } from './settling'
import { planLines, staged, type Staged } from './staging'
import type { ClusterOptions } from './target'
import { Doomed, isJudged, Watching } from './watching'

export interface SessionOptions extends ClusterOptions {
  readonly name: string
  readonly warn: (text: string) => void
  readonly progress: (text: string) => void
}

/** One run's work on a release. */
export class ClusterSession implements Session {
  readonly #place: Place
  readonly #lock: Lock | null
  readonly #staging: boolean
  #serving: Recorded | null = null
  #foreign: readonly Recorded[] = []
  #staged: (Staged & { readonly number: number }) | null = null
  #policy: RolloutPolicy | null = null
  #began = Date.now()
  /** What of the activation is judged. */
  #subjects: readonly Subject[] = []

  private constructor(place: Place, lock: Lock | null, staging: boolean) {
    this.#place = place
    this.#lock = lock
    this.#staging = staging
  }

  static async open(options: SessionOptions, history: History, lock: Lock | null, signal: AbortSignal): Promise<ClusterSession> {
    const { client, namespace, release, app, name, warn, progress, staging } = options
    const whole = lock === null ? signal : AbortSignal.any([signal, lock.lost])
    const discovery = new Discovery(client)
    const helm = await Helm.open({
      program: options.helm, temporary: options.temporary, kubeconfig: options.kubeconfig, namespace, registryConfig: options.registryConfig, env: options.env, made: options.made,
    })
    const watching = new Watching({ client, discovery, namespace, signal: whole, progress, warn })
    return new ClusterSession({
      name, app, release, namespace, client, discovery, helm, revisions: new Revisions(client, namespace, release), history, watching, signal: whole, progress, warn,
    }, lock, staging)
  }

  async inspect(): Promise<Standing> {
    return await this.#doing('look at what serves', async () => {
      const { history, revisions, app, warn } = this.#place
      const settled = this.#staging ? await settle(this.#place) : []
      const known = await revisions.list()
      const deployed = deployedOf(known)
      this.#serving = deployed === null ? null : history.ofRevision(deployed) ?? await this.#adopted(deployed)
      this.#foreign = this.#serving === null || history.entry(this.#serving.number) !== null ? [] : [this.#serving]
      const newest = known.at(-1)
      if (newest?.status === 'failed' && newest.revision > (deployed?.revision ?? 0) && history.ofRevision(newest) === null) {
        warn(`revision ${newest.revision}, which was not made by Slipway, has failed: what runs may be of both`)
      }
      const there = new Set(known.map(({ uid }) => uid))
      const entries = [...history.entries, ...this.#foreign]
      const releases = new Map(entries.filter(({ uid }) => there.has(uid)).map(({ releaseId: id, version, commit }) => [id, { id, version, commit }]))
      const unwell = this.#staging || this.#serving === null ? [] : await this.#unwell(this.#serving)
      const serving = this.#serving
      return {
        app, serving, entries, releases: [...releases.values()], settled, unwell, url: serving?.url ?? null, domain: serving?.domain ?? null,
        ...(serving === null ? {} : { rollout: serving.rollout }),
      }
    })
  }

  async plan(wanted: Wanted, secrets: Secrets, { policy }: StageOptions): Promise<Plan> {
    return await this.#doing('plan', async () => {
      refuse(policy)
      const found = await staged(this.#place, wanted, secrets, this.#serving, policy, this.#foreign)
      return { ...planLines(found), start: [], after: [], retire: [] }
    })
  }

  async stage(wanted: Wanted, secrets: Secrets, { actor, policy }: StageOptions): Promise<Activation> {
    return await this.#doing('stage', async () => {
      refuse(policy)
      this.#policy = policy
      const { history } = this.#place
      const found = await staged(this.#place, wanted, secrets, this.#serving, policy, this.#foreign)
      const { version, releaseId, commit, changes, notes } = found
      for (const note of notes) this.#place.warn(note)
      const common = { releaseId, version, commit, tasks: [], after: [], output: [] }
      if (found.unchanged && this.#serving !== null) return { ...common, number: this.#serving.number, unchanged: true, detail: '' }
      // What somebody else has brought here is known from now on, so that it can be returned to.
      for (const entry of this.#foreign) await history.add(entry)
      this.#foreign = []
      const number = history.next
      const { keep, url, domain, floor } = found
      await history.add({
        number, releaseId, version, commit, state: 'staged', proven: false, withdrawn: false, ...(floor ? { floor } : {}), at: new Date().toISOString(), by: actor.by, run: actor.run,
        revision: null, uid: '', url, domain, keep, rollout: policy,
      })
      this.#staged = { ...found, number }
      return { ...common, number, unchanged: false, detail: changes.length === 0 ? 'no object changes' : `${changes.length} ${changes.length === 1 ? 'object' : 'objects'} change` }
    })
  }

  async maintain(): Promise<readonly string[]> {
    throw new Failure({ code: 'maintenance-impossible', what: 'A cluster has no maintenance page of ours.', cure: 'Remove `maintenance` from `rollout` in slipway.yml.' })
  }

  async run(task: Task): Promise<Evidence> {
    throw new Failure({ code: 'task-impossible', what: `${task.name} cannot be run in a cluster.`, cure: 'Make it a Helm hook of the chart.' })
  }

  /** Nothing: on a cluster what is new starts within the switch. */
  async start(): Promise<void> {
    this.#began = Date.now()
  }

  async cutOver(from: Entry | null, to: Activation, { withdraw, crossing }: CutOverOptions): Promise<Proof> {
    return await this.#doing(`apply ${to.version}`, async () => {
      const { history, revisions, namespace, client, watching, signal } = this.#place
      const found = this.#staged
      if (found === null) throw new Error('nothing is staged')
      const before = (await revisions.list()).at(-1)?.revision ?? 0
      await history.change((entry) => entry.number === to.number ? { state: 'started' } : {}, {
        phase: 'cut over', from: from?.number ?? null, to: to.number, before, withdraw, crossing,
      })
      this.#subjects = await this.#apply(found)
      const seen = await prove(client, namespace, found.objects, this.#subjects, watching.world, signal)
      const deployed = deployedOf(await revisions.list())
      const { revision, uid } = deployed ?? { revision: null, uid: '' }
      await history.change((entry) => ({
        ...(entry.number === to.number ? { state: 'proven' as const, proven: true, revision, uid } : {}),
        ...(entry.number === from?.number ? { state: withdraw ? 'withdrawn' as const : 'retired' as const, ...(withdraw ? { withdrawn: true } : {}) } : {}),
        ...(crossing.includes(entry.number) ? { floor: false } : {}),
      }), null)
      return { number: to.number, version: to.version, via: `the cluster: revision ${revision ?? '?'} of ${this.#place.release}`, seen, url: found.url, outputs: { revision: String(revision ?? '') } }
    })
  }

  async observe(_activation: Activation, seconds: number): Promise<Observation> {
    return await this.#doing('watch what serves', async () => {
      const { watching } = this.#place
      try {
        // It is ready already: whoever waits for more than that waits until the time is up, or something breaks.
        await watching.until({ subjects: this.#subjects, patience: {}, signal: AbortSignal.any([this.#place.signal, AbortSignal.timeout(seconds * 1000)]) }, new Promise(() => undefined))
      } catch (error) {
        if (error instanceof Doomed) return { healthy: false, findings: [...error.verdicts].flatMap(([, { causes }]) => causes.map(({ message }) => message)) }
        this.#place.signal.throwIfAborted()
        if (failuresOf(error).length > 0) throw error
      }
      const findings = [...watching.look(this.#subjects)].filter(([, { state }]) => state !== 'ready')
        .map(([{ kind, name }, { line }]) => `${kind} ${name}: ${line}`)
      return { healthy: findings.length === 0, findings }
    })
  }

  async retire(): Promise<RetireReport> {
    return await this.#doing('tidy up', async () => ({ lines: await prune(this.#place) }))
  }

  async revert(to: Entry | null, from: Activation): Promise<void> {
    await this.#doing(`go back to ${to?.version ?? 'nothing'}`, async () => {
      const { history } = this.#place
      await goBack(this.#place, to === null ? null : history.entry(to.number), from.number, Date.now() + 1000 * (this.#policy?.timeout ?? 600))
    })
  }

  /** What failed said it already; this is what was amiss besides. */
  async evidence(): Promise<readonly Evidence[]> {
    return await this.#doing('gather evidence', async () => {
      const { watching, client } = this.#place
      const amiss = new Map([...watching.look(this.#subjects)].filter(([, { state, causes }]) => state !== 'ready' && causes.length > 0))
      return await evidenceOf(client, amiss, watching.world)
    })
  }

  traffic(): Traffic {
    const { client, helm } = this.#place
    const { requests, sent, received } = client.counters()
    return { connections: 0, roundTrips: requests + helm.calls, bytesSent: sent, bytesReceived: received }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place.watching[Symbol.asyncDispose]()
    await this.#place.helm[Symbol.asyncDispose]()
    await this.#lock?.[Symbol.asyncDispose]()
  }

  async #apply({ way, objects, hooks, number, version }: Staged & { readonly number: number }): Promise<readonly Subject[]> {
    const { helm, release, progress } = this.#place
    const until = this.#began + 1000 * (this.#policy?.timeout ?? 600)
    const seconds = secondsTo(until)
    const happening = way.kind === 'upgrade' ? hooks.filter(({ object }) => /install|upgrade/.test(object.metadata.annotations?.['helm.sh/hook'] ?? ''))
      : way.kind === 'rollback' ? hooks.filter(({ object }) => (object.metadata.annotations?.['helm.sh/hook'] ?? '').includes('rollback')) : []
    return await roll(this.#place, {
      objects, hooks: happening, until, doing: `apply ${version}`,
      run: async (ending) => {
        switch (way.kind) {
          case 'upgrade': return await helm.upgrade({
            release, chart: way.chart, values: way.values, timeout: seconds, createNamespace: way.createNamespace, description: `${version} (#${number}) by Slipway`,
          }, ending, progress)
          case 'rollback': return await helm.rollback(release, way.revision, seconds, ending, progress)
          case 'restart': return await restart(this.#place, objects)
        }
      },
    })
  }

  /** A revision that was made by hand, or before there was Slipway. */
  async #adopted({ revision, uid }: Revision): Promise<Recorded> {
    const { history, revisions, name } = this.#place
    const stored = await revisions.read(revision)
    const at = typeof stored?.info.last_deployed === 'string' ? stored.info.last_deployed : new Date(0).toISOString()
    this.#place.warn(`revision ${revision} of ${name} was made by hand, not by Slipway; it is called revision-${revision} here`)
    return {
      number: history.next, releaseId: `revision-${revision}`, version: `revision-${revision}`, commit: '', state: 'proven', proven: true, withdrawn: false, at, by: 'helm', run: '',
      revision, uid, url: null, domain: null, keep: 5, rollout: {},
    }
  }

  async #unwell({ revision }: Recorded): Promise<readonly string[]> {
    const { revisions, watching, namespace } = this.#place
    const stored = revision === null ? null : await revisions.read(revision)
    if (stored === null) return []
    const objects = objectsOf(stored)
    await watching.follow(objects)
    return [...watching.look(objects.filter(isJudged).map((one) => subjectOf(one, namespace)))].filter(([, { state }]) => state !== 'ready')
      .map(([{ kind, name }, { line, causes }]) => `${kind} ${name}: ${line}${causes[0] === undefined ? '' : ` (${causes[0].message})`}`)
  }

  /** What the API refuses is said in words of ours. */
  async #doing<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.#lock?.lost.throwIfAborted()
      throw error instanceof ApiError ? apiFailure(error, doing, this.#place.client.config.context) : error
    }
  }
}

/** What a cluster cannot do is never ignored. */
function refuse({ maintenance }: RolloutPolicy): void {
  if (!maintenance) return
  throw new Failure({
    code: 'maintenance-impossible', what: '`rollout: { maintenance: true }` is not possible in a cluster.', why: 'There is no page of ours that users could get instead.',
    cure: 'Remove it from slipway.yml, and write migrations that suit both releases.',
  })
}
