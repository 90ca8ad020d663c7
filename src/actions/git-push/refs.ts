import { Failure, nearest } from '../../errors'

/** A line of what Git tells a hook: a ref that is to be moved. */
export interface RefUpdate {
  /** 40 zeros: the ref is new. */
  readonly old: string
  /** 40 zeros: the ref is deleted. */
  readonly new: string
  readonly ref: string
}

/** What a push asks for: one object, under a tag or the branch. */
export interface Wanted {
  readonly ref: string
  readonly old: string
  /** An object's id: a commit's, or an annotated tag's. */
  readonly id: string
  /** Null: the branch. */
  readonly tag: string | null
}

const nothing = /^0+$/

export function parseUpdates(text: string): readonly RefUpdate[] {
  return text.split('\n').flatMap((line) => {
    const [, old, id, ref] = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.+)$/.exec(line) ?? []
    return old === undefined || id === undefined || ref === undefined ? [] : [{ old, new: id, ref }]
  })
}

export const isNew = (id: string): boolean => nothing.test(id)

/**
 * What a push deploys: at most one tag, or the branch. A tag and the branch may come together, since both are said of one commit
 * then or the caller finds that they are not; the tag is the name. Null: something is only deleted. Throws a `Failure` for refs
 * that deploy nothing (`ref-not-deployed`) and for several that would (`refs-too-many`).
 */
export function wantedOf(updates: readonly RefUpdate[], branch: string): { readonly wanted: Wanted; readonly also: Wanted | null } | null {
  const moved = updates.filter((update) => !nothing.test(update.new))
  const tags = moved.filter(({ ref }) => ref.startsWith('refs/tags/'))
  const branches = moved.filter(({ ref }) => ref === `refs/heads/${branch}`)
  const others = moved.filter((update) => !tags.includes(update) && !branches.includes(update))
  if (others.length > 0) throw notDeployed(others, branch)
  if (tags.length > 1) throw tooMany(tags)
  const [tag] = tags
  const [head] = branches
  const [named, also] = [tag ?? head, tag === undefined ? undefined : head]
  return named === undefined ? null : { wanted: asWanted(named), also: also === undefined ? null : asWanted(also) }
}

/** The tag and the branch of one push are different commits. */
export function twoCommits(tag: Wanted, branch: Wanted): Failure {
  return new Failure({
    code: 'refs-too-many',
    what: `${short(tag.ref)} and ${short(branch.ref)} are different commits, and both would be deployed.`,
    why: 'One push is one release.',
    cure: `Push one after the other: git push production ${short(branch.ref)}, then git push production ${short(tag.ref)}.`,
  })
}

function asWanted({ ref, old, new: id }: RefUpdate): Wanted {
  return { ref, old, id, tag: ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : null }
}

const short = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, '')

function notDeployed(others: readonly RefUpdate[], branch: string): Failure {
  const names = others.slice(0, 5).map(({ ref }) => short(ref))
  const [first = ''] = names
  const slip = others.length === 1 && nearest(first, [branch]) !== undefined
  return new Failure({
    code: 'ref-not-deployed',
    what: `${names.join(', ')}${others.length > names.length ? ', …' : ''}: nothing is deployed by ${
      others.length === 1 ? 'that branch' : 'those refs'}${slip ? `; did you mean ${branch}?` : '.'}`,
    why: `This repository is there to deploy: it takes tags, and the branch ${branch}.`,
    cure: `Push a tag: git tag v1.2.0 && git push production v1.2.0. Or push it as the branch: git push production ${first}:${branch}`,
  })
}

function tooMany(tags: readonly RefUpdate[]): Failure {
  const names = tags.map(({ ref }) => short(ref))
  return new Failure({
    code: 'refs-too-many',
    what: `${tags.length} tags were pushed at once: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}.`,
    why: 'One push is one release.',
    cure: `Push the one to deploy: git push production ${names.at(-1)}`,
  })
}
