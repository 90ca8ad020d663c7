/** What a place has written down of itself. Times: when it could be seen, Unix time in milliseconds. */
export type Entry =
  | { readonly at: number; readonly type: 'record'; readonly event: string; readonly number: number; readonly version?: string | undefined; readonly serving?: number | null | undefined }
  /** What is in hand; phase null: nothing any more. */
  | { readonly at: number; readonly type: 'intent'; readonly phase: string | null; readonly from: number | null; readonly to: number | null }
  /** Anything else that it changes, by a name that is the same in every run. */
  | { readonly at: number; readonly type: 'change'; readonly what: string }

/** What an entry is called when it comes as an event; no number is in it, so that it is the same in every run. */
export function nameOf(entry: Entry): string {
  switch (entry.type) {
    case 'record': return `recorded ${entry.event}`
    case 'intent': return entry.phase === null ? 'nothing in hand' : `in hand: ${entry.phase}`
    case 'change': return entry.what
  }
}

/** An answer that users were given. */
export interface Answer {
  /** Unix times in milliseconds. */
  readonly begun: number
  readonly ended: number
  readonly version: string
  /** Null: it does not say of which activation it is. */
  readonly activation: number | null
}

/** From when to when an activation may be answered by, as the place's own record has it. */
interface Reign {
  readonly number: number
  readonly from: number
  to: number
}

const revertPhases = new Set(['revert'])
const switchPhases = new Set(['switch', 'cut over', 'maintain'])

/**
 * Who may serve when: what was proven last; beside it what is being switched to, until it is proven or has failed; and what is gone back to
 * from then on. So neither is an unproven one permitted beyond its transaction, nor an older one once a newer was proven, nor one that is retired.
 */
export function reigns(entries: readonly Entry[]): readonly Reign[] {
  const open = new Map<number, Reign>()
  const all: Reign[] = []
  let serving: number | null = null
  const begin = (number: number, at: number): void => {
    if (open.has(number)) return
    const reign = { number, from: at, to: Infinity }
    open.set(number, reign)
    all.push(reign)
  }
  const only = (number: number | null, at: number): void => {
    serving = number
    for (const reign of open.values()) {
      if (reign.number === number) continue
      reign.to = at
      open.delete(reign.number)
    }
    if (number !== null) begin(number, at)
  }
  for (const entry of entries) {
    if (entry.type === 'intent') {
      if (entry.to !== null && entry.phase !== null && (switchPhases.has(entry.phase) || revertPhases.has(entry.phase))) begin(entry.to, entry.at)
      if (entry.phase === null) only(serving, entry.at)
    } else if (entry.type === 'record') {
      if (entry.event === 'proven') only(entry.number, entry.at)
      else if ((entry.event === 'failed' || entry.event === 'withdrawn') && entry.serving !== undefined) only(entry.serving, entry.at)
    }
  }
  return all
}

/** What the record says serves in the end, or null. */
export function provenLast(entries: readonly Entry[]): number | null {
  return reigns(entries).find(({ to }) => to === Infinity)?.number ?? null
}

/** Does the record end in the middle of something? */
export const isInHand = (entries: readonly Entry[]): boolean => entries.findLast((entry) => entry.type === 'intent')?.phase !== null
  && entries.some((entry) => entry.type === 'intent')

export const versionsIn = (entries: readonly Entry[]): ReadonlyMap<number, string> =>
  new Map(entries.flatMap((entry) => entry.type === 'record' && entry.version !== undefined ? [[entry.number, entry.version] as const] : []))

/**
 * The answers that nobody may have got, a line each. `lag`: milliseconds between what happens and its record, either way; `blind`: from when to
 * when nobody could look.
 */
export function wrongAnswers(entries: readonly Entry[], answers: readonly Answer[], lag: number, blind: readonly (readonly [number, number])[] = []): readonly string[] {
  const versions = versionsIn(entries)
  const permitted = reigns(entries)
  const unseen = ({ begun, ended }: Answer): boolean => blind.some(([from, to]) => ended >= from && begun <= to)
  const isRight = (answer: Answer): boolean => permitted.some(({ number, from, to }) =>
    (answer.activation === null ? versions.get(number) === answer.version : answer.activation === number)
    && answer.ended >= from - lag && answer.begun <= to + lag)
  const wrong = answers.filter((answer) => !unseen(answer) && !isRight(answer))
  const by = Map.groupBy(wrong, ({ version, activation }) => activation === null ? version : `${version} #${activation}`)
  return [...by].map(([who, list]) => {
    const first = Math.min(...list.map(({ begun }) => begun))
    const then = entries.filter(({ at }) => at <= first).slice(-3).map((entry) => `${nameOf(entry)}${'number' in entry ? ` #${entry.number}` : ''} ${Math.round(first - entry.at)} ms before`)
    return `${list.length} answers of ${who}, which nothing permits${then.length > 0 ? `: ${then.join(', ')}` : ''}`
  })
}
