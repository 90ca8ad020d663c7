import { hasChanged, pinnedOf, referenceOf, statusOfAll, type ImageOutcome, type ServiceImage } from '../../image/outcome'
import type { BuildImageOutput } from '../../inputs'
import { annotations } from '../../report/annotations'
import { print } from '../../report/commands'
import { oneLine } from '../../report/foreign'
import { imageHeadline, imagesHeadline, imagesSummary, imageSummary } from '../../report/image-summary'
import type { Redactor } from '../../report/redact'
import { markTold, writeSummary } from '../closing'

/** Log, outputs and summary, however it ended. `notes`: of no image alone. */
export async function tellImages(images: readonly ServiceImage[], notes: readonly string[], redactor: Redactor): Promise<void> {
  const [one, other] = images
  if (one === undefined) throw new Error('there is no image to tell of')
  const all = images.map(({ outcome }) => outcome)
  const status = statusOfAll(all)
  for (const { services, outcome } of images) {
    const name = other === undefined ? '' : `${services.join(', ')}: `
    for (const line of outcome.plan) print(`  - ${oneLine(`${name}${line}`, redactor)}`)
  }
  const single = other === undefined
  const headline = single ? imageHeadline(one.outcome) : imagesHeadline(status, images)
  print(...annotations(all.flatMap(({ failures }) => failures), redactor), oneLine(headline, redactor))
  if (all.some(({ failures }) => failures.length > 0)) process.exitCode = 1
  const changed = all.some(hasChanged)
  const outputs: Record<BuildImageOutput, string> = {
    ...(single ? outputsOfOne(one.outcome) : outputsOfSeveral(images)),
    status, changed: String(changed), version: one.outcome.version,
    report: JSON.stringify(redactor.deep(single ? { schema: 1, ...plain(one.outcome), changed }
      : { schema: 1, status, changed, version: one.outcome.version, commit: one.outcome.commit, notes,
        images: images.map(({ services, outcome }) => ({ services, ...plain(outcome) })), failures: all.flatMap((outcome) => plain(outcome).failures) })),
    images: JSON.stringify(Object.fromEntries(images.flatMap(({ services, outcome }) =>
      pinnedOf(outcome) === '' ? [] : services.map((service) => [service, pinnedOf(outcome)])))),
  }
  const core = await import('@actions/core')
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, redactor.redact(value))
  await writeSummary(single ? imageSummary({ ...one.outcome, notes: [...notes, ...one.outcome.notes] }, redactor) : imagesSummary(status, images, notes, redactor))
  markTold(core)
}

type Alone = Pick<Record<BuildImageOutput, string>, 'image' | 'image-name' | 'digest' | 'digests' | 'tags'>

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
