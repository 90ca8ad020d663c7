import { noClusterInputs, secretNames, secretsFor, type ClusterConfig, type ClusterInputs } from '../../../../src/config'
import { faults, resolved, said, type Tree } from '../commit'

const DIGEST = `sha256:${'a'.repeat(64)}`
const IMAGE = `ghcr.io/ada/web@${DIGEST}`
const chart: Tree = { 'chart/Chart.yaml': 'name: shop\nversion: 1.0.0', 'chart/values.yaml': 'image: { repository: x, tag: "" }' }
const deploying = (inputs: Partial<ClusterInputs> = {}): { cluster: ClusterInputs } => ({ cluster: { ...noClusterInputs, images: {}, ...inputs } })
const cluster = async (yaml: string | null, tree: Tree = chart, inputs: Partial<ClusterInputs> = {}): Promise<ClusterConfig> =>
  (await resolved(yaml, tree, deploying(inputs))).config.cluster!
const told = async (yaml: string | null, tree: Tree = chart, inputs: Partial<ClusterInputs> = {}): Promise<readonly string[]> =>
  (await faults(yaml, tree, deploying(inputs))).map((failure) => `${said(failure)} ${failure.message}`)

describe('where an app is deployed to', () => {
  const compose = 'services: { a: { image: x } }'
  it.each<[string, string | null, Tree, 'vm' | 'docker' | 'cluster' | null, string]>([
    ['a chart alone', null, { 'chart/Chart.yaml': '' }, null, 'cluster'],
    ['a chart in helm', null, { 'helm/Chart.yaml': '' }, null, 'cluster'],
    ['a chart in deploy/chart', 'domain: a.example', { 'deploy/chart/Chart.yaml': '' }, null, 'cluster'],
    ['a chart at the root, with those it consists of', null, { 'Chart.yaml': '', 'charts/db/Chart.yaml': '' }, null, 'cluster'],
    ['the chart of the app among others', null, { 'charts/shop/Chart.yaml': '', 'charts/other/Chart.yaml': '' }, null, 'cluster'],
    ['a chart beside a library', null, { 'charts/web/Chart.yaml': '', 'charts/lib/Chart.yaml': 'type: library' }, null, 'cluster'],
    ['a chart beside what could be started', null, { 'chart/Chart.yaml': '', 'package.json': '{"scripts":{"start":"node a.js"}}' }, null, 'cluster'],
    ['a chart beside a Compose file', null, { 'chart/Chart.yaml': '', 'compose.yaml': compose }, null, 'docker'],
    ['a chart beside a Procfile', null, { 'chart/Chart.yaml': '', Procfile: 'web: x' }, null, 'vm'],
    ['a chart beside a start line', 'start: x', { 'chart/Chart.yaml': '' }, null, 'vm'],
    ['a chart, by an action for VMs', null, { 'chart/Chart.yaml': '', 'package.json': '{"scripts":{"start":"node a.js"}}' }, 'vm', 'vm'],
    ['the key for it', 'cluster: x', { 'x/Chart.yaml': '', 'compose.yaml': compose }, 'vm', 'cluster'],
    ['written', 'target: cluster', { 'chart/Chart.yaml': '', 'compose.yaml': compose }, 'docker', 'cluster'],
    ['written with a start line', 'target: cluster\nstart: x', { 'chart/Chart.yaml': '' }, null, 'cluster'],
    ['nothing but helm-upgrade', null, { 'chart/Chart.yaml': '', 'compose.yaml': compose }, 'cluster', 'cluster'],
  ])('%s', async (_, yaml, tree, target, kind) => {
    expect((await resolved(yaml, tree, { target })).config.target).toBe(kind)
  })
})

it.each<[Tree, string]>([
  [{ 'Chart.yaml': '', 'charts/db/Chart.yaml': '' }, '.'], [{ 'charts/shop/Chart.yaml': '', 'charts/other/Chart.yaml': '' }, 'charts/shop'], [{ 'charts/web/Chart.yaml': '', 'charts/lib/Chart.yaml': 'type: library' }, 'charts/web'],
])('of %j the chart is %s', async (tree, path) => expect((await cluster(null, tree)).chart).toEqual({ kind: 'folder', path }))

it('is told where nothing of a VM is found, and a chart is', async () => {
  const [failure] = await faults(null, { 'deploy/chart/Chart.yaml': '' }, { target: 'vm' })
  expect(`${said(failure!)} ${failure!.message}`).toMatch(/^config-nothing-to-run .*a chart in deploy\/chart.*helm-upgrade/)
})

it('is nothing that a release for VMs has in it, whose id is made of its configuration', async () => {
  const { config } = await resolved('services: { web: { start: x, route: / }, tick: { start: y, schedule: "@daily" } }', {})
  expect(config).not.toHaveProperty('cluster')
  expect(config.services[1]!.schedule).toEqual({ kind: 'times', calendar: ['*-*-* 0:0:00 UTC'] })
})

describe('the configuration of a cluster', () => {
  it('says everything', async () => {
    const yaml = `target: cluster
domain: shop.example.com
keep: 3
cluster:
  chart: deploy/chart
  release: front
  namespace: shop
  values-files: [deploy/a.yaml, ./deploy/b.yaml]
  values: { replicas: 3, build: 6180689, version: 1.10, port: 08, gone: null }
  secret-values: { db.password: DB_PASSWORD, 'annotations.example\\.com/key': KEY }
  images: { web: image }
`
    const tree = { 'deploy/chart/Chart.yaml': '', 'deploy/chart/values.yaml': 'image: { repository: x, digest: "" }', 'deploy/a.yaml': 'a: 1\nreplicas: 1\nb: { c: 1, d: 2 }', 'deploy/b.yaml': 'b: { c: 3 }' }
    const { config, chart: checkout, project } = await resolved(yaml, tree, deploying({ images: { web: IMAGE } }))
    expect(config).toMatchObject({ app: 'shop', target: 'cluster', domains: ['shop.example.com'], services: [], keep: 3 })
    expect(config.cluster).toEqual({
      chart: { kind: 'folder', path: 'deploy/chart' }, release: 'front', namespace: 'shop', valuesFiles: ['deploy/a.yaml', 'deploy/b.yaml'],
      values: { replicas: 3, build: 6180689, version: '1.10', port: '08', gone: null },
      secretValues: { 'db.password': 'DB_PASSWORD', 'annotations.example\\.com/key': 'KEY' }, images: { web: IMAGE }, imageValues: { web: 'image' },
    })
    expect(checkout).toEqual({
      values: { a: 1, replicas: 3, b: { c: 3, d: 2 }, build: 6180689, version: '1.10', port: '08', gone: null }, defaults: { image: { repository: 'x', digest: '' } },
    })
    expect(project).toBeNull()
  })

  it('is there without a file', async () => {
    expect(await cluster(null)).toEqual({
      chart: { kind: 'folder', path: 'chart' }, release: 'shop', namespace: null, valuesFiles: [], values: {}, secretValues: {}, images: {}, imageValues: {},
    })
  })

  it.each<[string, unknown]>([
    ['cluster: chart', { kind: 'folder', path: 'chart' }],
    ['cluster: ./chart/Chart.yaml', { kind: 'folder', path: 'chart' }],
    ['cluster: oci://ghcr.io/acme/charts/shop:1.2.3', { kind: 'oci', reference: 'oci://ghcr.io/acme/charts/shop', version: '1.2.3', digest: null }],
    ['cluster: { chart: "oci://localhost:5000/shop:1.2.3-rc.1_b2" }', { kind: 'oci', reference: 'oci://localhost:5000/shop', version: '1.2.3-rc.1+b2', digest: null }],
    [`cluster: { chart: "oci://ghcr.io/shop@${DIGEST}" }`, { kind: 'oci', reference: 'oci://ghcr.io/shop', version: null, digest: DIGEST }],
    ['cluster: { chart: { name: nginx, repository: "https://c.example.com/x/", version: v1.2.3 } }', { kind: 'repository', url: 'https://c.example.com/x', name: 'nginx', version: 'v1.2.3' }],
    ['cluster: { chart: { name: nginx, repository: "oci://ghcr.io/acme", version: 1.2.3 } }', { kind: 'oci', reference: 'oci://ghcr.io/acme/nginx', version: '1.2.3', digest: null }],
  ])('has a chart by %s', async (yaml, source) => expect((await cluster(yaml)).chart).toEqual(source))

  it('takes inputs before slipway.yml: all files instead of its, and values over its', async () => {
    const yaml = 'cluster: { chart: chart, release: a, namespace: a, values-files: a.yaml, values: { a: { x: 1, y: 1 }, b: [1] } }'
    const inputs = {
      chart: { kind: 'repository', url: 'https://c.example.com', name: 'n', version: null }, chartVersion: '1.0.0', release: 'b', namespace: 'b', valuesFiles: ['b.yaml'], values: { a: { y: 2 }, b: [2], c: null },
    } as const
    expect(await cluster(yaml, { ...chart, 'a.yaml': 'p: 1', 'b.yaml': 'q: 1' }, inputs)).toMatchObject({
      chart: { kind: 'repository', url: 'https://c.example.com', name: 'n', version: '1.0.0' }, release: 'b', namespace: 'b', valuesFiles: ['b.yaml'], values: { a: { x: 1, y: 2 }, b: [2], c: null },
    })
    expect((await cluster('cluster: { chart: { name: n, repository: "https://c.example.com" } }', {}, { chartVersion: '2.0.0' })).chart).toMatchObject({ version: '2.0.0' })
  })

  it('is overlaid by an environment, where null is a value in the values and removes anything else', async () => {
    const yaml = 'cluster: { chart: chart, namespace: a, values: { a: 1, b: { c: 1 } } }\nenvironments: { staging: { cluster: { namespace: null, values: { a: null, b: { d: null } } } } }'
    const { config } = await resolved(yaml, chart, { environment: 'staging' })
    expect(config.cluster).toMatchObject({ namespace: null, values: { a: null, b: { c: 1, d: null } } })
  })

  it('names secrets, which come by the step\'s env', async () => {
    const { config, secretPositions } = await resolved('cluster:\n  chart: chart\n  secret-values:\n    db.password: DB_PASSWORD\n    api: API_KEY', chart)
    expect(secretNames(config)).toEqual(['DB_PASSWORD', 'API_KEY'])
    expect(secretsFor(config, { DB_PASSWORD: 'x', API_KEY: 'y', OTHER: 'z' })).toEqual({ DB_PASSWORD: 'x', API_KEY: 'y' })
    expect(() => secretsFor(config, { API_KEY: '' }, secretPositions)).toThrow(/DB_PASSWORD \(slipway\.yml:4, for `db\.password`, not given\); API_KEY \(slipway\.yml:5, for `api`, given, but empty\)/)
  })

  it('is not held up by the checkout when nothing is deployed', async () => {
    expect((await resolved('cluster: { chart: nowhere, values-files: gone.yaml }', {})).config.cluster).toMatchObject({ release: 'shop' })
  })
})

describe('our own chart is made of services', () => {
  it('with all that can be mapped', async () => {
    const yaml = `target: cluster
domain: shop.example.com
tls: { certificate: CERT, key: KEY }
services:
  api: { start: serve, route: /, health: { path: /up, timeout: 90s }, env: { A: 1 }, secrets: [S], secrets-as: files, instances: 3, stop: { timeout: 9s }, memory: 128M, before: migrate, after: warm, protocol: http, listen: port }
  beat: { overlap: false, on: first }
  report: { schedule: '30 6 * * mon-fri,7', timeout: 1h }
rollout: { bake: 5s, drain: 10s, timeout: 5m }
`
    const { config } = await resolved(yaml, chart, deploying({ images: { api: IMAGE, beat: IMAGE, report: IMAGE } }))
    expect(config.cluster).toMatchObject({ chart: { kind: 'web' }, images: { api: IMAGE } })
    expect(config.services).toMatchObject([
      { name: 'api', start: 'serve', runtime: null, install: { tool: 'none' }, route: '/', healthTimeout: 90, instances: 3, stop: { signal: 'SIGTERM', timeout: 9 }, secretsAs: 'files', before: ['migrate'], after: ['warm'] },
      { name: 'beat', start: '', route: null, overlap: false },
      { name: 'report', schedule: { kind: 'times', cron: '30 6 * * 0,1,2,3,4,5' } },
    ])
    expect(config.tls.kind).toBe('own')
  })

  it('or of one at the top, without anything that starts it', async () => {
    const { config } = await resolved('target: cluster\nhealth: /up', { 'package.json': '{"scripts":{"start":"node a.js"}}', Procfile: 'web: x' }, deploying({ images: { web: IMAGE } }))
    expect(config.services).toMatchObject([{ name: 'web', start: '', route: '/', runtime: null }])
  })

  it.each<[string, string, RegExp]>([
    ['path: src', 'path', /WORKDIR/], ['runtime: node', 'runtime', /in its image/], ['install: {}', 'install', /in the image/], ['build: make', 'build', /`RUN`/],
    ['static: public', 'static', /nginx/], ['tasks: 5', 'tasks', /podPidsLimit/], ['sandbox: { devices: true }', 'sandbox', /restricted/],
    ['listen: socket', 'listen', /0\.0\.0\.0:\$PORT/], ['protocol: uwsgi', 'protocol', /--http-socket/], ['protocol: fastcgi', 'protocol', /nginx/],
    ['stop: { signal: SIGINT, timeout: 3s }', 'stop.signal', /STOPSIGNAL/],
  ])('but not of %s', async (line, key, cure) => {
    expect(await told(`target: cluster\nservices:\n  web:\n    route: /\n    ${line}`, {}, { images: { web: IMAGE } }))
      .toEqual([expect.stringMatching(new RegExp(`^slipway\\.yml:5:\\d+ config-not-together \`services\\.web\\.${key.replace('.', '\\.')}\` cannot be done in a cluster.*${cure.source}`))])
    expect(await told(`target: cluster\n${line}`, {}, { images: { web: IMAGE } })).toEqual([expect.stringMatching(`config-not-together \`${key}\` cannot`)])
  })

  it('nor of days that a CronJob understands otherwise', async () => {
    expect(await told('target: cluster\nservices: { w: { schedule: "0 6 */2 * mon" } }', {}, { images: { w: IMAGE } })).toEqual([expect.stringMatching(/^slipway\.yml:2:18 config-not-together .*CronJob takes either/)])
  })

  it('the image of the app is that of all services that have none of their own', async () => {
    const yaml = 'app: shop\ntarget: cluster\nservices: { web: { route: / }, job: {} }'
    const other = IMAGE.replace('a', 'b')
    expect((await resolved(yaml, {}, deploying({ images: { shop: IMAGE } }))).config.cluster?.images).toEqual({ web: IMAGE, job: IMAGE })
    expect((await resolved(yaml, {}, deploying({ images: { shop: IMAGE, job: other } }))).config.cluster?.images).toEqual({ web: IMAGE, job: other })
    expect((await resolved(yaml.replace('job', 'shop'), {}, deploying({ images: { shop: IMAGE, web: other } }))).config.cluster?.images).toEqual({ shop: IMAGE, web: other })
  })

  it('the one image of the app is the one that slipway.yml has a place for', async () => {
    const yaml = (places: string): string => `app: shop\ncluster: { chart: chart, images: { ${places} } }`
    const files = { ...chart, 'chart/values.yaml': 'web: { image: x }\nother: { image: y }' }
    expect((await resolved(yaml('web: web.image'), files, deploying({ images: { shop: IMAGE } }))).config.cluster?.images).toEqual({ web: IMAGE })
    expect(await told(yaml('web: web.image, other: other.image'), files, { images: { shop: IMAGE } })).not.toEqual([])
    expect(await told(yaml('web: web.image'), files, { images: { wbe: IMAGE } })).not.toEqual([])
  })

  it('and each needs an image of its name', async () => {
    const yaml = 'target: cluster\ncluster: { images: { web: image } }\nservices: { web: { route: / }, job: {} }'
    expect(await told(yaml, {}, { images: { wbe: IMAGE, job: IMAGE } })).toEqual([
      expect.stringMatching(/^slipway\.yml:2:12 config-not-together .*the chart is ours/),
      expect.stringMatching(/^cluster-image-unknown-service .*"wbe".*Did you mean `web`/),
      expect.stringMatching(/^cluster-image-missing .*`web` runs.*web=\$\{\{ steps\.build\.outputs\.image \}\}/s),
    ])
  })
})

describe('what a cluster cannot do is told with what to write, all at once', () => {
  it.each([
    'compose: c.yaml', 'supervisor: circus', 'packages: [gcc]', 'open: [8443/tcp]', 'shared: [a]', 'scratch: [tmp]', 'artifacts: [dist]', 'pages: { error: a.html }',
    'aliases: www.a.example', 'hsts: 30d', 'trusted-proxies: 10.0.0.0/8',
  ])('%s', async (line) => {
    for (const rest of ['cluster: chart', 'services: { web: { route: / } }']) {
      const [only, ...more] = await told(`target: cluster\ndomain: a.example\n${rest}\n${line}`, chart, { images: rest.startsWith('s') ? { web: IMAGE } : {} })
      expect([only, more]).toEqual([expect.stringMatching(new RegExp(`^slipway\\.yml:4:1 config-not-together \`${line.split(':')[0]}\` cannot be done in a cluster\\. .*\\w`)), []])
    }
  })

  it.each(['canary: 1', 'wave: 1', 'failures: 1', 'absent: 1', 'maintenance: true', 'drain: 5s', 'warm: 5m'])('rollout: { %s }', async (line) => {
    expect(await told(`cluster: chart\nrollout: { ${line}, bake: 5s }`)).toEqual([expect.stringMatching(`^slipway.yml:2:12 config-not-together \`rollout.${line.split(':')[0]}\``)])
  })

  it.each<[string, RegExp]>([
    ['services: { web: { route: / } }', /what runs is in the chart/], ['start: x', /in the chart/], ['env: { A: 1 }', /values/], ['secrets: [S]', /secret-values/],
    ['before: x', /pre-upgrade/], ['after: x', /post-upgrade/], ['tls: { certificate: A, key: B }', /secret-values/],
  ])('%s beside a chart', async (line, cure) => {
    expect(await told(`domain: a.example\ncluster: chart\n${line}`)).toEqual([expect.stringMatching(new RegExp(`^slipway\\.yml:3:1 config-not-together .*${cure.source}`))])
  })

  it('and so is a chart by an input', async () => {
    expect(await told('target: cluster\nstart: x', chart, { chart: { kind: 'folder', path: 'chart' } })).toEqual([expect.stringMatching(/^slipway\.yml:2:1 .*`start` is said beside a chart/)])
  })

  it('keys for it elsewhere', async () => {
    expect((await faults('target: vm\nstart: x\ncluster: chart', chart)).map(said)).toEqual(['slipway.yml:3:1 config-not-together'])
    expect((await faults('target: docker\ncluster: chart', { ...chart, 'compose.yaml': 'services: { a: { image: x } }' })).map(said)).toEqual(['slipway.yml:2:1 config-not-together'])
  })
})

describe('a chart is missing or in doubt', () => {
  it.each<[string | null, Tree, Partial<ClusterInputs>, RegExp]>([
    ['target: cluster', {}, {}, /^slipway\.yml:1:1 cluster-no-chart .*`charts\/\*`.*cluster: \{ chart: deploy\/chart \}/],
    [null, { 'chart/Chart.yaml': '', 'helm/Chart.yaml': '', 'charts/b/Chart.yaml': '' }, {}, /^cluster-several-charts .*`chart`, `helm`, `charts\/b`/],
    ['target: cluster', { 'charts/a/Chart.yaml': '', 'charts/b/Chart.yaml': '' }, {}, /^slipway\.yml:1:1 cluster-several-charts .*`charts\/a`, `charts\/b`/],
    [null, { 'chart/Chart.yaml': 'type: library' }, {}, /^cluster-no-chart .*`chart` is a library/],
    ['cluster: deploy/chrt', { 'deploy/chart/Chart.yaml': '' }, {}, /^slipway\.yml:1:1 chart-missing .*Did you mean `deploy\/chart`/],
    ['cluster: { chart: bitnami/nginx }', {}, {}, /^slipway\.yml:1:12 chart-missing .*helm repo add.*name: nginx, repository/],
    ['cluster: src', { 'src/a.txt': '' }, {}, /chart-missing .*a folder without a Chart\.yaml/],
    [null, chart, { chart: { kind: 'folder', path: 'x' } }, /^chart-missing The input `chart` is "x"/],
    ['cluster: chart', chart, { chartVersion: '1.0.0' }, /^slipway\.yml:1:1 chart-version The input `chart-version` is 1\.0\.0.*that in its Chart\.yaml/],
    ['cluster: { chart: { name: n, repository: "https://c.example.com" } }', {}, {}, /^slipway\.yml:1:12 chart-version .*is not said.*`n`/],
    ['cluster: oci://ghcr.io/a/b', {}, {}, /^slipway\.yml:1:1 chart-version .*is not said.*oci:\/\/ghcr\.io\/a\/b:1\.2\.3/],
    ['cluster: oci://ghcr.io/a/b:1.2.3', {}, { chartVersion: '1.2.4' }, /chart-version The input `chart-version` is 1\.2\.4, and the chart is said to be of version 1\.2\.3/],
    ['cluster: oci://ghcr.io/a/b:latest', {}, {}, /^slipway\.yml:1:10 config-value .*`latest` is no exact version/],
    ['cluster: oci://ghcr.io/a/B C', {}, {}, /config-value .*no chart in a registry/],
    ['cluster: https://c.example.com/a-1.2.3.tgz', {}, {}, /config-value .*Name the repository/],
    ['cluster: charts/a-1.2.3.tgz', {}, {}, /config-value .*packed chart.*Unpack/],
    ['cluster: ../chart', {}, {}, /config-value .*leaves its place/],
    ['cluster: { chart: { name: a/b, repository: "https://c.example.com", version: 1.2.3 } }', {}, {}, /config-value .*Write the name alone: `b`/],
    ['cluster: { chart: { name: a, version: 1.2.3 } }', {}, {}, /config-incomplete .*has no `repository`/],
    ['cluster: { chart: { name: a, repository: "http://c.example.com", version: 1.2.3 } }', {}, {}, /config-value .*not encrypted/],
    ['cluster: { chart: { name: a, repository: "https://u:p@c.example.com", version: 1.2.3 } }', {}, {}, /config-value .*has a user in it/],
    ['cluster: { chart: { name: a, repository: "https://c.example.com", version: ^1.2 } }', {}, {}, /config-value .*more than one version/],
    ['cluster: { release: My_Shop }', chart, {}, /^slipway\.yml:1:21 config-value .*Write `my-shop`/],
    [`cluster: { release: ${'a'.repeat(54)} }`, chart, {}, /config-value .*more than 53/],
    ['cluster: { values: [a] }', chart, {}, /config-wrong-type .*`cluster\.values` must be a mapping/],
    ['cluster: { values: { a: off } }', chart, {}, /^slipway\.yml:1:25 values-ambiguous-word/],
    ['cluster: { values-files: vlaues.yaml }', { ...chart, 'values.yaml': '' }, {}, /^slipway\.yml:1:12 values-file-missing .*Did you mean `values\.yaml`/],
    ['cluster: { values-files: a.yaml }', { ...chart, 'a.yaml': 'x: 1\nx: 2' }, {}, /^a\.yaml:2:1 values-syntax/],
    ['cluster: { secret-values: { "a[0].b": X } }', chart, {}, /config-value .*a place in a list/],
    ['cluster: { secret-values: { a: GITHUB_SHA } }', chart, {}, /config-reserved-name/],
    ['cluster: { secret-values: { a: X, a.b: Y } }', chart, {}, /^slipway\.yml:1:12 config-not-together .*would be a key in it/],
    ['cluster: { values: { a: 1 }, secret-values: { a: X } }', chart, {}, /^slipway\.yml:1:30 config-not-together .*as well as/],
    ['cluster: { values: { a: 1 }, secret-values: { a.b: X } }', chart, {}, /config-not-together .*no mapping at `a`/],
    ['cluster: { images: { web: a.image } }', chart, { images: { api: IMAGE } }, /^slipway\.yml:1:12 chart-image-missing/],
    [null, { ...chart, 'chart/values.yaml': 'nothing: 1' }, { images: { web: IMAGE } }, /^chart-image-place .*`web`/],
    ['cluster: { chrat: chart }', chart, {}, /^slipway\.yml:1:12 config-unknown-key .*Did you mean `chart`/],
    ['cluster: { repo: x }', chart, {}, /config-unknown-key/],
  ])('%j', async (yaml, tree, inputs, expected) => {
    expect(await told(yaml, tree, inputs)).toEqual([expect.stringMatching(new RegExp(expected.source, 's'))])
  })
})
