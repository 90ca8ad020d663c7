import { createHash } from 'node:crypto'
import { structuredPatch } from 'diff'
import { stringify } from 'yaml'
import { identity, titled, type Rendered } from './manifest'

/** What an activation makes of the objects that are there. */
export interface Change {
  readonly kind: 'new' | 'changed' | 'gone'
  /** `Deployment web`. */
  readonly title: string
  /** Lines of a unified diff, without a header; values of Secrets are not in it. */
  readonly lines: readonly string[]
}

/** Lines around a change. */
const context = 2
/** Longer ones are cut, and say so. */
const mostLines = 120

/** By object, in the order of the new manifest; those that go last. */
export function changesBetween(before: readonly Rendered[], after: readonly Rendered[], namespace: string): readonly Change[] {
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

/** With its keys in one order; what is secret is a short hash, so that it shows that it has changed, and not to what. */
function textOf({ object }: Rendered): string {
  return stringify(object.kind === 'Secret' ? hidden(object) : object, { sortMapEntries: true, lineWidth: 0 })
}

function hidden(object: Rendered['object']): object {
  const conceal = (values: unknown): unknown => typeof values !== 'object' || values === null ? values
    : Object.fromEntries(Object.entries(values).map(([key, value]) => [key, `(hidden, ${markOf(String(value))})`]))
  return { ...object, ...('data' in object ? { data: conceal(object['data']) } : {}), ...('stringData' in object ? { stringData: conceal(object['stringData']) } : {}) }
}

/** Of a secret of few possible values a plain hash would tell which it is: this one is of this process alone. */
const salt = createHash('sha256').update(`${process.pid} ${performance.timeOrigin} ${Math.random()}`).digest()
const markOf = (value: string): string => createHash('sha256').update(salt).update(value).digest('hex').slice(0, 6)
