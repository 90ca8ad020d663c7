import type { ImageOutcome } from '../../image/outcome'
import type { BuildImageOutput } from '../../inputs'
import { annotations } from '../../report/annotations'
import { print } from '../../report/commands'
import { oneLine } from '../../report/foreign'
import { imageHeadline, imageSummary } from '../../report/image-summary'
import type { Redactor } from '../../report/redact'
import { markTold, writeSummary } from '../closing'

/** Log, outputs and summary, however it ended. */
export async function tellImage(outcome: ImageOutcome, app: string, redactor: Redactor): Promise<void> {
  const { failures, status, tags, digest, image } = outcome
  for (const line of outcome.plan) print(`  - ${oneLine(line, redactor)}`)
  print(...annotations(failures, redactor), oneLine(imageHeadline(outcome), redactor))
  if (failures.length > 0) process.exitCode = 1
  const standing = tags.filter(({ state }) => state === 'made' || state === 'moved' || state === 'there').map(({ name }) => name)
  const changed = tags.some(({ state }) => state === 'made' || state === 'moved') || (status === 'failed' && digest !== '')
  const reference = digest === '' ? '' : `${image}@${digest}`
  const report = {
    schema: 1, ...outcome, changed,
    failures: failures.map(({ code, what, why, cure, at }) => ({ code, what, why, cure, at: at ?? null })),
  }
  const outputs: Record<BuildImageOutput, string> = {
    status, changed: String(changed), report: JSON.stringify(redactor.deep(report)), version: outcome.version,
    image: reference, 'image-name': image, digest, digests: JSON.stringify(outcome.digests), tags: standing.join('\n'),
    images: JSON.stringify(reference === '' ? {} : { [app]: reference }),
  }
  const core = await import('@actions/core')
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, redactor.redact(value))
  await writeSummary(imageSummary(outcome, redactor))
  markTold(core)
}
