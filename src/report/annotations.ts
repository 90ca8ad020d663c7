import type { Failure } from '../errors'
import type { FailureRecord } from '../rollout/outcome'
import { errorCommand } from './commands'
import { oneLine, severalLines } from './foreign'
import type { Redactor } from './redact'

/** The runner shows no more of a kind for a step. */
const most = 10

/** A failure as it was thrown, or as plain data. */
export type Told = Failure | FailureRecord

/**
 * Lines for the log: an error annotation for each failure, on its file and line; one for the same failure on several targets.
 * Those beyond what the runner shows follow as plain text, and a line says so.
 */
export function annotations(failures: readonly Told[], redactor: Redactor): readonly string[] {
  const same = new Map<string, Told[]>()
  for (const failure of failures) {
    const { code, what, why, cure, at } = failure
    const key = JSON.stringify([code, what, why, cure, at ?? null])
    same.set(key, [...same.get(key) ?? [], failure])
  }
  const groups = [...same.values()]
  const beyond = groups.slice(most)
  return [
    ...groups.slice(0, most).flatMap((group) => annotation(group, redactor)),
    ...(beyond.length === 0 ? [] : [`${beyond.length} more, which the runner would not show as annotations:`]),
    ...beyond.flatMap((group) => group.slice(0, 1).flatMap((failure) => block(failure, redactor))),
  ]
}

/** A failure as a block of the log: what, why and cure, a line each; a file to copy in the cure keeps its lines. */
export function block(failure: Told, redactor: Redactor): readonly string[] {
  const { what, why, cure, at, target } = failure
  const place = [at === undefined || at === null ? '' : `${at.file}:${at.line}`, target ?? ''].filter(Boolean).join(', ')
  return [
    `  error: ${place === '' ? '' : `${oneLine(place, redactor)}: `}${oneLine(what, redactor)}`,
    ...(why === '' ? [] : [`    why:  ${oneLine(why, redactor)}`]),
    ...severalLines(cure, redactor).map((line, index) => `    ${index === 0 ? 'cure: ' : '      '}${line}`),
  ]
}

function annotation(group: readonly Told[], redactor: Redactor): readonly string[] {
  const [failure] = group
  if (failure === undefined) return []
  const targets = group.flatMap(({ target }) => target === undefined || target === null ? [] : [target])
  const more = targets.length > 3 ? ` and ${targets.length - 3} more` : ''
  const shownTargets = `${targets.slice(0, 3).join(', ')}${more}`
  const { code, what, why, cure, at } = failure
  const said = [what, why].filter(Boolean).map((text) => oneLine(text, redactor))
  const message = [...said, ...severalLines(cure, redactor)].join('\n')
  return [errorCommand(message, {
    title: targets.length === 0 ? code : `${code} on ${oneLine(shownTargets, redactor)}`,
    ...(at === undefined || at === null ? {} : { file: at.file, line: at.line }),
    ...(at?.column === undefined ? {} : { col: at.column }),
  })]
}
