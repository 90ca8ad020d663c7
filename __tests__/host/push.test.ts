import { createHash } from 'node:crypto'
import { succeeded } from './harness/deploy'
import { accepted, failuresIn, none, PushedApp } from './harness/pushed-app'

let made: PushedApp
beforeAll(async () => { made = await PushedApp.make('push') }, 300_000)
afterEach(() => made?.rest())
afterAll(() => { made?.[Symbol.dispose]() })

const plain = { build: [], before: [] }
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('a push', () => {
  it('of a tag deploys it, and tells how', async () => {
    const pushed = accepted(await made.remote.push('v1'))
    expect(await made.app.serves()).toBe('v1 #1')
    expect(await made.refOnHost('v1')).toBe(await made.commitOf('v1'))
    expect(pushed.remote).toMatch(/^ {2}connected .*\n {2}inspected .*nothing serves.*\n[^]* {2}staged .*v1 as #1.*\n[^]* {2}proven .*\n/)
    expect(pushed.remote).toContain(`${made.app.name} v1 is serving on `)
    expect(pushed.remote).toContain(`\n  http://${made.app.domain}`)
    // No colour, and no word for a runner.
    expect(pushed.log).not.toMatch(/\u001b|::/)
  })

  it('of the next tag replaces it without a failed request, and says how to go back', async () => {
    const { tag, number } = await made.next()
    const load = made.app.load()
    const pushed = accepted(await made.remote.push(tag))
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
    expect(pushed.remote).toMatch(new RegExp(`To go back to v1, on the host: slipway rollback ${made.app.name} v1`))
    expect((await made.app.history()).find((line) => line.event === 'proven' && line.number === number))
      .toMatchObject({ by: 'deploy', run: expect.stringMatching(/^git push from [0-9.]+$/) })
  })

  it('of the branch deploys its commit under a name made of date and commit', async () => {
    const { number } = await made.next()
    const commit = await made.commitOf('HEAD')
    const pushed = accepted(await made.remote.push('main'))
    expect(pushed.remote).toMatch(new RegExp(`\\d{8}\\.\\d{6}-${commit.slice(0, 12)} is serving`))
    expect((await made.app.ask()).told.activation).toBe(number)
    expect(await made.refOnHost('main')).toBe(commit)
  })

  it('of the branch together with a tag of the same commit is one deployment, by the tag', async () => {
    const { tag, number } = await made.next()
    accepted(await made.remote.push('main', tag))
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
    expect([await made.refOnHost('main'), await made.refOnHost(tag)]).toEqual([await made.commitOf(tag), await made.commitOf(tag)])
  })

  it('of what serves already changes nothing and says so', async () => {
    const before = await made.app.serves()
    const tag = made.newest
    accepted(await made.remote.push(`:${tag}`))
    const pushed = accepted(await made.remote.push(tag))
    expect(pushed.remote).toMatch(/was serving on .* already: nothing changed/)
    expect(await made.app.serves()).toBe(before)
  })

  it('of an annotated tag deploys the commit that it names', async () => {
    const { tag, number } = await made.next()
    await made.app.repository.git('tag', '--force', '--annotate', '--message', 'said more', tag)
    accepted(await made.remote.push(tag))
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
  })
})

describe('what breaks is refused, and what served serves', () => {
  it('a release that ends at its start: with its last words, and a second push tries again', async () => {
    const before = await made.app.serves()
    const { tag } = await made.next({ behaviour: { exit: 3 } })
    const load = made.app.load()
    const first = await made.refused(tag)
    const second = await made.refused(tag)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await made.app.serves()).toBe(before)
    for (const { remote: said } of [first, second]) {
      expect(said).toMatch(/\| .*it was told to end/)
      // The last that is read is what to begin with.
      expect(said).toMatch(new RegExp(` {2}error: [^]*cure: [^]*${made.app.name} ${tag} was not .*still serving`.replace('was not .*still', 'was not [^\\n]*')))
      expect(said).toMatch(new RegExp(`${tag} is not accepted. Push again once that is mended.$`))
    }
  })

  it('a release that is not proven in public: it is switched back', async () => {
    const before = await made.app.serves()
    const { tag, number } = await made.next({ behaviour: { publicHealth: 500 } })
    const load = made.app.load()
    await made.refused(tag)
    expect(failuresIn(await load.stop())).toEqual(none)
    expect(await made.app.serves()).toBe(before)
    expect(await made.app.remains(number)).toBe('')
  })

  it('a wrong slipway.yml: all that is wrong at once, with line, and nothing begun', async () => {
    const before = await made.app.serves()
    const { tag } = await made.next({ config: { keep: 'many', kep: 3 } })
    const pushed = await made.refused(tag)
    expect(pushed.remote.match(/^ {2}error: slipway.yml:\d+: /gm)).toHaveLength(2)
    expect(pushed.remote).toMatch(/Nothing was changed/)
    expect(await made.app.serves()).toBe(before)
    await made.app.repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    await made.next({ config: { keep: 3, kep: undefined } })
  })

  it('an app of another name, and artifacts that nobody could bring', async () => {
    const { tag } = await made.next({ config: { app: 'other' } })
    expect((await made.refused(tag)).remote).toMatch(/`app: other`, and this repository deploys push-/)
    const { tag: second } = await made.next({ config: { app: made.app.name, artifacts: ['dist'] } })
    expect((await made.refused(second)).remote).toMatch(/names artifacts \(dist\)[^]*`build:`/)
    await made.next({ config: { artifacts: [] } })
  })

  it('a secret that nobody gave: by name, with the file to write it into; then it is taken from there, never shown', async () => {
    const { tag } = await made.next({ web: { ...plain, secrets: ['TOKEN'] } })
    const pushed = await made.refused(tag)
    const file = `/home/deploy/.config/slipway/${made.app.name}.env`
    expect(pushed.remote).toMatch(/error: .*Secrets are missing: TOKEN\./)
    expect(pushed.remote).toContain(`chmod 600 ${file}`)
    await made.host.shell(`install -d -o deploy -g deploy /home/deploy/.config /home/deploy/.config/slipway; `
      + `printf '# mine\\nTOKEN=q7=long and "odd"\\n' >${file}; chown deploy: ${file}; chmod 644 ${file}`)
    expect((await made.refused(tag)).remote).toMatch(/can read\.[^]*chmod 600/)
    await made.host.shell(`chmod 600 ${file}`)
    const good = accepted(await made.remote.push(tag))
    expect(good.log).not.toContain('q7=long')
    expect((await made.app.ask()).told.secret).toBe(hash('q7=long and "odd"'))
    // The stored one is taken from now on.
    await made.host.shell(`rm ${file}`)
    accepted(await made.remote.push((await made.next()).tag))
    expect((await made.app.ask()).told.secret).toBe(hash('q7=long and "odd"'))
    await made.next({ web: { ...plain, secrets: [] } })
    accepted(await made.remote.push(made.newest))
  })

  it('what is older than what serves, and a tag that was moved', async () => {
    const before = await made.app.serves()
    const tag = `old-${made.newest}`
    await made.app.repository.git('tag', tag, `${made.newest}~1`)
    expect((await made.refused(tag)).remote).toMatch(/is older than [^]*slipway rollback push-/)
    await made.app.repository.git('tag', '--force', made.newest, `${made.newest}~1`)
    expect((await made.refused(made.newest, `+${made.newest}`)).remote).toMatch(/error: [^]*git push production v1\.2\.1/)
    expect(await made.app.serves()).toBe(before)
    await made.app.repository.git('tag', '--force', made.newest, 'HEAD')
  })

  it('refs that deploy nothing, and several tags at once', async () => {
    const before = await made.app.serves()
    expect((await made.refused('mian', 'HEAD:refs/heads/mian')).remote).toMatch(/did you mean main\?[^]*git push production mian:main/)
    await made.app.repository.git('tag', 'a1', 'HEAD')
    await made.app.repository.git('tag', 'a2', 'HEAD')
    const several = await made.remote.push('a1', 'a2')
    expect(several.code).not.toBe(0)
    expect(several.remote).toMatch(/2 tags were pushed at once: a1, a2\.[^]*One push is one release/)
    expect(await made.app.serves()).toBe(before)
  })

  it('but removing a ref is no deployment', async () => {
    const before = await made.app.serves()
    const pushed = accepted(await made.remote.push(':v1'))
    expect(pushed.remote).toMatch(/Nothing is deployed by removing/)
    expect([await made.refOnHost('v1'), await made.app.serves()]).toEqual(['', before])
  })
})

describe('two at once', () => {
  it('the second waits, is told for whom, and then goes; one that was overtaken on the branch is refused', async () => {
    const { tag: slow, number } = await made.next({ web: { build: ['sleep 1239 || true'], before: [] } })
    const first = made.remote.start('main')
    await made.app.until(`pgrep -u build-${made.app.name} -f '^sleep 1239'`)
    const second = made.remote.start(slow)
    await second.until(/waiting for the lock that deploy holds since \d{4}-/)
    await made.app.repository.git('checkout', '--quiet', '--detach', 'HEAD~1')
    await made.app.repository.git('commit', '--quiet', '--allow-empty', '--message', 'another')
    const overtaken = made.remote.start('HEAD:main')
    await overtaken.until(/waiting for the lock/)
    await made.built(1239)
    accepted(await first.done)
    expect((await made.app.ask()).told.activation).toBe(number)
    // A tag is another version, and so built again.
    await made.app.until(`pgrep -u build-${made.app.name} -f '^sleep 1239'`)
    await made.built(1239)
    accepted(await second.done)
    const third = await overtaken.done
    expect(third.code).not.toBe(0)
    expect(third.remote).toMatch(/main was moved by another push while this one waited/)
    expect(await made.app.serves()).toMatch(new RegExp(`^${slow} `))
    await made.app.repository.git('checkout', '--quiet', 'main')
    await made.next()
  })
})

describe('what cannot be deployed, while another run holds the lock', () => {
  it('is said at once: it waits for nobody, and holds nobody up', async () => {
    const { tag, number } = await made.next({ web: { build: ['sleep 1240 || true'], before: [] } })
    const first = made.remote.start(tag)
    await made.app.until(`pgrep -u build-${made.app.name} -f '^sleep 1240'`)
    const { tag: wrong } = await made.next({ config: { kep: 3 } })
    const pushed = await made.refused(wrong)
    expect(pushed.remote).toMatch(/error: slipway.yml:\d+: [^]*Nothing was changed/)
    await made.built(1240)
    accepted(await first.done)
    expect(await made.app.serves()).toBe(`${tag} #${number}`)
    await made.app.repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    accepted(await made.remote.push((await made.next({ config: { kep: undefined } })).tag))
  })
})

describe('beside the action', () => {
  it('a push goes on from what an action deployed, and an action from what was pushed', async () => {
    const { tag } = await made.next()
    accepted(await made.remote.push('main', tag))
    const { tag: second } = await made.next()
    expect(succeeded(await made.byAction()).outputs).toMatchObject({ status: 'deployed', previous: tag, serving: second })
    // What serves now was never pushed here: that it is newer cannot be told without it.
    await made.app.repository.git('tag', 'side', tag)
    await made.app.repository.git('checkout', '--quiet', '--detach', tag)
    await made.app.repository.git('commit', '--quiet', '--allow-empty', '--message', 'beside')
    await made.app.repository.git('tag', 'beside')
    expect((await made.refused('beside')).remote).toMatch(/error: Whether .* cannot be told\.[^]*git merge [0-9a-f]+/)
    await made.app.repository.git('checkout', '--quiet', 'main')
    const { tag: third } = await made.next()
    accepted(await made.remote.push(third))
    expect(await made.app.serves()).toMatch(new RegExp(`^${third} `))
  })
})
