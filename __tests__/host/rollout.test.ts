import { succeeded } from './harness/deploy'
import { appsHost, asUser, errorsOf, shownLog, TinyApp } from './harness/tiny-app'

const secret = { env: { TOKEN: 'first-value-of-the-token' } }

/** One app's life, in order: each test goes on where the one before ended. Connected to as a user with the one sudo rule. */
describe('a rollout on one host', () => {
  let app: TinyApp
  beforeAll(async () => {
    const host = asUser(await appsHost(), 'deploy')
    app = await TinyApp.on(host, 'roll', { config: { keep: 2 }, web: { secrets: ['TOKEN'] } })
    await host.shell('rm /etc/sudoers.d/90-deploy')
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  it('needs of the deploying user no more than the one rule of sudo', async () => {
    const asDeploy = (...command: string[]): ReturnType<typeof app.host.exec> =>
      app.host.exec('runuser', '-u', 'deploy', '--', 'sudo', '-n', ...command)
    const { stdout } = await asDeploy('-l')
    expect(stdout.slice(stdout.indexOf('may run')).trim().split('\n').slice(1).map((line) => line.trim()))
      .toEqual(['(root) NOPASSWD: /usr/local/sbin/slipway-host ""'])
    expect((await asDeploy('id')).code).not.toBe(0)
    expect((await asDeploy('/usr/local/sbin/slipway-host', '--help')).code).not.toBe(0)
  })

  it('prints in a dry run what it would do, and does nothing', async () => {
    const before = await app.state()
    const run = succeeded(await app.push({ ...secret, inputs: { 'dry-run': 'true' } }))
    expect(await app.state()).toBe(before)
    expect(run.outputs).toMatchObject({ status: 'planned', changed: 'false', version: 'v1', serving: '' })
    expect(run.summary).toMatch(/## 📋 Dry run: .* v1 would be deployed/)
    for (const text of [run.log, run.summary]) {
      expect(text).toMatch(/python environment of \.: made anew/)
      expect(text).toMatch(/start slipway-app\.roll-\w+\.1\.web\.1\.service/)
      expect(text).toMatch(/prove activation 1/)
    }
  })

  it('serves a first release', async () => {
    const run = succeeded(await app.push(secret))
    expect(run.outputs).toMatchObject({ status: 'deployed', changed: 'true', version: 'v1', previous: '', serving: 'v1' })
    expect(run.outputs['url']).toBe(`http://${app.domain}`)
    expect(run.summary).toMatch(/## ✅ .* v1 is serving on .*\n\nfirst release → `v1`/)
    expect(await app.serves()).toBe('v1 #1')
    expect((await app.history()).map(({ event, number }) => `${event} ${number}`)).toEqual(['staged 1', 'started 1', 'proven 1'])
  })

  it('changes nothing when it is done twice, and says so', async () => {
    const before = await app.state()
    const run = succeeded(await app.push(secret))
    expect(run.outputs).toMatchObject({ status: 'unchanged', changed: 'false', serving: 'v1' })
    expect(run.summary).toMatch(/was serving on .* already: nothing changed/)
    expect(await app.state()).toBe(before)
  })

  it('plans the next one without touching what serves', async () => {
    await app.release({ tag: 'v2' })
    const before = await app.state()
    const run = succeeded(await app.push({ ...secret, inputs: { 'dry-run': 'true' } }))
    expect(await app.state()).toBe(before)
    expect(run.outputs).toMatchObject({ status: 'planned', changed: 'false', version: 'v2', serving: 'v1' })
    expect(run.log).toMatch(/python environment of \.: cloned/)
    expect(run.log).toMatch(/stop slipway-app\.roll-\w+\.1\.web\.1\.service/)
    expect(shownLog(run)).not.toContain(secret.env.TOKEN)
  })

  it('goes on to the next, and leaves nothing of the one before but its release', async () => {
    const run = succeeded(await app.push(secret))
    expect(run.outputs).toMatchObject({ status: 'deployed', previous: 'v1', serving: 'v2' })
    expect(run.summary).toMatch(/`v1` → `v2` · proven in \*\*/)
    expect(run.summary).toMatch(/operation: rollback\nversion: v1/)
    expect(await app.serves()).toBe('v2 #2')
    expect(await app.remains(1)).toBe('')
  })

  it('goes back, needs neither checkout nor secrets for it, and does not ping-pong', async () => {
    const run = succeeded(await app.push({ inputs: { operation: 'rollback' } }))
    expect(run.outputs).toMatchObject({ status: 'rolled-back', changed: 'true', version: 'v1', previous: 'v2', serving: 'v1' })
    expect(await app.serves()).toBe('v1 #3')
    const again = await app.rollback()
    expect(again.code).toBe(1)
    expect(again.outputs).toMatchObject({ status: 'failed', changed: 'false', serving: 'v1' })
    expect(errorsOf(again)).toMatch(/no release of .* to go back to from v1 \(#3\)/)
    expect(errorsOf(again)).toMatch(/Name one: .* v2 \(rolled back from\)/)
    expect(await app.serves()).toBe('v1 #3')
  })

  it('goes to the withdrawn one when it is named', async () => {
    expect(succeeded(await app.rollback('v2')).outputs).toMatchObject({ status: 'rolled-back', serving: 'v2' })
    expect(await app.serves()).toBe('v2 #4')
  })

  it('names what there is when the version to go back to never served', async () => {
    expect(errorsOf(await app.rollback('v9'))).toMatch(/There is no v9 of .*[^]*returned to: v1/)
  })

  it('keeps what serves and what served before, and removes what is older than `keep`', async () => {
    await app.release({ tag: 'v3' })
    const run = succeeded(await app.push(secret))
    expect(run.log).toMatch(/removed release v1-[0-9a-f]{8}/)
    expect(await app.host.shell(`ls /opt/${app.name}/releases`)).toMatch(/^v2-[0-9a-f]{8}\nv3-[0-9a-f]{8}$/)
    expect(await app.host.shell(`ls /opt/${app.name}/run`)).toBe('5\ncurrent.sock')
    expect(errorsOf(await app.rollback('v1'))).toMatch(/v1 of .* served once, but its files are gone[^]*returned to: v2/)
    expect(await app.serves()).toBe('v3 #5')
  })

  it('refuses what is older than what serves, unless told', async () => {
    const refused = await app.push({ ...secret, inputs: { version: 'v2' } })
    expect(refused.code).toBe(1)
    expect(refused.outputs).toMatchObject({ status: 'failed', changed: 'false', serving: 'v3' })
    expect(errorsOf(refused)).toMatch(/v2 \(\w{12}\) is older than v3 \(\w{12}\), which serves[^]*`allow-older: true`/)
    expect(await app.serves()).toBe('v3 #5')
    const told = succeeded(await app.push({ ...secret, inputs: { version: 'v2', 'allow-older': 'true' } }))
    expect(told.outputs).toMatchObject({ serving: 'v2' })
    expect(await app.serves()).toBe('v2 #6')
  })

  it('makes a new activation of the same release when only a secret changes', async () => {
    const other = { env: { TOKEN: 'second-value-of-the-token' }, inputs: { version: 'v2' } }
    const before = (await app.ask()).told.secret
    const run = succeeded(await app.push(other))
    expect(run.outputs).toMatchObject({ status: 'deployed', changed: 'true', previous: 'v2', serving: 'v2' })
    expect(run.log).toMatch(/release reused/)
    expect(await app.serves()).toBe('v2 #7')
    expect((await app.ask()).told.secret).not.toBe(before)
    expect(await app.host.shell(`ls /opt/${app.name}/releases | wc -l`)).toBe('2')
    expect(succeeded(await app.push(other)).outputs).toMatchObject({ status: 'unchanged', changed: 'false' })
  })

  it('tells how it stands', async () => {
    const before = await app.state()
    const run = succeeded(await app.status())
    expect(run.outputs).toMatchObject({ status: 'status', changed: 'false', serving: 'v2', version: '' })
    expect(run.summary).toMatch(/\| 7 \| `v2` \| proven \|/)
    expect(run.summary).toMatch(/\| 2 \| `v2` \| withdrawn \|/)
    expect(await app.state()).toBe(before)
  })

  it('puts back what a release that exits at its start had begun, and shows its last words', async () => {
    await app.release({ tag: 'v4', behaviour: { exit: 3 } })
    const run = await app.push(secret)
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false', serving: 'v2' })
    expect(errorsOf(run)).toMatch(/web ended with exit code 3 right after its start/)
    expect(run.log).toMatch(/it was told to end/)
    expect(await app.serves()).toBe('v2 #7')
    expect(await app.remains(8)).toBe('')
  })

  it('goes back when the public proof fails, and says so', async () => {
    await app.release({ tag: 'v5', behaviour: { publicHealth: 500 } })
    const load = app.load()
    const run = await app.push(secret)
    const { failed, failures, versions } = await load.stop()
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'reverted', changed: 'false', serving: 'v2' })
    expect(errorsOf(run)).toMatch(/healthz answered 500 after the switch/)
    expect(run.summary).toMatch(/What was undone[^]*back on `v2` \(#7\)/)
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(Object.keys(versions).sort()).toEqual(['v2', 'v5'])
    expect(await app.serves()).toBe('v2 #7')
    expect(await app.remains(9)).toBe('')
  })
})
