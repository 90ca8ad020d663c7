/** Keys that lead to a value. */
export type ValuePath = readonly string[]

/** All texts at these places of a release's values: secrets of now, or of then. */
export function secretsAt(values: unknown, paths: readonly ValuePath[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => textsIn(path.reduce<unknown>(
    (value, key) => typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined, values))))]
}

/** Paths of both, each once. */
export function joined(...lists: readonly (readonly ValuePath[])[]): readonly ValuePath[] {
  return [...new Map(lists.flat().map((path) => [JSON.stringify(path), path])).values()]
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return value === '' ? [] : [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
