/** A full version as images carry it: without the `v` of a Git tag. */
export interface ImageVersion {
  /** `1.4.2`, `1.4.2-rc.1`. */
  readonly name: string
  readonly numbers: readonly [major: number, minor: number, patch: number]
  /** What follows the numbers; null: a stable version. */
  readonly pre: string | null
}

// After Semantic Versioning; build metadata apart, since a tag of an image cannot hold a plus sign.
const grammar = /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/

/** Null when it is no full version: `1.4`, `2024.01.5` and `nightly` are names like any other. */
export function parseVersion(text: string): ImageVersion | null {
  const [, major = '', minor = '', patch = '', pre = null] = grammar.exec(text) ?? []
  if (major === '') return null
  return { name: text, numbers: [Number(major), Number(minor), Number(patch)], pre }
}

/** The version that a Git tag names, with or without a `v`, once a declared prefix is taken off. */
export function versionOfTag(tag: string, prefix: string): ImageVersion | null {
  return tag.startsWith(prefix) ? parseVersion(tag.slice(prefix.length).replace(/^v/, '')) : null
}

/** By number; a stable version is above its pre-releases. Only stable ones are ever compared for their line. */
export function compareVersions(a: ImageVersion, b: ImageVersion): number {
  for (const index of [0, 1, 2] as const) {
    const difference = a.numbers[index] - b.numbers[index]
    if (difference !== 0) return difference
  }
  return Number(a.pre === null) - Number(b.pre === null)
}

/** Stands for the newest version of a line. */
export interface Line {
  /** The tag: `1.4`, `1`, `latest`. */
  readonly tag: string
  holds(version: ImageVersion): boolean
}

/** The lines of a version, the narrowest first. */
export function linesOf({ numbers: [major, minor] }: ImageVersion): readonly Line[] {
  return [
    { tag: `${major}.${minor}`, holds: ({ numbers }) => numbers[0] === major && numbers[1] === minor },
    { tag: `${major}`, holds: ({ numbers }) => numbers[0] === major },
    { tag: 'latest', holds: () => true },
  ]
}
