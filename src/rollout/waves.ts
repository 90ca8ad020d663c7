import type { RolloutPolicy } from '../config/types'

/**
 * Sizes of the waves for `count` targets to be rolled, in order; they add up to `count`. The canaries go first, in a wave of
 * their own. A percentage is of `fleet`, all targets of the run, rounded down, so that never more than it says switch at once,
 * but at least one.
 */
export function waves(count: number, policy: Pick<RolloutPolicy, 'canary' | 'wave'>, fleet: number = count): readonly number[] {
  const wanted = 'count' in policy.wave ? policy.wave.count : Math.floor((fleet * policy.wave.percent) / 100)
  const size = Math.max(1, wanted)
  const sizes: number[] = []
  let left = count
  const take = (most: number): void => {
    const taken = Math.min(most, left)
    if (taken <= 0) return
    sizes.push(taken)
    left -= taken
  }
  take(policy.canary)
  while (left > 0) take(size)
  return sizes
}
