/** A step of a pattern: one character, as many as there are, or a way around the next steps. */
export type Step =
  | { readonly kind: 'one' | 'many'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'fork'; /** How many steps further the other way goes on. */ readonly over: number }

export const one = (fits: (character: string) => boolean): Step => ({ kind: 'one', fits })
export const many = (fits: (character: string) => boolean): Step => ({ kind: 'many', fits })
export const literal = (text: string): readonly Step[] => Array.from(text, (character) => one((other) => other === character))
export const any = (): boolean => true
export const noSlash = (character: string): boolean => character !== '/'
/** These steps, or none of them. */
export const optional = (...steps: readonly Step[]): readonly Step[] => [{ kind: 'fork', over: steps.length + 1 }, ...steps]

/**
 * Does all of the text fit? All ways are gone at once, so that it takes no more than a step for each pair of step and character: as a regular
 * expression, a pattern with a dozen stars may take years. No library of patterns that we found does without those.
 */
export function fits(steps: readonly Step[], text: string): boolean {
  let at = new Set<number>()
  const arrive = (place: number, among: Set<number>): void => {
    if (among.has(place)) return
    among.add(place)
    const step = steps[place]
    if (step?.kind === 'many') arrive(place + 1, among)
    if (step?.kind === 'fork') for (const next of [place + 1, place + step.over]) arrive(next, among)
  }
  arrive(0, at)
  for (const character of text) {
    const next = new Set<number>()
    for (const place of at) {
      const step = steps[place]
      if (step === undefined || step.kind === 'fork' || !step.fits(character)) continue
      arrive(step.kind === 'one' ? place + 1 : place, next)
    }
    at = next
    if (at.size === 0) return false
  }
  return at.has(steps.length)
}
