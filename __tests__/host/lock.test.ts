import { succeeded } from './harness/deploy'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

describe('two runs at once', () => {
  let app: TinyApp
  beforeAll(async () => {
    app = await TinyApp.on(await appsHost(), 'lock')
    succeeded(await app.push())
  }, 300_000)
  afterEach(() => app?.rest())
  afterAll(() => { app?.[Symbol.dispose]() })

  const building = (seconds: number): Promise<void> => app.until(`pgrep -u build-${app.name} -f '^sleep ${seconds}'`)
  const built = (seconds: number): Promise<string> => app.host.shell(`pkill -u build-${app.name} -f '^sleep ${seconds}'`)

  it('the second waits, says for whom, and then goes', async () => {
    await app.release({ tag: 'v2', web: { build: ['sleep 1233 || true'] } })
    const first = await app.startPush({ env: { GITHUB_TRIGGERING_ACTOR: 'grace', GITHUB_RUN_ID: '2002' } })
    await building(1233)
    await app.release({ tag: 'v3', web: { build: [] } })
    const second = await app.startPush({ inputs: { 'lock-timeout': '4m' } })
    await second.until(/waiting for the lock that grace holds since \d{4}-\d\d-\d\dT/)
    expect(await app.serves()).toBe('v1 #1')
    await built(1233)
    expect(succeeded(await first.done).outputs).toMatchObject({ status: 'deployed', previous: 'v1', serving: 'v2' })
    expect(succeeded(await second.done).outputs).toMatchObject({ status: 'deployed', previous: 'v2', serving: 'v3' })
    expect(await app.serves()).toBe('v3 #3')
  })

  it('the second gives up in time and says who holds it since when; a killed run frees it at once', async () => {
    await app.release({ tag: 'v4', web: { build: ['sleep 1234'] } })
    const first = await app.startPush({ env: { GITHUB_TRIGGERING_ACTOR: 'grace', GITHUB_RUN_ID: '2002' } })
    await building(1234)
    await app.release({ tag: 'v5', web: { build: [] } })
    const refused = await app.push({ inputs: { 'lock-timeout': '1s' } })
    expect(refused.code).toBe(1)
    expect(refused.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(errorsOf(refused)).toMatch(/grace \(ada\/shop#2002\/1\) is deploying to .* since \d{4}-\d\d-\d\dT[^]*`lock-timeout`/)
    await building(1234)
    first.kill('SIGKILL')
    await first.done
    // Sooner than the host gives up a runner for its silence.
    const next = succeeded(await app.push({ inputs: { 'lock-timeout': '10s' } }))
    expect(next.outputs).toMatchObject({ status: 'deployed', previous: 'v3', serving: 'v5' })
    expect(next.summary).toMatch(/What an earlier run had left\n\n- .*a run of grace .*ended before its cut-over \(stage\)/)
    expect(await app.serves()).toBe('v5 #4')
  })

  it('a status waits for nobody longer than it is told either', async () => {
    await app.release({ tag: 'v6', web: { build: ['sleep 1234'] } })
    const first = await app.startPush()
    await building(1234)
    const status = await app.push({ inputs: { operation: 'status', 'lock-timeout': '1s' } })
    expect(errorsOf(status)).toMatch(/ada .* is deploying to/)
    first.kill('SIGKILL')
    await first.done
    await app.untilFreeAtOnce()
  })
})
