import type { ApiError } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import { titled, type Rendered } from './manifest'

/** How Helm is about to apply. */
export interface Applying {
  /** `server`: what somebody else owns is refused (Helm 4). `client`: by a patch that takes every field of the chart (Helm 3, and Helm 4 of what Helm 3 has made). */
  readonly by: 'server' | 'client'
  /** Who goes back has no chart to correct: what is in the way is taken, and told. */
  readonly back: boolean
}

/** A field of the chart that somebody else has set otherwise. */
export interface Conflict {
  readonly rendered: Rendered
  /** `.spec.replicas`. */
  readonly field: string
  /** `kubectl-edit`. */
  readonly manager: string
}

/** What a server-side apply without force was refused for; empty: for something else. */
export function conflictsIn(rendered: Rendered, { status, causes }: ApiError, { by }: Applying): readonly Conflict[] {
  if (status !== 409) return []
  return causes.flatMap(({ field, message }) => {
    const manager = /^conflict with "([^"]+)"/.exec(message)?.[1]
    // A patch of Helm's own is another owner than its server-side apply.
    return manager === undefined || (by === 'client' && /^(helm|before-first-apply)$/.test(manager)) ? [] : [{ rendered, field, manager }]
  })
}

/** By object: failures of what Helm would refuse, lines for what it would take. */
export function conflictsTold(conflicts: readonly Conflict[], { by, back }: Applying, { release, namespace }: { readonly release: string; readonly namespace: string }): { readonly failures: readonly Failure[]; readonly notes: readonly string[] } {
  const objects = [...Map.groupBy(conflicts, ({ rendered }) => rendered)].map(([rendered, all]) => {
    const fields = all.map(({ field, manager }) => `${field.replace(/^\./, '')} (${manager})`)
    return { rendered, fields: [...new Set(fields)].join(', '), scaled: all.some(({ field }) => field === '.spec.replicas') }
  })
  if (by === 'client' || back) return { failures: [], notes: objects.map(({ rendered, fields }) => `${titled(rendered)}: what somebody else has set is overwritten: ${fields}`) }
  return {
    notes: [],
    failures: objects.map(({ rendered, fields, scaled }) => new Failure({
      code: 'field-conflict', what: `${titled(rendered)}${rendered.source === '' ? '' : ` (${rendered.source})`} sets what somebody else has set otherwise: ${fields}.`,
      why: 'The server knows for each field who owns it, and would refuse Helm in the middle of the upgrade.',
      cure: `Leave the field out of the chart if it is theirs${scaled ? ' (`replicas` is an autoscaler\'s where there is one: {{- if not .Values.autoscaling.enabled }})' : ''}. If it is the chart's, have Helm take it once, with the chart that serves (helm get metadata ${release} --namespace ${namespace}): helm upgrade ${release} CHART --namespace ${namespace} --reset-then-reuse-values --force-conflicts`,
    })),
  }
}
