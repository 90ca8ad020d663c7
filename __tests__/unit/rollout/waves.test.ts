import { waves } from '../../../src/rollout/waves'

describe('waves', () => {
  it.each<[number, number, { count: number } | { percent: number }, number[]]>([
    [0, 0, { percent: 100 }, []],
    [1, 0, { percent: 100 }, [1]],
    [1, 1, { percent: 25 }, [1]],
    [1, 3, { count: 5 }, [1]],
    [3, 0, { percent: 100 }, [3]],
    [3, 1, { percent: 100 }, [1, 2]],
    [3, 0, { percent: 34 }, [1, 1, 1]],
    [4, 0, { percent: 25 }, [1, 1, 1, 1]],
    [7, 1, { percent: 50 }, [1, 3, 3]],
    [7, 2, { count: 2 }, [2, 2, 2, 1]],
    [7, 9, { count: 2 }, [7]],
    [7, 0, { count: 100 }, [7]],
    [7, 0, { count: 0 }, [1, 1, 1, 1, 1, 1, 1]],
    [7, 0, { percent: 0 }, [1, 1, 1, 1, 1, 1, 1]],
    [100, 1, { percent: 25 }, [1, 25, 25, 25, 24]],
  ])('%s targets, canary %s, wave %j: %j', (count, canary, wave, sizes) => {
    expect(waves(count, { canary, wave })).toEqual(sizes)
  })

  it('takes a percentage of the whole fleet when only a part of it is rolled', () => {
    expect(waves(3, { canary: 0, wave: { percent: 25 } }, 8)).toEqual([2, 1])
  })
})
