import { Failure } from '../../../src/errors'
import { chooseRollback, returnable } from '../../../src/history/rollback'
import type { Standing } from '../../../src/history/types'
import { requireVersion, versionFailure } from '../../../src/history/version'
import { entry, standing } from './standing'

const refused = (place: Standing, version: string | null): Failure => {
  try {
    chooseRollback(place, version)
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('it chose one')
}

describe('the default of a rollback', () => {
  it.each<[string, Standing, string, number]>([
    ['is what was proven before', standing([entry(1, 'v1'), entry(2, 'v2')]), 'v1', 1],
    ['passes over what never got proven', standing([entry(1, 'v1'), entry(2, 'v2', 'f'), entry(3, 'v3', 's'), entry(4, 'v4')]), 'v1', 1],
    ['passes over what was withdrawn', standing([entry(1, 'v1'), entry(2, 'v2', 'w'), entry(3, 'v3')]), 'v1', 1],
    ['passes over the same release with other secrets', standing([entry(1, 'v1'), entry(2, 'v2'), entry(3, 'v2')]), 'v1', 1],
    ['passes over what was pruned', standing([entry(1, 'v1'), entry(2, 'v2'), entry(3, 'v3')], { pruned: ['v2'] }), 'v1', 1],
    ['goes on back after a rollback', standing([entry(1, 'v1'), entry(2, 'v2'), entry(3, 'v3', 'w'), entry(4, 'v2')]), 'v1', 1],
    ['does not ping-pong: a release is judged by its last activation',
      standing([entry(1, 'v0'), entry(2, 'v1'), entry(3, 'v2', 'w'), entry(4, 'v1', 'w'), entry(5, 'v0')], { serving: 5 }), '-', 0],
    ['takes a withdrawn release again once it was proven anew',
      standing([entry(1, 'v1'), entry(2, 'v2', 'w'), entry(3, 'v1'), entry(4, 'v2'), entry(5, 'v3')]), 'v2', 4],
    ['goes by number, not by place in the list', standing([entry(3, 'v3'), entry(1, 'v1'), entry(2, 'v2')], { serving: 3 }), 'v2', 2],
    ['looks only before what serves', standing([entry(1, 'v1'), entry(2, 'v2'), entry(3, 'v3')], { serving: 2 }), 'v1', 1],
    ['is the newest good one when nothing serves', standing([entry(1, 'v1'), entry(2, 'v2')], { serving: null }), 'v2', 2],
    ['may be another release of the same version',
      standing([entry(1, 'v1', 'p', 'v1-aaaaaaaa'), entry(2, 'v1', 'p', 'v1-bbbbbbbb')]), 'v1', 1],
  ])('%s', (_, place, version, number) => {
    if (version === '-') expect(refused(place, null).code).toBe('nothing-to-go-back-to')
    else expect(chooseRollback(place, null)).toMatchObject({ version, number })
  })

  it('says that there is nothing, and what to name instead', () => {
    const failure = refused(standing([entry(1, 'v1', 'w'), entry(2, 'v2')]), null)
    expect(failure.code).toBe('nothing-to-go-back-to')
    expect(failure.what).toBe('There is no release of shop to go back to from v2 (#2).')
    expect(failure.cure).toContain('`version` set to one of v1 (rolled back from)')
    expect(refused(standing([entry(1, 'v1')]), null).cure).toContain('operation: deploy')
    expect(refused(standing([]), null).what).toBe('There is no release of shop to go back to.')
  })
})

describe('a named version', () => {
  const place = standing([
    entry(1, 'v1.0.0'), entry(2, 'v1.1.0', 'w'), entry(3, 'v1.2.0', 'f'), entry(4, 'v1.3.0'), entry(5, 'v1.4.0'),
  ], { pruned: ['v1.3.0'] })

  it('may be any that was proven, a withdrawn one too', () => {
    expect(chooseRollback(place, 'v1.1.0')).toMatchObject({ releaseId: 'v1.1.0-0000000a', number: 2 })
  })
  it('may be the one that serves', () => {
    expect(chooseRollback(place, 'v1.4.0').number).toBe(5)
  })
  it('means the newest of several releases, and a good one before a withdrawn one', () => {
    const several = standing([entry(1, 'v1', 'p', 'v1-a'), entry(2, 'v1', 'p', 'v1-b'), entry(3, 'v1', 'w', 'v1-c'), entry(4, 'v2')])
    expect(chooseRollback(several, 'v1').releaseId).toBe('v1-b')
  })
  it('may be another name that the place has for just one of them', () => {
    const several = { ...standing([entry(1, 'v1', 'p', 'v1-a'), entry(2, 'v1', 'p', 'v1-b'), entry(3, 'v2')]), names: { 'revision-1': 'v1-a', 'revision-9': 'v9-z' } }
    expect(chooseRollback(several, 'revision-1')).toMatchObject({ releaseId: 'v1-a', version: 'v1' })
    expect(refused(several, 'revision-9').code).toBe('version-unknown')
  })
  it.each([
    ['v1.2.0', 'version-never-served', 'was brought here but never served'],
    ['v1.3.0', 'version-pruned', 'its files are gone'],
    ['1.0.0', 'version-unknown', 'did you mean v1.0.0?'],
    ['v3.0.0', 'version-unknown', 'There is no v3.0.0 of shop here.'],
    ['release-2019', 'version-unknown', 'There is no release-2019 of shop here.'],
  ])('%s is refused as %s', (version, code, text) => {
    const failure = refused(place, version)
    expect(failure.code).toBe(code)
    expect(failure.what).toContain(text)
    expect(failure.cure).toContain('v1.1.0 (rolled back from), v1.0.0')
  })
  it('outside the grammar is refused before it is looked up', () => {
    expect(refused(place, '../etc').code).toBe('version-malformed')
  })
})

describe('what can be returned to', () => {
  it('is each stored and proven version once, newest first, without the one that serves', () => {
    const place = standing([entry(1, 'v1'), entry(2, 'v2', 'w'), entry(3, 'v1'), entry(4, 'v0', 'f'), entry(5, 'v3'), entry(6, 'v4')],
      { pruned: ['v3'] })
    expect(returnable(place).map(({ version, number, withdrawn }) => [version, number, withdrawn]))
      .toEqual([['v1', 3, false], ['v2', 2, true]])
  })
})

describe('the grammar of versions', () => {
  it.each(['v1.4.2', '1', '20261120-0123456789ab', 'A_b-c.d', 'x'.repeat(63)])('takes %s', (version) => {
    expect(requireVersion(version)).toBe(version)
  })
  it.each([
    ['', 'it is empty'], ['.hidden', 'begins with "."'], ['-rf', 'begins with "-"'], ['feature/a', 'contains "/"'], ['v1 2', 'contains " "'],
    ['v1\n', 'contains "\\n"'], ['vé', 'contains "é"'], ['x'.repeat(64), '63 is the most'],
  ])('refuses %j', (version, text) => {
    expect(versionFailure(version)?.message).toContain(text)
    expect(() => requireVersion(version)).toThrow(Failure)
  })
})
