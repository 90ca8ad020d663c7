import type { Redactor } from './redact'

export interface Bounds {
  readonly lines: number
  /** Of UTF-8. */
  readonly bytes: number
}

export interface Shown {
  readonly text: string
  /** `the first 900 of 1000 lines are left out`, or null when it is all there. */
  readonly leftOut: string | null
}

/** The most that is looked at, in UTF-16 units: many times what is ever shown. */
const window = 1 << 20
const escape = String.fromCharCode(27)
const colours = new RegExp(`${escape}\\[[0-9;:]*m`, 'g')

/**
 * The end of somebody else's text as it may be shown: without secrets and colours, with control characters made visible, and
 * no longer than the bounds. What follows may still be Markdown or workflow commands: printing is to see to that.
 */
export function shown(text: string, redactor: Redactor, bounds: Bounds): Shown {
  const clipped = text.length > window + redactor.longest
  const end = clipped ? text.slice(-(window + redactor.longest)) : text
  const redacted = redactor.redact(end)
  // A secret that the cut went through cannot be recognised, but it is no longer than this.
  const whole = clipped ? redacted.slice(redactor.longest) : redacted
  const all = visible(redactor.redact(whole.replace(colours, ''))).replace(/\n+$/, '')
  const lines = all.split('\n')
  const kept = lastBytes(lines.slice(-bounds.lines).join('\n'), bounds.bytes)
  if (!clipped && kept.length === all.length) return { text: kept, leftOut: null }
  const total = text.replace(/\n+$/, '').split('\n').length
  const missing = total - kept.split('\n').length
  return {
    text: kept,
    leftOut: missing > 0 ? `the first ${missing} of ${total} lines are left out` : 'the beginning is left out',
  }
}

/** One line of text that may hold somebody else's, fit for a line of the log: redacted, visible, and no workflow command. */
export function oneLine(text: string, redactor: Redactor): string {
  const end = redactor.redact(redactor.redact(text).replace(colours, ''))
  const line = visible(end).replace(/\s*\n\s*/g, ' ').trim()
  return defused(line.length > 2000 ? `${line.slice(0, 2000).toWellFormed()} …` : line)
}

/** Advice, which may hold a file to copy: its lines and their indentation stay, each as fit for the log as a line alone. */
export function severalLines(text: string, redactor: Redactor): readonly string[] {
  return redactor.redact(text).split('\n').slice(0, 50).map((line) => `${/^ */.exec(line)?.[0] ?? ''}${oneLine(line, redactor)}`)
}

/** The old form of workflow commands is obeyed anywhere in a line. */
function defused(line: string): string {
  return line.replaceAll('##[', '# #[').replace(/^::/, ': :')
}

/** With a picture or a number for each character that a terminal or a browser would act on. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === '\n' || character === '\t') return character
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })
}

function lastBytes(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  let begin = bytes.length - most
  // Not into the middle of a character.
  while (begin < bytes.length && ((bytes[begin] ?? 0) & 0xc0) === 0x80) begin += 1
  return bytes.subarray(begin).toString()
}
