import { any, fits, literal, many, noSlash, one, optional, type Step } from './glob'

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
    const steps = stepsOf(pattern)
    return [{ line: index + 1, text: line, negated, matches: (path: string) => fits(steps, path) }]
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

function stepsOf(pattern: string): readonly Step[] {
  const steps: Step[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    if (pattern.startsWith('**', at)) {
      at += 1
      if (pattern[at + 1] === '/') {
        at += 1
        steps.push(...optional(many(any), ...literal('/')))
      } else steps.push(many(any))
    } else if (character === '*') steps.push(many(noSlash))
    else if (character === '?') steps.push(one(noSlash))
    else if (character === '[' && pattern.includes(']', at + 2)) {
      const end = pattern.indexOf(']', at + 2)
      steps.push(one(classOf(pattern.slice(at + 1, end))))
      at = end
    } else if (character === '\\' && at + 1 < pattern.length) {
      at += 1
      steps.push(...literal(pattern[at] ?? ''))
    } else steps.push(...literal(character))
  }
  // What is in a folder goes with it.
  return [...steps, ...optional(...literal('/'), many(any))]
}

/** `a-z0`, `^a`: what stands in brackets. A range from the higher to the lower has nothing in it. */
function classOf(inside: string): (character: string) => boolean {
  const negated = inside.startsWith('^')
  const parts = [...inside.slice(negated ? 1 : 0).matchAll(/([^])-([^])|([^])/g)]
  const holds = (character: string): boolean => parts.some(([, low, high, single]) => single === character || (low !== undefined && high !== undefined && low <= character && character <= high))
  return (character) => holds(character) !== negated
}
