import { nameOf, provenLast, wrongAnswers, type Answer, type Entry } from '../../torture/ledger'

const record = (at: number, event: string, number: number, more: { version?: string; serving?: number | null } = {}): Entry => ({ at, type: 'record', event, number, ...more })
const intent = (at: number, phase: string | null, from: number | null = null, to: number | null = null): Entry => ({ at, type: 'intent', phase, from, to })
const answer = (begun: number, activation: number | null, version = `v${activation}`): Answer => ({ begun, ended: begun + 10, version, activation })

const deployed = [
  record(0, 'proven', 1, { version: 'v1' }), intent(100, 'switch', 1, 2), record(200, 'proven', 2, { version: 'v2' }), intent(210, 'retire', 1, 2),
  record(300, 'retired', 1, { serving: 2 }), intent(310, null),
]

describe('who may answer while a release is replaced', () => {
  it.each<[string, readonly Entry[], Answer, boolean]>([
    ['the old one before its switch', deployed, answer(50, 1), true],
    ['either during its transaction', deployed, answer(150, 2), true],
    ['the old one to what was asked during it', deployed, { ...answer(150, 1), ended: 900 }, true],
    ['the new one before it', deployed, answer(50, 2), false],
    ['the old one once the new one is proven', deployed, answer(250, 1), false],
    ['the old one once it is retired', deployed, answer(320, 1), false],
    ['somebody of whom nothing is known', deployed, answer(250, 7), false],
  ])('%s', (_title, entries, given, right) => {
    expect(wrongAnswers(entries, [given], 0)).toHaveLength(right ? 0 : 1)
  })

  it('tells how many answers were wrong, whose, and what had come before', () => {
    expect(wrongAnswers(deployed, [answer(250, 1), answer(260, 1), answer(265, 2)], 0))
      .toEqual(['2 answers of v1 #1, which nothing permits: in hand: switch 150 ms before, recorded proven #2 50 ms before, in hand: retire 40 ms before'])
  })

  it('forgives what the record is late by, and what nobody could see', () => {
    expect(wrongAnswers(deployed, [answer(250, 1)], 60)).toEqual([])
    expect(wrongAnswers(deployed, [answer(250, 1)], 0, [[240, 255]])).toEqual([])
    expect(wrongAnswers(deployed, [answer(250, 1)], 0, [[270, 280]])).toHaveLength(1)
  })

  it('goes by the version where an answer does not say of which activation it is', () => {
    expect(wrongAnswers(deployed, [answer(250, null, 'v2')], 0)).toEqual([])
    expect(wrongAnswers(deployed, [answer(250, null, 'v1')], 0)).toHaveLength(1)
  })
})

describe('what is not proven', () => {
  const failed = [record(0, 'proven', 1), intent(100, 'switch', 1, 2), record(200, 'failed', 2, { serving: 1 }), intent(210, null)]

  it('answers within its transaction, and not beyond', () => {
    expect(wrongAnswers(failed, [answer(150, 2), answer(250, 1)], 0)).toEqual([])
    expect(wrongAnswers(failed, [answer(250, 2)], 0)).toHaveLength(1)
    expect(provenLast(failed)).toBe(1)
  })

  it('answers no more either when only the end of what was in hand tells of it', () => {
    const entries = [record(0, 'proven', 1), intent(100, 'switch', 1, 2), intent(200, null)]
    expect(wrongAnswers(entries, [answer(250, 2)], 0)).toHaveLength(1)
  })
})

it('an older one answers again from when it is gone back to', () => {
  const entries = [...deployed, intent(400, 'revert', 2, 1), record(500, 'withdrawn', 2, { serving: 1 }), intent(510, null)]
  expect(wrongAnswers(entries, [answer(450, 1), answer(450, 2), answer(600, 1)], 0)).toEqual([])
  expect(wrongAnswers(entries, [answer(600, 2)], 0)).toHaveLength(1)
  expect(provenLast(entries)).toBe(1)
})

it('names entries without their numbers', () => {
  expect(deployed.map(nameOf)).toEqual(['recorded proven', 'in hand: switch', 'recorded proven', 'in hand: retire', 'recorded retired', 'nothing in hand'])
})
