import type { Finished } from '../../drivers/helm'
import { pathOf } from '../../drivers/kubernetes'
import type { Evidence } from '../../errors'
import { Failure, Failures } from '../../errors'
import { evidenceOf } from './evidence'
import { helmFailure } from './helm-failures'
import { keyOf, type Subject, type Verdict } from './judging'
import { alike, few, subjectOf, type Rendered } from './manifest'
import type { Place } from './place'
import { sideBySide } from '../../concurrency/side-by-side'
import { Doomed, isJudged } from './watching'

/** Requests at once. */
const most = 8
/** Failures that are told one by one. */
const told = 6

export interface Rolling {
  /** Objects that are to be ready. */
  readonly objects: readonly Rendered[]
  /** Hooks that Helm waits for, one after the other. */
  readonly hooks: readonly Rendered[]
  /** Starts Helm; the signal asks it to end. */
  readonly run: (signal: AbortSignal) => Promise<Pick<Finished, 'code' | 'stdout' | 'stderr'>>
  /** `apply revision 7`. */
  readonly doing: string
  /** Milliseconds since 1970. */
  readonly until: number
  /** What happened until now counts, too: it was begun by another run. */
  readonly begun?: boolean
}

/**
 * Lets Helm apply, and watches what comes of it: until all is ready, or the first of it is doomed. Then Helm, if it is still at it, is asked to end.
 * Throws a `Failure`, or `Failures`, with the evidence in them: `rollout-doomed`, `helm-failed` and others of Helm.
 */
export async function roll(place: Place, { objects, hooks, run, doing, until, begun = false }: Rolling): Promise<readonly Subject[]> {
  const { watching, namespace, client } = place
  const subjects = objects.filter(isJudged).map((one) => subjectOf(one, namespace))
  const hooked = hooks.filter(isJudged).map((one) => subjectOf(one, namespace))
  await watching.follow([...objects, ...hooks])
  if (!begun) watching.begin()
  const ending = new AbortController()
  const helm = run(AbortSignal.any([ending.signal, place.signal]))
  const over = new AbortController()
  const patience = { until }
  // A hook that is doomed is doomed while Helm waits for it; that it is not there is Helm's to say.
  const hooksDoomed = watching.until({ subjects: hooked, patience, signal: over.signal }, new Promise(() => undefined))
  hooksDoomed.catch(() => undefined)
  try {
    const applied = Promise.race([helm, hooksDoomed.then(async () => await helm)]).then(async (finished) => {
      over.abort(new Error('over'))
      if (finished.code !== 0) throw helmFailure(finished, doing, place.release)
      return await generationsOf(place, objects)
    })
    applied.catch(() => undefined)
    await watching.until({ subjects, patience, signal: place.signal }, applied)
    return subjects
  } catch (error) {
    ending.abort()
    // What Helm has begun it marks as failed; whoever goes back finds out.
    await helm.catch(() => undefined)
    if (!(error instanceof Doomed)) throw error
    const evidence = await evidenceOf(client, error.verdicts, watching.world)
    throw doomed(error.verdicts, evidence)
  } finally {
    over.abort(new Error('over'))
  }
}

/** By its generation it is told whether a stream shows what was applied, or what was before. A kind that there is more of is asked for once. */
async function generationsOf({ client, discovery, namespace, watching }: Place, objects: readonly Rendered[]): Promise<ReadonlyMap<string, number>> {
  const generations = new Map<string, number>()
  const take = (there: Rendered['object'], { object: { apiVersion, kind } }: Rendered, subject: Subject): void => {
    if (there.metadata.generation !== undefined) generations.set(keyOf(subject), there.metadata.generation)
    watching.put({ ...there, apiVersion, kind })
  }
  await sideBySide(alike(objects.filter(isJudged), namespace), most, async (group) => {
    const [first] = group
    const resource = first === undefined ? null : await discovery.find(first.object.apiVersion, first.object.kind)
    if (first === undefined || resource === null) return
    const where = resource.namespaced ? subjectOf(first, namespace).namespace : null
    if (group.length > few) {
      const { items } = await client.get<{ readonly items: readonly Rendered['object'][] | null }>(pathOf(resource, where))
      const byName = new Map((items ?? []).map((object) => [object.metadata.name, object]))
      for (const rendered of group) {
        const there = byName.get(rendered.object.metadata.name)
        if (there !== undefined) take(there, rendered, subjectOf(rendered, namespace))
      }
      return
    }
    for (const rendered of group) {
      const subject = subjectOf(rendered, namespace)
      const there = await client.find<Rendered['object']>(pathOf(resource, where, subject.name))
      if (there !== null) take(there, rendered, subject)
    }
  })
  return generations
}

/** Pods of one workload that fail alike are one failure. */
function doomed(verdicts: ReadonlyMap<Subject, Verdict>, evidence: readonly Evidence[]): Failures | Failure {
  const failures = [...verdicts].flatMap(([subject, { line, causes }]) => {
    const distinct = new Map(causes.toReversed().map((cause) => [`${cause.rule} ${cause.container ?? ''}`, cause]))
    return [...distinct.values()].toReversed().map((cause) => new Failure({
      code: 'rollout-doomed',
      what: `${subject.kind} ${subject.name} cannot become ready: ${cause.message}`,
      why: `${line} (${cause.rule}${cause.event === undefined || cause.event === '' ? '' : `: ${cause.event.slice(0, 400)}`})`,
      cure: cause.cure, evidence: evidence.filter(({ source }) => source.startsWith(cause.object)),
    }))
  })
  const [first, ...others] = failures.slice(0, told)
  return first !== undefined && others.length === 0 ? first : new Failures(failures.slice(0, told))
}
