import { Failure, failuresOf } from '../errors'
import { activationsOf, floorsInForce } from '../history/floor'
import type { Entry } from '../history/types'
import type { Place } from './gate'
import type { Run } from './run'
import type { ReleaseSource } from './target'

/** The floors that a place would go back across, the newest first. */
export interface Crossing {
  readonly name: string
  readonly crossed: readonly Entry[]
}

/**
 * The floors that a deploy would go back across: those whose commit the new one does not hold. Not only an ancestor is without
 * it: so is a correction that branched off before it. `isAncestor` is asked once a commit; with consent, what it cannot tell
 * counts as crossed.
 */
export async function crossedBy(
  places: readonly Place[], release: ReleaseSource, isAncestor: (older: string, newer: string) => Promise<boolean>, consent: boolean,
): Promise<readonly Crossing[]> {
  const held = new Map<string, boolean>([[release.commit, true]])
  const holds = async (floor: Entry): Promise<boolean> => {
    const known = held.get(floor.commit)
    if (known !== undefined) return known
    const answer = await ask(floor)
    held.set(floor.commit, answer)
    return answer
  }
  const ask = async (floor: Entry): Promise<boolean> => {
    try {
      return await isAncestor(floor.commit, release.commit)
    } catch (thrown) {
      const [failure] = failuresOf(thrown)
      if (failure === undefined) throw thrown
      if (consent) return false
      throw notKnown(floor, release, failure)
    }
  }
  const crossings: Crossing[] = []
  for (const { name, standing } of places) {
    const floors = standing.serving?.commit === release.commit ? [] : floorsInForce(standing)
    const crossed: Entry[] = []
    // What holds a floor holds those before it, for that one was deployed across none of them.
    for (const floor of floors) {
      if (await holds(floor)) break
      crossed.push(floor)
    }
    crossings.push({ name, crossed })
  }
  return crossings
}

/** Refuses to cross floors, or with consent says so and has it recorded. */
export function holdFloors(run: Run, version: string, crossings: readonly Crossing[]): void {
  for (const { name, crossed } of crossings) {
    const member = run.members.find((candidate) => candidate.name === name)
    if (crossed.length === 0 || member === undefined || member.standing === null) continue
    if (!run.request.allowRollbackFloor) {
      run.fail(behindFloor(name, version, crossed))
      continue
    }
    member.crossing = activationsOf(member.standing, crossed)
    member.warn(`${version} goes back across ${named(crossed)}, as \`allow-rollback-floor\` allows; this is recorded, `
      + 'and what was crossed is no floor any more.')
  }
}

const named = (floors: readonly Entry[]): string =>
  floors.map(({ version, number }) => `${version} (#${number})`).join(' and ') + (floors.length === 1
    ? ', which declares `rollback-floor`' : ', which declare `rollback-floor`')

function behindFloor(target: string, version: string, crossed: readonly Entry[]): Failure {
  const newest = crossed[0]?.version ?? ''
  return new Failure({
    code: 'behind-rollback-floor',
    what: `Going to ${version} on ${target} would go back across ${named(crossed)}.`,
    why: 'A release says so when what came before it cannot work with what it has changed, such as a column that its migration dropped.',
    cure: `Go forward instead: deploy a correction that is based on ${newest}. If ${version} can work with what there is now, `
      + 'for example because you have put the data back, set `allow-rollback-floor: true` for this run.',
    target,
  })
}

function notKnown(floor: Entry, release: ReleaseSource, cause: Failure): Failure {
  return new Failure({
    code: 'rollback-floor-unknown',
    what: `Whether ${release.version} holds ${named([floor])}, cannot be told.`,
    why: `${cause.what} ${cause.why}`.trim(),
    cure: 'Set `fetch-depth: 0` at actions/checkout. If the history was rewritten on purpose, and it is safe, '
      + 'set `allow-rollback-floor: true` for this run.',
    evidence: cause.evidence,
    cause,
  })
}
