import type { SshConnection } from '../../drivers/ssh'
import { Failure, type Evidence } from '../../errors'
import type { Entry, Standing } from '../../history/types'
import type {
  Activation, CutOverOptions, Observation, Plan, Proof, RetireReport, Secrets, Session, StageOptions, Traffic, Wanted,
} from '../../rollout/target'
import type { Conversation } from '../host/conversation'
import { journey, type Journey } from './traveller'

/** One conversation with the host program over one connection. What each step means there is in src/targets/host/program. */
export class VmSession implements Session {
  readonly #name: string
  readonly #connection: SshConnection
  readonly #conversation: Conversation
  readonly #signal: AbortSignal
  readonly #abandon = (): void => void this.#conversation.abandon()
  #first: unknown
  #standing: Standing
  #options: StageOptions | null = null

  constructor(name: string, connection: SshConnection, conversation: Conversation, standing: unknown, signal: AbortSignal) {
    this.#name = name
    this.#connection = connection
    this.#conversation = conversation
    this.#standing = standing as Standing
    this.#first = standing
    this.#signal = signal
    signal.addEventListener('abort', this.#abandon, { once: true })
    if (signal.aborted) this.#abandon()
  }

  async inspect(): Promise<Standing> {
    // The first look came with the lock, in the same round trip.
    const fresh = this.#first ?? await this.#conversation.ask('inspect', { staging: false })
    this.#first = null
    this.#standing = fresh as Standing
    return this.#standing
  }

  async plan(wanted: Wanted, _secrets: Secrets, _options: StageOptions): Promise<Plan> {
    const { fields } = await this.#wanted(wanted)
    return await this.#conversation.ask('plan', fields) as Plan
  }

  async stage(wanted: Wanted, secrets: Secrets, options: StageOptions): Promise<Activation> {
    this.#options = options
    const { fields, travel } = await this.#wanted(wanted)
    const { first, timeout } = options
    const command = { ...fields, first, timeout, secrets: this.#needed(wanted, secrets) }
    let answer = await this.#conversation.ask('stage', command, travel?.content ?? undefined)
    if (isNeed(answer) && travel !== null) {
      await this.#conversation.content(travel.answerNeed(answer.keys))
      answer = await this.#conversation.answer()
    }
    return answer as Activation
  }

  async run(task: string, activation: Activation): Promise<void> {
    const { number, tasks } = activation
    await this.#conversation.ask('run', { number, index: tasks.indexOf(task), timeout: this.#options?.timeout ?? 600 })
  }

  async start({ number }: Activation): Promise<void> {
    await this.#conversation.ask('start', { number })
  }

  async cutOver(_from: Entry | null, { number }: Activation, { withdraw }: CutOverOptions): Promise<Proof> {
    return await this.#conversation.ask('cutover', { number, withdraw }) as Proof
  }

  async observe({ number }: Activation, seconds: number): Promise<Observation> {
    return await this.#conversation.ask('observe', { number, seconds }) as Observation
  }

  async retire({ number }: Activation): Promise<RetireReport> {
    return await this.#conversation.ask('retire', { number, drain: this.#options?.drain ?? 30 }) as RetireReport
  }

  async revert(to: Entry | null, { number }: Activation): Promise<void> {
    await this.#conversation.ask('revert', { number, to: to?.number ?? null })
  }

  async evidence({ number }: Activation): Promise<readonly Evidence[]> {
    const { evidence } = await this.#conversation.ask('evidence', { number }) as { evidence: readonly Evidence[] }
    return evidence
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

  /** A stored release says itself which secrets it needs; nothing else of what was given leaves the runner. */
  #needed(wanted: Wanted, secrets: Secrets): Secrets {
    if (wanted.kind === 'source') return secrets
    const names = this.#standing.releases.find(({ id }) => id === wanted.releaseId)?.secrets ?? []
    return Object.fromEntries(names.flatMap((name) => {
      const value = secrets[name]
      return value === undefined ? [] : [[name, value]]
    }))
  }

  async #wanted(wanted: Wanted): Promise<{ readonly fields: object; readonly travel: Journey | null }> {
    if (wanted.kind === 'stored') return { fields: { kind: 'stored', id: wanted.releaseId }, travel: null }
    const { release } = wanted
    if (release.config.target !== 'vm') throw wrongTarget(this.#name, release.config.target)
    // A release that is there already needs no word about its files.
    if (this.#standing.releases.some(({ id }) => id === release.id)) {
      return { fields: { kind: 'source', id: release.id }, travel: null }
    }
    const travel = await journey(release, newestFirst(this.#standing))
    return { fields: { kind: 'source', ...travel.fields }, travel }
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

function wrongTarget(name: string, target: string): Failure {
  return new Failure({
    code: 'wrong-target',
    what: `${name} is a VM, and slipway.yml says \`target: ${target}\`.`,
    cure: 'Write `target: vm` in slipway.yml, or use the action for that target.',
    target: name,
  })
}
