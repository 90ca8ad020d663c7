import type { Entry, Standing } from '../../../src/history/types'

export const commitOf = (version: string): string => Buffer.from(version).toString('hex').padEnd(40, '0').slice(0, 40)

/** An entry in a few letters: `p` proven, `w` proven and withdrawn, `f` failed, `s` staged. */
export function entry(number: number, version: string, fate: 'p' | 'w' | 'f' | 's' = 'p', release = `${version}-0000000a`): Entry {
  const state = { p: 'retired', w: 'withdrawn', f: 'failed', s: 'staged' } as const
  return {
    number, version, releaseId: release, commit: commitOf(version), state: state[fate], proven: fate === 'p' || fate === 'w',
    withdrawn: fate === 'w', at: '2026-11-20T10:00:00Z', by: 'ada', run: '',
  }
}

/** The last number given serves, unless `serving` says another; all releases are stored, except the `pruned`. */
export function standing(
  entries: readonly Entry[], { serving = entries.at(-1)?.number ?? null, pruned = [] as readonly string[] }:
  { serving?: number | null; pruned?: readonly string[] } = {},
): Standing {
  const releases = new Map(entries.map(({ releaseId, version, commit }) => [releaseId, { id: releaseId, version, commit }]))
  return {
    app: 'shop', entries, settled: [], url: 'http://shop.example.com', domain: 'shop.example.com',
    serving: entries.find(({ number }) => number === serving) ?? null,
    releases: [...releases.values()].filter(({ version }) => !pruned.includes(version)),
  }
}
