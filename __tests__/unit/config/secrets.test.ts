import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretsFor } from '../../../src/config'
import { failuresOf, type Failure } from '../../../src/errors'
import { resolved } from './commit'

const YAML = 'services:\n  api:\n    start: x\n    secrets: [DB_URL, KEY]\n' +
  '  work:\n    start: y\n    secrets:\n      - KEY\n      - MAIL\n'

async function missing(env: NodeJS.ProcessEnv): Promise<Failure> {
  const { config, secretPositions } = await resolved(YAML)
  try {
    secretsFor(config, env, secretPositions)
  } catch (error) {
    const [failure] = failuresOf(error)
    if (failure) return failure
    throw error
  }
  throw new Error('nothing was missing')
}

describe('secrets', () => {
  it('come from the environment, each once, and nothing else does', async () => {
    const { config } = await resolved(YAML)
    expect(secretsFor(config, { DB_URL: 'a\nb', KEY: 'k', MAIL: 'm', OTHER: 'x' })).toEqual({ DB_URL: 'a\nb', KEY: 'k',
      MAIL: 'm' })
  })

  it('that are missing or empty are all named, with their places and the lines to add, and no value', async () => {
    const failure = await missing({ DB_URL: 'hunter2', MAIL: '' })
    expect(failure).toMatchObject({ code: 'secret-missing', at: { file: 'slipway.yml', line: 4, column: 23 } })
    expect(failure.what).toBe('2 secrets are missing: KEY (slipway.yml:4, slipway.yml:8, for api, work, not given); '
      + 'MAIL (slipway.yml:9, for work, given, but empty).')
    expect(failure.cure).toBe('Store it: `gh secret set MAIL` (with `--env NAME` for a job with an `environment:`).\n'
      + 'Add to the step:\nenv:\n  KEY: ${{ secrets.KEY }}')
    expect(failure.message).not.toContain('hunter2')
  })

  it('are not taken from what JavaScript puts on every object', async () => {
    const { config } = await resolved('start: x\nsecrets: [constructor]\n')
    expect(() => secretsFor(config, {})).toThrow(/constructor/)
  })

  it('are withheld from Dependabot', async () => {
    const failure = await missing({ GITHUB_ACTOR: 'dependabot[bot]', DB_URL: '', KEY: '', MAIL: '' })
    expect(failure.why).toMatch(/Dependabot/)
    expect(failure.cure).toBe('Deploy from a branch or tag of the repository itself.')
  })

  it.each([
    ['a fork', { head: { repo: { full_name: 'eve/shop' } } }, true],
    ['a fork that is gone', { head: { repo: null } }, true],
    ['the repository itself', { head: { repo: { full_name: 'acme/shop' } } }, false]
  ])('are withheld from a pull request from a fork, and only that: %s', async (_, pull, fork) => {
    const folder = mkdtempSync(join(tmpdir(), 'event-'))
    try {
      const file = join(folder, 'event.json')
      writeFileSync(file, JSON.stringify({ pull_request: pull }))
      const env = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file, GITHUB_REPOSITORY: 'acme/shop', DB_URL: '',
        KEY: '', MAIL: '' }
      const { why } = await missing(env)
      expect(/forks do not get secrets/.test(why)).toBe(fork)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
