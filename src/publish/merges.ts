import { mergeMessage } from './message'
import type { Message } from './message'

/** A commit as Git tells it. */
export interface Commit {
  /** 40 hex, or 64. */
  readonly id: string
  readonly parents: readonly string[]
  readonly author: Author
  /** All of it. */
  readonly message: string
  /** Does it change anything in the app's folder? Merges never do by themselves. */
  readonly inside: boolean
}

export interface Author {
  readonly name: string
  readonly email: string
}

/** A merge that brought commits onto the line, and the one that brought that merge. */
export interface Bringer {
  readonly id: string
  readonly message: Message
  readonly outer: Bringer | null
}

interface Way {
  readonly bringer: Bringer | null
  /** How many merges lie between. */
  readonly depth: number
  /** The bringer's place in the range: the higher, the older. */
  readonly place: number
}

/**
 * For each commit of a range the innermost merge that brought it; those made on the line itself have none. Commits come before their parents.
 *
 * Each hands on to its parents how it was reached: the first goes on along the same line, the others were brought. What can be reached in several
 * ways came by the shortest, and of two equal ones by the older merge.
 */
export function bringersOf(commits: readonly Commit[]): ReadonlyMap<string, Bringer | null> {
  const ways = new Map<string, Way>()
  for (const [place, { id, parents, message }] of commits.entries()) {
    const way = ways.get(id) ?? { bringer: null, depth: 0, place: 0 }
    ways.set(id, way)
    const bringer = parents.length < 2 ? null : { id, message: mergeMessage(message), outer: way.bringer }
    for (const [index, parent] of parents.entries()) {
      const offered = index === 0 ? way : { bringer, depth: way.depth + 1, place }
      const known = ways.get(parent)
      if (known === undefined || offered.depth < known.depth || (offered.depth === known.depth && offered.place > known.place)) ways.set(parent, offered)
    }
  }
  return new Map(commits.map(({ id }) => [id, ways.get(id)?.bringer ?? null]))
}

/** The merge, the one that brought it, and so on. */
export function outwards(bringer: Bringer | null): readonly Bringer[] {
  const all: Bringer[] = []
  for (let each = bringer; each !== null; each = each.outer) all.push(each)
  return all
}

/** What of a range cannot be reached from a commit of it: what came after that one. */
export function since(commits: readonly Commit[], base: string): readonly Commit[] {
  const behind = new Set([base])
  const after: Commit[] = []
  for (const commit of commits) {
    if (!behind.has(commit.id)) after.push(commit)
    else for (const parent of commit.parents) behind.add(parent)
  }
  return after
}
