// What bench/cluster.mjs says: tables for people, and what is held against the limits.
import { kinds } from './cluster-measured.mjs'
import { median, ms, table } from './figures.mjs'

// `good`: Slipway's time in all, as a part of that of the same Helm with the same chart. `broken`: Helm's time until it is red, as a multiple of ours.
const limits = { good: 1.1, broken: 10, failed: 0 }

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0)

export function told({ contenders, times, failures }) {
  const acts = ['upgrade', 'rollback']
  const results = Object.fromEntries(contenders.map(({ name }) => [name, {
    ...Object.fromEntries(acts.map((act) => {
      const all = times[name][act]
      return [act, {
        total: median(all.map(({ total }) => total)), served: median(all.map(({ served }) => served)), totals: all.map(({ total }) => total),
        sent: sum(all.map(({ sent }) => sent)), failed: sum(all.map(({ failed }) => failed)), longestGap: Math.max(...all.map(({ longestGap }) => longestGap)),
      }]
    })),
    broken: failures[name],
  }]))
  const find = (by, helm, chart) => contenders.find((one) => one.by === by && one.helm === helm && one.chart === chart).name
  const pairs = [[3, 'stock'], [4, 'stock'], [4, 'own']].map(([helm, chart]) => ({ ours: find('slipway', helm, chart), theirs: find('helm', helm, chart) }))
  const beside = Object.fromEntries(pairs.flatMap(({ ours, theirs }) => [[ours, theirs], [theirs, theirs]]))
  const ratio = (name, act) => results[name][act].total / results[beside[name]][act].total
  for (const act of acts) {
    console.log(`${table([
      [act === 'upgrade' ? 'a new version, under load' : 'and back', 'in all', 'to Helm', 'nothing else served', 'failed requests', 'longest gap'],
      ...contenders.map(({ name }) => {
        const { total, served, sent, failed, longestGap } = results[name][act]
        return [name, ms(total), ratio(name, act).toFixed(2), ms(served), `${failed} of ${sent}`, ms(longestGap)]
      }),
    ])}\n`)
  }
  const judged = contenders.filter(({ name }) => kinds.every(({ variant }) => failures[name][variant]))
  for (const { variant, title, words } of kinds) {
    console.log(`${table([
      [title, 'until red', 'the old one serves', 'failed requests', 'why', 'its last words', 'its pods'],
      ...judged.map(({ name }) => {
        const { red, served, sent, failed, names, quotes, podsLeft } = failures[name][variant]
        return [name, ms(red), served ? 'yes' : 'no', `${failed} of ${sent}`, names ? 'told' : 'not told', words === null ? 'it has none' : quotes ? 'told' : 'not told', podsLeft === 0 ? 'gone' : podsLeft]
      }),
    ])}\n`)
  }
  const ratios = {
    good: Object.fromEntries(pairs.map(({ ours }) => [ours, Object.fromEntries(acts.map((act) => [act, ratio(ours, act)]))])),
    broken: Object.fromEntries(judged.filter(({ by }) => by === 'slipway').map(({ name }) => [name, Object.fromEntries(kinds.map(({ variant }) => [
      variant, Math.min(...judged.filter(({ by }) => by === 'helm').map((helm) => failures[helm.name][variant].red)) / failures[name][variant].red,
    ]))])),
  }
  const own = results[find('slipway', 4, 'own')]
  const failed = sum([...acts.map((act) => own[act].failed), ...kinds.map(({ variant }) => own.broken[variant].failed)])
  const within = Object.values(ratios.good).every(({ upgrade }) => upgrade <= limits.good) && failed <= limits.failed
    && Object.values(ratios.broken).every((one) => kinds.every(({ variant }) => one[variant] >= limits.broken))
  return { results, ratios, limits, within }
}
