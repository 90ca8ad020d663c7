import type { ChartValue } from '../../config/types'
import { Failure } from '../../errors'
import type { ReleaseSource, Secrets } from '../../rollout/target'

/** What a release of a cluster consists of, beside its configuration. */
export interface ChartContent {
  /** Absolute path of its folder, which is on this runner for as long as the run lasts. */
  readonly chart: string
  /** All values but secrets, given the text of the chart's own values.yaml (null: it has none). Throws a `Failure`: where an image goes is not known. */
  readonly valuesFor: (defaults: string | null) => ChartValues
  /** Keys that lead to a place in the values, and the name of the secret that goes there. */
  readonly secretValues: readonly { readonly path: readonly string[]; readonly secret: string }[]
}

export interface ChartValues { readonly [key: string]: ChartValue }

export function contentOf({ content }: ReleaseSource): ChartContent {
  return content as ChartContent
}

/** The values with the secrets in their places. Throws a `Failure`: `value-in-the-way`. */
export function withSecrets(values: ChartValues, { secretValues }: ChartContent, secrets: Secrets): ChartValues {
  let whole = values
  for (const { path, secret } of secretValues) whole = placed(whole, path, secrets[secret] ?? '', path.join('.'))
  return whole
}

function placed(values: ChartValues, [key = '', ...rest]: readonly string[], value: string, path: string): ChartValues {
  if (rest.length === 0) return { ...values, [key]: value }
  const inner = values[key] ?? {}
  if (typeof inner !== 'object' || Array.isArray(inner)) {
    throw new Failure({
      code: 'value-in-the-way', what: `The secret value ${path} has no place: \`${key}\` in the values is no mapping.`, cure: 'Correct `secret-values` in slipway.yml, or the values.',
    })
  }
  return { ...values, [key]: placed(inner as ChartValues, rest, value, path) }
}
