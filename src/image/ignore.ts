/** A line of a .dockerignore. */
export interface IgnoreRule {
  /** 1-based. */
  readonly line: number
  readonly text: string
  /** `!`: takes back in what an earlier line left out. */
  readonly negated: boolean
  matches(path: string): boolean
}

/** Pure, after what BuildKit does: patterns are of Go's filepath.Match, and `**`; paths are relative to the context. */
export function parseIgnore(text: string): readonly IgnoreRule[] {
  return text.replace(/^\uFEFF/, '').split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.trim()
    if (line === '' || raw.startsWith('#')) return []
    const negated = line.startsWith('!')
    const pattern = clean(negated ? line.slice(1).trim() : line)
    if (pattern === '') return []
    const expression = new RegExp(`^${expressionOf(pattern)}(?:/.*)?$`, 's')
    return [{ line: index + 1, text: line, negated, matches: (path: string) => expression.test(path) }]
  })
}

/** The line that keeps a path out of the context; null when it is in it. */
export function hiddenBy(rules: readonly IgnoreRule[], path: string): IgnoreRule | null {
  const last = rules.findLast((rule) => rule.matches(path))
  return last === undefined || last.negated ? null : last
}

function clean(pattern: string): string {
  const parts: string[] = []
  for (const part of pattern.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function expressionOf(pattern: string): string {
  let expression = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    if (pattern.startsWith('**', at)) {
      at += 1
      if (pattern[at + 1] === '/') {
        at += 1
        expression += '(?:.*/)?'
      } else expression += '.*'
    } else if (character === '*') expression += '[^/]*'
    else if (character === '?') expression += '[^/]'
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2)
      if (end < 0) expression += '\\['
      else {
        expression += `[${pattern.slice(at + 1, end).replaceAll('\\', '\\\\').replace(/\[/g, '\\[')}]`
        at = end
      }
    } else if (character === '\\' && at + 1 < pattern.length) {
      at += 1
      expression += escaped(pattern[at] ?? '')
    } else expression += escaped(character)
  }
  return expression
}

const escaped = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
