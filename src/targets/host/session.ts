import type { RolloutPolicy, TargetKind } from '../../config/types'
import type { Evidence } from '../../errors'
import type { Entry, Standing } from '../../history/types'
import type {
  Activation, CutOverOptions, Observation, Plan, Proof, RetireReport, Secrets, Session, StageOptions, Task, Traffic, Wanted,
} from '../../rollout/target'
import {
  activationOf, evidenceOf, linesOf, observationOf, outputOf, planOf, proofOf, retireReportOf, standingOf,
} from './answers'
import type { ImageSource } from '../../image/source'
import type { Connection } from './connection'
import type { Conversation } from './conversation'
import { bringImages } from './layers/transfer'
import type { RegistryLogin } from './registry-login'
import { journey, type Journey } from './traveller'
import { wrongTarget } from './wrong-target'

/** What a host program must speak to be given a release for Docker; and to keep what was replaced. */
const dockerProtocol = 3
const warmProtocol = 4

/** What belongs to the run, and not to the release. */
export interface RunOptions {
  /** File of the foreign nginx site that the app takes the place of. */
  readonly takeOver: string | null
  /** Releases for which targets may be brought. */
  readonly accepts: readonly TargetKind[]
  readonly registries: readonly RegistryLogin[]
  /** Images that only the runner has, by the services that run them. */
  readonly images: Readonly<Record<string, ImageSource>>
  readonly progress: (text: string) => void
  hide(secrets: readonly string[]): void
}

/** One conversation with the host program over one connection. What each step means there is in src/targets/host/program. */
export class HostSession implements Session {
  readonly #name: string
  /** Where users reach an app that has no domain. */
  readonly #url: string
  readonly #connection: Connection
  readonly #conversation: Conversation
  readonly #signal: AbortSignal
  readonly #abandon = (): void => void this.#conversation.abandon()
  readonly #run: RunOptions
  #first: Standing | null
  #standing: Standing
  #options: StageOptions | null = null
  /** Does what is being activated answer at the root? Null: what is stored does not tell. */
  #atRoot: boolean | null = null

  constructor(
    name: string, host: string, connection: Connection, conversation: Conversation, standing: Standing, signal: AbortSignal,
    run: RunOptions,
  ) {
    this.#run = run
    this.#name = name
    this.#url = `http://${host.includes(':') ? `[${host}]` : host}`
    this.#connection = connection
    this.#conversation = conversation
    this.#standing = standing
    this.#first = standing
    this.#signal = signal
    signal.addEventListener('abort', this.#abandon, { once: true })
    if (signal.aborted) this.#abandon()
  }

  async inspect(): Promise<Standing> {
    // The first look came with the lock, in the same round trip.
    this.#standing = this.#first ?? standingOf(await this.#conversation.ask('inspect', { staging: false }))
    this.#first = null
    return this.#withAddress(this.#standing)
  }

  async plan(wanted: Wanted, secrets: Secrets, { first, policy }: StageOptions): Promise<Plan> {
    this.#requireFor(wanted, policy)
    const { fields } = await this.#wanted(wanted)
    const { maintenance, warm } = policy
    const command = { ...fields, ...this.#takeOver(), first, maintenance, warm, secrets: this.#needed(wanted, secrets) }
    return planOf(await this.#conversation.ask('plan', command))
  }

  async stage(wanted: Wanted, secrets: Secrets, options: StageOptions): Promise<Activation> {
    this.#options = options
    this.#requireFor(wanted, options.policy)
    await this.#bringImages(wanted)
    const { fields, travel } = await this.#wanted(wanted)
    const { first, policy } = options
    const command = { ...fields, ...this.#takeOver(), first, timeout: policy.timeout, rollout: policy, secrets: this.#needed(wanted, secrets) }
    let answer = await this.#conversation.ask('stage', command, travel?.content ?? undefined)
    if (isNeed(answer) && travel !== null) {
      await this.#conversation.content(travel.answerNeed(answer.keys))
      answer = await this.#conversation.answer()
    }
    const { standing, ...activation } = activationOf(answer)
    return { ...activation, ...(standing === undefined ? {} : { standing: this.#withAddress(standing) }) }
  }

  async maintain({ number }: Activation): Promise<readonly string[]> {
    return linesOf(await this.#conversation.ask('maintain', { number, drain: this.#options?.policy.drain ?? 30 }))
  }

  async run({ when, index, name }: Task, { number }: Activation, seconds: number): Promise<Evidence> {
    const answer = await this.#conversation.ask('run', { number, when, index, timeout: seconds })
    return { source: `${when} ${name}`, text: outputOf(answer) }
  }

  async start({ number }: Activation): Promise<void> {
    await this.#conversation.ask('start', { number })
  }

  async cutOver(_from: Entry | null, { number }: Activation, { withdraw, crossing }: CutOverOptions): Promise<Proof> {
    const proof = proofOf(await this.#conversation.ask('cutover', { number, withdraw, crossing }))
    return proof.url === null && this.#atRoot !== false ? { ...proof, url: this.#url } : proof
  }

  async observe({ number }: Activation, seconds: number): Promise<Observation> {
    return observationOf(await this.#conversation.ask('observe', { number, seconds }))
  }

  async retire({ number }: Activation): Promise<RetireReport> {
    const { drain = 30, warm = 0 } = this.#options?.policy ?? {}
    const { lines, standing } = retireReportOf(await this.#conversation.ask('retire', { number, drain, warm }))
    return { lines, ...(standing === undefined ? {} : { standing: this.#withAddress(standing) }) }
  }

  async revert(to: Entry | null, { number }: Activation): Promise<void> {
    await this.#conversation.ask('revert', { number, to: to?.number ?? null })
  }

  async evidence({ number }: Activation): Promise<readonly Evidence[]> {
    return evidenceOf(await this.#conversation.ask('evidence', { number }))
  }

  traffic(): Traffic {
    const { connections, roundTrips, bytesSent, bytesReceived } = this.#connection.counters()
    return { connections, roundTrips: roundTrips + this.#conversation.roundTrips, bytesSent, bytesReceived }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abandon)
    await this.#conversation[Symbol.asyncDispose]()
    await this.#connection[Symbol.asyncDispose]()
  }

  /** Nothing that serves is touched by it. A release that is there has its images. */
  async #bringImages(wanted: Wanted): Promise<void> {
    const { images, progress } = this.#run
    if (wanted.kind !== 'source' || Object.keys(images).length === 0 || this.#standing.releases.some(({ id }) => id === wanted.release.id)) return
    await bringImages(this.#conversation, images, this.#name, progress)
  }

  #withAddress(standing: Standing): Standing {
    const { url, serving } = standing
    return url === null && serving !== null && this.#atRoot !== false ? { ...standing, url: this.#url } : standing
  }

  /** One of before would pass it over. Nothing stays up of what is rolled back from, and the way back is refused for nothing that it does not need. */
  #requireFor({ kind }: Wanted, { warm }: RolloutPolicy): void {
    if (kind === 'source' && warm > 0) this.#conversation.requireProtocol(warmProtocol)
  }

  #takeOver(): object {
    return this.#run.takeOver === null ? {} : { takeOver: this.#run.takeOver }
  }

  /** A stored release says itself which secrets it needs; nothing else of what was given leaves the runner. */
  #needed(wanted: Wanted, secrets: Secrets): Secrets {
    if (wanted.kind === 'source') return secrets
    const names = this.#standing.releases.find(({ id }) => id === wanted.releaseId)?.secrets ?? []
    const needed = Object.fromEntries(names.flatMap((name) => {
      const value = secrets[name]
      return value === undefined ? [] : [[name, value]]
    }))
    this.#run.hide(Object.values(needed))
    return needed
  }

  async #wanted(wanted: Wanted): Promise<{ readonly fields: object; readonly travel: Journey | null }> {
    if (wanted.kind === 'stored') {
      const again = wanted.again ? { again: true } : {}
      return { fields: { kind: 'stored', id: wanted.releaseId, ...again }, travel: null }
    }
    const { release } = wanted
    const { target, services } = release.config
    if (!this.#run.accepts.includes(target)) throw wrongTarget(target, this.#run.accepts).on(this.#name)
    // Which of its ports users come in by is decided there, where the Compose files are rendered.
    this.#atRoot = target === 'docker' ? null : services.some(({ route }) => route === '/')
    if (target === 'docker') this.#conversation.requireProtocol(dockerProtocol)
    const logins = this.#run.registries.length === 0 ? {} : { registries: this.#run.registries }
    // A release that is there already needs no word about its files.
    if (this.#standing.releases.some(({ id }) => id === release.id)) {
      return { fields: { kind: 'source', id: release.id, ...logins }, travel: null }
    }
    const travel = await journey(release, newestFirst(this.#standing))
    // The texts that Compose reads go along, so that the host decides everything before files travel.
    const project = release.project === undefined ? {} : { project: release.project }
    return { fields: { kind: 'source', ...travel.fields, ...project, ...logins }, travel }
  }
}

/** Stored releases, the one that serves first: it is the likeliest to be nearest. */
function newestFirst({ releases, entries, serving }: Standing): Standing['releases'] {
  const rank = (id: string): number =>
    id === serving?.releaseId ? Infinity : Math.max(0, ...entries.filter(({ releaseId }) => releaseId === id).map(({ number }) => number))
  return releases.toSorted((a, b) => rank(b.id) - rank(a.id))
}

function isNeed(answer: unknown): answer is { readonly type: 'need'; readonly keys: readonly string[] } {
  return typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'need'
}
