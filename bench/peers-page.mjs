// Puts what bench/peers.mjs has measured where people read it: node bench/peers-page.mjs, once the last line of its output is bench/results/peers.json.
// It writes docs/peers.svg, and the tables between the marks in docs/side-by-side.md and README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { ms } from './figures.mjs'
import { chart } from './peers-chart.mjs'

const resultsOf = (name) => JSON.parse(readFileSync(join(root, `bench/results/${name}.json`), 'utf8'))
const measured = resultsOf('peers')
const { results, kills, rounds, cpus, busy } = measured
const names = Object.keys(results[0].by)
const first = names[0]

const markdown = (rows) => [rows[0], rows[0].map(() => '---'), ...rows.slice(1)].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const failed = ({ failed: lost, sent }) => `${lost} of ${sent.toLocaleString('en')}`
const times = (one, ours) => `${ms(one.served)} (${(one.served / ours.served).toFixed(1)} ×)`
const place = ({ roundTrip }) => roundTrip === 0 ? 'on loopback' : `at ${roundTrip} ms`

/** One link: what users have of a deployment and of the way back. */
function tableOf({ roundTrip, floor, by }) {
  const where = roundTrip === 0 ? 'From the same machine' : `At a round-trip time of ${roundTrip} ms`
  const ratio = (by[first].deploy.served / floor.total).toFixed(2)
  return `${where}. The floor is ${ms(floor.total)} (ssh ${ms(floor.connect)}, environment ${ms(floor.environment)}, boot ${ms(floor.boot)}), Slipway ${ratio} times that.\n\n${markdown([
    ['', 'new version after', 'failed requests', 'longest gap', 'back after', 'failed requests', 'longest gap'],
    ...names.map((name) => [name, ...['deploy', 'rollback'].flatMap((kind) =>
      [times(by[name][kind], by[first][kind]), failed(by[name][kind]), ms(by[name][kind].longestGap)])]),
  ])}`
}

function costs() {
  const pair = (of) => `${of('deploy')}, ${of('rollback')}`
  const here = results[0].by
  return markdown([
    ['and back', ...results.map((result) => `in all ${place(result)}`), 'connections', 'CPU on the runner', 'memory on the runner'],
    ...names.map((name) => [
      name, ...results.map(({ by }) => pair((kind) => ms(by[name][kind].total))), pair((kind) => here[name][kind].connections),
      pair((kind) => `${here[name][kind].cpu.toFixed(1)} s`), pair((kind) => `${Math.round(here[name][kind].peak / 1e6)} MB`),
    ]),
  ])
}

function killed() {
  const back = ({ back: served, wanted, good }) => served === wanted ? 'the version before' : served === good ? 'the same version, and exit 0' : served ?? 'nothing'
  const restarted = ({ restarted: served, good, next }) => served === good ? 'as before' : served === next ? 'the version that was never finished' : 'nothing'
  return markdown([
    ['', 'failed requests', 'folders left', 'code where the service runs', 'after a restart of the host', 'and back'],
    ...Object.entries(kills).map(([name, one]) => [
      name, failed(one), one.left.length, one.code === one.good ? 'its own' : 'the next version\'s', restarted(one), back(one),
    ]),
  ])
}

/** What each kind of place is measured by, as rows of one table: the first of each is what the others are held against. */
function targets() {
  const { results: clusters, rounds: clusterRounds } = resultsOf('cluster')
  const projects = resultsOf('compose')
  const groups = [
    ['VM', rounds, Object.entries(results[0].by).map(([name, one]) => [name, one.deploy, one.rollback])],
    ['Docker host', projects.rounds, Object.entries(projects).filter(([, one]) => one?.redeploy?.served).map(([name, one]) => [name, one.redeploy, one.rollback])],
    ['cluster', clusterRounds, Object.entries(clusters).map(([name, one]) => [name, one.upgrade, one.rollback])],
  ]
  return markdown([
    ['', '', 'rounds', 'new version after', 'back after', 'failed requests', 'longest gap'],
    ...groups.flatMap(([target, times, rows]) => rows.map(([name, forth, back]) => [
      target, name, times, ms(forth.served), ms(back.served), failed({ failed: forth.failed + back.failed, sent: forth.sent + back.sent }),
      ms(Math.max(forth.longestGap, back.longestGap)),
    ])),
  ])
}

function fill(file, texts) {
  const path = join(root, file)
  const filled = Object.entries(texts).reduce((text, [mark, content]) => {
    const between = new RegExp(`(<!-- ${mark} -->\\n)[^]*?(\\n<!-- /${mark} -->)`)
    if (!between.test(text)) throw new Error(`${file} has no marks ${mark}`)
    return text.replace(between, (_, begin, end) => `${begin}${content}${end}`)
  }, readFileSync(path, 'utf8'))
  writeFileSync(path, filled)
}

const how = `Medians of ${rounds} rounds on a machine with ${cpus} processors, whose load was ${busy.toFixed(1)} when it began.`
writeFileSync(join(root, 'docs/peers.svg'), chart(measured))
fill('docs/side-by-side.md', {
  'peers-figures': [`![As a chart](peers.svg)\n\n${how}`, ...results.map(tableOf), costs()].join('\n\n'), 'peers-killed': killed(), 'peers-targets': targets(),
})
fill('README.md', { peers: `The same beside [others](docs/side-by-side.md) by \`script/bench peers\`. ${how}\n\n![As a chart](docs/peers.svg)\n\n${markdown([
  ['', ...results.flatMap((result) => [`new version ${place(result)}`, 'failed requests', `back ${place(result)}`, 'failed requests'])],
  ...names.map((name) => [name, ...results.flatMap(({ by }) => ['deploy', 'rollback'].flatMap((kind) =>
    [times(by[name][kind], by[first][kind]), failed(by[name][kind])]))]),
])}` })
