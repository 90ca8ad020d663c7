import { sideBySide } from '../../concurrency/side-by-side'
import { ApiError, pathOf, type KubeObject } from '../../drivers/kubernetes'
import { alike, few, subjectOf, type Rendered } from './manifest'
import type { Place } from './place'

/** Kinds that are asked for at once. */
const most = 8
/** Names a page of a list. */
const page = 500
/** Of each object its metadata only, which annotations may make large, and tell what was applied: nothing but the name is kept. */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
/** What is said where there is no such list for us: the objects themselves may still be there. */
const noList = new Set([403, 404, 405, 406, 410])

type Asking = Pick<Place, 'client' | 'discovery' | 'namespace' | 'signal'>

/** Is any of these there? A kind that there is more of is listed, where we may and where that is less than to ask for each. Nothing of an unknown kind is. */
export async function anyThere(place: Asking, objects: readonly Rendered[]): Promise<boolean> {
  const { client, discovery, namespace, signal } = place
  let found = false
  await sideBySide(alike(objects, namespace), most, async (group) => {
    const [first] = group
    const resource = first === undefined || found ? null : await discovery.find(first.object.apiVersion, first.object.kind)
    if (first === undefined || resource === null) return
    const where = resource.namespaced ? subjectOf(first, namespace).namespace : null
    const names = new Set(group.map(({ object }) => object.metadata.name))
    const listed = names.size > few ? await anyListed(place, pathOf(resource, where), names) : null
    if (listed !== null) {
      found ||= listed
      return
    }
    for (const name of names) {
      if (!found && await client.find(pathOf(resource, where, name), { signal }) !== null) found = true
    }
  })
  return found
}

interface Listed { readonly metadata?: { readonly continue?: string }; readonly items?: readonly Pick<KubeObject, 'metadata'>[] | null }

/** Null: the list does not tell, or is longer than it takes to ask for each. */
async function anyListed({ client, signal }: Asking, path: string, names: ReadonlySet<string>): Promise<boolean | null> {
  let next: string | undefined
  let pages = 0
  try {
    do {
      const { metadata, items }: Listed = await client.get<Listed>(path, { accept: metadataOnly, query: { limit: page, continue: next }, signal })
      if ((items ?? []).some((item) => names.has(item.metadata.name))) return true
      next = metadata?.continue || undefined
    } while (next !== undefined && ++pages < names.size)
  } catch (error) {
    if (error instanceof ApiError && noList.has(error.status)) return null
    throw error
  }
  return next === undefined ? false : null
}
