import { Failure } from '../../errors'
import { Findings } from '../findings'
import type { Mapping, Node, Scalar } from '../tree'
import type { ChartValue } from '../types'
import { readValuesDocument } from './document'

/** All values for a chart, or those of one of its keys. */
export type ChartValues = { readonly [key: string]: ChartValue }

/**
 * The values of a file, YAML or JSON. A number stays a number if JSON would write it as it is written there (3, 0.5, 6180689); all that
 * YAML would write anew (1.10, 08, 0x1F, 1e3, 1_000, dates) is the text that was written. Null stays, for Helm removes a default by it.
 * What is wrong goes to `findings`, with its line; null when nothing can be made of it.
 */
export function readValues(text: string, file: string, findings: Findings): ChartValues | null {
  const root = readValuesDocument(text, file, findings)
  return root === null ? null : valuesOf(root, findings)
}

/** The same of an action's input, which is no file: lines are said in the sentence. */
export function readValuesInput(text: string, input: string, findings: Findings): ChartValues | null {
  const found = new Findings()
  const values = readValues(text, `The input \`${input}\``, found)
  for (const { code, what, why, cure, at } of found.failures) {
    const where = at === undefined ? `The input \`${input}\`` : `Line ${at.line} of the input \`${input}\``
    findings.add(new Failure({ code, what: what.startsWith('The input') ? what : `${where}: ${what}`, why, cure }))
  }
  return values
}

/** Values as they stand in slipway.yml, or in a file. */
export function valuesOf(mapping: Mapping, findings: Findings): ChartValues {
  return Object.fromEntries([...mapping.entries.values()].map(({ key, value }) => [key, valueOf(value, findings)]))
}

function valueOf(node: Node, findings: Findings): ChartValue {
  if (node.kind === 'mapping') return valuesOf(node, findings)
  if (node.kind === 'list') return node.items.map((item) => valueOf(item, findings))
  const { value, text, at } = node
  if (typeof value === 'number') return JSON.stringify(value) === text ? value : text
  if (isDivided(node)) {
    const meant = /^(y|on)/i.test(text)
    findings.add(new Failure({
      code: 'values-ambiguous-word', at, what: `\`${text}\` without quotes is ${meant ? 'true' : 'false'} to Helm, and a word to YAML 1.2.`,
      why: 'As a word it counts as true in a template, whatever it says.',
      cure: `Write \`${meant ? 'true' : 'false'}\`, or '${text}' in quotes for the word.`,
    }))
  }
  return value
}

/** Is it a boolean to one version of YAML, and a text to the other? */
const isDivided = ({ plain, value, text }: Scalar): boolean =>
  plain === true && typeof value === 'string' && /^(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/.test(text)

/** Later ones over earlier ones, as Helm lays its files: mappings are merged by key, all else is replaced, and null is a value. */
export function mergedValues(...layers: readonly ChartValues[]): ChartValues {
  return layers.reduce<ChartValues>((below, over) => {
    const entries = new Map(Object.entries(below))
    for (const [key, value] of Object.entries(over)) {
      const before = entries.get(key)
      entries.set(key, isValues(before) && isValues(value) ? mergedValues(before, value) : value)
    }
    return Object.fromEntries(entries)
  }, {})
}

export const isValues = (value: ChartValue | undefined): value is ChartValues => typeof value === 'object' && value !== null && !Array.isArray(value)

/** `image.repository`, and `annotations.example\.com/team` for a key with a dot in it, as Helm's `--set` has paths. */
export const pathParts = (path: string): readonly string[] => path.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'))

/** What stands at a path; undefined: nothing does. */
export function valueAt(values: ChartValues, path: string): ChartValue | undefined {
  return pathParts(path).reduce<ChartValue | undefined>((value, part) => isValues(value) && Object.hasOwn(value, part) ? value[part] : undefined, values)
}

/** Just this value, in the mappings that lead to it: to be merged over others. */
export function valuesWith(path: string, value: ChartValue): ChartValues {
  return pathParts(path).reduceRight<ChartValue>((inner, part) => Object.fromEntries([[part, inner]]), value) as ChartValues
}
