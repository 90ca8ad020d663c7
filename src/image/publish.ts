import { Failure, failuresOf } from '../errors'
import type { Manifest, Registry } from '../drivers/registry'
import type { TagResult } from './outcome'
import type { TagDecision } from './tags'

/** One image whose tags are moved. */
export interface Publication {
  /** What tags are called by in a sentence: empty where there is one image. */
  readonly name: string
  readonly registry: Pick<Registry, 'manifest' | 'tag' | 'untag'>
  /** What the tags are to stand for. It is in the registry. */
  readonly manifest: Manifest
  readonly decisions: readonly TagDecision[]
  /** The same decision with what the registry has now: another run may have pushed a higher version since. */
  readonly again: () => Promise<readonly TagDecision[]>
  readonly told: (result: TagResult) => void
}

/** The tags as they are in the end, by image, and why not all are as they should be. */
export interface Published {
  readonly tags: readonly (readonly TagResult[])[]
  readonly failures: readonly Failure[]
  /** Which of the images it was that failed. */
  readonly failed: number
}

/**
 * Moves tags in order: that of the commit for all images, then that of the ref for all, and lines last. Should one not move, those before it
 * go back to where they stood, so that no half of a set stays, neither of an image's tags nor of the images that have a tag: the
 * commit's apart, which is true by itself.
 */
export async function publish(publications: readonly Publication[]): Promise<Published> {
  const sets = publications.map((publication) => new Moving(publication))
  const order: Moving[] = []
  let at = 0
  try {
    for (const [index, set] of sets.entries()) {
      at = index
      await set.look()
    }
    let asked = false
    for (let rank = 0; rank < Math.max(...sets.map(({ decisions }) => decisions.length)); rank++) {
      if (!asked && sets.some(({ decisions }) => decisions[rank]?.kind === 'line')) {
        asked = true
        for (const [index, set] of sets.entries()) {
          at = index
          await set.lookAgain()
        }
      }
      for (const [index, set] of sets.entries()) {
        at = index
        if (await set.move(rank)) order.push(set)
      }
    }
    return { tags: sets.map(({ results }) => results), failures: [], failed: -1 }
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    await undo(order, sets)
    const tags = sets.map((set) => [...set.results, ...set.unreached()])
    return { tags, failures: [incomplete(sets, tags, failures), ...failures], failed: at }
  }
}

class Moving {
  readonly name: string
  readonly #publication: Publication
  readonly #done: Done[] = []
  #stood = new Map<string, Manifest | null>()
  #decisions: readonly TagDecision[]

  constructor(publication: Publication) {
    this.name = publication.name
    this.#publication = publication
    this.#decisions = publication.decisions
  }

  get decisions(): readonly TagDecision[] {
    return this.#decisions
  }

  get results(): readonly TagResult[] {
    return this.#done.map(({ result }) => result)
  }

  async look(): Promise<void> {
    const { registry, manifest } = this.#publication
    this.#stood = new Map(await Promise.all(this.#decisions.filter(({ moves }) => moves)
      .map(async ({ name }) => [name, await registry.manifest(name)] as const)))
    refuseMoved(this.#decisions, this.#stood, manifest)
  }

  async lookAgain(): Promise<void> {
    this.#decisions = await this.#publication.again()
  }

  /** False: there is no such. */
  async move(rank: number): Promise<boolean> {
    const { registry, manifest, told } = this.#publication
    const decision = this.#decisions[rank]
    if (decision === undefined) return false
    const before = decision.moves ? this.#stood.get(decision.name) ?? null : null
    const state = !decision.moves ? 'kept' : before === null ? 'made' : before.digest === manifest.digest ? 'there' : 'moved'
    if (state === 'moved' || state === 'made') await registry.tag(decision.name, manifest)
    const result: TagResult = { name: decision.name, kind: decision.kind, state, why: decision.why, from: before?.digest ?? null }
    this.#done.push({ result, before })
    told(result)
    return true
  }

  /** How far it has come. */
  get reached(): number {
    return this.#done.length
  }

  /** Puts back what it did at that place. `whole`: all images have come so far, so that what is new there may stay. */
  async undo(index: number, whole: boolean): Promise<void> {
    const one = this.#done[index]
    if (one === undefined || one.result.kind === 'commit') return
    const { registry } = this.#publication
    const { result, before } = one
    if (result.state === 'moved' && before !== null) await registry.tag(result.name, before)
    else if (result.state !== 'made' || (result.kind !== 'line' && whole) || !await registry.untag(result.name)) return
    this.#done[index] = { ...one, result: { ...result, state: 'undone' } }
  }

  unreached(): readonly TagResult[] {
    return this.#decisions.slice(this.#done.length).map(({ name, kind, why, moves }): TagResult =>
      ({ name, kind, state: moves ? 'unreached' : 'kept', why, from: null }))
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

/** The last first. */
async function undo(order: readonly Moving[], sets: readonly Moving[]): Promise<void> {
  const left = new Map(sets.map((set) => [set, set.reached]))
  const whole = Math.min(...sets.map(({ reached }) => reached))
  const silent = new Set<Moving>()
  for (const set of order.toReversed()) {
    const index = (left.get(set) ?? 0) - 1
    left.set(set, index)
    if (silent.has(set)) continue
    try {
      await set.undo(index, index < whole)
    } catch {
      // It does not answer any more: what is left there stays as it is, and is told of.
      silent.add(set)
    }
  }
}

function incomplete(sets: readonly Moving[], tags: readonly (readonly TagResult[])[], [first]: readonly Failure[]): Failure {
  const named = (...states: readonly TagResult['state'][]): string => tags.flatMap((all, index) => all.filter(({ state }) => states.includes(state))
    .map(({ name }) => sets.length > 1 ? `${sets[index]?.name ?? ''}:${name}` : name)).join(', ')
  const [stand, back, not] = [named('made', 'moved', 'there'), named('undone'), named('unreached')]
  return new Failure({
    code: 'tags-incomplete',
    what: `The ${sets.length > 1 ? 'images are' : 'image is'} in the registry, but not all of ${sets.length > 1 ? 'their' : 'its'} tags are: `
      + `${not} ${not.includes(',') ? 'do' : 'does'} not stand for it.`,
    why: [first?.what ?? '', stand === '' ? '' : `These do: ${stand}.`, back === '' ? '' : `These were put back: ${back}.`].filter(Boolean).join(' '),
    cure: 'Run the job again: nothing is built a second time, and the tags are moved.',
  })
}
