import type { Position } from '../../errors'
import { Findings } from '../findings'
import type { RepositoryFiles } from '../repository'
import { BuildReading } from './build-reading'
import { substituted, type Lookup } from './interpolation'
import { Reading } from './reading'
import { textOf, type ServiceDraft } from './service'
import { mayBeVariable } from './variables'

/** How a service's image is built, as its Compose files say. Paths are from the app's folder. */
export interface ComposeBuild {
  readonly service: string
  readonly at: Position | undefined
  /** Without tag and digest; null: the files do not say. */
  readonly image: string | null
  readonly imageAt: Position | undefined
  readonly context: string
  readonly contextAt: Position | undefined
  /** Null: one of the usual names in the context. */
  readonly dockerfile: string | null
  /** The Dockerfile itself; null: it is a file. */
  readonly inline: string | null
  readonly target: string | null
  readonly args: Readonly<Record<string, string>>
  readonly platforms: readonly string[]
  readonly secrets: readonly ComposeSecret[]
  readonly ssh: readonly ComposeSsh[]
  readonly cacheFrom: readonly string[]
  readonly cacheTo: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Further contexts by name: paths, and what BuildKit itself knows (`docker-image://…`). */
  readonly contexts: Readonly<Record<string, string>>
}

export interface ComposeSecret {
  readonly id: string
  /** A variable of the step, or a file. */
  readonly from: 'env' | 'file'
  readonly source: string
  readonly at: Position | undefined
}

export interface ComposeSsh {
  readonly id: string
  /** A key's, or a socket's; null: whichever agent there is. */
  readonly path: string | null
  readonly at: Position | undefined
}

export interface ComposeBuilds {
  readonly builds: readonly ComposeBuild[]
  /** What else runs an image that is built: service → the service with its build. */
  readonly sharing: Readonly<Record<string, string>>
  /** What is not as it seems. */
  readonly notes: readonly string[]
}

export interface ComposeBuildsAsked {
  /** Paths from the app's folder, in their order. */
  readonly files: readonly string[]
  /** Who names them, for messages. */
  readonly by: string
  /** `compose: { env: … }` of slipway.yml. */
  readonly env: Readonly<Record<string, string>>
  /** The step's variables. */
  readonly environment: NodeJS.ProcessEnv
  /** Stands for `VERSION` and `TAG` where nobody gives them. */
  readonly version: string
}

/**
 * What is built by the Compose files of a commit, whatever profiles are started. No other part of them is judged: that is for Compose to
 * do. Throws everything that is wrong with builds at once.
 */
export async function composeBuilds(asked: ComposeBuildsAsked, files: RepositoryFiles): Promise<ComposeBuilds> {
  const findings = new Findings()
  const reading = new Reading(files, findings, asked.env)
  await reading.project(asked.files, asked.by, undefined)
  const lookupIn = (scope: ReadonlyMap<string, string>): Lookup => (name) => valueOf(name, scope, asked)
  const reader = new BuildReading(reading.secrets, findings, lookupIn)
  const building = [...reading.services].filter(([, { written }]) => written.build.length > 0)
  const builds = building.map(([name, draft]) => reader.build(name, draft))
  findings.throw()
  const reference = ({ written }: ServiceDraft): string => {
    const image = written.image.at(-1)
    return image === undefined ? '' : substituted(textOf(image.node), lookupIn(image.scope))
  }
  const builders = new Map(building.map(([name, draft]) => [reference(draft), name]))
  const sharing = [...reading.services].flatMap(([name, draft]): [string, string][] => {
    const builder = draft.written.build.length > 0 || reference(draft) === '' ? undefined : builders.get(reference(draft))
    return builder === undefined ? [] : [[name, builder]]
  })
  return { builds, sharing: Object.fromEntries(sharing), notes: reader.notes }
}

/** slipway.yml, then the step, then .env files. Empty is the same as not given, as a secret is that this run may not read. */
function valueOf(name: string, scope: ReadonlyMap<string, string>, { env, environment, version }: ComposeBuildsAsked): string | undefined {
  if (Object.hasOwn(env, name)) return env[name]
  const given = mayBeVariable(name) && Object.hasOwn(environment, name) ? environment[name] : undefined
  if (given !== undefined && given !== '') return given
  return scope.get(name) ?? (name === 'VERSION' || name === 'TAG' ? version : undefined)
}
