import { conditionOf, textIn, type Condition, type Kept } from '../objects'
import type { ObjectRule } from '../verdict'

/**
 * A custom resource whose controller gave up: `Stalled` or `Failed` is true, or, where it keeps no conditions, its phase is
 * `Failed` or `Error`. `Ready` being false is no doom: it is what a resource says of itself while it works.
 */
export const resourceStalled: ObjectRule = ({ object, patience }) => {
  const condition = ['Stalled', 'Failed'].map((type) => currentCondition(object, type)).find((one) => one?.status === 'True') ?? null
  const phase = textIn(object.status, 'phase')
  if (condition === null && (object.conditions.length > 0 || !/^(Failed|Error)$/i.test(phase))) return []
  return [{
    event: condition?.message ?? phase, grace: condition === null ? patience.passing : patience.appears,
    message: `${object.kind} ${object.name} ${condition === null ? `is in phase ${phase}` : `says ${condition.type}: ${condition.reason}`}.`,
    cure: `kubectl describe ${object.kind.toLowerCase()} ${object.name} --namespace ${object.namespace}`,
  }]
}

/**
 * The autoscaler of pods cannot work as it is written: its target cannot be scaled, or a metric or selector is none. Metrics that are not there yet
 * (`FailedGetResourceMetric`) are no reason to stop a rollout: pods run without.
 */
export const scalerCannotScale: ObjectRule = ({ object, patience }) => {
  const bad = object.conditions.find(({ status, reason }) => status === 'False' && /^(FailedGetScale|InvalidSelector|InvalidMetricSourceType|AmbiguousSelector)$/.test(reason))
  return bad === undefined ? [] : [{
    event: bad.message, grace: bad.reason === 'FailedGetScale' ? patience.autoscalerDeclined : patience.appears,
    message: `HorizontalPodAutoscaler ${object.name} cannot scale: ${bad.reason}.`,
    cure: `Correct scaleTargetRef, selector or metrics: kubectl describe hpa ${object.name} --namespace ${object.namespace}`,
  }]
}

/** A condition that tells which generation it is about is not believed about another. */
export function currentCondition(object: Kept, type: string): Condition | null {
  const condition = conditionOf(object, type)
  if (condition === null) return null
  return condition.observedGeneration !== undefined && object.generation !== null && condition.observedGeneration < object.generation ? null : condition
}
