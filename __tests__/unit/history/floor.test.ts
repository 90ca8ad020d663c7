import { activationsOf, crossedGoingTo, floorsInForce } from '../../../src/history/floor'
import { returnable } from '../../../src/history/rollback'
import type { Entry, Standing } from '../../../src/history/types'
import { entry, standing } from './standing'

/** `2:v2F` is a floor, `2:v2Fw` one that was withdrawn; in the order of the numbers. */
function place(text: string, options: Parameters<typeof standing>[1] = {}): Standing {
  const entries = text.split(' ').map((word): Entry => {
    const [, number = '', version = '', floor = '', fate = ''] = /^(\d+):(v\d+)(F?)([wfs]?)$/.exec(word) ?? []
    return { ...entry(Number(number), version, (fate || 'p') as 'p'), ...(floor === '' ? {} : { floor: true }) }
  })
  return standing(entries, options)
}

const crossed = (where: Standing, version: string): string[] =>
  crossedGoingTo(where, `${version}-0000000a`).map(({ number, version: floor }) => `${floor}#${number}`)

describe('going back', () => {
  it.each<[string, Standing, string, string[]]>([
    ['from a floor to what was before it crosses it', place('1:v1 2:v2F'), 'v1', ['v2#2']],
    ['from what came after a floor does, too', place('1:v1 2:v2F 3:v3 4:v4'), 'v1', ['v2#2']],
    ['to the floor itself does not', place('1:v1 2:v2F 3:v3'), 'v2', []],
    ['to what came after it does not', place('1:v1 2:v2F 3:v3 4:v4'), 'v3', []],
    ['crosses each floor on its way, the newest first', place('1:v1 2:v2F 3:v3 4:v4F 5:v5'), 'v1', ['v4#4', 'v2#2']],
    ['to what lies between two crosses one', place('1:v1 2:v2F 3:v3 4:v4F 5:v5'), 'v3', ['v4#4']],
    ['crosses a floor whose files are gone', place('1:v1 2:v2F 3:v3', { pruned: ['v2'] }), 'v1', ['v2#2']],
    ['does not cross one that never served', place('1:v1 2:v2Ff 3:v3'), 'v1', []],
    ['does not cross one that was only staged', place('1:v1 2:v2Fs 3:v3'), 'v1', []],
    ['does not cross one that was withdrawn: what serves came to be without it', place('1:v1 2:v2Fw 3:v3'), 'v1', []],
    ['further than to where one was put back to does not cross it', place('0:v0 1:v1 2:v2F', { serving: 1 }), 'v0', []],
    ['crosses it again once it was proven anew', place('1:v1 2:v2Fw 3:v1 4:v2F'), 'v1', ['v2#4']],
    ['to a newer one, from a floor that was returned to, is going forward', place('1:v1 2:v2F 3:v3w 4:v2F'), 'v3', []],
    ['from there to what was before it crosses it still', place('1:v1 2:v2F 3:v3w 4:v2F'), 'v1', ['v2#2']],
    ['counts a floor that its own return was withdrawn from', place('1:v1 2:v2F 3:v3w 4:v2Fw 5:v3'), 'v1', ['v2#2']],
    ['to a release that served again after the floor does not cross it', place('1:v1 2:v2F 3:v1 4:v3'), 'v1', []],
    ['crosses nothing when nothing serves', place('1:v1 2:v2F', { serving: null }), 'v1', []],
    ['crosses nothing when nobody declared a floor', place('1:v1 2:v2 3:v3'), 'v1', []],
  ])('%s', (_, where, version, floors) => {
    expect(crossed(where, version)).toEqual(floors)
  })

  it('is by numbers, not by the order they are listed in', () => {
    const where = place('1:v1 2:v2F 3:v3')
    expect(crossed({ ...where, entries: where.entries.toReversed() }, 'v1')).toEqual(['v2#2'])
  })
})

it('of a floor that served several times the first counts, and a consent ends all of them', () => {
  const where = place('1:v1 2:v2F 3:v3w 4:v2F 5:v4')
  expect(floorsInForce(where).map(({ number }) => number)).toEqual([2])
  expect(activationsOf(where, floorsInForce(where)).map(({ number }) => number)).toEqual([2, 4])
})

it('what can be returned to says behind which floor it lies', () => {
  expect(returnable(place('1:v1 2:v2F 3:v3 4:v4')).map(({ version, floor }) => [version, floor]))
    .toEqual([['v3', null], ['v2', null], ['v1', 'v2']])
})
