// A new version of one app on one cluster, under load: helm-upgrade beside `helm upgrade --wait`, with --atomic (Helm 3) and --rollback-on-failure
// (Helm 4), by the chart that `helm create` makes and by Slipway's own. In turns, each in a namespace of its own. Then versions that are broken.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareApp } from './cluster-app.mjs'
import { contender, tools } from './cluster-contenders.mjs'
import { broken, good, kinds, rate } from './cluster-measured.mjs'
import { prepareCluster } from './cluster-place.mjs'
import { told } from './cluster-told.mjs'

// Those who wait for five minutes are not measured, but waited for, all at once. Their load must not become that of the machine.
const rateWhileWaiting = 10

export async function cluster({ rounds = 5 }) {
  const note = (text) => console.error(`  ${text}`)
  note('a cluster')
  const place = prepareCluster()
  const work = mkdtempSync(join(tmpdir(), 'slipway-bench-cluster-'))
  const app = prepareApp(work, place.helm[4])
  const all = []
  const made = async (tool) => {
    const one = await contender(place, app, work, tool)
    all.push(one)
    return one
  }
  const busy = loadavg()[0]
  try {
    let serving = app.release()
    for (const tool of tools) await installed(await made(tool), serving)
    const contenders = [...all]
    const times = Object.fromEntries(contenders.map(({ name }) => [name, { upgrade: [], rollback: [] }]))
    for (let round = 0; round <= rounds; round++) {
      // The first is for warming up.
      note(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      const version = app.release()
      for (const one of contenders) {
        const upgrade = await good(one, () => one.deploy(version), version)
        const rollback = await good(one, () => one.rollback(), serving)
        if (round === 0) continue
        times[one.name].upgrade.push(upgrade)
        times[one.name].rollback.push(rollback)
      }
    }
    const failures = Object.fromEntries(contenders.map(({ name }) => [name, {}]))
    for (const kind of kinds) {
      const version = app.release(kind.variant)
      // What is doomed is decided by us, whichever Helm applies.
      for (const one of contenders.filter(({ by, helm }) => by === 'slipway' && helm === 4)) {
        note(`${one.name}: ${kind.title}`)
        failures[one.name][kind.variant] = await broken(one, kind, version, serving)
      }
    }
    note('the others wait for five minutes')
    serving = app.release()
    const waiting = []
    for (const kind of kinds) {
      const version = app.release(kind.variant)
      for (const tool of tools.filter(({ by, chart }) => by === 'helm' && chart === 'stock')) {
        const one = await made(tool)
        await installed(one, serving)
        waiting.push({ one, kind, version })
      }
    }
    await Promise.all(waiting.map(async ({ one, kind, version }) => {
      failures[one.name][kind.variant] = await broken(one, kind, version, serving, rateWhileWaiting)
    }))
    return { rounds, cpus: cpus().length, busy, rate, ...told({ contenders, times, failures }) }
  } finally {
    for (const one of all) await one.place.remove()
    rmSync(work, { recursive: true })
  }
}

async function installed(one, version) {
  const { code, log } = await one.deploy(version)
  if (code !== 0) throw new Error(`${one.name} ended with ${code}:\n${log}`)
  await one.place.settled()
}
