import { withoutWorkflow, type Asked } from '../../../src/actions/git-push/cures'
import { Failure } from '../../../src/errors'

const settings = { app: 'shop', branch: 'main', config: '', environment: '', folder: '.' }
const cured = (code: string, what = 'It is wrong.', asked: Asked = 'deploy'): Failure =>
  withoutWorkflow(new Failure({ code, what, why: 'Because.', cure: 'Set `fetch-depth: 0` at actions/checkout.' }), asked, settings, '/home/deploy')

describe('a cure for who pushes', () => {
  it.each([
    'older-than-serving', 'version-moved', 'tag-moved', 'history-unknown', 'secret-not-given', 'locked', 'lfs-missing', 'host-not-prepared',
    'host-program-too-old', 'git-failed', 'git-objects-missing', 'ref-moved', 'submodule-missing',
  ])('%s: names nothing of a workflow\'s steps', (code) => {
    expect(cured(code).cure).not.toMatch(/actions\/checkout|fetch-depth/)
    expect(cured(code)).toMatchObject({ code, what: 'It is wrong.' })
  })

  it.each(['secret-not-given', 'locked', 'host-not-prepared', 'host-program-too-old'])('%s: has him do again what he did', (code) => {
    expect(cured(code).cure).toMatch(/then push again/)
    for (const asked of ['rollback', 'restart'] as const) {
      expect(cured(code, 'It is wrong.', asked).cure).toMatch(new RegExp(`then type slipway ${asked} again`))
    }
  })

  it('leaves others as they are', () => {
    expect(cured('health-failed')).toMatchObject({ why: 'Because.', cure: 'Set `fetch-depth: 0` at actions/checkout.' })
  })

  it('names the secrets and the file', () => {
    expect(cured('secret-not-given', 'Secrets are missing: A, B.').cure).toMatch(
      /mkdir -p \/home\/deploy\/\.config\/slipway && touch \/home\/deploy\/\.config\/slipway\/shop\.env && chmod 600 .*\nA=VALUE\nB=VALUE$/)
  })

  it('names the variable of a Compose file, and the same file', () => {
    expect(cured('variable-missing', 'The Compose file needs the variable DB_KEY: the key.').cure).toMatch(/then push again:\nmkdir .*shop\.env\nDB_KEY=VALUE$/)
    expect(cured('variable-missing').why).not.toMatch(/run/)
  })

  it('names the commit to merge: what serves', () => {
    expect(cured('history-unknown', 'Whether 0123456789ab is newer than ba9876543210 cannot be told.').cure).toContain('git merge 0123456789ab')
  })
})
