// What bench/cluster.mjs deploys: the rig's web service, in a repository with the chart that `helm create` makes, and in one without a chart.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'
import { call } from './programs.mjs'

// As the service wants it: where it listens, where its health is, two of it. A probe that is tried every 10 s would make times a matter of luck.
// It starts within a second, and gets six.
const startUp = 6
const stockValues = {
  replicaCount: 2,
  service: { type: 'ClusterIP', port: 8080 },
  livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: startUp / 2, failureThreshold: 2 },
  readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
}
const drain = 5
const ownServices = (image) => ({ defaults: { drain }, services: { web: { image, route: '/', startupTimeout: startUp, health: { path: '/healthz' } } } })
// No bake: it is a gate after the proof.
const common = { app: 'shop', target: 'cluster', rollout: { bake: '0s' } }

/**
 * `charts`: by name what each contender needs of a chart: `{ repository, chart, service, port, values(version) }`, where `values` are Helm's without us.
 * `release(variant)` makes a version of it and its image, and commits and tags it; `missing`: its image is nowhere.
 */
export function prepareApp(work, helm) {
  const [stock, own] = ['stock', 'own'].map((name) => join(work, name))
  for (const folder of [stock, own]) mkdirSync(folder)
  call(helm, ['create', join(stock, 'shop')])
  const write = (folder, name, content) => writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`)
  write(stock, 'values.json', stockValues)
  write(stock, 'slipway.yml', { ...common, cluster: { 'chart': 'shop', 'values-files': 'values.json' } })
  write(own, 'slipway.yml', { ...common, rollout: { ...common.rollout, drain: `${drain}s` }, services: { web: { route: '/', health: { path: '/healthz', timeout: `${startUp}s` } } } })
  const author = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }
  const git = (folder, ...words) => call('git', words, { cwd: folder, env: { ...process.env, ...author } })
  for (const folder of [stock, own]) git(folder, 'init', '--quiet', '--initial-branch', 'main')

  const name = `bench-${Date.now().toString(36)}`
  const images = new Map()
  let number = 0
  const pushed = (version, variant) => {
    const [tag, digest] = call('script/rig', ['cluster-image', version, '--variant', variant, '--name', name], { stdio: ['ignore', 'pipe', 'inherit'] }).split('\n')
    return { repository: tag.slice(0, tag.lastIndexOf(':')), digest }
  }
  const nowhere = (version) => {
    const [{ repository }] = images.values()
    return { repository, digest: `${repository}@sha256:${version.replace(/\D/g, '').padStart(64, '0')}` }
  }
  const image = (version) => images.get(version)
  return {
    image,
    charts: {
      stock: {
        repository: stock, chart: join(stock, 'shop'), service: 'shop', port: 8080,
        values: (version) => ({ ...stockValues, image: { repository: image(version).repository, tag: version } }),
      },
      own: { repository: own, chart: join(root, 'charts/web'), service: 'shop-web', port: 80, values: (version) => ownServices(image(version).digest) },
    },
    release(variant = 'good') {
      const version = `1.0.${number++}`
      images.set(version, variant === 'missing' ? nowhere(version) : pushed(version, variant))
      for (const folder of [stock, own]) {
        writeFileSync(join(folder, 'RELEASE.txt'), `${version}\n`)
        git(folder, 'add', '--all')
        git(folder, 'commit', '--quiet', '--message', version)
        git(folder, 'tag', version)
      }
      return version
    },
  }
}
