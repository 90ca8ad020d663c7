import { Failure } from '../../errors'
import type { Recorded } from './history'
import type { Place } from './place'
import { deployedOf, type Revision } from './revisions'
import { adopted } from './standing'

/**
 * The activation that a revision of Helm's is of, whoever made it. `kept`: the history has it. Throws a `Failure`: `revision-missing`, `revision-never-served`.
 */
export async function namedRevision(place: Place, number: number, known: readonly Revision[]): Promise<{ readonly entry: Recorded; readonly kept: boolean }> {
  const { history, release } = place
  const found = known.find(({ revision }) => revision === number)
  if (found === undefined) {
    throw new Failure({
      code: 'revision-missing', what: `Helm has no revision ${number} of ${release}.`,
      cure: known.length === 0 ? 'Deploy something first.' : `There are ${known.map((one) => `${one.revision}${one === deployedOf(known) ? ' (serves)' : ''}`).join(', ')}; or name a \`version\`.`,
    })
  }
  const entry = history.ofRevision(found) ?? await madeBy(place, number)
  if (found.status !== 'deployed' && found.status !== 'superseded') throw neverServed(place, number, `Helm has it as ${found.status}.`)
  if (entry === null) return { entry: await adopted(place, found), kept: false }
  if (!entry.proven) throw neverServed(place, number, `It was ${entry.version} (#${entry.number}), which was put back.`)
  return { entry, kept: true }
}

/** Of one that came before another with the same content, its description says what it is. */
async function madeBy({ revisions, history }: Place, number: number): Promise<Recorded | null> {
  for (let at = number, steps = 0; steps < 20; steps += 1) {
    const description = (await revisions.read(at))?.info.description ?? ''
    const [, version, activation] = /^(\S+) \(#(\d+)\) by Slipway$/.exec(description) ?? []
    if (activation !== undefined) {
      // Of a history that was begun anew the number is another's.
      const entry = history.entry(Number(activation))
      return entry?.version === version ? entry : null
    }
    const target = /^Rollback to (\d+)$/.exec(description)?.[1]
    if (target === undefined) return null
    at = Number(target)
  }
  return null
}

function neverServed({ release, namespace }: Place, number: number, why: string): Failure {
  return new Failure({
    code: 'revision-never-served', what: `Revision ${number} of ${release} was never proven.`, why,
    cure: `Name one that was (helm history ${release} --namespace ${namespace}), or a \`version\`.`,
  })
}
