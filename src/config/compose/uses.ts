import type { Position } from '../../errors'
import type { Reference } from './interpolation'

/** A place that names variables. */
export interface Use {
  readonly references: readonly Reference[]
  readonly locate: (reference: Reference) => Position
  /** What env files say beside it, where nothing else does. */
  readonly scope: ReadonlyMap<string, string>
  /** The service that it is part of; null: the whole project. */
  readonly service: string | null
  /** Only an image's build needs it: it was built before. */
  readonly ofBuild: boolean
}

/** A variable that is handed on under its own name. */
export interface Handed {
  readonly name: string
  readonly at: Position
  /** What is not there without it: `secret smtp-password`; null: nothing but the variable itself. */
  readonly needed: string | null
  readonly scope: ReadonlyMap<string, string>
}
