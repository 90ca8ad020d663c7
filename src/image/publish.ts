import { Failure, failuresOf } from '../errors'
import type { Manifest, Registry } from '../drivers/registry'
import type { TagResult } from './outcome'
import type { TagDecision } from './tags'

export interface Publication {
  readonly registry: Pick<Registry, 'manifest' | 'tag' | 'untag'>
  /** What the tags are to stand for. It is in the registry. */
  readonly manifest: Manifest
  readonly decisions: readonly TagDecision[]
  /** The same decision with what the registry has now: another run may have pushed a higher version since. */
  readonly again: () => Promise<readonly TagDecision[]>
  readonly told: (result: TagResult) => void
}

/** The tags as they are in the end, and why not all are as they should be. */
export interface Published {
  readonly tags: readonly TagResult[]
  readonly failures: readonly Failure[]
}

/**
 * Moves tags in order. Should one not move, those before it go back to where they stood, so that no half of a set stays: the
 * commit's apart, which is true by itself.
 */
export async function publish(publication: Publication): Promise<Published> {
  const { registry, manifest, told } = publication
  const done: Done[] = []
  let decisions = publication.decisions
  let asked = false
  try {
    const stood = new Map(await Promise.all(decisions.filter(({ moves }) => moves)
      .map(async ({ name }) => [name, await registry.manifest(name)] as const)))
    refuseMoved(decisions, stood, manifest)
    for (let index = 0; index < decisions.length; index++) {
      if (decisions[index]?.kind === 'line' && !asked) {
        decisions = await publication.again()
        asked = true
      }
      const decision = decisions[index]
      if (decision === undefined) break
      const before = decision.moves ? stood.get(decision.name) ?? null : null
      const state = !decision.moves ? 'kept' : before === null ? 'made' : before.digest === manifest.digest ? 'there' : 'moved'
      if (state === 'moved' || state === 'made') await registry.tag(decision.name, manifest)
      const result: TagResult = { name: decision.name, kind: decision.kind, state, why: decision.why, from: before?.digest ?? null }
      done.push({ result, before })
      told(result)
    }
    return { tags: done.map(({ result }) => result), failures: [] }
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    const undone = await undo(registry, done)
    const unreached = decisions.slice(done.length).map(({ name, kind, why, moves }): TagResult =>
      ({ name, kind, state: moves ? 'unreached' : 'kept', why, from: null }))
    const tags = [...undone, ...unreached]
    return { tags, failures: [incomplete(tags, failures), ...failures] }
  }
}

interface Done {
  readonly result: TagResult
  readonly before: Manifest | null
}

/** A version may be there of the same commit, built otherwise, or since another run was faster. */
function refuseMoved(decisions: readonly TagDecision[], stood: ReadonlyMap<string, Manifest | null>, { digest }: Manifest): void {
  for (const { name, kind } of decisions) {
    const before = stood.get(name) ?? null
    if (kind !== 'version' || before === null || before.digest === digest) continue
    throw new Failure({
      code: 'version-tag-taken', what: `The image ${name} is in the registry already, and is another one: ${before.digest}.`,
      why: `A version is never moved: whoever runs ${name} would get something else under the same name.`,
      cure: `Give this build a version of its own, such as the next patch; or, if ${name} was a mistake, delete that tag in the registry.`,
    })
  }
}

async function undo(registry: Publication['registry'], done: readonly Done[]): Promise<readonly TagResult[]> {
  const results = done.map(({ result }) => result)
  for (let index = done.length - 1; index >= 0; index--) {
    const one = done[index]
    if (one === undefined || one.result.kind === 'commit') continue
    const { result, before } = one
    try {
      if (result.state === 'moved' && before !== null) await registry.tag(result.name, before)
      else if (result.state !== 'made' || result.kind !== 'line' || !await registry.untag(result.name)) continue
    } catch {
      // It does not answer any more: what is left stays as it is, and is told of.
      break
    }
    results[index] = { ...result, state: 'undone' }
  }
  return results
}

function incomplete(tags: readonly TagResult[], [first]: readonly Failure[]): Failure {
  const named = (...states: readonly TagResult['state'][]): string =>
    tags.filter(({ state }) => states.includes(state)).map(({ name }) => name).join(', ')
  const [stand, back, not] = [named('made', 'moved', 'there'), named('undone'), named('unreached')]
  return new Failure({
    code: 'tags-incomplete',
    what: `The image is in the registry, but not all of its tags are: ${not} ${not.includes(',') ? 'do' : 'does'} not stand for it.`,
    why: [first?.what ?? '', stand === '' ? '' : `These do: ${stand}.`, back === '' ? '' : `These were put back: ${back}.`].filter(Boolean).join(' '),
    cure: 'Run the job again: nothing is built a second time, and the tags are moved.',
  })
}
