import { createHash, randomBytes } from 'node:crypto'
import { succeeded } from './harness/deploy'
import type { ActionOptions } from './harness/action'
import { holding } from './harness/holding'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, shownLog, TinyApp } from './harness/tiny-app'

let host: Host
beforeAll(async () => { host = await appsHost() }, 300_000)

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A key as people have it, with all that a shell, systemd or JSON could trip over; its middle line is looked for. */
function key(): { readonly text: string; readonly line: string; readonly given: ActionOptions } {
  const line = `MIIE"$'\\\`%n${randomBytes(9).toString('hex')}==`
  const text = `-----BEGIN PRIVATE KEY-----\n${line}\n\n\tümlaut \\n $HOME %h\r\n-----END PRIVATE KEY-----\n`
  return { text, line, given: { env: { TOKEN: text } } }
}

describe.each(['env', 'files'] as const)('secrets-as: %s', (as) => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(host, `given-${as}`, {
      config: { keep: 2 }, web: { secrets: ['TOKEN'], ...(as === 'files' ? { 'secrets-as': as } : {}) },
    })
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  const first = key()
  const second = key()
  const third = key()
  const serves = async (): Promise<string | undefined> => (await app.ask()).told.secret
  const unit = async (): Promise<string> => `slipway-app.${app.name}.${(await app.ask()).told.activation}.web.1.service`
  const own = (number: number): string[] => as === 'env'
    ? [`/opt/${app.name}/run/${number}/secrets.json`]
    : [`/opt/${app.name}/run/${number}/given/web/TOKEN`, `/opt/${app.name}/run/${number}/secrets.json`]

  it('reaches the app byte for byte', async () => {
    succeeded(await app.push(first.given))
    expect(await serves()).toBe(hash(first.text))
  })

  it('is where only root and the app can read it, and nowhere else', async () => {
    // As JSON and as a unit's variable it is escaped, so a part of it is looked for that is not.
    const part = first.line.slice(-20)
    const found = (await holding(host, part)).filter((file) => !file.startsWith('/run/credentials/'))
    const variables = as === 'env' ? [`/opt/${app.name}/run/1/web.1.env`] : []
    expect(found).toEqual([...own(1), ...variables].sort())
    for (const file of found) expect(await host.shell(`stat -c '%U %a' ${file}`)).toBe('root 600')
    const shown = await host.shell(`systemctl show '*.${app.name}.*'; systemctl cat '*.${app.name}.*'; cat /proc/[0-9]*/cmdline | tr '\\0' ' '`)
    expect(shown).toContain(as === 'files' ? 'LoadCredential' : 'EnvironmentFile')
    expect(shown).not.toContain(part)
    expect(await host.shell(`find /proc/[0-9]*/environ ! -perm 400 2>/dev/null | head -n 3`)).toBe('')
  })

  if (as === 'files') {
    it('is no variable of the app, but NAME_FILE says where it is, and another user cannot read it', async () => {
      const variables = (await host.shell(`tr '\\0' '\\n' </proc/$(systemctl show -P MainPID ${await unit()})/environ`)).split('\n')
      expect(variables.filter((line) => /^TOKEN/.test(line))).toEqual([`TOKEN_FILE=/run/credentials/${await unit()}/TOKEN`])
      expect(variables.join('\n')).not.toContain(first.line.slice(-20))
      const [, path = ''] = /=(.*)/.exec(variables.find((line) => line.startsWith('TOKEN_FILE')) ?? '') ?? []
      const read = (user: string): Promise<{ code: number | null }> => host.exec('runuser', '-u', user, '--', 'cat', path)
      expect([(await read(`app-${app.name}`)).code, (await read('nobody')).code, (await read(`build-${app.name}`)).code]).toEqual([0, 1, 1])
    })

    it('reaches `before`, `after` and the commands of health checks in the same way', async () => {
      const says = 'python -c "import hashlib, os; print(\'TOKEN\' in os.environ, '
        + 'hashlib.sha256(open(os.environ[\'TOKEN_FILE\'], \'rb\').read()).hexdigest())"'
      const health = 'test -z "$TOKEN" && test -s "$TOKEN_FILE" && touch tmp/asked'
      await app.release({ tag: 'v1-hooks', web: { before: [says], after: [says], health }, config: { scratch: ['tmp'] } })
      const run = succeeded(await app.push(first.given))
      expect(run.log.match(new RegExp(`^False ${hash(first.text)}$`, 'gm'))).toHaveLength(2)
      expect(await host.shell(`ls /opt/${app.name}/scratch/v1-hooks-*/tmp`)).toBe('asked')
      expect(shownLog(run)).not.toContain(first.line)
      await app.release({ tag: 'v1-plain', web: { before: [], after: [], health: '/healthz' }, config: { scratch: [] } })
      succeeded(await app.push(first.given))
    })

    it('is there again after the host has lost its power', async () => {
      const before = await app.serves()
      await host.cutPower()
      await app.until(`curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/`)
      expect([await app.serves(), await serves()]).toEqual([before, hash(first.text)])
    })

    it('cannot have a variable in its way', async () => {
      await app.release({ tag: 'v1-twice', web: { env: { TOKEN_FILE: '/etc/passwd' } } })
      expect(errorsOf(await app.push(first.given))).toMatch(/TOKEN_FILE is in .*env.*, and the secret TOKEN comes as a file/)
      await app.release({ tag: 'v1-once', web: { env: {} } })
      succeeded(await app.push(first.given))
    })
  }

  it('changes without a commit: the new value is served, no request fails, and nothing is left of the old one', async () => {
    const { version, activation = 0 } = (await app.ask()).told
    const load = app.load()
    const run = succeeded(await app.push(second.given))
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(run.outputs).toMatchObject({ status: 'deployed', changed: 'true', serving: version })
    expect(run.log).toMatch(/release reused/)
    expect([await serves(), await app.serves()]).toEqual([hash(second.text), `${version} #${activation + 1}`])
    expect(await holding(host, first.line.slice(-20))).toEqual([])
    expect(await app.remains(activation)).toBe('')
    expect(succeeded(await app.push(second.given)).outputs['status']).toBe('unchanged')
  })

  it('of a rollback is what is given now, else what was stored last', async () => {
    const before = (await app.ask()).told.version
    await app.release({ tag: 'v2' })
    succeeded(await app.push(second.given))
    expect(succeeded(await app.rollback()).outputs['serving']).toBe(before)
    expect(await serves()).toBe(hash(second.text))
    expect(succeeded(await app.rollback('v2', third.given)).outputs['serving']).toBe('v2')
    expect(await serves()).toBe(hash(third.text))
    expect(await holding(host, second.line.slice(-20))).toEqual([])
  })

  it('of what is gone back to by itself is its own, and the one that was tried is gone', async () => {
    const tried = key()
    await app.release({ tag: 'v3', behaviour: { publicHealth: 500 } })
    expect((await app.push(tried.given)).outputs).toMatchObject({ status: 'reverted', serving: 'v2' })
    expect(await serves()).toBe(hash(third.text))
    expect(await holding(host, tried.line.slice(-20))).toEqual([])
  })

  it('is gone from the host when all that had it is retired and pruned', async () => {
    const last = key()
    for (const tag of ['v4', 'v5', 'v6']) {
      await app.release({ tag })
      succeeded(await app.push(last.given))
    }
    expect(await host.shell(`ls /opt/${app.name}/releases | wc -l`)).toBe('2')
    for (const { line } of [first, second, third]) expect(await holding(host, line.slice(-20))).toEqual([])
    const number = (await app.ask()).told.activation ?? 0
    expect((await holding(host, last.line.slice(-20))).filter((file) => !file.includes(`/${app.name}/run/${number}/`)
      && !file.startsWith(`/run/credentials/slipway-app.${app.name}.${number}.`))).toEqual([])
  })
})
