import { succeeded } from './harness/deploy'
import type { ActionRun } from './harness/action'
import { appsHost, errorsOf, shownLog, TinyApp } from './harness/tiny-app'

let app: TinyApp
let data: string
beforeAll(async () => {
  app = await TinyApp.on(await appsHost(), 'hook', { config: { shared: ['data'] }, web: { secrets: ['TOKEN'] } })
  data = `/opt/${app.name}/shared/data`
  succeeded(await app.push(secret))
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

const secret = { env: { TOKEN: 'the-token-of-the-hooks' } }
const none = { build: [], before: [], after: [] }

let releases = 1
/** The next release with these hooks, and the number that its activation will have. */
async function next(hooks: object): Promise<{ readonly tag: string; readonly number: number; readonly before: string }> {
  const tag = `v${++releases}`
  await app.release({ tag, web: { ...none, ...hooks } })
  const number = Math.max(...(await app.history()).map((line) => line.number)) + 1
  return { tag, number, before: await app.serves() }
}

interface TaskLine { readonly event: string; readonly number: number; readonly when: string; readonly name: string; readonly result: string }
/** `before begun`, `before done`, … of an activation. */
const tasksOf = async (number: number): Promise<string[]> => (await app.history() as readonly unknown[] as readonly TaskLine[])
  .filter((line) => line.event === 'task' && line.number === number).map(({ when, result }) => `${when} ${result}`)

/** What folds under a title in the log. */
const group = (run: ActionRun, title: string): string =>
  new RegExp(`^::group::.*: ${title}.*\\n([^]*?)^::endgroup::`, 'm').exec(run.log)?.[1] ?? `no ${title}`

const runs = (program: string): Promise<string> => app.host.shell(`pgrep -a -f '${program}' | grep -v pgrep || true`)

describe('hooks that end well', () => {
  const hooks = {
    build: ['echo built $((40 + 2))'],
    before: ['echo "migrating with $TOKEN" && echo before $SLIPWAY_VERSION >>data/order'],
    after: ['sh -c "echo warming as $SLIPWAY_ACTIVATION; echo after $SLIPWAY_VERSION >>data/order"'],
  }

  it('stand in the dry run, and do not run', async () => {
    await next(hooks)
    const run = succeeded(await app.push({ ...secret, inputs: { 'dry-run': 'true' } }))
    for (const text of [run.log, run.summary]) {
      expect(text).toMatch(/build web: echo built/)
      expect(text).toMatch(/prove activation 2[^]*after[^]*run web: sh -c "echo warming[^]*stop slipway-app/)
    }
    expect(await app.host.shell(`ls ${data}`)).toBe('')
  })

  it('run once, in order, and what they print is in the log and in the summary, without secrets', async () => {
    const run = succeeded(await app.push(secret))
    expect(run.outputs).toMatchObject({ status: 'deployed', serving: 'v2' })
    expect(await app.host.shell(`cat ${data}/order`)).toBe('before v2\nafter v2')
    expect(await tasksOf(2)).toEqual(['before begun', 'before done', 'after begun', 'after done'])
    expect((await app.history()).map(({ event }) => event).lastIndexOf('proven'))
      .toBeLessThan((await app.history()).map(({ event }) => event).lastIndexOf('task'))
    expect(group(run, 'build web: echo built')).toMatch(/^built 42$/m)
    expect(group(run, 'before web: echo')).toMatch(/^migrating with \*\*\*$/m)
    expect(group(run, 'after web: sh')).toMatch(/^warming as 2$/m)
    for (const text of ['built 42', 'migrating with \\*\\*\\*', 'warming as 2']) expect(run.summary).toMatch(new RegExp(text))
    expect(shownLog(run) + run.summary).not.toContain(secret.env.TOKEN)
    const report = JSON.parse(run.outputs['report'] ?? '') as { after: string; tasks: readonly string[] }
    expect([report.after, report.tasks.length]).toEqual(['done', 2])
  })

  it('do not run again for what serves, nor on a rollback', async () => {
    succeeded(await app.push(secret))
    succeeded(await app.rollback('v1'))
    succeeded(await app.rollback('v2'))
    expect(await app.host.shell(`cat ${data}/order`)).toBe('before v2\nafter v2')
    // It serves as a return: what ran for it once is not wanted again.
    expect(succeeded(await app.push(secret)).outputs).toMatchObject({ status: 'unchanged' })
    expect(await app.host.shell(`cat ${data}/order`)).toBe('before v2\nafter v2')
  })
})

describe('a hook that fails', () => {
  it('of `before`: nothing is switched, and the annotation has its last words', async () => {
    const { number, before } = await next({ before: ['echo begun; echo "django.db.OperationalError: no such table: orders" >&2; exit 3'] })
    const run = await app.push(secret)
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(errorsOf(run)).toMatch(/^web: echo begun.* ended with 3: django\.db\.OperationalError: no such table: orders/)
    expect(group(run, 'web: echo begun')).toMatch(/^begun$/m)
    expect(await app.serves()).toBe(before)
    expect(await tasksOf(number)).toEqual(['before begun', 'before failed with 3'])
    expect(await app.remains(number)).toBe('')
  })

  it('of `after`: it serves, nothing is undone, it is red and says so; and the next run runs that again and nothing else', async () => {
    const { tag, number } = await next({ before: ['echo x >>data/migrated'], after: ['echo y >>data/warmed; test -e data/ready'] })
    const load = app.load()
    const run = await app.push(secret)
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'after-failed', changed: 'true', serving: tag })
    expect(run.summary).toMatch(new RegExp(`^## ❌ .* ${tag} is serving on .*, but \\\\?\`after\\\\?\` failed`))
    expect(errorsOf(run)).toMatch(new RegExp(`ended with 1\\.[^]*${tag} serves, and stays[^]*deploy ${tag} again, which runs it again`))
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(await app.remains(number - 1)).toBe('')
    await app.host.shell(`touch ${data}/ready`)
    const again = succeeded(await app.push(secret))
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(again.outputs).toMatchObject({ status: 'unchanged', changed: 'false', serving: tag })
    expect(again.log).toMatch(/already: `after` was run again/)
    expect(await app.host.shell(`grep -c . ${data}/migrated ${data}/warmed`)).toBe(`${data}/migrated:1\n${data}/warmed:2`)
    expect(succeeded(await app.push(secret)).log).toMatch(/already: nothing changed/)
    expect(await app.host.shell(`grep -c . ${data}/warmed`)).toBe('2')
    expect(await app.serves()).toBe(`${tag} #${number}`)
  })
})

describe('a hook that takes too long is ended with all of its processes', () => {
  // What ignores to be told, and a child that left its parent, as well.
  const run = 'echo waiting for a lock; setsid sleep 4711 & trap "" TERM; sleep 4711'

  it.each(['before', 'build'] as const)('of `%s`', async (when) => {
    const { number, before } = await next({ [when]: [{ run, timeout: '4s' }] })
    const done = await app.push(secret)
    expect(done.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(errorsOf(done)).toMatch(/was not done within 4 s, and was ended with all of its processes\. Its last words: waiting for a lock/)
    expect(errorsOf(done)).toMatch(new RegExp(`its own limit.*[^]*\`${when}: \\[\\{ run: …, timeout: 1m \\}\\]\``))
    expect(await runs('^sleep 4711')).toBe('')
    expect(await app.serves()).toBe(before)
    await app.untilFree()
    expect(await app.remains(number)).toBe('')
  })

  it('of `after`, and it serves', async () => {
    const { tag, number } = await next({ after: [{ run, timeout: '4s' }] })
    const done = await app.push(secret)
    expect(done.outputs).toMatchObject({ status: 'after-failed', serving: tag })
    expect(errorsOf(done)).toMatch(/was not done within 4 s/)
    expect(await runs('^sleep 4711')).toBe('')
    expect(await app.serves()).toBe(`${tag} #${number}`)
  })
})

describe('the run is killed', () => {
  const slow = (name: string): string => `echo x >>data/${name}; until [ -e data/${name}.go ]; do sleep 0.05; done; echo y >>data/${name}.ended`
  const left = (what: string): RegExp => new RegExp(`What an earlier run had left\\n\\n- .*${what}`)

  it('in `before`: the next one says that it had begun and is not known to have ended, and runs it again', async () => {
    const { tag, number } = await next({ before: [slow('before')] })
    const run = await app.startPush(secret)
    await app.until(`[ -e ${data}/before ]`)
    run.kill('SIGKILL')
    await run.done
    await app.host.shell(`touch ${data}/before.go`)
    const after = succeeded(await app.push(secret))
    expect(after.log).toMatch(/web: echo x .*\(`before`\) had begun, and how it ended is not known: a deploy runs it again/)
    expect(after.summary).toMatch(left('had begun, and how it ended is not known'))
    expect(await app.serves()).toBe(`${tag} #${number + 1}`)
    expect(await app.host.shell(`grep -c . ${data}/before ${data}/before.ended`)).toBe(`${data}/before:2\n${data}/before.ended:2`)
  })

  it('in `after`: it serves, that goes on, what it replaced is retired; the next one says so and runs it again', async () => {
    const { tag, number } = await next({ after: [slow('after')] })
    const run = await app.startPush(secret)
    await app.until(`[ -e ${data}/after ]`)
    run.kill('SIGKILL')
    await run.done
    await app.host.shell(`touch ${data}/after.go`)
    await app.untilFree()
    expect(await app.host.shell(`cat ${data}/after.ended`)).toBe('y')
    expect(await app.serves()).toBe(`${tag} #${number}`)
    expect(await app.remains(number - 1)).toBe('')
    const after = succeeded(await app.push(secret))
    expect(after.outputs).toMatchObject({ status: 'unchanged', serving: tag })
    expect(after.summary).toMatch(left(`had begun, and how it ended is not known: deploying ${tag} again runs it`))
    expect(await app.host.shell(`grep -c . ${data}/after`)).toBe('2')
    expect(await tasksOf(number)).toEqual(['after begun', 'after begun', 'after done'])
  })
})
