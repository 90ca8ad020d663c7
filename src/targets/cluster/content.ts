import type { ChartValue } from '../../config/types'
import type { ChartRef } from '../../drivers/helm'
import { Failure } from '../../errors'
import type { ReleaseSource, Secrets } from '../../rollout/target'

/** What a release of a cluster consists of, beside its configuration. */
export interface ChartContent {
  /** On this runner, for as long as the run lasts. */
  readonly chart: ChartRef
  /** All values but secrets. */
  readonly values: { readonly [key: string]: ChartValue }
  /** Path in the values → the name of a secret. */
  readonly secretValues: Readonly<Record<string, string>>
  readonly createNamespace: boolean
}

export function contentOf({ content }: ReleaseSource): ChartContent {
  return content as ChartContent
}

/** The values with the secrets in their places. Throws a `Failure`: `value-in-the-way`. */
export function withSecrets({ values, secretValues }: ChartContent, secrets: Secrets): { readonly [key: string]: ChartValue } {
  let whole = values
  for (const [path, name] of Object.entries(secretValues)) whole = placed(whole, path.split('.'), secrets[name] ?? '', path)
  return whole
}

function placed(values: { readonly [key: string]: ChartValue }, [key = '', ...rest]: readonly string[], value: string, path: string): { readonly [key: string]: ChartValue } {
  if (rest.length === 0) return { ...values, [key]: value }
  const inner = values[key] ?? {}
  if (typeof inner !== 'object' || Array.isArray(inner)) {
    throw new Failure({
      code: 'value-in-the-way', what: `The secret value ${path} has no place: \`${key}\` in the values is no mapping.`, cure: 'Correct `secret-values` in slipway.yml, or the values.',
    })
  }
  return { ...values, [key]: placed(inner as { readonly [key: string]: ChartValue }, rest, value, path) }
}
