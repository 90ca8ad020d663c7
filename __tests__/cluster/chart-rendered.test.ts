import { createHash } from 'node:crypto'
import { objectsOf } from '../../src/targets/cluster/manifest'
import { webChart } from '../../src/targets/web-chart'
import { run, type Ended } from '../host/harness/command'
import { helmProgram, withValues } from './harness/helm'

const image = `ghcr.io/acme/shop@sha256:${'a'.repeat(64)}`
const nginx = `docker.io/library/nginx@sha256:${'b'.repeat(64)}`
const whole = {
  version: 'v1.4.2+build_', services: {
    web: { image, route: '/', health: { path: '/healthz' }, secrets: ['TOKEN'], autoscaling: { max: 6 } },
    api: { image, route: '/api/', drain: 0, stopTimeout: 90, secrets: ['TOKEN', 'KEY'], secretsAs: 'files', scratch: ['/app/tmp'] },
    inner: { image, port: 9000, liveness: { enabled: false } },
    worker: { image, health: { command: ['check'] } },
    beat: { image, overlap: false }, report: { image, schedule: '0 6 * * *' }, seed: { image, once: true },
  },
  before: [{ service: 'api', command: ['migrate'] }, { service: 'api', command: ['seed'] }, { service: 'web', command: ['other'] }],
  secrets: { TOKEN: 'swordfish', KEY: 'a "b"\n$c' }, routing: { hosts: ['shop.example.com', '*.example.com'] },
}

interface Found { readonly kind: string; readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }; readonly [key: string]: unknown }
type Objects = ReadonlyMap<string, Found>

async function template(major: 3 | 4, values: unknown, ...more: string[]): Promise<Ended> {
  const program = await helmProgram(major)
  // Without a cluster a Helm that was built from its module takes Kubernetes to be as old as it can be.
  const version = more.includes('--kube-version') ? [] : ['--kube-version', '1.34.0']
  return await withValues(values, (file) => run(program, ['template', 'shop', webChart(), '--namespace', 'shop', '--values', file, ...version, ...more]))
}

async function rendered(major: 3 | 4, values: unknown, ...more: string[]): Promise<Objects> {
  const { code, stdout, stderr } = await template(major, values, ...more)
  if (code !== 0) throw new Error(stderr)
  return new Map(objectsOf({ manifest: stdout }).map(({ object }) => [`${object.kind} ${object.metadata.name}`, object as Found]))
}

/** What is at a path of keys; numbers count in lists. */
function at(object: Found | undefined, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], object)
}

const pod = 'spec.template.spec'
const container = `${pod}.containers.0`

beforeAll(async () => {
  await Promise.all([helmProgram(3), helmProgram(4)])
}, 1_200_000)

describe.each([3, 4] as const)('the chart as Helm %i renders it', (major) => {
  it('is clean', async () => {
    const program = await helmProgram(major)
    const { code, stdout } = await withValues(whole, (file) => run(program, ['lint', '--strict', webChart(), '--values', file]))
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('0 chart(s) failed') })
  })

  it('makes of each service what it is', async () => {
    const objects = await rendered(major, whole)
    expect([...objects.keys()].sort()).toEqual([
      'CronJob shop-report', 'Deployment shop-api', 'Deployment shop-inner', 'Deployment shop-web', 'Deployment shop-worker', 'HorizontalPodAutoscaler shop-web', 'Ingress shop',
      'Job shop-api-before-0', 'Job shop-api-before-1', expect.stringMatching(/^Job shop-seed-[0-9a-f]{8}$/), 'Job shop-web-before-2', 'Pod shop-answers',
      'PodDisruptionBudget shop-api', 'PodDisruptionBudget shop-inner', 'PodDisruptionBudget shop-web', 'PodDisruptionBudget shop-worker',
      'Secret shop-api', 'Secret shop-api-before', 'Secret shop-web', 'Secret shop-web-before', 'Service shop-api', 'Service shop-inner', 'Service shop-web', 'StatefulSet shop-beat',
    ])
    const web = objects.get('Deployment shop-web')
    expect(at(web, 'spec')).not.toHaveProperty('replicas')
    expect(at(web, 'spec.strategy.rollingUpdate')).toEqual({ maxSurge: '25%', maxUnavailable: 0 })
    expect(at(web, `${pod}.terminationGracePeriodSeconds`)).toBe(45)
    expect(at(web, `${container}.readinessProbe`)).toEqual({ httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 3 })
    expect(at(web, `${container}.livenessProbe.tcpSocket`)).toEqual({ port: 'http' })
    expect(at(web, `${container}.startupProbe.failureThreshold`)).toBe(60)
    expect(at(web, `${container}.envFrom`)).toEqual([{ secretRef: { name: 'shop-web' } }])
    expect(at(web, 'spec.template.metadata.labels')).toMatchObject({ 'app.kubernetes.io/version': 'v1.4.2-build' })
    expect(at(objects.get('HorizontalPodAutoscaler shop-web'), 'spec.minReplicas')).toBe(2)
    const api = objects.get('Deployment shop-api')
    expect(at(api, 'spec.replicas')).toBe(2)
    expect(at(api, container)).not.toHaveProperty('lifecycle')
    expect(at(api, `${pod}.terminationGracePeriodSeconds`)).toBe(95)
    expect(at(api, `${container}.volumeMounts`)).toEqual([
      { name: 'scratch-0', mountPath: '/tmp' }, { name: 'scratch-1', mountPath: '/app/tmp' }, { name: 'secrets', mountPath: '/run/slipway/secrets', readOnly: true },
    ])
    expect(at(objects.get('Secret shop-api'), 'stringData')).toEqual({ TOKEN: 'swordfish', KEY: 'a "b"\n$c' })
    expect(at(objects.get('Deployment shop-inner'), container)).not.toHaveProperty('livenessProbe')
    expect(at(objects.get('Deployment shop-inner'), `${container}.ports`)).toEqual([{ name: 'http', containerPort: 9000 }])
    expect(at(objects.get('Deployment shop-worker'), `${container}.readinessProbe.exec`)).toEqual({ command: ['check'] })
    expect(at(objects.get('StatefulSet shop-beat'), 'spec')).toMatchObject({ replicas: 1, minReadySeconds: 5, podManagementPolicy: 'Parallel' })
    expect(at(objects.get('Ingress shop'), 'spec.rules')).toMatchObject([
      { host: 'shop.example.com', http: { paths: [{ path: '/api', pathType: 'Prefix' }, { path: '/', pathType: 'Prefix' }] } }, { host: '*.example.com' },
    ])
  })

  it('runs migrations in the order in which they stand, with secrets that are there by then', async () => {
    const objects = await rendered(major, whole)
    const weights = ['Secret shop-api-before', 'Secret shop-web-before', 'Job shop-api-before-0', 'Job shop-api-before-1', 'Job shop-web-before-2']
      .map((key) => Number(objects.get(key)?.metadata.annotations?.['helm.sh/hook-weight']))
    expect(weights).toEqual([-1, -1, 0, 1, 2])
    expect(objects.get('Job shop-api-before-0')?.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
    expect(at(objects.get('Job shop-api-before-0'), `${pod}.volumes.2.secret.secretName`)).toBe('shop-api-before')
    // Nobody is led to a pod of theirs.
    expect(at(objects.get('Job shop-web-before-2'), 'spec.template.metadata.labels')).not.toHaveProperty(['app.kubernetes.io/component'])
  })

  it('a secret changes the pods that have it, and is not to be read off them', async () => {
    const sums = async (secrets: object): Promise<readonly unknown[]> => {
      const objects = await rendered(major, { ...whole, secrets: { ...whole.secrets, ...secrets } })
      return ['api', 'web', 'worker'].map((name) => at(objects.get(`Deployment shop-${name}`), 'spec.template.metadata.annotations'))
    }
    const [before, same, changed] = [await sums({}), await sums({}), await sums({ KEY: 'other' })]
    expect(same).toEqual(before)
    expect(changed[0]).not.toEqual(before[0])
    expect(changed.slice(1)).toEqual(before.slice(1))
    expect(before[2]).toBeUndefined()
    const plain = createHash('sha256').update('TOKEN: "swordfish"').digest('hex')
    expect(JSON.stringify(before[1])).not.toContain(plain)
  })

  it('the node waits where it can, and a program of the image where it cannot', async () => {
    const preStop = async (version: string): Promise<unknown> => at((await rendered(major, whole, '--kube-version', version)).get('Deployment shop-web'), `${container}.lifecycle.preStop`)
    expect(await preStop('1.30.0')).toEqual({ sleep: { seconds: 10 } })
    expect(await preStop('1.29.9')).toEqual({ exec: { command: ['sleep', '10'] } })
    expect((await template(major, whole, '--kube-version', '1.26.0')).stderr).toContain('1.27.0')
  })

  it.each<[string, object, readonly string[], readonly string[]]>([
    ['a gateway that the cluster does not know', { routing: { hosts: ['a.example'], gateways: [{ name: 'public' }] } }, [], ['Ingress shop']],
    ['a gateway', { routing: { hosts: ['a.example'], gateways: [{ name: 'public' }] } }, ['--api-versions', 'gateway.networking.k8s.io/v1/HTTPRoute'], ['HTTPRoute shop']],
    ['hosts', { routing: { hosts: ['a.example'] }, proxy: { image: nginx } }, [], ['Ingress shop']],
    ['an nginx', { routing: { hosts: [] }, proxy: { image: nginx } }, [], ['ConfigMap shop-proxy', 'Deployment shop-proxy', 'PodDisruptionBudget shop-proxy', 'Service shop']],
    ['nothing', { routing: { hosts: [] } }, [], []],
    ['Gateway API when it is asked for', { routing: { kind: 'httproute', hosts: [], gateways: [{ name: 'public' }] } }, [], ['HTTPRoute shop']],
  ])('requests come in by %s', async (_what, more, options, expected) => {
    const base = await rendered(major, { ...whole, routing: { kind: 'none' } })
    const objects = await rendered(major, { ...whole, ...more }, ...options)
    expect([...objects.keys()].filter((key) => !base.has(key)).sort()).toEqual(expected)
  })

  it('says all that does not go together', async () => {
    const { stderr } = await template(major, {
      services: { web: { image, route: '/x', overlap: false, replicas: 2, secrets: ['GONE'] }, api: { image, route: '/x/', autoscaling: { max: 3 }, replicas: 2, env: { A: '1' } }, job: { image, once: true, schedule: '@daily', health: { path: '/' } } },
      before: [{ service: 'nobody', command: ['x'] }], routing: { kind: 'proxy', tls: { kind: 'own' } },
    })
    for (const said of [
      /services\.api\.route and services\.web\.route are the same/, /services\.web has a route or a port, and schedule/, /services\.web has overlap: false and 2 replicas/, /secrets\.GONE is not given/,
      /services\.api has both replicas and autoscaling/, /services\.job has both schedule and once/, /services\.job\.health has a path/, /before\[0\]\.service is nobody/, /proxy\.image is not given/,
      /routing\.tls is not done by the proxy/, /certificate or key is not given/,
    ]) expect(stderr).toMatch(said)
  })

  it.each<[string, object, RegExp]>([
    ['an image by its tag', { services: { web: { image: 'shop:latest' } } }, /image.*(pattern|does not match)/is],
    ['a key that there is not', { services: { web: { image, replica: 2 } } }, /replica/],
    ['a number for a variable', { services: { web: { image, env: { A: 1 } } } }, /env.A/],
    ['an autoscaler that goes down to one', { services: { web: { image, route: '/', autoscaling: { min: 1, max: 2 } } } }, /min/],
    ['root', { services: { web: { image, user: 0 } } }, /user/],
  ])('does not take %s', async (_what, values, said) => {
    const { code, stderr } = await template(major, values)
    expect(code).not.toBe(0)
    expect(stderr.replaceAll('/', '.')).toMatch(said)
  })
})

it('is the same by either Helm', async () => {
  const all = { ...whole, routing: { kind: 'proxy' }, proxy: { image: nginx, autoscaling: { max: 4, memory: 80 }, trustedProxies: ['10.0.0.0/8'] } }
  expect([...await rendered(3, all)]).toEqual([...await rendered(4, all)])
})
