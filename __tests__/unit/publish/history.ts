import { createHash } from 'node:crypto'
import { failuresOf } from '../../../src/errors'
import { lineOf } from '../../../src/publish/line'
import type { Tag } from '../../../src/publish/line'
import type { Commit } from '../../../src/publish/merges'
import { basesOf } from '../../../src/publish/next'
import type { Wish } from '../../../src/publish/next'
import { propose } from '../../../src/publish/propose'
import type { Proposal } from '../../../src/publish/propose'
import { readScheme } from '../../../src/publish/scheme'

/**
 * A history, oldest first, each step a text:
 *
 * - `=v1.2.0` tags what is checked out.
 * - `/1.x` goes to a branch, `/1.x@v1.2.0` makes one there; `/1.x@` makes one here.
 * - `+topic Merge branch 'topic'` merges a branch.
 * - `~fix: elsewhere` is a commit outside the app's folder.
 * - All else is a commit with that message, in which `<3>` is the id of the third.
 *
 * What is checked out at the end is what is to be released.
 */
export type History = readonly string[]

interface Asked extends Partial<Omit<Wish, 'now'>> {
  readonly prefix?: string
  readonly scheme?: string
  readonly now?: string
}

export const idOf = (index: number): string => createHash('sha1').update(String(index)).digest('hex')
const author = { name: 'Ada', email: 'ada@example.com' }

interface Read {
  readonly head: string
  readonly commits: ReadonlyMap<string, Commit>
  readonly tags: ReadonlyMap<string, string>
}

function read(history: History): Read {
  const commits = new Map<string, Commit>()
  const tags = new Map<string, string>()
  const branches = new Map<string, string | undefined>([['main', undefined]])
  let branch = 'main'
  const make = (message: string, inside: boolean, second?: string): void => {
    const id = idOf(commits.size + 1)
    const parents = [branches.get(branch), second].filter((parent) => parent !== undefined)
    const whole = message.replace(/<(\d+)>/g, (_, index: string) => idOf(Number(index)))
    commits.set(id, { id, parents, author, message: `${whole}\n`, inside: inside && second === undefined })
    branches.set(branch, id)
  }
  for (const step of history) {
    const [, name = '', at] = /^\/([^@]+)(@.*)?$/.exec(step) ?? []
    const [, merged = '', message = ''] = /^\+(\S+) ([^]*)$/.exec(step) ?? []
    if (name !== '') {
      if (at !== undefined) branches.set(name, at === '@' ? branches.get(branch) : tags.get(at.slice(1)))
      if (!branches.has(name)) throw new Error(`no branch ${name}`)
      branch = name
    } else if (step.startsWith('=')) tags.set(step.slice(1), branches.get(branch) ?? '')
    else if (merged !== '') make(message, true, branches.get(merged))
    else make(step.replace(/^~/, ''), !step.startsWith('~'))
  }
  return { head: branches.get(branch) ?? '', commits, tags }
}

/** Each before its parents: they were made in the other order. */
function reach({ commits }: Read, from: string): readonly Commit[] {
  const seen = new Set([from])
  return [...commits.values()].toReversed().filter(({ id, parents }) => {
    if (seen.has(id)) for (const parent of parents) seen.add(parent)
    return seen.has(id)
  })
}

function rangeOf(history: Read, from: string, base: string | null): readonly Commit[] {
  const behind = new Set(base === null ? [] : reach(history, base).map(({ id }) => id))
  return reach(history, from).filter(({ id }) => !behind.has(id))
}

export function proposalOf(history: History, asked: Asked = {}): Proposal {
  const { prefix = '', scheme = '', bump = 'auto', preRelease = '', now = '2026-11-27T12:00:00Z' } = asked
  const whole = read(history)
  const behind = new Set(reach(whole, whole.head).map(({ id }) => id))
  const tags = [...whole.tags].map(([name, commit]): Tag => ({ name, commit, behind: behind.has(commit) }))
  const line = lineOf(tags, prefix, readScheme(scheme))
  const { stable } = basesOf(line, whole.head, preRelease)
  return propose(line, rangeOf(whole, whole.head, stable?.commit ?? null), { commit: whole.head, bump, preRelease, now: new Date(now) })
}

/** The tag; one in brackets is there already; `unchanged`; or the code of the failure. */
export function nextOf(history: History, asked: Asked = {}): string {
  try {
    const proposal = proposalOf(history, asked)
    return proposal.kind === 'unchanged' ? 'unchanged' : proposal.kind === 'tagged' ? `(${proposal.tag})` : proposal.tag
  } catch (error) {
    const [failure] = failuresOf(error)
    if (failure === undefined) throw error
    expect(failure.cure).not.toBe('')
    return failure.code
  }
}
