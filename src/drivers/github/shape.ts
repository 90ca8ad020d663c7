/** Of a field: its type; `?` may be missing or null. */
type Kind = 'string' | 'number' | 'boolean' | 'string?' | 'boolean?' | 'any'

/** Tells whether an answer is what GitHub documents, as far as we read it: what stands in between may answer anything, in JSON as well. */
export type Shape<T> = (said: unknown) => said is T

export function shapeOf<T>(fields: { readonly [K in keyof T]-?: Kind }): Shape<T> {
  return (said): said is T => typeof said === 'object' && said !== null && Object.entries<Kind>(fields).every(([name, kind]) => {
    const value = (said as Record<string, unknown>)[name]
    const [type] = kind.split('?')
    return kind === 'any' || typeof value === type || (kind.endsWith('?') && (value === undefined || value === null))
  })
}

/** For what nobody reads. */
export const anything: Shape<unknown> = (_said): _said is unknown => true
