import { Failure } from '../../../src/errors'
import type { Git } from '../../../src/drivers/git'
import { isAncestor } from '../../../src/release/ancestry'
import type { Comparison } from '../../../src/release/ancestry'
import { rejectionOf } from './failure'

const older = 'a'.repeat(40)
const newer = 'b'.repeat(40)
const git = (answer: 'yes' | 'no' | 'unknown'): Git => ({ isAncestor: () => Promise.resolve(answer) }) as unknown as Git
const never = (): Promise<Comparison> => Promise.reject(new Error('GitHub was asked.'))

describe('isAncestor', () => {
  it('needs nobody for one and the same commit', async () => {
    expect(await isAncestor({ git: null, compare: null, older, newer: older })).toBe(true)
  })

  it.each([['yes', true], ['no', false]] as const)('believes the checkout: %s', async (answer, expected) => {
    expect(await isAncestor({ git: git(answer), compare: never, older, newer })).toBe(expected)
  })

  it.each([['ahead', true], ['identical', true], ['behind', false], ['diverged', false]] as const)(
    'asks GitHub when the checkout does not know: %s', async (answer, expected) => {
      const asked: string[][] = []
      const compare = (...commits: string[]): Promise<Comparison> => {
        asked.push(commits)
        return Promise.resolve(answer)
      }
      expect(await isAncestor({ git: git('unknown'), compare, older, newer })).toBe(expected)
      expect(asked).toEqual([[older, newer]])
    })

  it('says to fetch the history when there is nobody to ask', async () => {
    const failure = await rejectionOf(isAncestor({ git: git('unknown'), compare: null, older, newer }))
    expect(failure.code).toBe('history-unknown')
    expect(failure.cure).toContain('`fetch-depth: 0`')
  })

  it('says so, with GitHub\'s reason, when GitHub does not answer', async () => {
    const refused = new Failure({ code: 'github-forbidden', what: 'Refused (403).', cure: 'x' })
    const compare = (): Promise<Comparison> => Promise.reject(refused)
    const failure = await rejectionOf(isAncestor({ git: null, compare, older, newer }))
    expect(failure.code).toBe('history-unknown')
    expect(failure.why).toContain('Refused (403).')
    expect(failure.cure).toContain('`fetch-depth: 0`')
  })

  it('does not hide a bug behind a failure', async () => {
    await expect(isAncestor({ git: null, compare: never, older, newer })).rejects.toThrow('GitHub was asked.')
  })
})
