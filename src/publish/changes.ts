import { compareLevels, highestLevel, levelOf, readMessage } from './message'
import type { Header, Level, Message, Reverted } from './message'
import { bringersOf, outwards } from './merges'
import type { Author, Bringer, Commit } from './merges'

/** One thing that is new to those who get a release. */
export interface Change extends Header {
  /** What it asks for; null: nothing. */
  readonly level: Level | null
  /** What its author says of what breaks, beside the text. */
  readonly notes: readonly string[]
  readonly pull: number | null
  /** Usually one; several say the same, such as one that was picked onto two branches. The newest first. */
  readonly commits: readonly string[]
  readonly author: Author
}

interface Read {
  readonly commit: Commit
  readonly message: Message
  readonly bringer: Bringer | null
}

/**
 * What commits come to, the newest first. Commits come before their parents, as `git rev-list --topo-order` has them.
 *
 * - Only those in the app's folder count. Merges count nothing by themselves, nor do `fixup!` commits.
 * - What is reverted within the range counts nothing, and neither does its revert.
 * - The title of a pull request counts when it says more than the commits that its merge brings: so "feat!: …" over a commit "feat: …" is not
 *   lost, and what is said twice is not told twice.
 * - In a squash the subject is the word of the pull request. The commits in its list stand for it when the subject has no type; a breaking
 *   change among them counts in any case.
 */
export function changesOf(commits: readonly Commit[]): readonly Change[] {
  const bringers = bringersOf(commits)
  const read = commits.map((commit): Read => ({ commit, message: readMessage(commit.message), bringer: bringers.get(commit.id) ?? null }))
  const gone = takenBack(read)
  const counted = read.filter(({ commit, message }) => !gone.has(commit.id) && commit.inside && commit.parents.length < 2 && !message.partial)
  const said = new Map(counted.map((each) => [each, changesIn(each)]))
  const titles = titlesOf(counted, said)
  return once(read.flatMap((each) => titles.get(each.commit.id) ?? said.get(each) ?? []))
}

function changesIn({ commit, message, bringer }: Read): readonly Change[] {
  const pull = message.pull ?? outwards(bringer).find((merge) => merge.message.pull !== null)?.message.pull ?? null
  const change = (header: Header, notes: readonly string[]): Change => ({
    type: header.type, scope: header.scope, text: header.text, breaking: header.breaking, level: levelOf(header),
    notes, pull, commits: [commit.id], author: commit.author,
  })
  const { listed, reverts } = message
  if (reverts !== null) return [change({ ...message, type: 'revert', text: reverts.subject }, message.notes)]
  if (message.type === '' && listed.length > 0) return listed.map((header, index) => change(header, index === 0 ? message.notes : []))
    .map((each, index) => index === 0 && message.breaking ? { ...each, breaking: true, level: 'major' } : each)
  const breaking = listed.filter((header) => header.breaking)
  if (breaking.length === 0 || message.breaking) return [change(message, message.notes)]
  return [change({ ...message, breaking: true }, breaking.map(({ text }) => text))]
}

/** Titles of merges that say more than what they brought, by the merge. */
function titlesOf(counted: readonly Read[], said: ReadonlyMap<Read, readonly Change[]>): ReadonlyMap<string, Change> {
  const brought = new Map<string, { readonly merge: Bringer; readonly first: Read; level: Level | null }>()
  const raise = (merge: Bringer, first: Read, level: Level | null): void => {
    const known = brought.get(merge.id) ?? { merge, first, level }
    known.level = highestLevel([known.level, level])
    brought.set(merge.id, known)
  }
  for (const each of counted) {
    const level = highestLevel((said.get(each) ?? []).map((change) => change.level))
    for (const merge of outwards(each.bringer)) raise(merge, each, level)
  }
  const titles = new Map<string, Change>()
  const innermostFirst = [...brought.values()].toSorted((a, b) => outwards(b.merge).length - outwards(a.merge).length)
  for (const { merge, first, level: below } of innermostFirst) {
    const { type, scope, text, breaking, notes, pull } = merge.message
    const level = levelOf(merge.message)
    if (compareLevels(level, below) <= 0) continue
    titles.set(merge.id, { type, scope, text, breaking, level, notes, pull, commits: [merge.id], author: first.commit.author })
    for (const outer of outwards(merge.outer)) raise(outer, first, level)
  }
  return titles
}

/** Commits whose effect is taken back within the range, and those that did so. A revert that is itself taken back has no effect. */
function takenBack(read: readonly Read[]): ReadonlySet<string> {
  const gone = new Set<string>()
  // The newest first: whether a revert stands is known before what it reverts is looked at.
  for (const [index, each] of read.entries()) {
    if (each.message.reverts === null || each.commit.parents.length > 1 || gone.has(each.commit.id)) continue
    const older = read.slice(index + 1).filter((other) => !gone.has(other.commit.id))
    const found = revertedAmong(older, each.message.reverts)
    for (const other of found) gone.add(other.commit.id)
    if (found.length > 0) gone.add(each.commit.id)
  }
  return gone
}

/** Of commits, those that a revert means: by the surest of what it names that is here. Whoever reverts a merge reverts what it brought. */
function revertedAmong(older: readonly Read[], { ids, pulls, subject }: Reverted): readonly Read[] {
  const named = ({ commit, bringer }: Read): readonly string[] => [commit.id, ...outwards(bringer).map(({ id }) => id)]
  const byId = older.filter((each) => named(each).some((whole) => ids.some((id) => whole.startsWith(id))))
  if (byId.length > 0) return byId
  const numbers = ({ message, bringer }: Read): readonly (number | null)[] => [message.pull, ...outwards(bringer).map((merge) => merge.message.pull)]
  const byPull = older.filter((each) => numbers(each).some((pull) => pull !== null && pulls.includes(pull)))
  return byPull.length > 0 ? byPull : older.filter(({ message }) => message.subject === subject).slice(0, 1)
}

/** With what says the same put together. */
function once(changes: readonly Change[]): readonly Change[] {
  const found = new Map<string, Change>()
  for (const change of changes) {
    const key = JSON.stringify([change.type, change.scope, change.text])
    const newer = found.get(key)
    found.set(key, newer === undefined ? change : {
      ...newer,
      breaking: newer.breaking || change.breaking,
      level: highestLevel([newer.level, change.level]),
      notes: [...new Set([...newer.notes, ...change.notes])],
      pull: newer.pull ?? change.pull,
      commits: [...newer.commits, ...change.commits],
    })
  }
  return [...found.values()]
}
