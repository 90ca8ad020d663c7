import { app, condition, deployment, event, pod, podWith, readyPod, replicaSet, rollout, rulesOf, running, unscheduledPod, waiting } from './made'

const web = deployment()

describe('probes', () => {
  const starting = (containers: Record<string, unknown>[], more = {}) => podWith('web-2-a', running(), { started: true, ...more }, { containers })
  const refused = (port: number, count: number) => event(starting([]), 'Unhealthy', `Readiness probe failed: Get "http://10.199.0.9:${port}/": dial tcp 10.199.0.9:${port}: connect: connection refused`, { count })

  it('that ask a port by a name that is none', () => {
    const verdict = rollout(starting([app({ readinessProbe: { httpGet: { path: '/', port: 'web' } } })])).after(1000, web)
    expect(verdict.causes).toMatchObject([{ rule: 'probe-port-unknown', cure: 'Ask one that it has: http.' }])
    expect(rollout(starting([app({ readinessProbe: { httpGet: { path: '/', port: 'http' } } })])).after(1000, web).causes).toEqual([])
  })

  it('at a declared port are refused by whoever starts slowly', () => {
    const containers = [app({ readinessProbe: { httpGet: { path: '/', port: 8080 } } })]
    expect(rollout(starting(containers), refused(8080, 9)).after(600_000, web)).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('at a port that nobody declares: by what the older pods took, and by a start-up probe that passed', () => {
    const containers = [app({ readinessProbe: { httpGet: { path: '/', port: 9999 } } })]
    // Its older sisters were ready after 10 s.
    const known = rollout(starting(containers), refused(9999, 3))
    expect(known.after(29_000, web)).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 starting, 3 old ones left' })
    known.now += 1000
    expect(rulesOf(known.judge(web))).toEqual(['probe-port-refused'])

    const started = rollout(starting([{ ...containers[0], startupProbe: { httpGet: { path: '/', port: 8080 } } }]), refused(9999, 3))
    expect(started.after(4000, web).state).toBe('doomed')
    const same = rollout(starting([{ ...containers[0], startupProbe: { httpGet: { path: '/', port: 9999 } } }]), refused(9999, 3))
    expect(same.after(4000, web).state).toBe('progressing')
    expect(rollout(starting(containers), refused(9999, 2)).after(600_000, web).state).toBe('progressing')
  })

  it('that pass after 90 s were slow', () => {
    const containers = [app({ startupProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 5, failureThreshold: 30 } })]
    const watch = rollout(starting(containers, { started: false }), event(starting([]), 'Unhealthy', 'Startup probe failed: Get "http://10.199.0.9:8080/": dial tcp 10.199.0.9:8080: connect: connection refused', { count: 18 }))
    expect(watch.after(90_000, web)).toMatchObject({ state: 'progressing', causes: [], again: null })
  })
})

describe('scheduling', () => {
  const noCpu = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.'

  it.each([
    noCpu,
    '0/3 nodes are available: 3 node(s) didn\'t match Pod\'s node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    '0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: db}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
    '0/1 nodes are available: 1 node(s) didn\'t match Pod\'s node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
  ])('%s', (words) => {
    const watch = rollout(unscheduledPod('web-2-a', words))
    expect(watch.after(3900, web)).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 waiting for a node, 3 old ones left' })
    watch.now += 100
    expect(watch.judge(web)).toMatchObject({ state: 'doomed', causes: [{ rule: 'unschedulable', event: words }] })
    expect(watch.judge(web).causes[0]!.message).not.toMatch(/preemption|no new claims|not found\. not/)
  })

  it('waits for old pods that leave, and counts from then', () => {
    const leaving = readyPod('web-1-c', { owner: replicaSet(1), metadata: { deletionTimestamp: '2026-11-27T12:00:30Z' } })
    const watch = rollout(unscheduledPod('web-2-a', noCpu), leaving)
    expect(watch.after(30_000, web)).toMatchObject({ state: 'progressing', again: watch.now + 1000 })
    watch.world.remove(leaving, watch.now)
    expect(watch.after(13_900, web).state).toBe('progressing')
    watch.now += 100
    expect(watch.judge(web).state).toBe('doomed')
  })

  it('waits for an autoscaler: for what it ordered, for its refusal, for its silence', () => {
    const by = { source: { component: 'cluster-autoscaler' }, reportingComponent: 'cluster-autoscaler', type: 'Normal' }
    const poor = unscheduledPod('web-2-a', noCpu)
    const ordered = rollout(poor, event(poor, 'TriggeredScaleUp', 'pod triggered scale-up: [{pool 3->4 (max: 9)}]', by))
    expect(ordered.after(14 * 60_000, web).state).toBe('progressing')
    const declined = rollout(poor, event(poor, 'NotTriggerScaleUp', 'pod didn\'t trigger scale-up: 1 max node group size reached', by))
    expect(declined.after(29_000, web).state).toBe('progressing')
    expect(declined.after(1000, web).state).toBe('doomed')
    const silent = rollout(poor, event(replicaSet(1), 'ScaleDown', 'node removed by cluster autoscaler', by))
    expect(silent.after(59_000, web).state).toBe('progressing')
    expect(rollout(poor).after(59_000, web, { autoscaler: true }).state).toBe('progressing')
    expect(silent.after(4000, web, { autoscaler: false }).state).toBe('doomed')
  })

  it.each([
    ['a node that joins', unscheduledPod('web-2-a', '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.')],
    ['a pod that makes room', unscheduledPod('web-2-a', noCpu, { status: { nominatedNodeName: 'node-a', conditions: [condition('PodScheduled', 'False', 'Unschedulable', noCpu)] } })],
    ['a disk that is being made', unscheduledPod('web-2-a', '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.')],
    ['a gate', pod('web-2-a', { spec: { nodeName: undefined, schedulingGates: [{ name: 'quota' }] }, status: { conditions: [condition('PodScheduled', 'False', 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates')] } })],
  ])('%s is waited for', (_, waits) => {
    expect(rollout(waits).after(60_000, web).state).toBe('progressing')
  })

  it('a node without network says so for long before it is doom', () => {
    const made = podWith('web-2-a', waiting('ContainerCreating'))
    const watch = rollout(made, event(made, 'FailedCreatePodSandBox', 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "0a": plugin type="bridge" failed (add)', { count: 3 }))
    expect(watch.after(89_000, web).state).toBe('progressing')
    watch.now += 1000
    expect(rulesOf(watch.judge(web))).toEqual(['node-cannot-host'])
  })

  it('eviction is nobody\'s fault until it is the rule', () => {
    const evicted = (index: number) => pod(`web-2-e${index}`, { status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' } })
    const watch = rollout(evicted(1), evicted(2), evicted(3), evicted(4), podWith('web-2-a', waiting('ContainerCreating')))
    expect(watch.after(600_000, web).state).toBe('progressing')
    watch.put(evicted(5))
    expect(watch.judge(web)).toMatchObject({ state: 'doomed', causes: [{ rule: 'pods-turned-away' }] })
    watch.world.begin()
    watch.put(evicted(6))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', causes: [{ message: '1 new pod was turned away: Evicted.' }] })
  })
})
