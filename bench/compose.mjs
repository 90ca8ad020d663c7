// A one-line change of a Compose project on a warm host, its image pushed beforehand: compose-up beside what people do today, `docker
// compose pull && docker compose up -d --wait`, once over one SSH login and once from here with DOCKER_HOST=ssh://. In turns, on one host,
// each with a project, a database and a port of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { startLoad } from '../rig/load.mjs'
import { contenders } from './compose-contenders.mjs'
import { prepareHost, prepareProject } from './compose-project.mjs'
import { median, ms, table } from './figures.mjs'
import { pause } from './programs.mjs'

const limits = { toOneLogin: 1.5, failed: 0, connections: 1 }
// Somebody looks after so long, if the tool has not said by then that it is broken.
const patience = 60_000
const rate = 50

/** Milliseconds until the version is served, asked all the time, each time on a connection of its own. */
function served(url, version, until) {
  const began = performance.now()
  const ask = async () => {
    while (!until.aborted) {
      const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(2000) })
        .then((response) => response.json()).catch(() => undefined)
      if (answer?.version === version) return performance.now() - began
      await pause(20)
    }
    return NaN
  }
  return ask()
}

/** `{ served, total, connections, code }` of one run of a contender that is to end with `version` being served. */
async function timed(host, contender, act, version) {
  const before = host.connections()
  const over = new AbortController()
  const began = performance.now()
  const seen = served(contender.url, version, over.signal)
  const { code, log } = await act()
  const total = performance.now() - began
  if (code !== 0) throw new Error(`${contender.name} ended with ${code}:\n${log}`)
  // What is not served by now never will be.
  const late = setTimeout(() => over.abort(), 10_000)
  const time = await seen
  clearTimeout(late)
  if (Number.isNaN(time)) throw new Error(`${contender.name} does not serve ${version}:\n${log}`)
  return { served: time, total, connections: host.connections() - before }
}

/** Requests that failed while it was done, and a second before and after. */
async function underLoad(host, contender, act) {
  const { port } = new URL(contender.url)
  const load = startLoad({ address: host.address, port: Number(port || 80), rate, kept: 5, seconds: 300, requests: ['GET /', 'POST /notes'] })
  await pause(1000)
  const told = await act()
  await pause(1000)
  const { sent, failed, longestGap } = await load.stop()
  return { ...told, sent, failed, longestGap }
}

/** An image that ends right after its start: seconds until it is red, and whether anything is served then. */
async function broken(host, contender, version) {
  const began = performance.now()
  const { code } = await contender.deploy(version, patience)
  const red = code === null ? null : performance.now() - began
  const answers = await fetch(contender.url, { signal: AbortSignal.timeout(2000) }).then((response) => response.ok).catch(() => false)
  return { code, red, servedAfterwards: answers }
}

export async function compose({ rounds = 5 }) {
  const note = (text) => console.error(`  ${text}`)
  note('a warm host')
  const work = mkdtempSync(`${tmpdir()}/slipway-bench-compose-`)
  const host = prepareHost()
  const project = prepareProject(work)
  const all = await contenders(host, project, work)
  const kinds = ['redeploy', 'rollback']
  const times = Object.fromEntries(all.map(({ name }) => [name, { redeploy: [], rollback: [] }]))
  try {
    for (let round = -1; round < rounds; round++) {
      // Round -1 makes the first release of all, and then warms up.
      note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`)
      for (const contender of all) {
        if (round < 0) await first(host, contender, project)
        const [redeployed, former] = [project.release(), contender.version]
        const redeploy = await timed(host, contender, () => contender.deploy(redeployed), redeployed)
        const rollback = await timed(host, contender, () => contender.rollback(former), former)
        if (round >= 0) for (const [kind, one] of [['redeploy', redeploy], ['rollback', rollback]]) times[contender.name][kind].push(one)
      }
    }
    note('once more under load')
    const load = {}
    for (const contender of all) {
      const [redeployed, former] = [project.release(), contender.version]
      load[contender.name] = {
        redeploy: await underLoad(host, contender, () => timed(host, contender, () => contender.deploy(redeployed), redeployed)),
        rollback: await underLoad(host, contender, () => timed(host, contender, () => contender.rollback(former), former)),
      }
    }
    note('with an image that ends at its start, under load')
    const crashes = {}
    for (const contender of all) {
      const version = project.release('crash')
      crashes[contender.name] = await underLoad(host, contender, () => broken(host, contender, version))
    }
    return told({ all, kinds, times, load, crashes, rounds })
  } finally {
    host.remove()
    rmSync(work, { recursive: true })
  }
}

async function first(host, contender, project) {
  const version = project.release()
  await timed(host, contender, () => contender.deploy(version), version)
}

function told({ all, kinds, times, load, crashes, rounds }) {
  const of = (name, kind, field) => median(times[name][kind].map((one) => one[field]))
  const result = Object.fromEntries(all.map(({ name }) => [name, {
    ...Object.fromEntries(kinds.map((kind) => {
      const { sent, failed, longestGap } = load[name][kind]
      const [time, total, connections] = ['served', 'total', 'connections'].map((field) => of(name, kind, field))
      return [kind, { served: time, total, connections, sent, failed, longestGap }]
    })),
    crash: crashes[name],
  }]))
  const [ours, oneLogin, remote] = all.map(({ name }) => result[name])
  const ratios = Object.fromEntries(kinds.map((kind) => [kind, {
    toOneLogin: ours[kind].served / oneLogin[kind].served, toRemote: ours[kind].served / remote[kind].served,
    total: ours[kind].total / oneLogin[kind].total,
  }]))
  for (const kind of kinds) {
    console.log(`${table([
      [kind === 'redeploy' ? 'a one-line change, image pushed' : 'and back', 'until served', 'ratio', 'in all', 'connections', 'failed requests', 'longest gap'],
      ...all.map(({ name }) => {
        const one = result[name][kind]
        return [name, ms(one.served), (one.served / oneLogin[kind].served).toFixed(2), ms(one.total), one.connections, `${one.failed} of ${one.sent}`, ms(one.longestGap)]
      }),
    ])}\n`)
  }
  console.log(table([
    ['an image that ends at its start', 'until red', 'failed requests', 'served afterwards'],
    ...all.map(({ name }) => {
      const { red, failed, sent, servedAfterwards } = crashes[name]
      return [name, red === null ? `not in ${ms(patience)}` : ms(red), `${failed} of ${sent}`, servedAfterwards ? 'yes' : 'no']
    }),
  ]))
  const within = kinds.every((kind) => ratios[kind].toOneLogin <= limits.toOneLogin && ours[kind].failed <= limits.failed
    && ours[kind].connections <= limits.connections) && ours.crash.failed <= limits.failed
  return { rounds, cpus: cpus().length, ...result, ratios, limits, within }
}
