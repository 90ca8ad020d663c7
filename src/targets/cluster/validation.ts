import { ApiError, apiFailure, pathOf, type Resource } from '../../drivers/kubernetes'
import { throwAll, type Failure } from '../../errors'
import { conflictsIn, conflictsTold, type Applying, type Conflict } from './conflicts'
import type { HookObject } from './hooks'
import { groupOf, subjectOf, titled, type Rendered } from './manifest'
import type { Place } from './place'
import { hookStays, hookThere, refusal, unknownKind } from './refusals'
import { sideBySide } from '../../concurrency/side-by-side'

/** Requests at once. */
const most = 8
/** Nothing is changed; what no version of a kind has is refused. */
const dry = { fieldManager: 'helm', dryRun: 'All', fieldValidation: 'Strict' } as const

type Asking = Pick<Place, 'client' | 'discovery' | 'namespace' | 'release' | 'signal'>

/** An object, and where it would be. */
interface Asked<T extends Rendered> {
  readonly rendered: T
  readonly resource: Resource
  readonly path: string
}

/**
 * Asks the server of each object whether it would take it: schema, admission, immutable fields, who owns them, quota of objects, and whether we may; of hooks too, as
 * Helm makes them. Without `applying` nothing is about to be applied. Nothing is changed. Lines for what could not be asked. Throws every `Failure` that it finds at once.
 */
export async function validate(place: Asking, objects: readonly Rendered[], hooks: readonly HookObject[], applying: Applying | null): Promise<readonly string[]> {
  const failures: Failure[] = []
  const notes: string[] = []
  const conflicts: Conflict[] = []
  const all = [...objects, ...hooks]
  const own = new Set(all.flatMap(({ object }) => object.kind === 'CustomResourceDefinition' ? [definedKind(object)] : []))
  const accounts = new Set(all.flatMap(({ object }) => object.kind === 'ServiceAccount' ? [object.metadata.name] : []))
  const namespaces = new Set(all.flatMap(({ object }) => object.kind === 'Namespace' ? [object.metadata.name] : []))

  async function each<T extends Rendered>(items: readonly T[], ask: (asked: Asked<T>) => Promise<void>): Promise<void> {
    await sideBySide(items, most, async (rendered) => {
      const { object } = rendered
      const subject = subjectOf(rendered, place.namespace)
      const resource = await place.discovery.find(object.apiVersion, object.kind)
      if (resource === null) {
        if (own.has(`${groupOf(object.apiVersion)} ${object.kind}`)) notes.push(`${titled(rendered)} is not validated: the chart itself brings its kind`)
        else failures.push(unknownKind(rendered))
        return
      }
      if (namespaces.has(subject.namespace)) {
        notes.push(`${titled(rendered)} is not validated: the chart itself makes its namespace`)
        return
      }
      try {
        await ask({ rendered, resource, path: pathOf(resource, resource.namespaced ? subject.namespace : null) })
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        // A pod by itself is refused as long as its account is not there, and the chart may bring that.
        if (accounts.has(/error looking up service account [^/\s]+\/([^\s:]+):/.exec(error.said)?.[1] ?? '')) {
          notes.push(`${titled(rendered)} is not validated: the chart itself makes its service account`)
          return
        }
        // A field that there is not is a 500, and no trouble of the server.
        const unknownField = error.said.includes('failed to create typed patch object')
        if (error.status === 0 || error.status === 401 || (error.status >= 500 && !unknownField)) throw apiFailure(error, `validate ${titled(rendered)}`, place.client.config.context)
        failures.push(refusal(rendered, error, place.client.config.context, place.namespace))
      }
    })
  }

  await each(objects, async ({ rendered, path }) => {
    const { object } = rendered
    const apply = async (force: boolean): Promise<unknown> =>
      await place.client.apply(`${path}/${encodeURIComponent(object.metadata.name)}`, object, { query: { ...dry, force }, signal: place.signal })
    try {
      await apply(applying === null)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || applying === null) throw error
      conflicts.push(...conflictsIn(rendered, error, applying))
      // What else is wrong is seen behind it only.
      await apply(true)
    }
  })
  await each(hooks, async (asked) => {
    const failure = await askHook(place, asked)
    if (failure !== null) failures.push(failure)
  })
  const told = applying === null ? { failures: [], notes: [] } : conflictsTold(conflicts, applying, place)
  throwAll([...failures, ...told.failures])
  return [...notes, ...told.notes]
}

/** Rejects with an `ApiError`: the server would not take it. */
async function askHook({ client, namespace, signal }: Asking, { rendered, resource, path }: Asked<HookObject>): Promise<Failure | null> {
  const { object } = rendered
  const own = `${path}/${encodeURIComponent(object.metadata.name)}`
  if (rendered.replaced && !await mayDelete({ client, signal }, resource, resource.namespaced ? object.metadata.namespace ?? namespace : '', object.metadata.name)) return hookStays(rendered, resource)
  try {
    await client.create(path, object, { query: dry, signal })
    return null
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // That it is there is looked at last: all else is well with it.
    if (error.reason === 'AlreadyExists') return rendered.replaced ? null : hookThere(rendered, object.metadata.namespace ?? namespace)
    // The room that it needs is taken by the one that goes.
    if (rendered.replaced && /exceeded quota/.test(error.said) && await client.find(own, { signal }) !== null) return null
    throw error
  }
}

/** Where that may not be asked, it is left to Helm. */
async function mayDelete({ client, signal }: Pick<Asking, 'client' | 'signal'>, { group, plural: resource }: Resource, namespace: string, name: string): Promise<boolean> {
  try {
    const answer = await client.create<{ readonly status?: { readonly allowed?: boolean } }>('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb: 'delete', group, resource, namespace, name } },
    }, { signal })
    return answer.status?.allowed !== false
  } catch (error) {
    if (error instanceof ApiError) return true
    throw error
  }
}

function definedKind(object: Rendered['object']): string {
  const spec = object['spec'] as { readonly group?: string; readonly names?: { readonly kind?: string } } | undefined
  return `${spec?.group ?? ''} ${spec?.names?.kind ?? ''}`
}
