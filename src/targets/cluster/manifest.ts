import { parseAllDocuments } from 'yaml'
import type { Hook, StoredRelease } from '../../drivers/helm'
import type { KubeObject } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import type { Subject } from './judging'

/** An object of a chart, rendered. */
export interface Rendered {
  readonly object: KubeObject & { readonly apiVersion: string; readonly kind: string }
  /** File of the chart that it comes from; empty: not known. */
  readonly source: string
}

/** All objects of a manifest but hooks. Throws a `Failure`: `manifest-invalid`. */
export function objectsOf({ manifest }: Pick<StoredRelease, 'manifest'>): readonly Rendered[] {
  return manifest.split(/^---[ \t]*$/m).flatMap((text) => read(text, /^# Source: (.+)$/m.exec(text)?.[1] ?? ''))
}

export function hookObjects(hooks: readonly Hook[]): readonly Rendered[] {
  return hooks.flatMap((hook) => read(hook.manifest, hook.name))
}

function read(text: string, source: string): readonly Rendered[] {
  const found: Rendered[] = []
  for (const document of parseAllDocuments(text, { merge: true, logLevel: 'silent' })) {
    const said: unknown = document.toJS({ maxAliasCount: 1000 })
    if (said === null || said === undefined) continue
    if (document.errors.length > 0 || !isObject(said)) {
      throw new Failure({
        code: 'manifest-invalid', what: `The chart renders something${source === '' ? '' : ` in ${source}`} that is no object of Kubernetes.`,
        why: document.errors[0]?.message ?? 'It has no apiVersion, kind and metadata.name.', cure: 'Correct the template: helm template . --debug shows what it makes.',
        evidence: [{ source: source || 'manifest', text: text.slice(0, 4000) }],
      })
    }
    // A list is its items.
    if (said.kind === 'List' && Array.isArray(said['items'])) found.push(...(said['items'] as unknown[]).filter(isObject).map((object) => ({ object, source })))
    else found.push({ object: said, source })
  }
  return found
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

/** `Deployment web`, for people. */
export const titled = ({ object: { kind, metadata } }: Rendered): string => `${kind} ${metadata.name}`
