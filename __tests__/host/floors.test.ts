import { succeeded } from './harness/deploy'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

let app: TinyApp
beforeAll(async () => {
  app = await TinyApp.on(await appsHost(), 'floor', { config: { keep: 3 } })
  succeeded(await app.push())
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

const consent = { 'allow-rollback-floor': 'true' }

async function deploy(tag: string, floor = false): Promise<void> {
  await app.release({ tag, config: { 'rollback-floor': floor } })
  expect(succeeded(await app.push()).outputs['serving']).toBe(tag)
}

/** One app's life, in order: each test goes on where the one before ended. */
describe('a release that declares `rollback-floor`', () => {
  it('is said in the summary to bar the way back', async () => {
    await app.release({ tag: 'v2', config: { 'rollback-floor': true } })
    const run = succeeded(await app.push())
    expect(run.summary).toMatch(/How to go back\n\n\*\*Not safe by itself:\*\* `v2` declares `rollback-floor`/)
    expect(run.summary).toMatch(/operation: rollback\nversion: v1\nallow-rollback-floor: true/)
  })

  it('bars the default of a rollback, and a version before it, from itself and from what came after it; nothing is touched', async () => {
    const refused = async (version: string): Promise<void> => {
      const before = await app.ownState()
      for (const inputs of [{}, { 'dry-run': 'true' }]) {
        const run = await app.rollback(version, { inputs })
        expect(run.code).toBe(1)
        expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
        expect(errorsOf(run)).toMatch(/Going to v1 on .* would go back across v2 \(#2\), which declares `rollback-floor`/)
        expect(errorsOf(run)).toMatch(/set `allow-rollback-floor: true` for this run/)
      }
      expect(await app.ownState()).toBe(before)
    }
    await refused('')
    await deploy('v3')
    await refused('v1')
  })

  it('bars no way that stays on this side of it', async () => {
    expect(succeeded(await app.rollback()).outputs['serving']).toBe('v2')
    expect(succeeded(await app.rollback('v3')).outputs['serving']).toBe('v3')
  })

  it('bars a deploy of an older version too, though allow-older lets that through', async () => {
    const before = await app.ownState()
    const run = await app.push({ inputs: { version: 'v1', 'allow-older': 'true' } })
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false', serving: 'v3' })
    expect(errorsOf(run)).toMatch(/would go back across v2 \(#2\)/)
    expect(await app.ownState()).toBe(before)
  })

  it('is crossed with consent, which is told and recorded, and then it is none any more', async () => {
    const run = succeeded(await app.rollback('v1', { inputs: consent }))
    expect(run.outputs).toMatchObject({ status: 'rolled-back', serving: 'v1' })
    expect(run.summary).toMatch(/### Warnings\n\n- .*v1 goes back across v2 \(\\?#2\), which declares \\?`rollback-floor/)
    const proven = (await app.history()).findLast(({ event }) => event === 'proven') as object
    // The return to v2 (#4) had been rolled back from, its first activation had not.
    expect(proven).toMatchObject({ version: 'v1', crossed: [2] })
    expect(succeeded(await app.rollback('v3')).outputs['serving']).toBe('v3')
    expect(succeeded(await app.rollback('v1')).outputs['serving']).toBe('v1')
  })

  it('does not stand in the way of a release of its own that goes back by itself, before its proof and after', async () => {
    await app.release({ tag: 'v4', config: { 'rollback-floor': true }, behaviour: { publicHealth: 500 } })
    expect((await app.push()).outputs).toMatchObject({ status: 'reverted', serving: 'v1' })
    await app.release({ tag: 'v5', config: { rollout: { drain: '5s', bake: '60s' } } })
    const run = await app.startPush()
    await run.until(/ proven /)
    const number = (await app.ask()).told.activation
    await app.host.shell(`kill -9 $(systemctl show -P MainPID slipway-app.${app.name}.${number}.web.1)`)
    const done = await run.done
    expect(done.outputs).toMatchObject({ status: 'reverted', serving: 'v1' })
    expect(errorsOf(done)).toMatch(/v5 was proven, but did not stay well/)
    await app.release({ tag: 'v6', config: { 'rollback-floor': false, rollout: { drain: '5s' } } })
    expect(succeeded(await app.push()).outputs['serving']).toBe('v6')
    // v5 was withdrawn: it is no floor for what came afterwards.
    expect(succeeded(await app.rollback('v1')).outputs['serving']).toBe('v1')
  })

  it('is known when its own files are gone', async () => {
    await deploy('v7', true)
    await app.release({ tag: 'v8', config: { 'rollback-floor': false, keep: 1 } })
    succeeded(await app.push())
    await deploy('v9')
    expect(await app.host.shell(`ls /opt/${app.name}/releases | cut -d- -f1 | xargs`)).toBe('v8 v9')
    const run = await app.push({ inputs: { version: 'v6', 'allow-older': 'true' } })
    expect(errorsOf(run)).toMatch(/Going to v6 on .* would go back across v7 \(#\d+\), which declares/)
    expect(await app.serves()).toMatch(/^v9 /)
    const consented = succeeded(await app.push({ inputs: { version: 'v6', 'allow-older': 'true', ...consent } }))
    expect(consented.outputs).toMatchObject({ status: 'deployed', serving: 'v6' })
  })
})
