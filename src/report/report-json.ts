import type { PublicationOutcome } from '../publish/outcome'
import type { Outcome } from '../rollout/outcome'
import { shown, type Bounds } from './foreign'
import type { Redactor } from './redact'

const evidenceBounds: Bounds = { lines: 50, bytes: 4 * 1024 }
/** Of UTF-16; the runner takes 1 MiB for the outputs of a job. */
const mostEvidence = 200_000

/**
 * The `report` output: the outcome as one line of JSON after docs/report.schema.json, redacted, evidence bounded; with `more` beside it. `publication` null:
 * none was asked for.
 */
export function reportJson(outcome: Outcome, redactor: Redactor, publication: PublicationOutcome | null = null, more: Readonly<Record<string, unknown>> = {}): string {
  let room = mostEvidence
  const targets = outcome.targets.map((target) => ({
    ...target,
    evidence: target.evidence.flatMap(({ source, text }) => {
      const bounded = shown(text, redactor, evidenceBounds).text
      room -= bounded.length
      return room < 0 ? [] : [{ source, text: bounded }]
    }),
  }))
  return JSON.stringify(redactor.deep({ schema: 1, ...outcome, targets, ...(publication === null ? {} : { publication: publicationRecord(publication) }), ...more }))
}

/** Notes are in the Release, and the runner has room for 1 MiB. */
export function publicationRecord({ tag, release, deployment, notices }: PublicationOutcome): object {
  if (release === null) return { tag, release, deployment, notices }
  const { state, url, files, latest, prerelease, why } = release
  return { tag, release: { state, url, files, latest, prerelease, why }, deployment, notices }
}
