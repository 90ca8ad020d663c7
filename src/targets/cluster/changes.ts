import { createHash } from 'node:crypto'
import { structuredPatch } from 'diff'
import { stringify } from 'yaml'
import type { Evidence } from '../../errors'
import { identity, titled, type Rendered } from './manifest'

/** What an activation makes of the objects that are there. */
export interface Change {
  readonly kind: 'new' | 'changed' | 'gone'
  /** `Deployment web`. */
  readonly title: string
  /** Lines of a unified diff, without a header; neither values of Secrets nor known secrets are in it. */
  readonly lines: readonly string[]
}

/** Lines around a change. */
const context = 2
/** Longer ones are cut, and say so. */
const mostLines = 120
/** Lines, and UTF-16 units, of a group in log and summary, which takes no more; and how many groups there are at most. */
const group = { lines: 96, length: 12_000, most: 6 }
/** What is shorter is a part of words, too. */
const shortest = 6

/** By object, in the order of the new manifest; those that go last. `secrets`: texts that are hidden wherever they stand. */
export function changesBetween(before: readonly Rendered[], after: readonly Rendered[], namespace: string, secrets: readonly string[] = []): readonly Change[] {
  const textOf = (one: Rendered): string => text(one, secrets)
  const old = new Map(before.map((one) => [identity(one, namespace), one]))
  const changes: Change[] = []
  for (const one of after) {
    const key = identity(one, namespace)
    const was = old.get(key)
    old.delete(key)
    if (was === undefined) changes.push({ kind: 'new', title: titled(one), lines: linesOf('', textOf(one)) })
    else {
      const [from, to] = [textOf(was), textOf(one)]
      if (from !== to) changes.push({ kind: 'changed', title: titled(one), lines: linesOf(from, to) })
    }
  }
  for (const one of old.values()) changes.push({ kind: 'gone', title: titled(one), lines: [] })
  return changes
}

function linesOf(from: string, to: string): readonly string[] {
  const { hunks } = structuredPatch('', '', from, to, '', '', { context })
  const lines = hunks.flatMap((hunk, index) => [...(index === 0 ? [] : ['  ⋮']), ...hunk.lines.filter((line) => !line.startsWith('\\'))])
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `  … ${lines.length - mostLines} lines more`]
}

/** What each object becomes, a line each; of one that is changed also how. */
export function linesOfChanges(changes: readonly Change[]): readonly string[] {
  const words = { new: 'new', changed: 'changed', gone: 'removed' } as const
  return changes.flatMap(({ kind, title, lines }) => [`${title}: ${words[kind]}`, ...(kind === 'changed' ? lines.map((line) => `  ${line}`) : [])])
}

/** The same for log and summary of a run, in groups that fold, as far as there is room. */
export function changesShown(changes: readonly Change[]): readonly Evidence[] {
  const groups: string[][] = []
  let [last, length] = [[] as string[], 0]
  const lines = linesOfChanges(changes)
  for (const line of lines) {
    if (groups.length === 0 || last.length >= group.lines || length + line.length > group.length) {
      ;[last, length] = [[], 0]
      groups.push(last)
    }
    last.push(line)
    length += line.length + 1
  }
  const shown = groups.slice(0, group.most)
  const left = lines.length - shown.flat().length
  if (left > 0) shown.at(-1)?.push(`… ${left} lines more: with \`dry-run: true\` they are all printed`)
  return shown.map((each, index) => ({ source: `what changes${shown.length === 1 ? '' : ` (${index + 1} of ${shown.length})`}`, text: each.join('\n') }))
}

/** With its keys in one order; what is secret is a short hash, so that it shows that it has changed, and not to what. */
function text({ object }: Rendered, secrets: readonly string[]): string {
  return stringify(concealed(object.kind === 'Secret' ? hidden(object) : object, secrets, false), { sortMapEntries: true, lineWidth: 0 })
}

/** Known secrets out of every text: in the middle of one too, unless they are so short that they are a part of words. `given`: is it what a program gets? */
function concealed(value: unknown, secrets: readonly string[], given: boolean): unknown {
  if (typeof value === 'string' || typeof value === 'number') {
    const whole = String(value)
    if (secrets.includes(whole) && (given || whole.length >= shortest)) return mask(whole)
    if (typeof value === 'number') return value
    return secrets.reduce((rest, secret) => secret.length < shortest ? rest : rest.replaceAll(secret, mask(secret)), value)
  }
  if (Array.isArray(value)) return value.map((each) => concealed(each, secrets, given))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, concealed(each, secrets, given || key === 'data' || key === 'value' || key === 'args')]))
}

function hidden(object: Rendered['object']): object {
  const conceal = (values: unknown): unknown => typeof values !== 'object' || values === null ? values
    : Object.fromEntries(Object.entries(values).map(([key, value]) => [key, mask(String(value))]))
  return { ...object, ...('data' in object ? { data: conceal(object['data']) } : {}), ...('stringData' in object ? { stringData: conceal(object['stringData']) } : {}) }
}

/** Of a secret of few possible values a plain hash would tell which it is: this one is of this process alone. */
const salt = createHash('sha256').update(`${process.pid} ${performance.timeOrigin} ${Math.random()}`).digest()
const mask = (value: string): string => `(hidden, ${createHash('sha256').update(salt).update(value).digest('hex').slice(0, 6)})`
