import type { Evidence, Failure } from '../errors'
import type { Proof } from './target'

export type Step =
  | 'connect' | 'inspect' | 'plan' | 'stage' | 'maintain' | 'run' | 'start' | 'cut over' | 'bake' | 'after' | 'retire' | 'revert'
  | 'evidence'

/** Everything that happens, in order. The engine and the targets emit; the report listens. Times in ms since the action's start. */
export type Event =
  | { readonly type: 'begin'; readonly target: string; readonly step: Step; readonly at: number; readonly detail?: string }
  | { readonly type: 'end'; readonly target: string; readonly step: Step; readonly at: number; readonly detail?: string }
  | { readonly type: 'fail'; readonly target: string; readonly step: Step; readonly at: number; readonly failure: Failure }
  | { readonly type: 'progress'; readonly target: string; readonly at: number; readonly text: string }
  | { readonly type: 'output'; readonly target: string; readonly at: number; readonly evidence: Evidence }
  | { readonly type: 'note'; readonly target: string; readonly level: 'notice' | 'warning'; readonly at: number; readonly text: string }
  | { readonly type: 'wave'; readonly at: number; readonly number: number; readonly of: number; readonly targets: readonly string[] }
  | { readonly type: 'proven'; readonly target: string; readonly at: number; readonly proof: Proof }

/** An event as its maker knows it: the receiver stamps the time. */
export type Emit = (event: Unstamped) => void
export type Unstamped = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never
