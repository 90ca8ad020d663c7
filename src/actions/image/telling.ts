import type { Failure } from '../../errors'
import { hasChanged, pinnedOf, referenceOf, statusOfAll, type ImageOutcome, type ImageStatus, type ServiceImage } from '../../image/outcome'
import type { BuildImageOutput } from '../../inputs'
import { annotations } from '../../report/annotations'
import { print } from '../../report/commands'
import { oneLine } from '../../report/foreign'
import { imageHeadline, imagesHeadline, imagesSummary, imageSummary } from '../../report/image-summary'
import type { Redactor } from '../../report/redact'
import { markTold, setOutputs, writeSummary } from '../closing'

/** What is told of the images of a run. */
export interface ToldImages {
  readonly status: ImageStatus
  readonly changed: boolean
  readonly version: string
  readonly failures: readonly Failure[]
  /** Lines for the log. */
  readonly lines: readonly string[]
  /** Those that are of images alone. */
  readonly outputs: Readonly<Record<'image' | 'image-name' | 'digest' | 'digests' | 'tags' | 'images', string>>
  /** For the output `report`, redacted. */
  readonly report: object
  /** Markdown. */
  readonly summary: string
}

/** `notes`: of no image alone. `depth`: of the first heading. */
export function toldOf(images: readonly ServiceImage[], notes: readonly string[], redactor: Redactor, depth = 2): ToldImages {
  const [one, other] = images
  if (one === undefined) throw new Error('there is no image to tell of')
  const all = images.map(({ outcome }) => outcome)
  const [status, failures, changed] = [statusOfAll(all), all.flatMap((outcome) => outcome.failures), all.some(hasChanged)]
  const single = other === undefined
  const plans = images.flatMap(({ services, outcome }) => outcome.plan.map((line) => `  - ${oneLine(`${single ? '' : `${services.join(', ')}: `}${line}`, redactor)}`))
  const { version, commit } = one.outcome
  return {
    status, changed, version, failures,
    lines: [...plans, ...annotations(failures, redactor), oneLine(single ? imageHeadline(one.outcome) : imagesHeadline(status, images), redactor)],
    outputs: {
      ...(single ? outputsOfOne(one.outcome) : outputsOfSeveral(images)),
      images: JSON.stringify(Object.fromEntries(images.flatMap(({ services, outcome }) =>
        pinnedOf(outcome) === '' ? [] : services.map((service) => [service, pinnedOf(outcome)])))),
    },
    report: redactor.deep(single ? { schema: 1, ...plain(one.outcome), changed }
      : { schema: 1, status, changed, version, commit, notes,
        images: images.map(({ services, outcome }) => ({ services, ...plain(outcome) })), failures: all.flatMap((outcome) => plain(outcome).failures) }),
    summary: single ? imageSummary({ ...one.outcome, notes: [...notes, ...one.outcome.notes] }, redactor, depth) : imagesSummary(status, images, notes, redactor, depth),
  }
}

/** Log, outputs and summary, however it ended; sets the exit code. */
export async function tellImages(told: ToldImages, redactor: Redactor): Promise<void> {
  print(...told.lines)
  if (told.failures.length > 0) process.exitCode = 1
  const outputs: Record<BuildImageOutput, string> = {
    ...told.outputs, status: told.status, changed: String(told.changed), version: told.version, report: JSON.stringify(told.report),
  }
  await setOutputs(outputs, redactor)
  await writeSummary(told.summary)
  await markTold()
}

type Alone = Omit<ToldImages['outputs'], 'images'>

function outputsOfOne(outcome: ImageOutcome): Alone {
  const { image, digest, digests } = outcome
  return { image: referenceOf(outcome), 'image-name': image, digest, digests: JSON.stringify(digests), tags: standing(outcome).join('\n') }
}

function outputsOfSeveral(images: readonly ServiceImage[]): Alone {
  const tags = images.map(({ outcome }) => standing(outcome))
  return {
    image: '', 'image-name': '', digest: '',
    digests: JSON.stringify(Object.fromEntries(images.flatMap(({ services, outcome }) => services.map((service) => [service, outcome.digests])))),
    tags: (tags[0] ?? []).filter((tag) => tags.every((others) => others.includes(tag))).join('\n'),
  }
}

const standing = ({ tags }: ImageOutcome): readonly string[] =>
  tags.filter(({ state }) => state === 'made' || state === 'moved' || state === 'there').map(({ name }) => name)

/** Failures as data. */
function plain({ failures, ...rest }: ImageOutcome): Omit<ImageOutcome, 'failures'> & { readonly failures: readonly object[] } {
  return { ...rest, failures: failures.map(({ code, what, why, cure, at }) => ({ code, what, why, cure, at: at ?? null })) }
}
