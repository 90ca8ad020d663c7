import { Failure, nearest } from '../errors'
import type { DeclaredInput } from './declaration'

export type InputValue = string | number | boolean | readonly string[] | null

/** The value of an input's text, trimmed and not empty. Throws a `Failure` that says what to write instead. */
export function valueOf(input: DeclaredInput, text: string): InputValue {
  switch (input.type.kind) {
    case 'text':
      return oneLine(input.name, text)
    case 'secret':
    case 'kubeconfig':
    case 'block':
      return text
    case 'lines':
      return lines(text)
    case 'flag':
      return flag(input.name, text)
    case 'choice':
      return choice(input.name, text, input.type.of)
    case 'count':
      return count(input.name, text, input.type.least)
    case 'duration':
      return duration(input.name, text)
  }
}

function oneLine(name: string, text: string): string {
  if (!/[\r\n]/.test(text)) return text
  throw new Failure({
    code: 'input-several-lines',
    what: `The input \`${name}\` has several lines: ${shown(text)}.`,
    cure: `Write \`${name}: …\` on one line.`,
  })
}

/** The lines of a list, without comments: a `#` begins one at the start of a line or after a space. */
function lines(text: string): readonly string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

// The spellings of YAML 1.2. `yes` and `on` are text there, and whoever writes them had better be told than guessed at.
const flags = new Map([
  ['true', true], ['True', true], ['TRUE', true],
  ['false', false], ['False', false], ['FALSE', false],
])
const nearlyTrue = new Set(['yes', 'y', 'on', '1', 't', 'enabled'])
const nearlyFalse = new Set(['no', 'n', 'off', '0', 'f', 'disabled', 'none'])

function flag(name: string, text: string): boolean {
  const value = flags.get(text)
  if (value !== undefined) return value
  const lower = text.toLowerCase()
  const meant = nearlyTrue.has(lower) ? 'true' : nearlyFalse.has(lower) ? 'false' : undefined
  throw new Failure({
    code: 'input-not-boolean',
    what: `The input \`${name}\` is ${shown(text)}, which is neither true nor false.`,
    cure: meant === undefined ? `Write \`${name}: true\` or \`${name}: false\`.` : `Write \`${name}: ${meant}\`.`,
  })
}

function choice(name: string, text: string, of: readonly string[]): string {
  if (of.includes(text)) return text
  const near = nearest(text, of)
  throw new Failure({
    code: 'input-not-one-of',
    what: `The input \`${name}\` is ${shown(text)}, which is none of ${of.join(', ')}.`,
    cure: near === undefined ? `Write one of them, such as \`${name}: ${of[0] ?? ''}\`.` : `Did you mean \`${name}: ${near}\`?`,
  })
}

function count(name: string, text: string, least: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (value >= least) return value
  throw new Failure({
    code: 'input-not-a-count',
    what: `The input \`${name}\` is ${shown(text)}, which is no whole number from ${least}.`,
    cure: `Write a number without a sign or a unit, such as \`${name}: ${Math.max(least, 4)}\`.`,
  })
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

function duration(name: string, text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,7})([smh])$/.exec(text) ?? []
  const seconds = units[unit]
  if (seconds !== undefined) return Number(amount) * seconds
  throw new Failure({
    code: 'input-not-a-duration',
    what: `The input \`${name}\` is ${shown(text)}, which is no duration.`,
    why: 'A duration is a whole number followed by s, m or h.',
    cure: /^\d{1,7}$/.test(text)
      ? `Add the unit: \`${name}: ${text}s\`.`
      : `Write for example \`${name}: 90s\` or \`${name}: 10m\`.`,
  })
}

/** Somebody's text inside a sentence: on one line, and not longer than helps. */
function shown(text: string): string {
  const line = JSON.stringify(text)
  return `\`${line.length > 62 ? `${line.slice(1, 61)}…` : line.slice(1, -1)}\``
}
