import { createHash } from 'node:crypto'

/** A number from 0 to 1 that a seed and some words decide, so that all chance can be repeated. */
export function drawn(seed: number, ...words: readonly string[]): number {
  const digest = createHash('sha256').update([String(seed), ...words].join('\n')).digest()
  return digest.readUInt32BE(0) / 2 ** 32
}

/** One of a list, by chance. */
export const oneOf = <T>(list: readonly T[], seed: number, ...words: readonly string[]): T => list[Math.floor(drawn(seed, ...words) * list.length)] as T

/** The number of a day: what chance is today, in tests. SLIPWAY_TEST_SEED repeats another day's. */
export const today = (): number => Number(process.env['SLIPWAY_TEST_SEED'] ?? Math.floor(Date.now() / 86_400_000))
