import { jest } from '@jest/globals'
import { push as runPushRelease, setUp, succeeded } from './harness/deploy'
import { delayProxy } from './harness/delay-proxy'
import { GitRemote, type Pushed } from './harness/git-remote'
import { sharedHost, type Host } from './harness/hosts'
import { TinyApp } from './harness/tiny-app'
import type { LoadResult } from '../../rig/load.mjs'

jest.setTimeout(60_000)

let host: Host
let app: TinyApp
let remote: GitRemote
beforeAll(async () => {
  host = await sharedHost('push', { user: 'deploy' }, () => Promise.resolve())
  app = await TinyApp.on(host, 'push')
  succeeded(await setUp(host, app.repository, { inputs: { 'git-push': 'true' } }))
  remote = await GitRemote.of(host, app.name, app.repository)
}, 300_000)
afterEach(() => {
  app?.rest()
  remote?.rest()
})
afterAll(() => {
  remote?.[Symbol.dispose]()
  app?.[Symbol.dispose]()
})

const none = { failed: 0, failures: [] }
const failuresIn = ({ failed, failures }: LoadResult): object => ({ failed, failures })

/** What the bare repository has under a ref; '' when nothing. */
const refOnHost = (ref: string): Promise<string> =>
  host.shell(`su deploy -c 'git -C /srv/git/${app.name}.git rev-parse --quiet --verify ${ref}' || true`)
const commitOf = (name: string): Promise<string> => app.repository.git('rev-parse', name)

function accepted(pushed: Pushed): Pushed {
  if (pushed.code !== 0) throw new Error(`The push ended with ${pushed.signal ?? pushed.code}:\n${pushed.log}`)
  return pushed
}

/** A push that has to be refused: red, with its ref where it was. */
async function refused(ref: string, refspec = ref): Promise<Pushed> {
  const before = await refOnHost(ref)
  const pushed = await remote.push(refspec)
  expect(pushed.code).not.toBe(0)
  expect(pushed.log).toMatch(/\[remote rejected\] .* \(pre-receive hook declined\)/)
  expect(await refOnHost(ref)).toBe(before)
  return pushed
}

const plain = { web: { build: [], before: [] } }
let releases = 1
/** Commits the next release and gives its tag and the number that its activation will have. */
async function next(change: Partial<Parameters<TinyApp['release']>[0]> = {}): Promise<{ tag: string; number: number }> {
  const tag = `v${++releases}`
  await app.release({ ...plain, behaviour: {}, ...change, tag })
  return { tag, number: Math.max(0, ...(await app.history()).map((line) => line.number)) + 1 }
}

describe('a push', () => {
  it('of a tag deploys it, and tells how', async () => {
    const pushed = accepted(await remote.push('v1'))
    expect(await app.serves()).toBe('v1 #1')
    expect(await refOnHost('v1')).toBe(await commitOf('v1'))
    expect(pushed.remote).toMatch(/^ {2}connected .*\n {2}inspected .*nothing serves.*\n[^]* {2}staged .*v1 as #1.*\n[^]* {2}proven .*\n/)
    expect(pushed.remote).toContain(`${app.name} v1 is serving on `)
    expect(pushed.remote).toContain(`\n  http://${app.domain}`)
    // No colour, and no word for a runner.
    expect(pushed.log).not.toMatch(/\u001b|::/)
  })

  it('of the next tag replaces it without a failed request, and says how to go back', async () => {
    const { tag, number } = await next()
    const load = app.load()
    const pushed = accepted(await remote.push(tag))
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(pushed.remote).toMatch(new RegExp(`To go back to v1, on the host: slipway rollback ${app.name} v1`))
    expect((await app.history()).find((line) => line.event === 'proven' && line.number === number))
      .toMatchObject({ by: 'deploy', run: expect.stringMatching(/^git push from [0-9.]+$/) })
  })

  it('of the branch deploys its commit under a name made of date and commit', async () => {
    const { number } = await next()
    const commit = await commitOf('HEAD')
    const pushed = accepted(await remote.push('main'))
    expect(pushed.remote).toMatch(new RegExp(`\\d{8}\\.\\d{6}-${commit.slice(0, 12)} is serving`))
    expect((await app.ask()).told.activation).toBe(number)
    expect(await refOnHost('main')).toBe(commit)
  })

  it('of the branch together with a tag of the same commit is one deployment, by the tag', async () => {
    const { tag, number } = await next()
    accepted(await remote.push('main', tag))
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect([await refOnHost('main'), await refOnHost(tag)]).toEqual([await commitOf(tag), await commitOf(tag)])
  })

  it('of what serves already changes nothing and says so', async () => {
    const before = await app.serves()
    const tag = `v${releases}`
    accepted(await remote.push(`:${tag}`))
    const pushed = accepted(await remote.push(tag))
    expect(pushed.remote).toMatch(/was serving on .* already: nothing changed/)
    expect(await app.serves()).toBe(before)
  })

  it('of an annotated tag deploys the commit that it names', async () => {
    const { tag, number } = await next()
    await app.repository.git('tag', '--force', '--annotate', '--message', 'said more', tag)
    accepted(await remote.push(tag))
    expect(await app.serves()).toBe(`${tag} #${number}`)
  })
})

describe('what breaks is refused, and what served serves', () => {
  it('a release that ends at its start: with its last words, and a second push tries again', async () => {
    const before = await app.serves()
    const { tag } = await next({ behaviour: { exit: 3 } })
    const load = app.load()
    const first = await refused(tag)
    const second = await refused(tag)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await app.serves()).toBe(before)
    for (const { remote: said } of [first, second]) {
      expect(said).toMatch(/\| .*it was told to end/)
      // The last that is read is what to begin with.
      expect(said).toMatch(new RegExp(` {2}error: [^]*cure: [^]*${app.name} ${tag} was not .*still serving`.replace('was not .*still', 'was not [^\\n]*')))
      expect(said).toMatch(new RegExp(`${tag} is not accepted. Push again once that is mended.$`))
    }
  })

  it('a release that is not proven in public: it is switched back', async () => {
    const before = await app.serves()
    const { tag, number } = await next({ behaviour: { publicHealth: 500 } })
    const load = app.load()
    await refused(tag)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await app.serves()).toBe(before)
    expect(await app.remains(number)).toBe('')
  })

  it('a wrong slipway.yml: all that is wrong at once, with line, and nothing begun', async () => {
    const before = await app.serves()
    const { tag } = await next({ config: { keep: 'many', kep: 3 } })
    const pushed = await refused(tag)
    expect(pushed.remote.match(/^ {2}error: slipway.yml:\d+: /gm)).toHaveLength(2)
    expect(pushed.remote).toMatch(/Nothing was changed/)
    expect(await app.serves()).toBe(before)
    await app.repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    await next({ config: { keep: 3, kep: undefined } })
  })

  it('an app of another name, and artifacts that nobody could bring', async () => {
    const { tag } = await next({ config: { app: 'other' } })
    expect((await refused(tag)).remote).toMatch(/`app: other`, and this repository deploys push-/)
    const { tag: second } = await next({ config: { app: app.name, artifacts: ['dist'] } })
    expect((await refused(second)).remote).toMatch(/names artifacts \(dist\)[^]*`build:`/)
    await next({ config: { artifacts: [] } })
  })

  it('a secret that nobody gave: by name, with the file to write it into; then it is taken from there, never shown', async () => {
    const { tag } = await next({ web: { ...plain.web, secrets: ['TOKEN'] } })
    const pushed = await refused(tag)
    const file = `/home/deploy/.config/slipway/${app.name}.env`
    expect(pushed.remote).toMatch(/error: .*Secrets are missing: TOKEN\./)
    expect(pushed.remote).toContain(`chmod 600 ${file}`)
    await host.shell(`install -d -o deploy -g deploy /home/deploy/.config /home/deploy/.config/slipway; `
      + `printf '# mine\\nTOKEN=q7=long and "odd"\\n' >${file}; chown deploy: ${file}; chmod 644 ${file}`)
    expect((await refused(tag)).remote).toMatch(/can read\.[^]*chmod 600/)
    await host.shell(`chmod 600 ${file}`)
    const good = accepted(await remote.push(tag))
    expect(good.log).not.toContain('q7=long')
    const { createHash } = await import('node:crypto')
    expect((await app.ask()).told.secret).toBe(createHash('sha256').update('q7=long and "odd"').digest('hex'))
    // The stored one is taken from now on.
    await host.shell(`rm ${file}`)
    accepted(await remote.push((await next()).tag))
    expect((await app.ask()).told.secret).toBe(createHash('sha256').update('q7=long and "odd"').digest('hex'))
    await next({ web: { ...plain.web, secrets: [] } })
    accepted(await remote.push(`v${releases}`))
  })

  it('what is older than what serves, and a tag that was moved', async () => {
    const before = await app.serves()
    const tag = `old-${releases}`
    await app.repository.git('tag', tag, `v${releases}~1`)
    expect((await refused(tag)).remote).toMatch(/is older than [^]*slipway rollback push-/)
    await app.repository.git('tag', '--force', `v${releases}`, `v${releases}~1`)
    expect((await refused(`v${releases}`, `+v${releases}`)).remote).toMatch(/error: [^]*git push production v1\.2\.1/)
    expect(await app.serves()).toBe(before)
    await app.repository.git('tag', '--force', `v${releases}`, 'HEAD')
  })

  it('refs that deploy nothing, and several tags at once', async () => {
    const before = await app.serves()
    expect((await refused('mian', 'HEAD:refs/heads/mian')).remote).toMatch(/did you mean main\?[^]*git push production mian:main/)
    await app.repository.git('tag', 'a1', 'HEAD')
    await app.repository.git('tag', 'a2', 'HEAD')
    const several = await remote.push('a1', 'a2')
    expect(several.code).not.toBe(0)
    expect(several.remote).toMatch(/2 tags were pushed at once: a1, a2\.[^]*One push is one release/)
    expect(await app.serves()).toBe(before)
  })

  it('but removing a ref is no deployment', async () => {
    const before = await app.serves()
    const pushed = accepted(await remote.push(':v1'))
    expect(pushed.remote).toMatch(/Nothing is deployed by removing/)
    expect([await refOnHost('v1'), await app.serves()]).toEqual(['', before])
  })
})

describe('two at once', () => {
  it('the second waits, is told for whom, and then goes; one that was overtaken on the branch is refused', async () => {
    const { tag: slow, number } = await next({ web: { build: ['sleep 4'], before: [] } })
    const first = remote.start('main')
    await app.until(`pgrep -u build-${app.name} -f 'sleep 4'`)
    const second = remote.start(slow)
    await second.until(/waiting for the lock that deploy holds since \d{4}-/)
    await app.repository.git('checkout', '--quiet', '--detach', 'HEAD~1')
    await app.repository.git('commit', '--quiet', '--allow-empty', '--message', 'another')
    const overtaken = remote.start('HEAD:main')
    await overtaken.until(/waiting for the lock/)
    accepted(await first.done)
    expect((await app.ask()).told.activation).toBe(number)
    accepted(await second.done)
    const third = await overtaken.done
    expect(third.code).not.toBe(0)
    expect(third.remote).toMatch(/main was moved by another push while this one waited/)
    expect(await app.serves()).toMatch(new RegExp(`^${slow} `))
    await app.repository.git('checkout', '--quiet', 'main')
    await next()
  })
})

describe('a push that is cut off', () => {
  it('while it stages: nothing is left of it, the lock is free at once, and the next push says so', async () => {
    const before = await app.serves()
    const { tag, number } = await next({ web: { build: ['sleep 1234'], before: [] } })
    const load = app.load()
    const cut = remote.start(tag)
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1234'`)
    cut.kill()
    await app.untilFree(8)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect([await app.serves(), await app.remains(number), await refOnHost(tag)]).toEqual([before, '', ''])
    const pushed = accepted(await remote.push((await next()).tag))
    expect(pushed.remote).toMatch(/note .*a run of deploy \(git push from .*\) ended before its cut-over \(stage\)/)
  })

  it('in the middle of its cut-over: the host ends it by itself, and the same push again says what was found', async () => {
    const { tag, number } = await next({ behaviour: { publicDelay: 2.5 } })
    const load = app.load()
    const cut = remote.start(tag)
    await app.untilSwitched(number)
    cut.kill()
    await app.untilFree(20)
    expect(await app.serves()).toBe(`${tag} #${number}`)
    const again = accepted(await remote.push(tag))
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(again.remote).toMatch(/was serving on .* already: nothing changed/)
    expect(await refOnHost(tag)).toBe(await commitOf(tag))
    expect(await app.remains(number - 1)).toBe('')
  })

  it('in the middle of a cut-over that is not proven: what served serves again', async () => {
    const before = await app.serves()
    const { tag, number } = await next({ behaviour: { publicDelay: 1, publicHealth: 500 } })
    const load = app.load()
    const cut = remote.start(tag)
    await app.untilSwitched(number)
    cut.kill()
    await app.untilFree(30)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect([await app.serves(), await app.remains(number), await refOnHost(tag)]).toEqual([before, '', ''])
  })

  it('by a reset of its connection', async () => {
    const before = await app.serves()
    const proxy = await delayProxy(host.address, host.port)
    using other = await GitRemote.of(host, app.name, app.repository, { address: '127.0.0.1', port: proxy.port })
    const { tag, number } = await next({ web: { build: ['sleep 1235'], before: [] } })
    const cut = other.start(tag)
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1235'`)
    proxy.cut()
    expect((await cut.done).code).not.toBe(0)
    await app.untilFree(8)
    expect([await app.serves(), await app.remains(number), await refOnHost(tag)]).toEqual([before, '', ''])
    await proxy.close()
  })

  it('by a cable that is pulled: it needs nobody, and goes on to its end', async () => {
    const proxy = await delayProxy(host.address, host.port)
    using other = await GitRemote.of(host, app.name, app.repository, { address: '127.0.0.1', port: proxy.port })
    const { tag, number } = await next({ web: { build: ['sleep 3'], before: [] } })
    const cut = other.start(tag)
    await app.until(`pgrep -u build-${app.name} -f 'sleep 3'`)
    proxy.silence()
    await app.until(`su deploy -c 'git -C /srv/git/${app.name}.git rev-parse --verify ${tag}'`, 20)
    expect(await app.serves()).toBe(`${tag} #${number}`)
    cut.kill()
    await proxy.close()
    await app.untilFree(5)
  })

  it('with the hook killed: as a dead runner', async () => {
    const before = await app.serves()
    const { tag, number } = await next({ web: { build: ['sleep 1236'], before: [] } })
    const cut = remote.start(tag)
    await app.until(`pgrep -u build-${app.name} -f 'sleep 1236'`)
    await host.shell(`kill -KILL $(pgrep -u deploy -f 'push.js receive app=${app.name} ')`)
    const pushed = await cut.done
    expect(pushed.code).not.toBe(0)
    await app.untilFree(5)
    expect([await app.serves(), await app.remains(number), await refOnHost(tag)]).toEqual([before, '', ''])
  })
})

describe('beside the action', () => {
  it('a push goes on from what an action deployed, and an action from what was pushed', async () => {
    const { tag } = await next()
    accepted(await remote.push('main', tag))
    const { tag: second } = await next()
    expect(succeeded(await runPushRelease(host, app.repository)).outputs).toMatchObject({ status: 'deployed', previous: tag, serving: second })
    // What serves now was never pushed here: that it is newer cannot be told without it.
    await app.repository.git('tag', 'side', `${tag}`)
    await app.repository.git('checkout', '--quiet', '--detach', tag)
    await app.repository.git('commit', '--quiet', '--allow-empty', '--message', 'beside')
    await app.repository.git('tag', 'beside')
    expect((await refused('beside')).remote).toMatch(/error: Whether .* cannot be told\.[^]*git merge [0-9a-f]+/)
    await app.repository.git('checkout', '--quiet', 'main')
    const { tag: third } = await next()
    accepted(await remote.push(third))
    expect(await app.serves()).toMatch(new RegExp(`^${third} `))
  })
})
