import { apiFailure, type ApiError } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import type { HookObject } from './hooks'
import { titled, type Rendered } from './manifest'

/** `Deployment web (shop/templates/web.yaml)`. */
const placed = (rendered: Rendered): string => `${titled(rendered)}${rendered.source === '' ? '' : ` (${rendered.source})`}`

export function unknownKind(rendered: Rendered): Failure {
  const { object: { apiVersion, kind } } = rendered
  return new Failure({
    code: 'kind-unknown', what: `The cluster has no ${kind} of ${apiVersion}, and ${placed(rendered)} is one.`,
    why: 'The version of its API was removed from Kubernetes, or what defines it is not installed.',
    cure: `See what it has: kubectl api-resources | grep -i ${kind}. Then write that apiVersion, or install what brings it.`,
  })
}

/** What of a kind that a chart makes comes to be done in time: to make, change and watch it, and to put it back. */
const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

/** Why the server would not take an object, in words of ours. `namespace`: the release's. */
export function refusal(rendered: Rendered, error: ApiError, context: string, namespace: string): Failure {
  if (error.status === 422 && error.causes.some(({ message }) => message.includes('immutable')) || error.said.includes('field is immutable')) {
    const fields = error.causes.filter(({ message }) => message.includes('immutable')).map(({ field }) => field)
    return new Failure({
      code: 'field-immutable', what: `${placed(rendered)} changes what cannot be changed once it is there: ${[...new Set(fields)].join(', ') || 'an immutable field'}.`,
      why: error.said, cause: error, cure: `Give the object another name, or remove the old one first (what it runs is away meanwhile): kubectl delete ${rendered.object.kind.toLowerCase()} ${rendered.object.metadata.name} --namespace ${rendered.object.metadata.namespace ?? namespace}`,
    })
  }
  if (error.status === 403) return apiFailure(error, `apply ${placed(rendered)}`, context, all)
  if (error.status === 404) {
    return new Failure({
      code: 'namespace-missing', cause: error, what: `${placed(rendered)} goes to a namespace that is not there.`, why: error.said,
      cure: `Make it: kubectl create namespace ${rendered.object.metadata.namespace ?? '…'}`,
    })
  }
  return new Failure({
    code: 'object-invalid', cause: error, what: `The cluster would not take ${placed(rendered)}.`, why: error.said,
    cure: 'Correct the template or the values, and tag again: helm template . shows what it makes.',
  })
}

/** A hook that was left behind: Helm would fail in the middle, for it makes hooks and never changes them. */
export function hookThere(hook: HookObject, namespace: string): Failure {
  const { kind, metadata: { name } } = hook.object
  return new Failure({
    code: 'hook-there', what: `The hook ${placed(hook)} is there already, and Helm would not replace it.`,
    why: 'Its annotation `helm.sh/hook-delete-policy` has it removed in other cases only, and an earlier run has left it.',
    cure: kind === 'CustomResourceDefinition' ? 'Put it into the folder crds/ of the chart, which Helm passes over when it is there.'
      : `Remove it: kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace}. So that it does not come again, let the policy have \`before-hook-creation\` too.`,
  })
}

/** Helm removes the hook of the last time first, and would fail at that. */
export function hookStays(hook: HookObject, { group, plural }: { readonly group: string; readonly plural: string }): Failure {
  return new Failure({
    code: 'rbac-missing', what: `This account may not delete ${plural}, and Helm does so before it makes the hook ${placed(hook)} anew.`,
    cure: `Add to its Role: { apiGroups: ["${group}"], resources: ["${plural}"], verbs: ["delete"] }`,
  })
}
