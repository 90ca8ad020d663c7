// What bench/peers.mjs says: tables for people, and what is held against the limits.
import { median, ms, table } from './figures.mjs'

// `deploy`, `rollback`: how many times as long as Slipway a peer takes, by round-trip time where it differs.
const limits = { floor: 1.5, deploy: { 0: 10, 50: 12 }, rollback: { ansible: 10, capistrano: 3 }, failed: 0, rollbackOverConnection: 1000 }

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0)

function summed(all, [{ peak }]) {
  const of = (field) => median(all.map((one) => one[field]))
  return {
    served: of('served'), total: of('total'), connections: of('connections'), cpu: of('cpu'), peak,
    sent: sum(all.map(({ sent }) => sent)), failed: sum(all.map(({ failed }) => failed)), runs: all.length,
    longestGap: Math.max(...all.map(({ longestGap }) => longestGap)), each: all.map(({ served }) => served),
  }
}

export function told({ contenders, measured, watched, kills }) {
  const results = measured.map(({ roundTrip, times, floors, busy }) => {
    const floor = Object.fromEntries(['connect', 'environment', 'boot', 'total'].map((field) => [field, median(floors.map((one) => one[field]))]))
    const by = Object.fromEntries(contenders.map(({ name }) => [name, Object.fromEntries(
      ['deploy', 'rollback'].map((kind) => [kind, summed(times[name][kind], watched[name][kind])]),
    )]))
    return { roundTrip, busy, floor, by }
  })
  for (const result of results) for (const kind of ['deploy', 'rollback']) console.log(`${tableOf(contenders, result, kind)}\n`)
  console.log(table([
    ['killed half-way', 'failed requests', 'folders left', 'code of what serves', 'after a restart', 'and back'],
    ...Object.entries(kills).map(([name, one]) => [
      name, `${one.failed} of ${one.sent}`, one.left.length, one.code === one.good ? 'its own' : 'the next one\'s',
      one.restarted === one.good ? 'the same' : one.restarted === one.next ? 'the next one' : 'nothing', one.back === one.wanted ? 'the one before' : one.back === one.good ? 'the same' : one.back,
    ]),
  ]))
  // With `warm` what was replaced is still up, so that going back to it is the switch alone.
  const [ours, warm, ...others] = contenders
  const ratios = results.map(({ roundTrip, floor, by }) => ({
    roundTrip, toFloor: by[ours.name].deploy.served / floor.total,
    ...Object.fromEntries([warm, ...others].map(({ name }) => [name, Object.fromEntries(['deploy', 'rollback'].map((kind) => [kind, by[name][kind].served / by[ours.name][kind].served]))])),
    rollbackOverConnection: by[warm.name].rollback.served - floor.connect,
  }))
  const peers = others.filter(({ by }) => by !== 'slipway')
  const within = ratios.every((one) => one.toFloor <= limits.floor && one.rollbackOverConnection <= limits.rollbackOverConnection
    && peers.every(({ name, by }) => one[name].deploy >= limits.deploy[one.roundTrip] && one[name].rollback >= limits.rollback[by]))
    && results.every(({ by }) => contenders.filter((one) => one.by === 'slipway').every(({ name }) => by[name].deploy.failed + by[name].rollback.failed <= limits.failed))
  return { results, kills, ratios, limits, within }
}

function tableOf(contenders, { roundTrip, floor, by }, kind) {
  const first = by[contenders[0].name][kind]
  const where = roundTrip === 0 ? 'from this machine' : `at ${roundTrip} ms`
  return table([
    [`${kind === 'deploy' ? 'a one-line change' : 'and back'}, ${where}`, 'until served', 'to Slipway', 'in all', 'failed requests', 'longest gap', 'connections', 'CPU', 'memory'],
    ...(kind === 'deploy' ? [[`floor: ssh ${ms(floor.connect)}, environment ${ms(floor.environment)}, boot ${ms(floor.boot)}`, ms(floor.total), (floor.total / first.served).toFixed(2), '', '', '', '', '', '']] : []),
    ...contenders.map(({ name }) => {
      const { served, total, failed, sent, longestGap, connections, cpu, peak } = by[name][kind]
      return [name, ms(served), (served / first.served).toFixed(2), ms(total), `${failed} of ${sent}`, ms(longestGap), connections, `${cpu.toFixed(2)} s`, `${Math.round(peak / 1e6)} MB`]
    }),
  ])
}
