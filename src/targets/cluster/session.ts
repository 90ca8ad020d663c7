import { ApiError, apiFailure, Discovery, pluginEnvironment } from '../../drivers/kubernetes'
import { Helm } from '../../drivers/helm'
import { Failure, failuresOf, type Evidence } from '../../errors'
import type { RolloutPolicy } from '../../config/types'
import type { Entry, Standing } from '../../history/types'
import type {
  Activation, CutOverOptions, Observation, Plan, Proof, RetireReport, Secrets, Session, StageOptions, Task, Traffic, Wanted,
} from '../../rollout/target'
import { changesShown } from './changes'
import { evidenceOf } from './evidence'
import type { History, Intent, Recorded } from './history'
import type { Subject } from './judging'
import type { Lock } from './lock'
import { descriptionOf, revisionOf } from './ours'
import type { Place } from './place'
import { namedRevision } from './named-revision'
import { prove } from './proving'
import { prune } from './pruning'
import { restart, restartable, takeBack, type Restarted } from './restarting'
import { goBack, secondsTo } from './returning'
import { deployedOf, isPending, Revisions } from './revisions'
import { roll } from './rolling'
import { provenBy, settle } from './settling'
import { planLines, staged, type Staged } from './staging'
import type { ClusterOptions } from './target'
import { cancelled, overtaken, refuse } from './session-failures'
import { adopted, unwell } from './standing'
import { Doomed, Watching } from './watching'

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
  /** What was restarted, as it was before. */
  #restarted: Restarted | null = null

  private constructor(place: Place, lock: Lock | null, staging: boolean) {
    this.#place = place
    this.#lock = lock
    this.#staging = staging
  }

  static async open(options: SessionOptions, history: History, lock: Lock | null, signal: AbortSignal): Promise<ClusterSession> {
    const { client, namespace, release, app, name, revision, warn, progress, hide, secretsIn, staging } = options
    const whole = lock === null ? signal : AbortSignal.any([signal, lock.lost])
    const discovery = new Discovery(client)
    const helm = await Helm.open({
      program: options.helm, temporary: options.temporary, kubeconfig: options.kubeconfig, namespace, env: pluginEnvironment(options.env), made: options.made,
    })
    const watching = new Watching({ client, discovery, namespace, signal: whole, progress, warn })
    return new ClusterSession({
      name, app, release, namespace, revision, client, discovery, helm, revisions: new Revisions(client, namespace, release), history, watching, signal: whole, progress, hide, secretsIn, warn,
    }, lock, staging)
  }

  async inspect(): Promise<Standing> {
    return await this.#doing('look at what serves', async () => {
      const { history, revisions, app, revision, warn } = this.#place
      const settled = this.#staging ? await settle(this.#place) : []
      const known = await revisions.list()
      if (!this.#staging && history.intent !== null) warn(`a run that is dead, or still at it, has #${history.intent.to} in hand: the next one settles it`)
      // Somebody's rollback that failed leaves none that is deployed, while pods of the one before go on.
      const deployed = deployedOf(known) ?? known.findLast(({ status }) => status === 'superseded') ?? known.findLast(({ status }) => status === 'failed') ?? null
      this.#serving = deployed === null ? null : history.ofRevision(deployed) ?? await adopted(this.#place, deployed)
      if (deployed !== null && deployed.status !== 'deployed') warn(`Helm takes no revision of ${this.#place.release} for deployed: what runs may be of several`)
      this.#foreign = this.#serving === null || history.entry(this.#serving.number) !== null ? [] : [this.#serving]
      // Afterwards it may be gone from Helm's history.
      const asked = revision === null || this.#staged !== null ? null : await namedRevision(this.#place, revision, known)
      if (asked !== null && !asked.kept && asked.entry.uid !== this.#foreign[0]?.uid) this.#foreign = [...this.#foreign, { ...asked.entry, number: asked.entry.number + this.#foreign.length }]
      const newest = known.at(-1)
      if (newest?.status === 'failed' && newest.revision > (deployed?.revision ?? 0) && history.ofRevision(newest) === null) {
        warn(`revision ${newest.revision}, which was not made by Slipway, has failed: what runs may be of both`)
      }
      const there = new Set(known.map(({ uid }) => uid))
      const entries = [...history.entries, ...this.#foreign]
      const releases = new Map(entries.filter(({ uid, proven }) => there.has(uid) && proven).map(({ releaseId: id, version, commit }) => [id, { id, version, commit }]))
      const notWell = this.#staging || this.#serving === null ? [] : await unwell(this.#place, this.#serving)
      const serving = this.#serving
      return {
        app, serving, entries, releases: [...releases.values()], settled, unwell: notWell, url: serving?.url ?? null, domain: serving?.domain ?? null,
        ...(serving === null ? {} : { rollout: serving.rollout }), ...(asked === null ? {} : { names: { [`revision-${revision}`]: asked.entry.releaseId } }),
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
      const common = { releaseId, version, commit, tasks: [], after: [], output: changesShown(changes) }
      if (found.unchanged && this.#serving !== null) return { ...common, number: this.#serving.number, unchanged: true, detail: '' }
      // What somebody else has brought here is known from now on, so that it can be returned to.
      for (const entry of this.#foreign) await history.add(entry)
      this.#foreign = []
      const number = history.next
      const { keep, url, domain, floor } = found
      await history.add({
        number, releaseId, version, commit, state: 'staged', proven: false, withdrawn: false, ...(floor ? { floor } : {}), at: new Date().toISOString(), by: actor.by, run: actor.run,
        revision: null, uid: '', url, domain, keep, rollout: policy,
      }, found.secretPaths)
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
      const { history, revisions, namespace, client, watching, signal, release } = this.#place
      const found = this.#staged
      if (found === null) throw new Error('nothing is staged')
      const known = await revisions.list()
      if ((deployedOf(known)?.uid ?? this.#serving?.uid ?? '') !== (this.#serving?.uid ?? '')) throw overtaken(release, deployedOf(known)?.revision ?? 0)
      const intent: Intent = {
        phase: 'cut over', from: from?.number ?? null, to: to.number, before: known.at(-1)?.revision ?? 0, withdraw, crossing, clean: found.clean,
        rollbackTo: found.way.kind === 'rollback' ? found.way.revision : null,
      }
      await history.change((entry) => entry.number === to.number ? { state: 'started' } : {}, intent)
      try {
        this.#subjects = await this.#apply(found)
        const seen = await prove(client, namespace, found.objects, this.#subjects, watching.world, signal)
        const now = await revisions.list()
        const made = found.way.kind === 'restart' ? deployedOf(now) : await revisionOf(this.#place, intent, now)
        // Whoever works by hand has gone on from ours, or beside it: what was proven is not what is there.
        if (made === null || deployedOf(now)?.uid !== made.uid) throw overtaken(release, deployedOf(now)?.revision ?? 0)
        await history.change(provenBy(intent, made), null)
        return { number: to.number, version: to.version, via: `the cluster: revision ${made.revision} of ${release}`, seen, url: found.url, outputs: { revision: String(made.revision) } }
      } catch (error) {
        if (signal.aborted) await this.#leaveNonePending(intent)
        throw error
      }
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
      const entry = to === null ? null : history.entry(to.number)
      if (to !== null && entry === null) throw new Failure({ code: 'history-lost', what: `The history does not know #${to.number}, which served before.`, cure: 'Look at what runs, and deploy again.' })
      const until = Date.now() + 1000 * (this.#policy?.timeout ?? 600)
      if (this.#restarted !== null) return await this.#takeBack(this.#restarted, from.number, until)
      // What was proven has no intent any more: the way back from it is one of its own.
      if (history.intent === null) await history.change(() => ({}), await this.#intentBack(entry, from.number))
      return await goBack(this.#place, entry, from.number, until)
    })
  }

  /** As if it was being applied, so that whoever finds it open goes on with it. */
  async #intentBack(to: Recorded | null, number: number): Promise<Intent> {
    const before = (await this.#place.revisions.list()).at(-1)?.revision ?? 0
    return { phase: 'revert', from: to?.number ?? null, to: number, before, withdraw: true, crossing: [], clean: this.#staged?.clean ?? false, rollbackTo: to?.revision ?? null }
  }

  async #takeBack(what: Restarted, number: number, until: number): Promise<void> {
    const { history } = this.#place
    const objects = this.#staged?.objects.filter(({ object }) => object.kind !== 'Job') ?? []
    await roll(this.#place, { objects, hooks: [], until, doing: 'take the restart back', run: async () => await takeBack(this.#place, what) })
    await history.change((entry) => entry.number === number ? { state: 'failed' } : {}, null)
  }

  /** A run that is cancelled has a few seconds left: whoever comes next, by hand as well, finds no operation in progress. */
  async #leaveNonePending({ before }: Intent): Promise<void> {
    const { revisions } = this.#place
    try {
      for (const pending of (await revisions.list()).filter((one) => isPending(one) && one.revision > before)) await revisions.markFailed(pending.revision, 'Slipway: cancelled')
    } catch {
      // The next run does it.
    }
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

  async #apply({ way, objects: all, hooks, number, version }: Staged & { readonly number: number }): Promise<readonly Subject[]> {
    // Nothing makes a Job anew when nothing is applied, and one that is done may be gone.
    const objects = way.kind === 'restart' ? all.filter(({ object }) => object.kind !== 'Job') : all
    const { helm, release, progress } = this.#place
    const until = this.#began + 1000 * (this.#policy?.timeout ?? 600)
    const seconds = secondsTo(until)
    return await roll(this.#place, {
      objects, hooks, until, doing: `apply ${version}`,
      run: async (ending) => {
        switch (way.kind) {
          case 'upgrade': return await helm.upgrade({
            release, chart: way.chart, values: way.values, timeout: seconds, description: descriptionOf(version, number),
          }, ending, progress)
          case 'rollback': return await helm.rollback(release, way.revision, way.to, seconds, ending, progress)
          case 'restart':
            this.#restarted = await restartable(this.#place, objects)
            return await restart(this.#place, this.#restarted)
        }
      },
    })
  }

  /** What the API refuses is said in words of ours. */
  async #doing<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const lost = this.#lock?.lost
    // Whoever has lost the lock changes nothing any more, not even to put it back.
    lost?.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      lost?.throwIfAborted()
      if (this.#place.signal.aborted && failuresOf(error).length === 0) throw cancelled(doing)
      throw error instanceof ApiError ? apiFailure(error, doing, this.#place.client.config.context) : error
    }
  }
}
