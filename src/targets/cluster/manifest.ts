import type { Hook, StoredRelease } from '../../drivers/helm'
import type { KubeObject } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import { readGoYaml } from './go-yaml'
import type { Subject } from './judging'

/** An object of a chart, rendered. */
export interface Rendered {
  readonly object: KubeObject & { readonly apiVersion: string; readonly kind: string }
  /** File of the chart that it comes from; empty: not known. */
  readonly source: string
}

/** What is no object: refused, where somebody can correct it; passed over in what a cluster has already taken. */
type Strange = 'refused' | 'passed over'

/** All objects of a manifest but hooks. Throws a `Failure`: `manifest-invalid`. */
export function objectsOf({ manifest }: Pick<StoredRelease, 'manifest'>): readonly Rendered[] {
  return objectsIn(manifest, 'refused')
}

/** Throws a `Failure`: `manifest-invalid`. */
export function hookObjects(hooks: readonly Hook[]): readonly Rendered[] {
  return hooks.flatMap((hook) => read(hook.manifest, hook.path ?? hook.name, 'refused'))
}

/** Of a revision that Helm keeps: somebody else may have made it, and it was applied. */
export function storedObjects({ manifest }: Pick<StoredRelease, 'manifest'>): readonly Rendered[] {
  return objectsIn(manifest, 'passed over')
}

export function storedHooks(hooks: readonly Hook[]): readonly Rendered[] {
  return hooks.flatMap((hook) => read(hook.manifest, hook.path ?? hook.name, 'passed over'))
}

function objectsIn(manifest: string, strange: Strange): readonly Rendered[] {
  return manifest.split(/^---[ \t]*$/m).flatMap((text) => read(text, /^# Source: (.+)$/m.exec(text)?.[1] ?? '', strange))
}

function read(text: string, source: string, strange: Strange): readonly Rendered[] {
  return readGoYaml(text).flatMap((said): readonly Rendered[] => {
    const value = 'value' in said ? said.value : undefined
    if ('value' in said && (value === null || value === undefined)) return []
    if (!isObject(value)) {
      if (strange === 'passed over') return []
      throw new Failure({
        code: 'manifest-invalid', what: `The chart renders something${source === '' ? '' : ` in ${source}`} that is no object of Kubernetes.`,
        why: 'wrong' in said ? said.wrong : 'It has no apiVersion, kind and metadata.name.', cure: 'Correct the template: helm template . --debug shows what it makes.',
        evidence: [{ source: source || 'manifest', text: text.slice(0, 4000) }],
      })
    }
    // A list is its items.
    if (value.kind === 'List' && Array.isArray(value['items'])) return (value['items'] as unknown[]).filter(isObject).map((object) => ({ object, source }))
    return [{ object: value, source }]
  })
}

function isObject(value: unknown): value is Rendered['object'] {
  if (typeof value !== 'object' || value === null) return false
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>
  return typeof apiVersion === 'string' && typeof kind === 'string' && (kind === 'List' || typeof metadata?.name === 'string')
}

export const groupOf = (apiVersion: string): string => apiVersion.includes('/') ? apiVersion.split('/')[0] ?? '' : ''

/** What is judged of it. `namespace`: the release's, where the object names none. */
export function subjectOf({ object: { apiVersion, kind, metadata } }: Rendered, namespace: string): Subject {
  return { group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? namespace, name: metadata.name }
}

/** `apps/v1 Deployment shop/web`: the same object in two manifests. */
export function identity({ object: { apiVersion, kind, metadata } }: Rendered, namespace: string): string {
  return `${groupOf(apiVersion)} ${kind} ${metadata.namespace ?? namespace}/${metadata.name}`
}

/** Objects of a kind that are asked for one by one; of more there is a list. */
export const few = 3

/** Those of a kind and namespace together. */
export function alike(objects: readonly Rendered[], namespace: string): readonly (readonly Rendered[])[] {
  return [...Map.groupBy(objects, (rendered) => JSON.stringify([rendered.object.apiVersion, rendered.object.kind, subjectOf(rendered, namespace).namespace])).values()]
}

/** `Deployment web`, for people. */
export const titled = ({ object: { kind, metadata } }: Rendered): string => `${kind} ${metadata.name}`
