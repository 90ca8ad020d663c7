import { jest } from '@jest/globals'
import { delayProxy } from './harness/delay-proxy'
import { GitRemote } from './harness/git-remote'
import { accepted, failuresIn, none, PushedApp } from './harness/pushed-app'

jest.setTimeout(60_000)

let made: PushedApp
beforeAll(async () => {
  made = await PushedApp.make('cut')
  accepted(await made.remote.push('v1'))
}, 300_000)
afterEach(() => made?.rest())
afterAll(() => { made?.[Symbol.dispose]() })

describe('a push that is cut off', () => {
  it('while it stages: nothing is left of it, the lock is free at once, and the next push says so', async () => {
    const before = await made.app.serves()
    const { tag, number } = await made.next({ web: { build: ['sleep 1234'], before: [] } })
    const load = made.app.load()
    const cut = made.remote.start(tag)
    await made.app.until(`pgrep -u build-${made.app.name} -f 'sleep 1234'`)
    cut.kill()
    await made.app.untilFree(8)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect([await made.app.serves(), await made.app.remains(number), await made.refOnHost(tag)]).toEqual([before, '', ''])
    // A push that comes to nothing does not take the word from the one that deploys.
    const { tag: wrong } = await made.next({ config: { kep: 3 } })
    expect((await made.refused(wrong)).remote).toMatch(/error: slipway.yml:\d+: /)
    await made.app.repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    const pushed = accepted(await made.remote.push((await made.next({ config: { kep: undefined } })).tag))
    expect(pushed.remote).toMatch(/note .*a run of deploy \(git push from .*\) ended before its cut-over \(stage\)/)
  })

  it('in the middle of its cut-over: the host ends it by itself, and the same push again says what was found', async () => {
    const { tag, number } = await made.next({ behaviour: { publicDelay: 2.5 } })
    const load = made.app.load()
    const cut = made.remote.start(tag)
    await made.app.untilSwitched(number)
    cut.kill()
    await made.app.untilFree(20)
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
    const again = accepted(await made.remote.push(tag))
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(again.remote).toMatch(/was serving on .* already: nothing changed/)
    expect(await made.refOnHost(tag)).toBe(await made.commitOf(tag))
    expect(await made.app.remains(number - 1)).toBe('')
  })

  it('in the middle of a cut-over that is not proven: what served serves again', async () => {
    const before = await made.app.serves()
    const { tag, number } = await made.next({ behaviour: { publicDelay: 1, publicHealth: 500 } })
    const load = made.app.load()
    const cut = made.remote.start(tag)
    await made.app.untilSwitched(number)
    cut.kill()
    await made.app.untilFree(30)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect([await made.app.serves(), await made.app.remains(number), await made.refOnHost(tag)]).toEqual([before, '', ''])
  })

  it('while it waits for the lock: what it waited to deploy is never deployed', async () => {
    const { tag: slow, number } = await made.next({ web: { build: ['sleep 8'], before: [] } })
    const first = made.remote.start(slow)
    await made.app.until(`pgrep -u build-${made.app.name} -f 'sleep 8'`)
    const { tag } = await made.next()
    const cut = made.remote.start(tag)
    await cut.until(/waiting for the lock that deploy holds/)
    cut.kill()
    await made.app.until(`[ "$(pgrep -c -u deploy -f 'push.js receive app=${made.app.name} ')" = 1 ]`)
    accepted(await first.done)
    await made.app.untilFree()
    expect([await made.app.serves(), await made.refOnHost(tag)]).toEqual([`${slow} #${number}`, ''])
    accepted(await made.remote.push(tag))
    expect(await made.app.serves()).toBe(`${tag} #${number + 1}`)
  })

  it('after its proof, while what it replaced is drained: the host goes on by itself', async () => {
    const { tag, number } = await made.next()
    const held = made.app.ask('/slow/8')
    const cut = made.remote.start(tag)
    await cut.until(/^remote: +proven /m)
    cut.kill()
    expect(await held).toMatchObject({ status: 200, told: { activation: number - 1 } })
    await made.app.untilFree()
    expect([await made.app.serves(), await made.app.remains(number - 1)]).toEqual([`${tag} #${number}`, ''])
    accepted(await made.remote.push(tag))
    expect(await made.refOnHost(tag)).toBe(await made.commitOf(tag))
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
  })

  it('by a reset of its connection', async () => {
    const before = await made.app.serves()
    const proxy = await delayProxy(made.host.address, made.host.port)
    using other = await GitRemote.of(made.host, made.app.name, made.app.repository, { address: '127.0.0.1', port: proxy.port })
    const { tag, number } = await made.next({ web: { build: ['sleep 1235'], before: [] } })
    const cut = other.start(tag)
    await made.app.until(`pgrep -u build-${made.app.name} -f 'sleep 1235'`)
    proxy.cut()
    expect((await cut.done).code).not.toBe(0)
    await made.app.untilFree(8)
    expect([await made.app.serves(), await made.app.remains(number), await made.refOnHost(tag)]).toEqual([before, '', ''])
    await proxy.close()
  })

  it('by a cable that is pulled: it needs nobody, and goes on to its end', async () => {
    const proxy = await delayProxy(made.host.address, made.host.port)
    using other = await GitRemote.of(made.host, made.app.name, made.app.repository, { address: '127.0.0.1', port: proxy.port })
    const { tag, number } = await made.next({ web: { build: ['sleep 3'], before: [] } })
    const cut = other.start(tag)
    await made.app.until(`pgrep -u build-${made.app.name} -f 'sleep 3'`)
    proxy.silence()
    await made.app.until(`su deploy -c 'git -C /srv/git/${made.app.name}.git rev-parse --verify ${tag}'`, 20)
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
    cut.kill()
    await proxy.close()
    await made.app.untilFree(5)
  })

  it('with the hook killed: as a dead runner', async () => {
    const before = await made.app.serves()
    const { tag, number } = await made.next({ web: { build: ['sleep 1236'], before: [] } })
    const cut = made.remote.start(tag)
    await made.app.until(`pgrep -u build-${made.app.name} -f 'sleep 1236'`)
    await made.host.shell(`kill -KILL $(pgrep -u deploy -f 'push.js receive app=${made.app.name} ')`)
    const pushed = await cut.done
    expect(pushed.code).not.toBe(0)
    await made.app.untilFree(5)
    expect([await made.app.serves(), await made.app.remains(number), await made.refOnHost(tag)]).toEqual([before, '', ''])
  })
})
