import { Failures, failuresOf, type Failure } from '../../../src/errors'
import { pushReleaseDeclaration, readPushRelease, readRoot, readSetupVm, secretInputs } from '../../../src/inputs'

const enough = { INPUT_HOSTS: 'deploy@203.0.113.7' }

function failuresFrom(env: NodeJS.ProcessEnv): readonly Failure[] {
  try {
    readPushRelease(env)
  } catch (thrown) {
    return failuresOf(thrown)
  }
  return []
}

describe('what is not given', () => {
  it('is null, or the default', () => {
    const inputs = readPushRelease(enough)
    expect(inputs.environment).toBeNull()
    expect(inputs.githubToken).toBeNull()
    expect(inputs).toMatchObject({ operation: 'deploy', dryRun: false, maxParallel: 8, lockTimeout: 300, workingDirectory: '.' })
  })

  it('is the same as an empty string or spaces', () => {
    const empty = { 'INPUT_LOCK-TIMEOUT': '', 'INPUT_DRY-RUN': '  ', INPUT_VERSION: '\n', 'INPUT_SSH-KEY': ' \n' }
    expect(readPushRelease({ ...enough, ...empty })).toEqual(readPushRelease(enough))
  })

  it('fails where it is required, and says what to add', () => {
    for (const hosts of [undefined, '', '\n# only a comment\n']) {
      const [failure, ...others] = failuresFrom(hosts === undefined ? {} : { INPUT_HOSTS: hosts })
      expect(failure).toMatchObject({ code: 'input-missing', what: 'The input `hosts` is missing or empty.' })
      expect(failure?.cure).toContain('Add `hosts: …`')
      expect(others).toEqual([])
    }
  })
})

describe('what is given', () => {
  it('comes with the type that action.yml declares', () => {
    const inputs = readPushRelease({
      INPUT_HOSTS: '  a@one # the first\r\n\n# none\nb@two:2222',
      'INPUT_DRY-RUN': 'True',
      'INPUT_ALLOW-OLDER': 'FALSE',
      'INPUT_MAX-PARALLEL': ' 3 ',
      'INPUT_LOCK-TIMEOUT': '2h',
      INPUT_OPERATION: 'rollback',
      'INPUT_KNOWN-HOSTS': '# mine\none ssh-ed25519 AAAA\n',
      INPUT_VERSION: ' v1.4.2\n',
    })
    expect(inputs).toMatchObject({
      hosts: ['a@one', 'b@two:2222'],
      dryRun: true,
      allowOlder: false,
      maxParallel: 3,
      lockTimeout: 7200,
      operation: 'rollback',
      knownHosts: '# mine\none ssh-ed25519 AAAA',
      version: 'v1.4.2',
    })
    expect(Object.isFrozen(inputs)).toBe(true)
  })

  it('may be the least there is, and a # inside of a word begins no comment', () => {
    const inputs = readPushRelease({ INPUT_HOSTS: 'a#b@one\t# two', 'INPUT_MAX-PARALLEL': '1', 'INPUT_LOCK-TIMEOUT': '0s' })
    expect(inputs).toMatchObject({ hosts: ['a#b@one'], maxParallel: 1, lockTimeout: 0 })
  })

  it('keeps a secret as it stands, less the line break at its end', () => {
    const inputs = readPushRelease({ ...enough, 'INPUT_SSH-KEY': 'a\r\nb\r\n', 'INPUT_SSH-KEY-PASSPHRASE': ' with spaces \n' })
    expect(inputs.sshKey).toBe('a\r\nb')
    expect(inputs.sshKeyPassphrase).toBe(' with spaces ')
  })

  it('may be setup for the root action only', () => {
    expect(readRoot({ ...enough, INPUT_OPERATION: 'setup' }).operation).toBe('setup')
    expect(failuresFrom({ ...enough, INPUT_OPERATION: 'setup' })[0]?.code).toBe('input-not-one-of')
    expect(readSetupVm({ ...enough, INPUT_FIREWALL: 'true' }).firewall).toBe(true)
  })
})

describe('what is wrong', () => {
  const wrong: readonly [variable: string, text: string, code: string, what: string, cure: string][] = [
    ['INPUT_DRY-RUN', 'yes', 'input-not-boolean', '`yes`', 'Write `dry-run: true`.'],
    ['INPUT_DRY-RUN', 'Off', 'input-not-boolean', '`Off`', 'Write `dry-run: false`.'],
    ['INPUT_DRY-RUN', 'maybe', 'input-not-boolean', '`maybe`', '`dry-run: true` or `dry-run: false`'],
    ['INPUT_OPERATION', 'rolback', 'input-not-one-of', 'deploy, rollback, restart, status', 'Did you mean `operation: rollback`?'],
    ['INPUT_OPERATION', 'x'.repeat(90), 'input-not-one-of', 'xxx…', '`operation: deploy`'],
    ['INPUT_MAX-PARALLEL', '0', 'input-not-a-count', 'no whole number from 1', '`max-parallel: 4`'],
    ['INPUT_MAX-PARALLEL', '2.5', 'input-not-a-count', '`2.5`', 'without a sign or a unit'],
    ['INPUT_LOCK-TIMEOUT', '300', 'input-not-a-duration', '`300`', '`lock-timeout: 300s`'],
    ['INPUT_LOCK-TIMEOUT', '-5m', 'input-not-a-duration', '`-5m`', '`lock-timeout: 90s`'],
    ['INPUT_ENVIRONMENT', 'a\n::warning::b', 'input-several-lines', '`a\\n::warning::b`', 'on one line'],
    ['INPUT_HOST', 'x', 'input-unknown', 'no input `host`', 'Did you mean `hosts`?'],
    ['INPUT_SSH_KEY', 'x', 'input-unknown', 'no input `ssh_key`', 'Did you mean `ssh-key`?'],
    ['INPUT_FIREWALL', '', 'input-unknown', 'no input `firewall`', 'There are: config, working-directory'],
  ]
  it.each(wrong)('%s=%s', (variable, text, code, what, cure) => {
    const [failure, ...others] = failuresFrom({ ...enough, [variable]: text })
    expect(failure?.code).toBe(code)
    expect(failure?.what).toContain(what)
    expect(failure?.cure).toContain(cure)
    expect(others).toEqual([])
  })

  it('is reported all at once', () => {
    const env = { 'INPUT_DRY-RUN': 'yes', 'INPUT_MAX-PARALLEL': 'many', INPUT_VERSON: 'v1' }
    expect(() => readPushRelease(env)).toThrow(Failures)
    expect(failuresFrom(env).map(({ code }) => code)).toEqual([
      'input-unknown', 'input-not-boolean', 'input-missing', 'input-not-a-count',
    ])
  })
})

describe('secrets', () => {
  it('are those that action.yml calls so, whatever else is wrong', () => {
    const env = { 'INPUT_SSH-KEY': 'key', 'INPUT_GITHUB-TOKEN': 'token', 'INPUT_DRY-RUN': 'yes', INPUT_VERSION: 'v1' }
    expect(secretInputs(pushReleaseDeclaration, env)).toEqual(['token', 'key'])
  })
})
