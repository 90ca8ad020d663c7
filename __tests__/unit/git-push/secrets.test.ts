import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, secretsOf } from '../../../src/actions/git-push/secrets'
import { failuresOf } from '../../../src/errors'

const codes = async (work: () => unknown): Promise<string[]> => {
  try {
    await work()
    return []
  } catch (thrown) {
    return failuresOf(thrown).map(({ code, what }) => `${code}: ${what}`)
  }
}

describe('the file of secrets', () => {
  it('has a value a line, to the letter', () => {
    expect(parse('# mine\n\nA=1\nB= two words \nC="quoted"\r\nD=a=b#c\n', 'f')).toEqual({ A: '1', B: ' two words ', C: '"quoted"', D: 'a=b#c' })
  })

  it('says of every line that is wrong which it is, and never its value', async () => {
    const found = await codes(() => parse('A=1\nsecret-value\nB=\nPATH=/tmp\n', '/home/d/f'))
    expect(found.map((text) => /Line (\d+)/.exec(text)?.[1])).toEqual(['2', '3', '4'])
    expect(found.join()).not.toMatch(/secret-value/)
  })

  it('is only taken when nobody else can read it, and is no link', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-secrets-'))
    try {
      const file = join(folder, 'shop.env')
      expect(await secretsOf(file)).toEqual({})
      writeFileSync(file, 'A=1\n', { mode: 0o600 })
      expect(await secretsOf(file)).toEqual({ A: '1' })
      for (const mode of [0o640, 0o604, 0o660]) {
        chmodSync(file, mode)
        expect((await codes(() => secretsOf(file)))[0]).toMatch(/^secrets-file-open: /)
      }
      chmodSync(file, 0o600)
      symlinkSync(file, join(folder, 'link'))
      expect((await codes(() => secretsOf(join(folder, 'link'))))[0]).toMatch(/^secrets-file-open: /)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
