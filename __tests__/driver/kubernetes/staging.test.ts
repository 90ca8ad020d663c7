import type { IncomingMessage } from 'node:http'
import { Discovery } from '../../../src/drivers/kubernetes'
import type { Hook } from '../../../src/drivers/helm'
import { checkAutoscaling } from '../../../src/targets/cluster/autoscaling'
import type { Applying } from '../../../src/targets/cluster/conflicts'
import { hooksOf } from '../../../src/targets/cluster/hooks'
import { objectsOf } from '../../../src/targets/cluster/manifest'
import { anyThere } from '../../../src/targets/cluster/presence'
import { checkReferences } from '../../../src/targets/cluster/references'
import { validate } from '../../../src/targets/cluster/validation'
import { apiServer, say, type ApiServer } from './api-server'

/** What staging asks of a server that is told what to answer. */
type Said = Readonly<Record<string, readonly [status: number, body: unknown]>>

const kinds = {
  '/api/v1': [['configmaps', 'ConfigMap'], ['secrets', 'Secret'], ['serviceaccounts', 'ServiceAccount'], ['persistentvolumes', 'PersistentVolume']],
  '/apis/batch/v1': [['jobs', 'Job']],
  '/apis/apps/v1': [['deployments', 'Deployment']],
} as const
const asked: string[] = []
let server: ApiServer
let answers: Said = {}

function answer(request: IncomingMessage): readonly [number, unknown] {
  const url = new URL(request.url ?? '', 'https://server')
  const path = url.pathname
  const known = Object.entries(kinds).find(([group]) => group === path)?.[1]
  if (known !== undefined) return [200, { resources: known.map(([name, kind]) => ({ name, kind, namespaced: kind !== 'PersistentVolume' })) }]
  const line = `${request.method} ${path.replace(/^.*\/namespaces\/shop\//, '')}${url.searchParams.has('dryRun') ? ' dry' : ''}${url.searchParams.get('force') === 'true' ? ' forced' : ''}${url.searchParams.has('continue') ? ' more' : ''}${/^application\/json;as=PartialObjectMetadataList/.test(request.headers.accept ?? '') ? ' metadata' : ''}`
  if (!/^\/apis?$/.test(path)) asked.push(line)
  return answers[line] ?? (request.method === 'GET' ? [404, { reason: 'NotFound', message: 'not found' }] : [200, {}])
}

beforeAll(async () => { server = await apiServer((request, response) => say(response, ...answer(request))) })
afterAll(async () => await server[Symbol.asyncDispose]())
beforeEach(() => {
  asked.length = 0
  answers = {}
})

const signal = new AbortController().signal
const place = () => ({ client: server.client, discovery: new Discovery(server.client), namespace: 'shop', release: 'shop', signal })
const upgrading: Applying = { by: 'server', back: false }
const job = (name: string, env: object[] = []) => JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { spec: { containers: [{ name: 'run', image: 'x', env }] } } } })
const hook = (more: Partial<Hook> = {}): Hook => ({ name: 'migrate', kind: 'Job', path: 'shop/templates/migrate.yaml', manifest: job('migrate'), events: ['pre-install', 'pre-upgrade'], ...more })
const map = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} })
const needs = (name: string) => [{ name: 'A', valueFrom: { configMapKeyRef: { name, key: 'a' } } }]
const wrong = [409, { reason: 'AlreadyExists', message: 'jobs.batch "migrate" already exists' }] as const
const rejected = async (work: Promise<unknown>): Promise<string> => await work.then(() => 'nothing is wrong', (error: unknown) => (error as Error).message)

describe('what is there already', () => {
  const maps = (number: number) => objectsOf({ manifest: Array.from({ length: number }, (_, index) => map(`map-${index}`)).join('\n---\n') })
  const listing = (names: readonly string[], next = '') => [200, { metadata: { continue: next }, items: names.map((name) => ({ metadata: { name } })) }] as const

  it('few are asked for one by one', async () => {
    expect(await anyThere(place(), maps(2))).toBe(false)
    expect(asked.toSorted()).toEqual(['GET configmaps/map-0', 'GET configmaps/map-1'])
    answers = { 'GET configmaps/map-1': [200, {}] }
    expect(await anyThere(place(), maps(2))).toBe(true)
  })

  it('many are one list', async () => {
    answers = { 'GET configmaps metadata': listing(['another']) }
    expect(await anyThere(place(), maps(200))).toBe(false)
    expect(asked).toEqual(['GET configmaps metadata'])
    answers = { 'GET configmaps metadata': listing(['another'], 'next'), 'GET configmaps more metadata': listing(['map-199']) }
    expect(await anyThere(place(), maps(200))).toBe(true)
  })

  it.each([403, 404, 406, 410])('where a list is answered with %d, each is asked for', async (status) => {
    answers = { 'GET configmaps metadata': [status, { message: 'no' }], 'GET configmaps/map-4': [200, {}] }
    expect(await anyThere(place(), maps(5))).toBe(true)
    expect(asked).toContain('GET configmaps/map-4')
    answers = { 'GET configmaps metadata': listing(['another'], 'next'), 'GET configmaps more metadata': [status, { message: 'no' }], 'GET configmaps/map-0': [200, {}] }
    expect(await anyThere(place(), maps(5))).toBe(true)
  })

  it('a list that is longer than asking for each is given up', async () => {
    answers = { 'GET configmaps metadata': listing(['another'], 'next'), 'GET configmaps more metadata': listing(['others'], 'next') }
    expect(await anyThere(place(), maps(4))).toBe(false)
    expect(asked.filter((line) => line.includes(' more'))).toHaveLength(3)
    expect(asked.filter((line) => line.startsWith('GET configmaps/'))).toHaveLength(4)
  })

  it('what is of the cluster, or of another namespace, is looked for there', async () => {
    const elsewhere = (kind: string, namespace?: string) => Array.from({ length: 5 }, (_, index) => JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: `x-${index}`, namespace } })).join('\n---\n')
    answers = { 'GET /api/v1/namespaces/other/configmaps metadata': listing(['x-3']) }
    expect(await anyThere(place(), objectsOf({ manifest: elsewhere('ConfigMap', 'other') }))).toBe(true)
    expect(await anyThere(place(), objectsOf({ manifest: elsewhere('ConfigMap') }))).toBe(false)
    answers = { 'GET /api/v1/persistentvolumes metadata': listing(['x-4']) }
    expect(await anyThere(place(), objectsOf({ manifest: elsewhere('PersistentVolume') }))).toBe(true)
  })

  it('of a kind that there is not nothing is there', async () => {
    expect(await anyThere(place(), objectsOf({ manifest: JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }) }))).toBe(false)
  })
})

describe('hooks', () => {
  it('only those that run: neither tests nor those of other operations', () => {
    const hooks = [hook(), hook({ name: 'test', manifest: job('test'), events: ['test'] }), hook({ name: 'back', manifest: job('back'), events: ['post-rollback'], weight: 5 })]
    const named = (operation: 'install' | 'rollback' | 'restart') => hooksOf({ hooks }, operation).map(({ object, early, weight }) => `${object.metadata.name} ${early} ${weight}`)
    expect([named('install'), named('rollback'), named('restart')]).toEqual([['migrate true 0'], ['back false 5'], []])
  })

  it('are made on trial, and nothing else happens', async () => {
    await validate(place(), [], hooksOf({ hooks: [hook()] }, 'upgrade'), upgrading)
    expect(asked).toEqual(['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'POST jobs dry'])
  })

  it('one of the last time is no trouble where Helm removes it first, and is where it does not', async () => {
    answers = { 'POST jobs dry': wrong }
    expect(await rejected(validate(place(), [], hooksOf({ hooks: [hook()] }, 'upgrade'), upgrading))).toBe('nothing is wrong')
    const stays = hooksOf({ hooks: [hook({ delete_policies: ['hook-succeeded'] })] }, 'upgrade')
    expect(await rejected(validate(place(), [], stays, upgrading))).toMatch(/hook Job migrate \(shop\/templates\/migrate\.yaml\) is there already/)
  })

  it('what the server would not take is told, and so is a right that Helm will miss', async () => {
    answers = { 'POST jobs dry': [400, { message: 'strict decoding error: unknown field "spec.templat"' }] }
    expect(await rejected(validate(place(), [], hooksOf({ hooks: [hook()] }, 'upgrade'), upgrading))).toMatch(/would not take Job migrate/)
    answers = { 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': [201, { status: { allowed: false } }] }
    expect(await rejected(validate(place(), [], hooksOf({ hooks: [hook()] }, 'upgrade'), upgrading))).toMatch(/may not delete jobs/)
  })

  it('a quota that is full of the hook of the last time does not count', async () => {
    answers = { 'POST jobs dry': [403, { reason: 'Forbidden', message: 'jobs.batch "migrate" is forbidden: exceeded quota: small' }], 'GET jobs/migrate': [200, {}] }
    expect(await rejected(validate(place(), [], hooksOf({ hooks: [hook()] }, 'upgrade'), upgrading))).toBe('nothing is wrong')
    answers = { 'POST jobs dry': answers['POST jobs dry'] ?? wrong }
    expect(await rejected(validate(place(), [], hooksOf({ hooks: [hook()] }, 'upgrade'), upgrading))).toMatch(/does not let us apply Job migrate/)
  })

  it('one that runs first has nothing that the chart makes later, unless it is there', async () => {
    const objects = objectsOf({ manifest: map('settings') })
    const first = hooksOf({ hooks: [hook({ manifest: job('migrate', needs('settings')) })] }, 'install')
    expect(await rejected(checkReferences(server.client, 'shop', objects, first, signal))).toMatch(/hook Job migrate needs the ConfigMap settings, which the chart makes only after it has run/)
    answers = { 'GET configmaps/settings': [200, {}] }
    expect(await rejected(checkReferences(server.client, 'shop', objects, first, signal))).toBe('nothing is wrong')
    answers = {}
    const earlier = hook({ name: 'settings', kind: 'ConfigMap', manifest: map('settings'), weight: -1 })
    expect(await rejected(checkReferences(server.client, 'shop', [], hooksOf({ hooks: [earlier, hook({ manifest: job('migrate', needs('settings')) })] }, 'install'), signal))).toBe('nothing is wrong')
    expect(await rejected(checkReferences(server.client, 'shop', objects, hooksOf({ hooks: [hook({ manifest: job('migrate', needs('settings')), events: ['post-install'] })] }, 'install'), signal))).toBe('nothing is wrong')
  })
})

describe('what somebody else has set', () => {
  const objects = objectsOf({ manifest: JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 2 } }) })
  const conflict = (manager: string, field: string) => ({ field, message: `conflict with "${manager}" using apps/v1`, reason: 'FieldManagerConflict' })
  const conflicting = (...causes: object[]): Said => ({ 'PATCH deployments/web dry': [409, { reason: 'Conflict', message: 'Apply failed', details: { causes } }] })

  it('is refused where Helm would be, with the field and who owns it', async () => {
    answers = conflicting(conflict('kubectl-edit', '.spec.paused'), conflict('helm', '.spec.minReadySeconds'))
    expect(await rejected(validate(place(), objects, [], upgrading))).toMatch(/Deployment web sets what somebody else has set otherwise: spec\.paused \(kubectl-edit\), spec\.minReadySeconds \(helm\)/)
  })

  it('is told where Helm takes it, its own patches of before apart', async () => {
    answers = conflicting(conflict('kubectl-edit', '.spec.paused'), conflict('helm', '.spec.minReadySeconds'))
    const told = ['Deployment web: what somebody else has set is overwritten: spec.paused (kubectl-edit)']
    expect(await validate(place(), objects, [], { by: 'client', back: false })).toEqual(told)
    answers = conflicting(conflict('kubectl-edit', '.spec.paused'))
    expect(await validate(place(), objects, [], { by: 'server', back: true })).toEqual(told)
  })

  it('does not hide what else is wrong', async () => {
    answers = { ...conflicting(conflict('kubectl-edit', '.spec.paused')), 'PATCH deployments/web dry forced': [422, { message: 'invalid', details: { causes: [{ field: 'spec.selector', message: 'field is immutable' }] } }] }
    expect(await rejected(validate(place(), objects, [], { by: 'client', back: false }))).toMatch(/changes what cannot be changed once it is there: spec\.selector/)
  })

  it('a restart applies nothing, so that nothing is in its way', async () => {
    await validate(place(), objects, [], null)
    expect(asked).toEqual(['PATCH deployments/web dry forced'])
  })
})

describe('a number of pods that the chart and an autoscaler say', () => {
  const workload = (replicas?: number) => JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: replicas === undefined ? {} : { replicas } })
  const scaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'load' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } }
  const rendered = (...manifests: readonly string[]) => objectsOf({ manifest: manifests.join('\n---\n') })
  const live = (replicas: number, ...managedFields: object[]): Said => ({
    'GET deployments/web': [200, { metadata: { name: 'web', managedFields }, spec: { replicas } }], 'GET horizontalpodautoscalers': [200, { items: [scaler] }],
  })
  const told = async (now: readonly string[], before: readonly string[], applying: Applying): Promise<string> =>
    await checkAutoscaling(place(), rendered(...now), rendered(...before), applying).then((lines) => lines.join(), (error: unknown) => (error as Error).message)
  const patching: Applying = { by: 'client', back: false }

  it('is an error where what the autoscaler has made of it would go', async () => {
    answers = live(7)
    expect(await told([workload(2)], [workload(2)], patching)).toMatch(/`replicas: 2` in the chart, and HorizontalPodAutoscaler load scales it, to 7 now/)
    expect(await told([workload(2)], [workload(2)], { ...patching, back: true })).toMatch(/goes from 7 to 2/)
    // The server says so itself.
    expect(await told([workload(2)], [workload(2)], upgrading)).toBe('')
  })

  it('is a line where nothing would change by it yet', async () => {
    answers = live(2)
    expect(await told([workload(2)], [workload(2)], patching)).toMatch(/once that has made it more or fewer, an upgrade is refused/)
    expect(await told([workload(3)], [workload(2)], patching)).toMatch(/once that has made it/)
    answers = {}
    expect(await told([workload(2), JSON.stringify(scaler)], [], upgrading)).toMatch(/once that has made it/)
  })

  it('is none where the autoscaler goes, or is another\'s', async () => {
    answers = live(7)
    expect(await told([workload(2)], [workload(2), JSON.stringify(scaler)], patching)).toBe('')
    answers = { ...answers, 'GET horizontalpodautoscalers': [200, { items: [{ ...scaler, spec: { scaleTargetRef: { kind: 'StatefulSet', name: 'web' } } }] }] }
    expect(await told([workload(2)], [workload(2)], patching)).toBe('')
  })

  it('that leaves the chart falls to 1, unless the server keeps it for the autoscaler', async () => {
    answers = live(7, { manager: 'kube-controller-manager', subresource: 'scale' })
    expect(await told([workload()], [workload(2)], patching)).toMatch(/sets it to 1, from 7/)
    expect(await told([workload()], [workload(2)], upgrading)).toBe('')
    answers = live(7)
    expect(await told([workload()], [workload(2)], upgrading)).toMatch(/sets it to 1, from 7/)
    expect(await told([workload()], [workload()], patching)).toBe('')
  })

  it('says when it may not be asked', async () => {
    answers = { 'GET horizontalpodautoscalers': [403, { reason: 'Forbidden', message: 'no' }] }
    expect(await told([workload(2)], [], patching)).toMatch(/is not known: they may not be read/)
  })
})
