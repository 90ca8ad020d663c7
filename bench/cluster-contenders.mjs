// Who is measured by bench/cluster.mjs: each knows how it brings a version to a namespace of its own, and how it goes back.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { newPlace } from './cluster-place.mjs'
import { run } from './programs.mjs'
import { runStub } from './stub.mjs'

// Both wait for five minutes, if they are not told otherwise.
const flags = { 3: ['--wait', '--atomic'], 4: ['--wait', '--rollback-on-failure'] }
// Longer than any of them takes.
const limit = 900_000

export const tools = [
  { name: 'Slipway with Helm 3', by: 'slipway', helm: 3, chart: 'stock' },
  { name: 'helm 3 --wait --atomic', by: 'helm', helm: 3, chart: 'stock' },
  { name: 'Slipway with Helm 4', by: 'slipway', helm: 4, chart: 'stock' },
  { name: 'helm 4 --wait --rollback-on-failure', by: 'helm', helm: 4, chart: 'stock' },
  { name: 'Slipway, its own chart', by: 'slipway', helm: 4, chart: 'own' },
  { name: 'helm 4, Slipway\'s chart', by: 'helm', helm: 4, chart: 'own' },
]

/** `{ name, place, target(), deploy(version), rollback() }`, the latter two with what `run` gives; `target` is where users come in, once it is deployed. */
export async function contender(cluster, app, work, tool) {
  const chart = app.charts[tool.chart]
  const place = await newPlace(cluster, `${tool.by}${tool.helm}`)
  return {
    ...tool, place,
    target: async () => ({ address: await place.addressOf(chart.service), port: chart.port }),
    ...(tool.by === 'slipway' ? slipway : helm)({ cluster, app, work, tool, chart, place }),
  }
}

function slipway({ cluster, app, tool, chart, place }) {
  const act = async (inputs) => {
    const { code, log, firstError } = await runStub('helm-upgrade', {
      cwd: chart.repository, env: { PATH: `${dirname(cluster.helm[tool.helm])}:${process.env.PATH}` },
      inputs: { kubeconfig: readFileSync(cluster.kubeconfig, 'utf8'), namespace: place.name, ...inputs },
    })
    return { code, log: log.replace(/^::add-mask::.*\n/gm, ''), firstError }
  }
  return {
    deploy: (version) => act({ images: `web=${app.image(version).digest}` }),
    rollback: () => act({ operation: 'rollback' }),
  }
}

function helm({ cluster, work, tool, chart, place }) {
  const act = (...words) => run(cluster.helm[tool.helm], [...words, '--namespace', place.name, '--kubeconfig', cluster.kubeconfig], { limit })
  return {
    deploy(version) {
      const values = join(work, `${place.name}.json`)
      writeFileSync(values, JSON.stringify(chart.values(version)))
      return act('upgrade', '--install', 'shop', chart.chart, '--values', values, ...flags[tool.helm])
    },
    rollback: () => act('rollback', 'shop', '--wait'),
  }
}
