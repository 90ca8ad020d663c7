import type { FailureRecord } from '../rollout/outcome'
import type { Evidence } from '../errors'
import { block, type Told } from './annotations'
import type { Form } from './console'
import { oneLine, shown } from './foreign'
import type { Redactor } from './redact'

const bounds = { lines: 40, bytes: 8 * 1024 }

/** For people at a terminal, without colours: what comes from a hook passes through a Git that does not care for them. */
export const terminalForm: Form = {
  warning: (title, text, redactor) => `  warning: ${oneLine(title, redactor)}: ${oneLine(text, redactor)}`,
  evidence,
  // Each was told when it happened. The first is what to begin with, and the last that is read.
  failures: (failures, redactor) => failures.length === 0 ? [] : failureLines(failures.slice(0, 1), failures.length - 1, redactor),
  verdict: (_icon, text) => text,
}

function evidence(target: string, { source, text }: Evidence, redactor: Redactor): readonly string[] {
  const { text: end, leftOut } = shown(text, redactor, bounds)
  return [
    `  ${oneLine(`${target}: ${source}`, redactor)}${leftOut === null ? '' : ` (${leftOut})`}`,
    ...end.split('\n').map((line) => `    | ${line}`),
  ]
}

function failureLines(first: readonly FailureRecord[], more: number, redactor: Redactor): readonly string[] {
  return ['', ...told(first, redactor), ...(more > 0 ? [`  (${more} more above)`] : [])]
}

/** What, why and cure of each, as a block. */
export function told(failures: readonly Told[], redactor: Redactor): readonly string[] {
  return failures.flatMap((failure) => block(failure, redactor))
}
