import { condition, ended, event, object, ownedBy, pod, podWith, readyPod, rulesOf, running, unscheduledPod, waiting, Watch } from './made'
import type { ApiObject } from '../../../src/targets/cluster/judging'

function begun(...put: ApiObject[]): Watch {
  const watch = new Watch()
  watch.world.begin()
  watch.put(...put)
  return watch
}

describe('a claim', () => {
  const claim = (phase = 'Pending') => object('v1', 'PersistentVolumeClaim', 'data', { spec: { storageClassName: 'fast' }, status: { phase } })
  it.each<[string, ApiObject, number]>([
    ['no such class', event(claim(), 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'), 4000],
    ['no class at all', event(claim(), 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set', { type: 'Normal' }), 4000],
    ['a provisioner in trouble', event(claim(), 'ProvisioningFailed', 'failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted'), 90_000],
  ])('%s', (_, said, time) => {
    const watch = begun(claim(), said)
    expect(watch.after(time - 1, claim()).state).toBe('progressing')
    watch.now += 1
    expect(rulesOf(watch.judge(claim()))).toEqual(['claim-unbound'])
    watch.put(claim('Bound'))
    expect(watch.judge(claim())).toEqual({ state: 'ready', line: 'bound', causes: [], again: null })
  })

  it('is the cause of a pod that waits for it, and of its workload', () => {
    const set = object('apps/v1', 'StatefulSet', 'db', { spec: { replicas: 1 }, status: { observedGeneration: 1, replicas: 1, updateRevision: 'db-1' } })
    const waits = unscheduledPod('db-0', '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.', {
      metadata: { ownerReferences: ownedBy(set), labels: { 'controller-revision-hash': 'db-1' } },
      spec: { nodeName: undefined, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
    })
    const watch = begun(set, waits, claim())
    expect(watch.after(60_000, set).state).toBe('progressing')
    watch.put(event(claim(), 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'))
    expect(watch.after(4000, set).causes).toMatchObject([{ rule: 'claim-unbound', object: 'persistentvolumeclaim/data', message: 'Claim data asks for the storage class fast, which is not there.' }])
  })

  it('that waits for its first pod is in order, and done with if none comes', () => {
    const said = event(claim(), 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding', { type: 'Normal' })
    const watch = begun(claim(), said)
    expect(watch.after(60_000, claim())).toMatchObject({ state: 'ready', line: 'bound once a pod uses it' })
    watch.put(pod('db-0', { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } }))
    expect(watch.after(60_000, claim())).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('whose volume is lost', () => {
    expect(begun(claim('Lost')).judge(claim()).state).toBe('doomed')
  })
})

describe('an autoscaler of pods', () => {
  const hpa = (...conditions: Record<string, unknown>[]) => object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', { status: { conditions } })
  it('without metrics does not stop a rollout, without a target it does', () => {
    const watch = begun(hpa(condition('ScalingActive', 'False', 'FailedGetResourceMetric', 'the HPA was unable to compute the replica count')))
    expect(watch.judge(hpa(), { until: watch.now }).state).toBe('ready')
    expect(watch.after(600_000, hpa())).toMatchObject({ state: 'ready', line: 'there; does not scale yet: FailedGetResourceMetric' })
    watch.put(hpa(condition('AbleToScale', 'False', 'FailedGetScale', 'deployments.apps "nope" not found')))
    expect(watch.after(29_000, hpa()).state).toBe('ready')
    watch.now += 1000
    expect(rulesOf(watch.judge(hpa()))).toEqual(['scaler-cannot-scale'])
  })
})

describe('custom resources', () => {
  const made = (status: Record<string, unknown>) => object('example.com/v1', 'Database', 'db', { status })
  it.each<[string, Record<string, unknown>, string, string]>([
    ['ready', { observedGeneration: 1, conditions: [condition('Ready', 'True', 'Up')] }, 'ready', 'ready'],
    ['available', { conditions: [condition('Available', 'True', 'Up')] }, 'ready', 'available'],
    ['not ready', { conditions: [condition('Ready', 'False', 'Creating', 'makes a disk')] }, 'progressing', 'makes a disk'],
    ['reconciling', { conditions: [condition('Reconciling', 'True', 'X', 'works'), condition('Ready', 'True', 'Up')] }, 'progressing', 'Reconciling: works'],
    ['of a spec before', { observedGeneration: 0, conditions: [condition('Ready', 'True', 'Up')] }, 'progressing', 'not yet seen by its controller'],
    ['that writes generations as text', { observedGeneration: '1', phase: 'Healthy' }, 'ready', 'phase Healthy'],
    ['whose condition is of a spec before', { conditions: [{ ...condition('Ready', 'True', 'Up'), observedGeneration: 0 }] }, 'progressing', 'not yet seen by its controller'],
  ])('%s', (_, status, state, line) => {
    expect(begun(made(status)).judge(made({}))).toMatchObject({ state, line })
  })

  it('stalled is doom, after a moment', () => {
    const stalled = made({ conditions: [condition('Stalled', 'True', 'BadSpec', 'no such flavour')] })
    const watch = begun(stalled)
    expect(watch.after(3000, stalled).state).toBe('progressing')
    expect(watch.after(1000, stalled).causes).toMatchObject([{ rule: 'resource-stalled', event: 'no such flavour', object: 'database/db' }])
    const failed = made({ phase: 'Failed' })
    expect(begun(failed).after(90_000, failed).state).toBe('doomed')
  })

  it('without a status is one that nobody has looked at, for three seconds', () => {
    const watch = begun(made({}))
    expect(watch.judge(made({}))).toMatchObject({ state: 'progressing', again: watch.now + 3000 })
    watch.now += 3000
    expect(watch.judge(made({}))).toMatchObject({ state: 'ready' })
  })

  it('are doomed with what they made', () => {
    const cr = made({ conditions: [condition('Ready', 'False', 'Creating', 'waits')] })
    const set = object('apps/v1', 'StatefulSet', 'db', { metadata: { ownerReferences: ownedBy(cr) }, spec: { replicas: 1 }, status: { observedGeneration: 1 } })
    const watch = begun(cr, set, podWith('db-0', waiting('CrashLoopBackOff'), { restartCount: 2, lastState: ended(1) }, { owner: set }))
    expect(watch.judge(cr).causes).toMatchObject([{ rule: 'crash-at-start', object: 'pod/db-0' }])
    watch.put(podWith('db-0', running(), {}, { owner: set }))
    expect(watch.judge(cr)).toMatchObject({ state: 'progressing', line: 'waits' })
  })
})

it.each(['v1 Service', 'networking.k8s.io/v1 Ingress', 'v1 ConfigMap'])('%s is ready when it is there', (both) => {
  const [version = '', kind = ''] = both.split(' ')
  const one = object(version, kind, 'web', { status: { loadBalancer: {} } })
  expect(begun(one).judge(one)).toEqual({ state: 'ready', line: 'there', causes: [], again: null })
})

it('a CronJob is ready when it is there, whatever became of its last Job', () => {
  const cron = object('batch/v1', 'CronJob', 'report', { spec: { schedule: '0 6 * * *' } })
  const job = object('batch/v1', 'Job', 'report-1', { metadata: { ownerReferences: ownedBy(cron) }, status: { conditions: [condition('Failed', 'True', 'BackoffLimitExceeded')] } })
  expect(begun(cron, job).judge(cron)).toMatchObject({ state: 'ready', line: 'scheduled: 0 6 * * *' })
})

it('a namespace that goes takes all with it', () => {
  const set = object('apps/v1', 'StatefulSet', 'db', { spec: { replicas: 1 }, status: { observedGeneration: 1 } })
  const space = object('v1', 'Namespace', 'shop', { metadata: { namespace: undefined }, status: { phase: 'Terminating' } })
  expect(rulesOf(begun(set, space, readyPod('db-0', { owner: set })).judge(set))).toEqual(['namespace-terminating'])
})

it('a bare pod that crashes twice', () => {
  const bare = podWith('tool', waiting('CrashLoopBackOff'), { restartCount: 1, lastState: ended(2) }, { owner: null })
  expect(begun(bare).judge(bare)).toMatchObject({ state: 'doomed', line: 'failing' })
})
