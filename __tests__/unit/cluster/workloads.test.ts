import { condition, deployment, ended, event, object, ownedBy, podWith, readyPod, replicaSet, rollout, rulesOf, running, subjectOf, waiting, Watch } from './made'
import type { ApiObject } from '../../../src/targets/cluster/judging'

const web = deployment()
const crash = { state: waiting('CrashLoopBackOff', 'back-off 10s restarting failed container=app'), more: { restartCount: 3, lastState: ended(1) } }
const crashing = (name: string, owner: ApiObject) => podWith(name, crash.state, crash.more, { owner })

describe('a Deployment', () => {
  it('is ready when all are new, available, and seen by its controller', () => {
    const done = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 }
    const watch = rollout(readyPod('web-2-a'), readyPod('web-2-b'), readyPod('web-2-c'))
    watch.put(deployment({}, { ...done, observedGeneration: 1 }))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', line: 'not yet seen by its controller' })
    watch.put(deployment({}, { ...done, replicas: 4 }))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', line: '3 of 3 new pods ready, 3 old ones left' })
    watch.put(deployment({}, { ...done, availableReplicas: 2 }))
    expect(watch.judge(web).state).toBe('progressing')
    watch.put(deployment({}, done))
    expect(watch.judge(web)).toEqual({ state: 'ready', line: '3 of 3 new pods ready', causes: [], again: null })
    watch.put(deployment({ replicas: 0 }, { observedGeneration: 2, replicas: undefined, updatedReplicas: undefined, availableReplicas: undefined, readyReplicas: undefined }))
    expect(watch.judge(web).state).toBe('ready')
  })

  it('without a readiness probe has to stay ready for a while', () => {
    const bare = { containers: [{ name: 'app', image: 'web:2' }] }
    const done = deployment({ replicas: 1 }, { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 })
    const watch = rollout(done, readyPod('web-2-a', bare))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', again: watch.now + 3000 })
    watch.now += 2000
    watch.put(deployment({ replicas: 1 }, { replicas: 1, updatedReplicas: 1, availableReplicas: 0 }), podWith('web-2-a', ended(1), {}, bare))
    expect(watch.judge(web).state).toBe('progressing')
    watch.put(done, readyPod('web-2-a', bare))
    expect(watch.after(2000, web).state).toBe('progressing')
    watch.now += 1000
    expect(watch.judge(web).state).toBe('ready')
  })

  it('is not what its old pods are', () => {
    const watch = rollout(crashing('web-1-c', replicaSet(1)), podWith('web-2-a', running(), { started: true }))
    expect(watch.after(300_000, web)).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 starting, 3 old ones left', causes: [] })
  })

  it('does not take an older ReplicaSet for the newest when that is not seen yet', () => {
    const watch = new Watch()
    watch.world.begin()
    watch.put(deployment(), replicaSet(1), crashing('web-1-a', replicaSet(1)))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', line: 'its new pods are not seen yet', causes: [] })
  })

  it('is not doomed by how its pods were before the rollout, but by what happens since', () => {
    const watch = new Watch()
    watch.put(deployment(), replicaSet(2), crashing('web-2-a', replicaSet(2)))
    expect(watch.judge(web).state).toBe('doomed')
    watch.world.begin()
    expect(watch.after(60_000, web)).toMatchObject({ state: 'progressing', causes: [] })
    watch.put(podWith('web-2-a', running(), { restartCount: 4, lastState: ended(1) }))
    watch.put(podWith('web-2-a', ended(1), { restartCount: 4, lastState: ended(1) }))
    expect(watch.judge(web).state).toBe('progressing')
    watch.put(podWith('web-2-a', crash.state, { restartCount: 5, lastState: ended(1) }))
    expect(watch.judge(web).causes).toMatchObject([{ rule: 'crash-at-start', message: 'app ends with exit code 1 soon after its start, 2 times so far.' }])
  })

  it('waits on a first installation for what may be its database', () => {
    const db = (ready: number) => object('apps/v1', 'StatefulSet', 'db', { spec: { replicas: 1 }, status: { observedGeneration: 1, replicas: 1, readyReplicas: ready } })
    const watch = rollout(db(0), podWith('db-0', running(), { started: true }, { owner: db(0) }), podWith('web-2-a', crash.state, { restartCount: 2, lastState: ended(1) }))
    watch.world.follow(subjectOf(db(0)))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', again: watch.now + 1000 })
    watch.put(podWith('web-2-a', crash.state, { restartCount: 4, lastState: ended(1) }))
    expect(watch.judge(web).state).toBe('doomed')
    watch.put(podWith('web-2-a', crash.state, { restartCount: 1, lastState: ended(1) }))
    expect(watch.judge(web).state).toBe('progressing')
    watch.put(podWith('db-0', waiting('ImagePullBackOff', 'Back-off'), {}, { owner: db(0) }))
    expect(watch.judge(web).state).toBe('doomed')
    watch.put(podWith('db-0', {}, {}, { owner: db(0), spec: { nodeName: undefined }, status: { containerStatuses: [], conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/1 nodes')] } }))
    expect(watch.judge(web).state).toBe('doomed')
    watch.put(podWith('db-0', running(), {}, { owner: db(1) }), db(1))
    expect(watch.judge(web).state).toBe('doomed')
  })

  it('two that crash do not wait for each other', () => {
    const other = object('apps/v1', 'StatefulSet', 'api', { spec: { replicas: 1 }, status: { observedGeneration: 1 } })
    const watch = rollout(other, crashing('api-0', other), podWith('web-2-a', crash.state, { restartCount: 1, lastState: ended(1) }))
    watch.world.follow(subjectOf(other))
    expect(watch.judge(web).state).toBe('doomed')
  })

  it('has its progress deadline, with the probe that fails', () => {
    const containers = [{ name: 'app', image: 'web:2', readinessProbe: { httpGet: { path: '/healthz', port: 8080 } } }]
    const unready = podWith('web-2-a', running(), { started: true }, { containers })
    const watch = rollout(unready, event(unready, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', { count: 60 }))
    const late = [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-2" has timed out progressing.')]
    expect(watch.after(599_000, web)).toMatchObject({ state: 'progressing', causes: [] })
    watch.put(deployment({}, { conditions: late, observedGeneration: 1 }))
    expect(watch.after(3000, web).state).toBe('progressing')
    watch.put(deployment({}, { conditions: late }))
    expect(watch.after(2000, web).causes).toMatchObject([{
      rule: 'progress-deadline', object: 'pod/web-2-a', container: 'app', event: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      message: 'No progress within 600 s: the readiness probe of app (httpGet 8080/healthz) does not pass.',
    }])
  })

  it('has the rollout\'s own end, and says when to look again', () => {
    const watch = rollout(podWith('web-2-a', running(), { started: true }))
    const until = watch.now + 5000
    expect(watch.judge(web, { until })).toMatchObject({ state: 'progressing', again: until })
    watch.now = until
    expect(rulesOf(watch.judge(web, { until }))).toEqual(['never-ready'])
  })

  it('paused', () => {
    const watch = rollout()
    watch.put(deployment({ paused: true }))
    expect(watch.after(2000, web).causes).toMatchObject([{ rule: 'paused', cure: 'kubectl rollout resume deployment/web --namespace shop' }])
  })

  it('deleted under way', () => {
    const watch = rollout()
    watch.put(deployment({}, {}, { deletionTimestamp: '2026-11-27T12:00:00Z' }))
    expect(rulesOf(watch.after(2000, web))).toEqual(['deleted'])
    watch.world.remove(deployment(), watch.now)
    expect(watch.judge(web)).toMatchObject({ state: 'doomed', line: 'deleted' })
  })

  it('pods of others are nobody\'s evidence', () => {
    const watch = rollout(crashing('stranger', object('apps/v1', 'ReplicaSet', 'other')))
    expect(watch.judge(web).line).toBe('0 of 3 new pods ready, 3 old ones left')
  })
})

describe('a StatefulSet', () => {
  const set = (status: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) => object('apps/v1', 'StatefulSet', 'db', {
    spec: { replicas: 3, podManagementPolicy: 'OrderedReady', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, ...spec },
    status: { observedGeneration: 1, replicas: 3, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 1, currentReplicas: 2, currentRevision: 'db-old', updateRevision: 'db-new', ...status },
  })
  const labels = (revision: string) => ({ ownerReferences: ownedBy(set()), labels: { 'controller-revision-hash': revision } })
  const db = (...put: ApiObject[]) => {
    const watch = new Watch()
    watch.world.begin()
    watch.put(set(), ...put)
    return watch
  }

  it('is judged by the pods of its update revision', () => {
    const watch = db(podWith('db-2', running(), { started: true }, { metadata: labels('db-new') }), readyPod('db-0', { metadata: labels('db-old') }), readyPod('db-1', { metadata: labels('db-old') }))
    expect(watch.judge(set())).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 starting, 2 old ones left' })
    watch.put(podWith('db-2', crash.state, crash.more, { metadata: labels('db-new') }))
    expect(rulesOf(watch.judge(set()))).toEqual(['crash-at-start'])
    watch.put(set({ readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, currentRevision: 'db-new' }))
    expect(watch.judge(set()).state).toBe('ready')
  })

  it('with a partition wants only those above it', () => {
    const watch = db()
    const partly = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }
    watch.put(set({ readyReplicas: 3, availableReplicas: 3 }, partly))
    expect(watch.judge(set())).toMatchObject({ state: 'ready', line: '1 of 1 new pods ready' })
  })

  it('waits for an old pod that is broken, so somebody has to remove it', () => {
    const watch = db(readyPod('db-2', { metadata: labels('db-old') }))
    watch.put(podWith('db-1', crash.state, crash.more, { metadata: labels('db-old') }))
    expect(watch.after(45_000, set()).state).toBe('progressing')
    watch.put(podWith('db-1', running(), { restartCount: 4, lastState: ended(1) }, { metadata: labels('db-old') }))
    expect(watch.after(44_000, set()).state).toBe('progressing')
    watch.now += 1000
    expect(watch.judge(set()).causes).toMatchObject([{ rule: 'old-pod-in-the-way', object: 'pod/db-1', cure: 'kubectl delete pod db-1 --namespace shop' }])
  })

  it('that is updated on delete says so', () => {
    const watch = db()
    watch.put(set({ readyReplicas: 3, availableReplicas: 3, updatedReplicas: 0 }, { updateStrategy: { type: 'OnDelete' } }))
    expect(watch.judge(set())).toMatchObject({ state: 'ready', line: '3 of 3 pods ready; OnDelete: each stays as it is until somebody deletes it' })
  })
})

describe('a DaemonSet', () => {
  const set = (status: Record<string, unknown> = {}) => object('apps/v1', 'DaemonSet', 'log', {
    metadata: { annotations: { 'deprecated.daemonset.template.generation': '2' } }, spec: { updateStrategy: { type: 'RollingUpdate' } },
    status: { observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 1, numberReady: 1, numberAvailable: 1, ...status },
  })
  const labels = (hash: string, generation: string) => ({ ownerReferences: ownedBy(set()), labels: { 'controller-revision-hash': hash, 'pod-template-generation': generation } })

  it('is judged by the pods of its newest template', () => {
    const watch = new Watch()
    watch.world.begin()
    watch.put(set(), podWith('log-a', crash.state, crash.more, { metadata: labels('old', '1') }), podWith('log-b', running(), {}, { metadata: labels('new', '2') }))
    expect(watch.judge(set())).toMatchObject({ state: 'progressing', causes: [], line: '0 of 2 new pods ready, 1 starting, 1 old one left' })
    // A template that came back: the revision tells better than its generation.
    watch.put(object('apps/v1', 'ControllerRevision', 'log-old', { metadata: { ownerReferences: ownedBy(set()) }, revision: 3 }))
    watch.put(object('apps/v1', 'ControllerRevision', 'log-new', { metadata: { ownerReferences: ownedBy(set()) }, revision: 2 }))
    expect(watch.judge(set()).state).toBe('doomed')
    watch.put(set({ updatedNumberScheduled: 2, numberAvailable: 2 }))
    expect(watch.judge(set()).state).toBe('ready')
  })

  it('without nodes is ready, without a controller\'s word is not', () => {
    const watch = new Watch()
    watch.put(set({ observedGeneration: undefined, desiredNumberScheduled: 0, updatedNumberScheduled: 0, numberAvailable: 0 }))
    expect(watch.judge(set()).state).toBe('progressing')
    watch.put(set({ desiredNumberScheduled: 0, updatedNumberScheduled: undefined, numberAvailable: undefined }))
    expect(watch.judge(set())).toMatchObject({ state: 'ready', line: 'no node is meant to run it' })
  })
})
