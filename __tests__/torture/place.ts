import type { ActionOptions, ActionRun, StartedAction } from '../host/harness/action'
import type { LoadOptions } from '../../rig/load.mjs'
import type { Entry } from './ledger'

/** Something is put in a deployment's way; what it resolves with takes it out of it again. */
export type Obstacle = () => Promise<() => Promise<void>>

/** What can be done to a place; a strike applies where there is what it takes. */
export interface Powers {
  /** Kills what the place does for a run; false: it does nothing for one. */
  readonly killSession?: () => Promise<boolean>
  readonly freeze?: () => Promise<void>
  readonly thaw?: () => Promise<void>
  /** Each resolves when it is up again. */
  readonly restart?: () => Promise<void>
  readonly cutPower?: () => Promise<void>
  /** It loses its power, and comes back when that is taken away again. */
  readonly leave?: Obstacle
  readonly restartEngine?: () => Promise<void>
  readonly restartApiServer?: () => Promise<void>
  readonly fillDisk?: Obstacle
  readonly takeInodes?: Obstacle
  /** Hardly any memory is left. */
  readonly takeMemory?: Obstacle
  /** Somebody else listens on the ports that are given next. */
  readonly takePorts?: Obstacle
  /** A file of nginx's that is not ours does not parse. */
  readonly breakNginx?: Obstacle
  readonly setClockWrong?: Obstacle
  /** What packages, or images, come from does not answer. */
  readonly silenceIndex?: Obstacle
  readonly silenceRegistry?: Obstacle
  /** Somebody else deploys something newer, at the same time; resolves with how that ended. */
  readonly rival?: () => Promise<ActionRun>
  /** A job of long ago is run again. */
  readonly lateJob?: () => Promise<ActionRun>
}

/** The way between an action and its place, which can be cut. */
export interface Way extends AsyncDisposable {
  /** Inputs that lead over it. */
  readonly inputs: Readonly<Record<string, string>>
  /** Nothing passes any more, and nobody is told. */
  silence(): void
}

/** What somebody does with a place, and who strikes in the middle of it. */
export interface Deed {
  /** Makes it ready. */
  prepare(): Promise<ActionOptions>
  start(options: ActionOptions): Promise<StartedAction>
  /** How it ends when nobody strikes. */
  readonly status: string
  /** What comes next, by somebody who presses the same button again or has mended it; and the version that serves then, null: as before. */
  next(): Promise<{ readonly run: ActionRun; readonly version: string | null }>
}

/** Users of one kind, who ask until they are stopped; `sent`: how often they did. */
export interface Users {
  stop(): Promise<{ readonly sent: number }>
}

/** Tells what a place writes down, until it is disposed of. */
export interface Watch extends AsyncDisposable {
  /** In order, from the beginning of the place's history. */
  readonly entries: readonly Entry[]
}

/** A machine, or whatever else a place consists of: it has users, a record of its own, and what is left there. */
export interface Site {
  readonly name: string
  /** Loads of all kinds that its users make. */
  load(options: Pick<LoadOptions, 'answered' | 'missed'>): Promise<readonly Users[]>
  watch(happened: (entry: Entry) => void): Promise<Watch>
  /** Resolves when no run holds it and all is done that is done without one; rejects when that does not come. */
  settled(mayLeave?: 'what is in hand'): Promise<void>
  /** Resolves when it answers its users. */
  answers(): Promise<void>
  /** `v3 #7` or `v3`: what it answers. */
  serves(): Promise<string>
  /** All that should not be there while that activation serves and nobody deploys, a line each. `ended`: the last run came to its own end, and could say so. */
  leftovers(serving: number | null, ended: boolean): Promise<readonly string[]>
  /** What the next run has to say it found; empty: nothing. */
  untold(): Promise<readonly string[]>
}

/** A place that serves, with all that a torture of it needs. Another target is one more of these, and nothing else. */
export interface Place extends AsyncDisposable {
  readonly target: string
  /** Of a fleet several. */
  readonly sites: readonly Site[]
  readonly deeds: Readonly<Record<string, Deed>>
  /** What can be done to one of its sites; to which, `aim` says. */
  readonly powers: Powers
  /** Of several sites: chooses the one that is struck next. `chance`: a number from 0 to 1. */
  aim?(chance: number): Site
  /** It is there for strikes that need something, and all others are made elsewhere. */
  readonly special?: boolean
  /** Somebody deploys something newer when all is over; the version that serves then. */
  readonly mended: Deed['next']
  /** Milliseconds between what happens and its record. */
  readonly lag: number
  way(): Promise<Way>
}
