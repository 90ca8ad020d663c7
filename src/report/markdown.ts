import type { Redactor } from './redact'
import { oneLine, severalLines } from './foreign'

/** Text in a sentence: what stands between single backticks stays code, all else means what it says. */
export function prose(text: string, redactor: Redactor): string {
  const parts = oneLine(text, redactor).split('`')
  if (parts.length % 2 === 0) return plain(parts.join('\''))
  return parts.map((part, index) => index % 2 === 0 ? plain(part) : code(part)).join('')
}

/** Redacted text as a code span, whatever it holds. */
export function codeOf(text: string, redactor: Redactor): string {
  return code(oneLine(text, redactor))
}

/** What went wrong, why, and what to do, as a quotation; `place` is Markdown already. */
export function advice(
  { what, why, cure }: { readonly what: string; readonly why: string; readonly cure: string }, place: string, redactor: Redactor,
): string {
  const lines = severalLines(cure, redactor)
  // What follows a line that ends in a colon is to be copied.
  const colon = lines.findIndex((line) => line.endsWith(':'))
  const sentences = colon < 0 ? lines : lines.slice(0, colon + 1)
  const copied = lines.slice(sentences.length)
  return [
    `${place === '' ? '' : `${place}: `}**${prose(what, redactor)}**`,
    ...(why === '' ? [] : [prose(why, redactor)]),
    [
      `**What to do:** ${prose(sentences.join('\n'), redactor)}`,
      ...(copied.length === 0 ? [] : [fenced(copied.join('\n'))]),
    ].join('\n'),
  ].join('<br>\n').replace(/^/gm, '> ')
}

/** A fenced block that nothing in it can end. The text has been made fit to be shown. */
export function fenced(text: string, language = 'text'): string {
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)))
  return `${fence}${language}\n${text}\n${fence}`
}

/** Something that folds. `summary` is Markdown-free text. */
export function details(summary: string, body: string): string {
  return `<details><summary>${html(summary)}</summary>\n\n${body}\n\n</details>`
}

/** A table; the cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function plain(text: string): string {
  return html(text.replace(/[\\*_[\]#|~!$]/g, '\\$&')).replaceAll('&quot;', '"')
}

function code(text: string): string {
  if (text === '') return ''
  // A pipe ends the cell of a table even inside of code, and a backtick the code.
  if (!/[`|]/.test(text)) return `\`${text}\``
  return `<code>${plain(text).replaceAll('\\|', '&#124;').replaceAll('`', '&#96;')}</code>`
}
