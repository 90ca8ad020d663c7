import { masksOf } from './commands'

/** What is shorter would turn up inside of words. */
const shortest = 6
/** What is longer is looked for one by one: from some 40,000 characters on V8 makes no regular expression of it. */
const longestInPattern = 2_000

/** Takes known secrets out of any text that leaves: as they are, line by line, and as base64, URL and JSON write them. */
export class Redactor {
  readonly #forms = new Set<string>()
  #pattern: RegExp | null = null
  #long: readonly string[] = []
  #longest = 0

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret)
  }

  /** The longest text that could be taken out, in UTF-16 units. */
  get longest(): number {
    return this.#longest
  }

  add(secret: string): void {
    for (const value of new Set([secret, secret.trim(), secret.replaceAll('\r\n', '\n').trim(), ...masksOf(secret)])) {
      for (const form of formsOf(value)) {
        if (form.length < shortest) continue
        this.#forms.add(form)
        this.#longest = Math.max(this.#longest, form.length)
      }
    }
    this.#pattern = null
  }

  /** The text with `***` for each secret in it. */
  redact(text: string): string {
    if (this.#forms.size === 0) return text
    if (this.#pattern === null) {
      const forms = [...this.#forms].sort((a, b) => b.length - a.length)
      this.#long = forms.filter(({ length }) => length > longestInPattern)
      this.#pattern = anyOf(forms.slice(this.#long.length))
    }
    const rest = this.#long.reduce((left, form) => left.replaceAll(form, '***'), text)
    return rest.replace(this.#pattern, '***')
  }

  /** The same plain data with all its strings redacted. */
  deep<T>(value: T): T {
    return this.#deep(value) as T
  }

  #deep(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value)
    if (Array.isArray(value)) return value.map((each) => this.#deep(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.#deep(each)]))
  }
}

function anyOf(texts: readonly string[]): RegExp {
  // Of none an expression would fit everywhere.
  return texts.length === 0 ? /(?!)/ : new RegExp(texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
}

function formsOf(value: string): readonly string[] {
  if (value.length < shortest) return []
  const url = encodeURIComponent(value.toWellFormed())
  return [
    value, JSON.stringify(value).slice(1, -1), value.replaceAll('\'', '\'\\\'\''),
    url, url.toLowerCase(), url.replaceAll('%20', '+'),
    ...[0, 1, 2].flatMap((offset) => base64At(value, offset)),
  ]
}

/** What base64 makes of the value when it begins at this byte of three, less the characters that its neighbours decide. */
function base64At(value: string, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
  const begin = [0, 2, 3][offset] ?? 0
  const end = Math.floor((bytes.length * 8) / 6)
  return (['base64', 'base64url'] as const).map((encoding) => bytes.toString(encoding).slice(begin, end))
}
