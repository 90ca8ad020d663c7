import type { ActionRun, Annotation } from '../harness/action'

interface Report {
  readonly failures?: readonly { readonly code: string }[]
  readonly hosts?: readonly { readonly failures: readonly { readonly code: string }[] }[]
}

/** The annotation of a code, `CODE` or `CODE on TARGET`. */
const said = (run: ActionRun, code: string): Annotation | undefined =>
  run.annotations.find(({ level, properties }) => level === 'error' && (properties['title'] ?? '').split(' ')[0] === code)

/** Codes of all errors, in the order they were said. */
export const codes = (run: ActionRun): string[] =>
  run.annotations.filter(({ level }) => level === 'error').map(({ properties }) => (properties['title'] ?? '').split(' ')[0] ?? '')

/**
 * Holds a run to how a bad input ends: red, `failed`, an annotation of that code that says all the words and has a cure, the
 * same in the summary and in the report. Gives the annotation.
 */
export function refused(run: ActionRun, code: string, ...words: readonly (RegExp | string)[]): Annotation {
  const annotation = said(run, code)
  if (annotation === undefined) throw new Error(`no error ${code}, but [${codes(run).join(', ')}]:\n${run.log}`)
  // All in one text, so that what is missing is seen beside what was said.
  for (const word of words) {
    if (typeof word === 'string') expect(annotation.message).toContain(word)
    else expect(annotation.message).toMatch(word)
  }
  expect({ code: run.code, ...run.outputs }).toMatchObject({ code: 1, status: 'failed', changed: 'false' })
  const [what = '', ...rest] = annotation.message.split('\n')
  expect(what).toMatch(/^\S.+[^\s:,;]$/s)
  expect(rest.join('')).not.toBe('')
  expect(plain(run.summary)).toContain(plain(what))
  const report = JSON.parse(run.outputs['report'] ?? '{}') as Report
  const told = [...report.failures ?? [], ...(report.hosts ?? []).flatMap(({ failures }) => failures)]
  expect(told.map((failure) => failure.code)).toContain(code)
  expect(run.log).not.toMatch(/::error title=bug|This is a bug/)
  return annotation
}

/** Text without what Markdown and escaping add to it. */
const plain = (text: string): string => text.replace(/&(?:[a-z]+|#x?[0-9a-f]+);/gi, '').replace(/[^A-Za-z0-9]+/g, ' ')
