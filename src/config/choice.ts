import { nearest } from '../errors'
import { bad, textFormat, type Format } from './format'
import { shown } from './tree'

/** One of a few words. `later` are those that are named already, but not in this version: each with what to do meanwhile. */
export function choice<const T extends string>(
  words: readonly T[], later: Readonly<Record<string, string>> = {}, says = `one of ${words.join(', ')}`
): Format<T> {
  const format = textFormat<T>({
    says,
    example: words[0] ?? '',
    pattern: new RegExp(`^(${words.join('|')})$`),
    make: (word) => word as T,
    check(word) {
      const meanwhile = Object.hasOwn(later, word) ? later[word] : undefined
      if (meanwhile !== undefined) return notYet(word, meanwhile)
      if (words.includes(word as T)) return undefined
      const near = nearest(word, words) ?? words.find((known) => known.toLowerCase().endsWith(word.toLowerCase()))
      return bad(`must be ${says}, not ${shown(word)}`, near && `Did you mean \`${near}\`?`)
    }
  })
  return { ...format, json: { type: 'string', enum: words } }
}

/** An honest refusal of what the design has and this version has not. */
export function notYet(what: string, meanwhile: string): ReturnType<typeof bad> {
  return bad(`is ${shown(what)}, which this version of Slipway cannot do yet`, meanwhile, undefined, 'config-not-yet')
}
