import { interpolationOf, type Interpolation } from './interpolation'

/** A line of an env file. */
export interface EnvLine {
  readonly name: string
  /** Null: the name alone, whose value is taken from outside. */
  readonly value: string | null
  /** Does `$` mean something in the value? */
  readonly expands: boolean
  /** 1-based. */
  readonly line: number
}

export interface EnvFile {
  readonly lines: readonly EnvLine[]
  /** 1-based lines that Compose cannot read, and why. */
  readonly malformed: readonly { readonly line: number; readonly why: string }[]
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/

/** `NAME=value` a line, as Compose reads it: quotes may span lines, `#` begins a comment, single quotes keep what is in them. */
export function readEnvFile(text: string): EnvFile {
  const lines: EnvLine[] = []
  const malformed: { line: number; why: string }[] = []
  let at = 0
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length
  while (at < text.length) {
    const end = endOfLine(text, at)
    const written = text.slice(at, end)
    const start = at
    at = end + 1
    if (/^\s*(#|$)/.test(written)) continue
    const [, before = '', key = '', separator = ''] = /^(\s*(?:export\s+)?)([^=:\r]*)([=:]?)/.exec(written) ?? []
    const name = key.trim()
    if (!NAME.test(name)) {
      malformed.push({ line: lineAt(start), why: `\`${name.slice(0, 40)}\` is no name of a variable` })
      continue
    }
    if (separator === '') {
      lines.push({ name, value: null, expands: false, line: lineAt(start) })
      continue
    }
    const from = start + before.length + key.length + 1
    const blank = /^[ \t]*/.exec(text.slice(from, end))?.[0].length ?? 0
    const quote = text[from + blank]
    if (quote !== '"' && quote !== '\'') {
      const value = text.slice(from, end).replace(/(^|\s)#.*$/, '').trim()
      lines.push({ name, value, expands: true, line: lineAt(start) })
      continue
    }
    const close = closingQuote(text, from + blank, quote)
    if (close < 0) {
      malformed.push({ line: lineAt(start), why: 'a quote is opened and never closed' })
      break
    }
    const inside = text.slice(from + blank + 1, close)
    // A backslash before a dollar keeps it; elsewhere two dollars do.
    const value = quote === '"' ? inside.replaceAll('\\$', '$$$$').replace(/\\([nrt"\\])/g, (_, letter: string) => escapes[letter] ?? letter) : inside
    lines.push({ name, value, expands: quote === '"', line: lineAt(start) })
    at = endOfLine(text, close) + 1
  }
  return { lines, malformed }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

export function interpolationOfLine({ value, expands }: EnvLine): Interpolation {
  return value === null || !expands ? { references: [], malformed: [] } : interpolationOf(value)
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function closingQuote(text: string, open: number, quote: string): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at
  }
  return -1
}
