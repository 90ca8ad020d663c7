import { ApiError, apiFailure, pathOf, type Discovery, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure, throwAll } from '../../errors'
import { groupOf, subjectOf, titled, type Rendered } from './manifest'
import { sideBySide } from './side-by-side'

/** Requests at once. */
const most = 8

export interface Validation {
  /** What could not be asked, a line each. */
  readonly notes: readonly string[]
}

/**
 * Asks the server of each object whether it would take it: schema, admission, immutable fields, who owns it, and whether we may. Nothing is changed.
 * Throws every `Failure` that it finds at once.
 */
export async function validate(client: KubernetesClient, discovery: Discovery, namespace: string, objects: readonly Rendered[], signal: AbortSignal): Promise<Validation> {
  const failures: Failure[] = []
  const notes: string[] = []
  const own = new Set(objects.flatMap(({ object }) => object.kind === 'CustomResourceDefinition' ? [definedKind(object)] : []))
  const namespaces = new Set(objects.flatMap(({ object }) => object.kind === 'Namespace' ? [object.metadata.name] : []))
  await sideBySide(objects, most, async (rendered) => {
    const { object } = rendered
    const subject = subjectOf(rendered, namespace)
    const resource = await discovery.find(object.apiVersion, object.kind)
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
      await client.apply(pathOf(resource, resource.namespaced ? subject.namespace : null, object.metadata.name), object, {
        query: { fieldManager: 'helm', force: true, dryRun: 'All', fieldValidation: 'Strict' }, signal,
      })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // A field that there is not is a 500, and no trouble of the server.
      const unknownField = error.said.includes('failed to create typed patch object')
      if (error.status === 0 || error.status === 401 || (error.status >= 500 && !unknownField)) throw apiFailure(error, `validate ${titled(rendered)}`, client.config.context)
      failures.push(refusal(rendered, error, client.config.context))
    }
  })
  throwAll(failures)
  return { notes }
}

function definedKind(object: Rendered['object']): string {
  const spec = object['spec'] as { readonly group?: string; readonly names?: { readonly kind?: string } } | undefined
  return `${spec?.group ?? ''} ${spec?.names?.kind ?? ''}`
}

function unknownKind(rendered: Rendered): Failure {
  const { object: { apiVersion, kind }, source } = rendered
  return new Failure({
    code: 'kind-unknown', what: `The cluster has no ${kind} of ${apiVersion}, and ${titled(rendered)}${source === '' ? '' : ` (${source})`} is one.`,
    why: 'The version of its API was removed from Kubernetes, or what defines it is not installed.',
    cure: `See what it has: kubectl api-resources | grep -i ${kind}. Then write that apiVersion, or install what brings it.`,
  })
}

function refusal(rendered: Rendered, error: ApiError, context: string): Failure {
  const { source } = rendered
  const where = source === '' ? '' : ` (${source})`
  if (error.status === 422 && error.causes.some(({ message }) => message.includes('immutable')) || error.said.includes('field is immutable')) {
    const fields = error.causes.filter(({ message }) => message.includes('immutable')).map(({ field }) => field)
    return new Failure({
      code: 'field-immutable', what: `${titled(rendered)}${where} changes what cannot be changed once it is there: ${[...new Set(fields)].join(', ') || 'an immutable field'}.`,
      why: error.said, cure: `Give the object another name, or remove the old one first (what it runs is away meanwhile): kubectl delete ${rendered.object.kind.toLowerCase()} ${rendered.object.metadata.name}`,
    })
  }
  if (error.status === 403) return apiFailure(error, `apply ${titled(rendered)}${where}`, context)
  if (error.status === 404) {
    return new Failure({
      code: 'namespace-missing', what: `${titled(rendered)}${where} goes to a namespace that is not there.`, why: error.said,
      cure: `Make it: kubectl create namespace ${rendered.object.metadata.namespace ?? '…'}`,
    })
  }
  return new Failure({
    code: 'object-invalid', what: `The cluster would not take ${titled(rendered)}${where}.`, why: error.said,
    cure: 'Correct the template or the values, and tag again: helm template . shows what it makes.',
  })
}
