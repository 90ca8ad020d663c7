import type { ActionRun } from '../harness/action'
import { succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { loadOn } from '../harness/load'
import { appsHost, ask, errorsOf, TinyApp } from '../harness/tiny-app'
import { witness } from '../harness/witness'
import { files, given, routes, servers, services } from './services'

// A host on which two apps live with everything that a shop runs, each under another supervisor, three names between them, and
// a site that somebody else made.
const foreign = { name: 'legacy.example.org', file: '/etc/nginx/conf.d/zz-side.conf', folder: '/srv/side' }
let host: Host
let left: TinyApp
let right: TinyApp
beforeAll(async () => {
  host = await appsHost()
  await host.shell(`mkdir -p ${foreign.folder}; printf '{"version": "theirs"}' >${foreign.folder}/index.html
    echo 'server { listen 80; server_name ${foreign.name}; root ${foreign.folder}; }' >${foreign.file}; nginx -s reload`)
  const config = { services, shared: ['reports'], scratch: ['jobs'], rollout: { drain: '10s' }, keep: 2 }
  const practice = (supervisor: string, tag: string): Promise<TinyApp> =>
    TinyApp.on(host, `${tag}side`, { tag: `${tag}0`, config: { ...config, supervisor }, files: { ...files, BROKEN: '' } })
  left = await practice('systemd', 'a')
  right = await practice('supervisor', 'b')
  await left.release({ tag: 'a1', config: { domain: [left.domain, second()] } })
  await right.release({ tag: 'b1' })
}, 300_000)
afterEach(() => {
  left?.rest()
  right?.rest()
})
afterAll(async () => {
  left?.[Symbol.dispose]()
  right?.[Symbol.dispose]()
  await host?.shell(`rm -rf ${foreign.folder} ${foreign.file}; nginx -s reload`)
})

const secret = { left: given('of the left'), right: given('of the right') }
const push = (app: TinyApp): Promise<ActionRun> => app.push(secret[app === left ? 'left' : 'right'])
const second = (): string => `also-${left.domain}`
const answering = Object.fromEntries(Object.keys(servers).map((name) => [`/${name}/`, name]))
/** The site of others: its files, and the processes that serve it, none of which a reload would leave. */
const theirFiles = (): Promise<string> =>
  host.shell(`sha256sum ${foreign.file} ${foreign.folder}/*; stat -c '%n %U %G %a %y %z' ${foreign.file} ${foreign.folder}/*`)
const theirs = async (): Promise<string> => await theirFiles() + await host.shell(
  'systemctl show nginx -p MainPID -p ActiveEnterTimestampMonotonic; pgrep -P "$(systemctl show nginx -P MainPID)" | xargs ps -o pid=,lstart= -p')

/** What happened under load: each name was served what its app had, in this order, and no request failed anywhere. */
async function under<T>(work: () => Promise<T>, served: { readonly left: readonly string[]; readonly right: readonly string[] }): Promise<T> {
  const before = await theirs()
  const requests = routes.flatMap((route) => [`GET ${route}`, `POST ${route}echo`])
  const names = { [left.domain]: served.left, [second()]: served.left, [right.domain]: served.right }
  const loads = [...Object.keys(names), foreign.name].map((name) =>
    [name, loadOn(host, { host: name, rate: 16, kept: 6, requests: name === foreign.name ? ['GET /'] : requests })] as const)
  const witnesses = Object.keys(names).map((name) => [name, witness(host, name, answering)] as const)
  try {
    return await work()
  } finally {
    const told = await Promise.all(loads.map(async ([name, load]) => {
      const { failed, failures, versions } = await load.stop()
      return [name, { failed, failures, versions: Object.keys(versions).sort() }]
    }))
    const seen = await Promise.all(witnesses.map(async ([name, each]) => [name, await each.stop()]))
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries([...Object.entries(names), [foreign.name, ['theirs']] as const]
      .map(([name, versions]) => [name, { failed: 0, failures: [], versions: [...new Set(versions)].sort() }])))
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(Object.entries(names).map(([name, versions]) => [name, { versions, wrong: [] }])))
    expect(await theirs()).toBe(before)
  }
}

/** Both at the same moment. */
const both = (one: Promise<ActionRun>, other: Promise<ActionRun>): Promise<ActionRun[]> => Promise.all([one, other])
const next = (app: TinyApp, tag: string, broken = ''): Promise<string> => app.release({ tag, files: { BROKEN: broken } })
/** What the record says that users were served, in order. */
const recorded = async (app: TinyApp): Promise<readonly (string | undefined)[]> =>
  (await app.history()).filter(({ event }) => event === 'proven').map(({ version }) => version)
const last = async (app: TinyApp): Promise<number> => (await app.history()).findLast(({ event }) => event === 'proven')?.number ?? 0
/** What is left of all activations but the one that serves. */
async function remains(app: TinyApp): Promise<string> {
  const numbers = new Set((await app.history()).map(({ number }) => number))
  numbers.delete(await last(app))
  return (await Promise.all([...numbers].map((number) => app.remains(number)))).filter(Boolean).join('\n')
}

it('both are deployed for the first time at once, and no request to the site of others fails', async () => {
  // It is the one that nginx has for names of nobody: of new names, and only then, nginx is told by a reload, which ends idle connections.
  const load = loadOn(host, { host: foreign.name, requests: ['GET /'], kept: 0 })
  const before = await theirFiles()
  for (const run of await both(push(left), push(right))) succeeded(run)
  expect(await load.stop()).toMatchObject({ failed: 0, failures: [] })
  expect(await theirFiles()).toBe(before)
})

it('both are redeployed at once', async () => {
  await next(left, 'a2')
  await next(right, 'b2')
  for (const run of await under(() => both(push(left), push(right)), { left: ['a1', 'a2'], right: ['b1', 'b2'] })) succeeded(run)
})

it('one is refused while the other is deployed, and the other way round', async () => {
  await next(left, 'a3')
  await next(right, 'bad-b', 'uwsgi')
  const first = await under(() => both(push(left), push(right)), { left: ['a2', 'a3'], right: ['b2'] })
  expect(first.map(({ code }) => code)).toEqual([0, 1])
  expect(errorsOf(first[1]!)).toMatch(/^uwsgi ended with exit code \d/)
  await next(left, 'bad-a', 'worker')
  await next(right, 'b3')
  const then = await under(() => both(push(left), push(right)), { left: ['a3'], right: ['b2', 'b3'] })
  expect(then.map(({ code }) => code)).toEqual([1, 0])
  expect(errorsOf(then[0]!)).toMatch(/worker(.1 did not stay up after the switch[^]*)? ended with exit code \d/)
})

it('one goes back while the other goes on, and then both go back at once', async () => {
  await next(right, 'b4')
  const first = await under(() => both(left.rollback(), push(right)), { left: ['a3', 'a2'], right: ['b3', 'b4'] })
  const then = await under(() => both(left.rollback('a3'), right.rollback()), { left: ['a2', 'a3'], right: ['b4', 'b3'] })
  for (const run of [...first, ...then]) succeeded(run)
})

it('one is deployed twice while the other is once, wherever the one meets the other', async () => {
  await next(left, 'a4')
  await next(right, 'b5')
  const twice = async (): Promise<ActionRun> => {
    succeeded(await push(left))
    await next(left, 'a5')
    return push(left)
  }
  for (const run of await under(() => both(twice(), push(right)), { left: ['a3', 'a4', 'a5'], right: ['b3', 'b5'] })) succeeded(run)
})

it('the records say what users were served, and nothing is left of what served before', async () => {
  expect(await recorded(left)).toEqual(['a1', 'a2', 'a3', 'a2', 'a3', 'a4', 'a5'])
  expect(await recorded(right)).toEqual(['b1', 'b2', 'b3', 'b4', 'b3', 'b5'])
  for (const app of [left, right]) expect([app.name, await remains(app)]).toEqual([app.name, ''])
})

it('a power cut in the middle of both leaves each with one whole release, and the site of others as it was', async () => {
  const [before, number] = [await theirFiles(), await last(left)]
  await next(left, 'a6')
  await next(right, 'b6')
  const runs = [await left.startPush(secret.left), await right.startPush(secret.right)]
  // One is past its proof, the other is wherever it is then.
  await left.until(`grep '"proven".*"a6"' /opt/${left.name}/history/log.jsonl`)
  await host.cutPower()
  for (const run of runs) expect((await run.done).code).not.toBe(0)
  for (const app of [left, right]) await app.untilFree()
  expect(await theirFiles()).toBe(before)
  expect((await ask(host, foreign.name, '/')).body).toBe('{"version": "theirs"}')

  const serving = async (app: TinyApp): Promise<string | undefined> => (await recorded(app)).at(-1)
  expect(await serving(left)).toBe('a6')
  expect(['b5', 'b6']).toContain(await serving(right))
  expect(await last(left)).toBe(number + 1)
  // The processes of a host that has just begun take their time.
  for (const [app, domain] of [[left, left.domain], [left, second()], [right, right.domain]] as const) {
    const version = await serving(app)
    await app.until(routes.map((route) =>
      `curl -fsS -H 'Host: ${domain}' http://127.0.0.1${route} | grep '"version": *"${version}"'`).join(' && '), 60)
  }
  await next(left, 'a7')
  await next(right, 'b7')
  const now = { left: ['a6', 'a7'], right: [await serving(right) ?? '', 'b7'] }
  for (const run of await under(() => both(push(left), push(right)), now)) succeeded(run)
  // Units that began with the host are held by its target until systemd reads its files anew.
  await host.shell('systemctl daemon-reload')
  for (const app of [left, right]) expect([app.name, await remains(app)]).toEqual([app.name, ''])
})
