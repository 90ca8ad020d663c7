import type { Builder } from '../drivers/docker'
import { Making, type Job, type MakeLog, type Run } from './making'
import type { ImageOutcome } from './outcome'
import { publish, type Publication } from './publish'
import { sideBySide } from '../concurrency/side-by-side'

export type { Job, MakeLog, Run } from './making'

/** Lookups side by side: registries count requests. */
const looksAtOnce = 4

/**
 * Builds what is not in the registry yet, pushes it, and moves tags when all is there: so that no version is of some of the images alone.
 * Rejects only for bugs: what failed is in the outcomes, in the order of the jobs. `log` hears what is of no image.
 */
export async function makeImages(run: Run, jobs: readonly Job[], log: Pick<MakeLog, 'warn'>): Promise<readonly ImageOutcome[]> {
  const images = jobs.map((job) => new Making(run, job))
  // Both take a while; a builder that is not needed then is no loss.
  const needless = new AbortController()
  const finding = run.findBuilder(AbortSignal.any([needless.signal, run.signal]))
  finding.catch(() => {})
  try {
    return await made(run, images, finding, log)
  } finally {
    needless.abort()
  }
}

async function made(run: Run, images: readonly Making[], finding: Promise<Builder>, log: Pick<MakeLog, 'warn'>): Promise<readonly ImageOutcome[]> {
  await sideBySide(images, looksAtOnce, async (image) => await image.attempt(async () => await image.look()))
  if (someFailed(images)) return ended(images)
  if (run.dryRun) return await planned(images, finding)
  await sideBySide(images.filter(({ unchanged }) => unchanged), looksAtOnce, async (image) => await image.attempt(async () => await image.keep()))
  const missing = images.filter(({ unchanged }) => !unchanged)
  await buildAll(run, missing, finding, log)
  await moveTags(run, images)
  return ended(images)
}

async function planned(images: readonly Making[], finding: Promise<Builder>): Promise<readonly ImageOutcome[]> {
  const [first] = images
  let name = ''
  await first?.attempt(async () => { ({ name } = await finding) })
  return someFailed(images) ? ended(images) : images.map((image) => image.planned(name))
}

/** All are tried, so that all that is wrong is said, and the next run finds what was built. */
async function buildAll({ atOnce }: Run, images: readonly Making[], finding: Promise<Builder>, log: Pick<MakeLog, 'warn'>): Promise<void> {
  const [first] = images
  if (first === undefined) return
  let builder: Builder | null = null
  await first.attempt(async () => { builder = await finding })
  const found = builder as Builder | null
  if (found === null) return
  first.tellMissing(found, log)
  for (const image of images) await image.attempt(async () => await image.refuseImpossible(found))
  if (someFailed(images)) return
  await sideBySide(images, atOnce, async (image) => await image.attempt(async () => await image.build(found)))
}

/** Where an image is missing, no tag of the others moves but the commit's: by that the next run knows that they need not be built again. */
async function moveTags({ clock }: Run, images: readonly Making[]): Promise<void> {
  const began = clock()
  const whole = !someFailed(images)
  const moving: { readonly image: Making; readonly publication: Publication }[] = []
  for (const image of images.filter(({ failed }) => !failed)) {
    await image.attempt(async () => {
      const publication = await image.publication(image.job.name)
      if (publication !== null) moving.push({ image, publication })
    })
  }
  const complete = whole && !someFailed(images)
  const only = ({ decisions, ...rest }: Publication): Publication => ({ ...rest, decisions: decisions.filter(({ kind }) => kind === 'commit') })
  const [sets, left] = complete ? [moving, []] : [[], moving]
  if (sets.length > 0) {
    const { tags, failures, failed } = await publish(sets.map(({ publication }) => publication))
    const took = clock() - began
    for (const [index, { image }] of sets.entries()) image.published(tags[index] ?? [], index === failed ? failures : [], took)
  }
  for (const { image, publication } of left) {
    await image.attempt(async () => {
      const { tags: [tags = []], failures } = await publish([only(publication)])
      const others = publication.decisions.filter(({ kind }) => kind !== 'commit')
      image.published([...tags, ...others.map(({ name, kind, why, moves }) => ({ name, kind, why, state: moves ? 'unreached' as const : 'kept' as const, from: null }))],
        failures, clock() - began)
    })
  }
}

function ended(images: readonly Making[]): readonly ImageOutcome[] {
  const whole = !someFailed(images)
  return images.map((image) => image.outcome(whole))
}

const someFailed = (images: readonly Making[]): boolean => images.some(({ failed }) => failed)
