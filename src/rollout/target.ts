import type { Evidence } from '../errors'
import type { AppConfig, RolloutPolicy } from '../config/types'
import type { Entry, Standing } from '../history/types'
import type { Emit } from './events'

/** Who and which run does this; recorded in the history of every place. */
export interface Actor {
  readonly by: string
  /** `owner/repo#run/attempt`, or empty outside GitHub. */
  readonly run: string
}

/** The content of a release, as the runner knows it; how it travels is the target's business. */
export interface ReleaseSource {
  /** version + `-` + 8 hex of all that is in it. */
  readonly id: string
  readonly version: string
  /** 40 hex. */
  readonly commit: string
  readonly config: AppConfig
  /** Opaque to the engine: what the target's `stage` reads code and artifacts from. */
  readonly content: unknown
  /** For Docker: the texts that Compose itself reads, by their paths in the repository. */
  readonly project?: Readonly<Record<string, string>>
}

/** What to activate: a release brought along, or one that is on every place already; `again` although it serves just so. */
export type Wanted =
  | { readonly kind: 'source'; readonly release: ReleaseSource }
  | { readonly kind: 'stored'; readonly releaseId: string; readonly version: string; readonly again: boolean }

/** Secret values by service and name. Never logged: masked by the entry before anything else happens. */
export type Secrets = Readonly<Record<string, string>>

/** A command that runs once in a rollout. */
export interface Task {
  readonly when: 'before' | 'after'
  /** Its place among those of the activation; what the target knows it by. */
  readonly index: number
  /** `api: python manage.py migrate`. */
  readonly name: string
}

export interface Activation {
  /** 1, 2, 3 … per app and place. */
  readonly number: number
  readonly releaseId: string
  readonly version: string
  readonly commit: string
  /** True when this very activation serves already: nothing is left to do. */
  readonly unchanged: boolean
  /** What is to be run once before the switch, in order. */
  readonly tasks: readonly Task[]
  /** What is to be run once after the proof, in order; of an unchanged one, what is not known to have ended well. */
  readonly after: readonly Task[]
  /** What the commands printed that staging ran. */
  readonly output: readonly Evidence[]
  /** Lines a person wants to know: what travelled, what was reused. */
  readonly detail: string
  /** What the place says of itself now, when staging has changed something of what serves (a certificate). */
  readonly standing?: Standing
}

export interface Proof {
  readonly number: number
  readonly version: string
  /** How the users came in: `http://shop.example.com/healthz via 127.0.0.1:80`. */
  readonly via: string
  /** One line per service: what was seen. */
  readonly seen: readonly string[]
  readonly url: string | null
  /** Outputs that only this kind of place has, by name. */
  readonly outputs?: Readonly<Record<string, string>>
}

export interface Observation {
  readonly healthy: boolean
  /** `api.1 restarted twice`, `12 of 300 requests answered 5xx (before: 0 of 280)`. */
  readonly findings: readonly string[]
}

export interface Plan {
  /** What each step would do, a line each; printed by the dry run. */
  readonly stage: readonly string[]
  readonly start: readonly string[]
  readonly cutOver: readonly string[]
  readonly after: readonly string[]
  readonly retire: readonly string[]
}

export interface Capabilities {
  /** May several versions be served by different targets at once (waves)? */
  readonly waves: boolean
}

export interface StageOptions {
  readonly actor: Actor
  /** Is this the first target of the fleet (`on: first`, `before`)? Null: as what serves there has it. */
  readonly first: boolean | null
  /** Kept with the activation, for whoever rolls next and has no slipway.yml at hand. */
  readonly policy: RolloutPolicy
}

export interface Session extends AsyncDisposable {
  /** What serves, what can be returned to, and what a dead run left (already settled, with a line that says how). */
  inspect(): Promise<Standing>
  /** The steps' plan form: the same decisions, nothing done. */
  plan(wanted: Wanted, secrets: Secrets, options: StageOptions): Promise<Plan>
  /** Everything but processes. */
  stage(wanted: Wanted, secrets: Secrets, options: StageOptions): Promise<Activation>
  /** Nobody is served from here on, until the activation is proven or what was there is gone back to. Lines that say what goes on still. */
  maintain(activation: Activation): Promise<readonly string[]>
  /** One of the activation's tasks, detached on the place and recorded there; gives what it printed. `seconds` limits one that has
   * no limit of its own. */
  run(task: Task, activation: Activation, seconds: number): Promise<Evidence>
  /** Beside the old, unrouted, privately healthy. */
  start(activation: Activation): Promise<void>
  /** Switch, prove, record: one transaction that ends by itself. */
  cutOver(from: Entry | null, to: Activation, options: CutOverOptions): Promise<Proof>
  /** Bake for so many seconds. */
  observe(activation: Activation, seconds: number): Promise<Observation>
  /** Drain and stop what no longer serves, prune. */
  retire(activation: Activation): Promise<RetireReport>
  /** Back to what served before: `from` is withdrawn if it had been proven, dropped if not. `to` null: nothing had served. */
  revert(to: Entry | null, from: Activation): Promise<void>
  /** Logs, exit codes, events of an activation; asked before anything is undone. */
  evidence(activation: Activation): Promise<readonly Evidence[]>
  /** Round trips and bytes so far. */
  traffic(): Traffic
}

export interface RetireReport {
  /** `drained 3 connections`, `pruned v1.0.1-0badcafe`. */
  readonly lines: readonly string[]
  /** What the place says of itself afterwards; left out, the engine asks for it with `inspect`. */
  readonly standing?: Standing
}

export interface CutOverOptions {
  /** Record `from` as withdrawn once `to` is proven: this is a rollback from it. */
  readonly withdraw: boolean
  /** Numbers of the floors (`rollback-floor`) that somebody consented to go back across: recorded, and no floors any more. */
  readonly crossing: readonly number[]
}

export interface Traffic {
  readonly connections: number
  readonly roundTrips: number
  readonly bytesSent: number
  readonly bytesReceived: number
}

export interface Target {
  readonly name: string
  readonly can: Capabilities
  /** Connects and takes the lock. */
  open(signal: AbortSignal, emit: Emit): Promise<Session>
}
