import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge, ruleNames, World, type ApiObject } from '../../../src/targets/cluster/judging'
import { app, deployment, event, object, ownedBy, pod, podWith, readyPod, replicaSet, rollout, running, subjectOf, waiting, Watch } from './made'

describe('who is affected', () => {
  it('is found over owners of any depth', () => {
    const cron = object('batch/v1', 'CronJob', 'c')
    const job = object('batch/v1', 'Job', 'c-1', { metadata: { ownerReferences: ownedBy(cron) } })
    const own = pod('c-1-a', { owner: job })
    const watch = rollout(podWith('web-2-a', running()), cron, job, own)
    watch.world.follow(subjectOf(cron))
    const web = subjectOf(deployment())
    expect(watch.world.affected(pod('web-2-a'))).toEqual([web])
    expect(watch.world.affected(event(replicaSet(2), 'FailedCreate', 'x'))).toEqual([web])
    expect(watch.world.affected(own)).toEqual([subjectOf(cron)])
    expect(watch.world.affected(event(own, 'Pulling', 'x'))).toEqual([subjectOf(cron)])
    expect(watch.world.affected(pod('unheard'))).toEqual([])
    expect(watch.world.descendants('CronJob-c').map(({ name }) => name)).toEqual(['c-1', 'c-1-a'])
  })

  it('holds of claims and those who mount them, and of namespaces', () => {
    const claim = object('v1', 'PersistentVolumeClaim', 'data')
    const watch = rollout(claim, pod('web-2-a', { spec: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } }))
    watch.world.follow(subjectOf(claim))
    expect(watch.world.affected(claim)).toEqual(expect.arrayContaining([subjectOf(claim), subjectOf(deployment())]))
    const space = object('v1', 'Namespace', 'shop', { metadata: { namespace: undefined } })
    watch.put(space)
    expect(watch.world.affected(space)).toHaveLength(2)
    watch.world.remove(pod('web-2-a'), 0)
    expect(watch.world.affected(claim)).toEqual([subjectOf(claim)])
  })
})

describe('what is kept', () => {
  it('nothing of managed fields, environment and commands', () => {
    const watch = rollout(pod('web-2-a', { containers: [app({ env: [{ name: 'TOKEN', value: 'hunter2' }], command: ['hunter2'] })], metadata: { annotations: { note: 'hunter2' } } }))
    const kept = JSON.stringify(watch.world.byUid('Pod-web-2-a'))
    expect(kept).toContain('registry.example/shop/web:2')
    expect(kept).not.toMatch(/hunter2|managedFields|helm/)
  })

  it('one spec for all pods that are alike', () => {
    const watch = rollout(pod('web-2-a'), pod('web-2-b'), pod('web-2-c', { containers: [app({ image: 'other' })] }))
    const spec = (name: string) => watch.world.byUid(`Pod-${name}`)!.pod!.spec
    expect(spec('web-2-a')).toBe(spec('web-2-b'))
    expect(spec('web-2-a')).not.toBe(spec('web-2-c'))
  })

  it('the same version again is nothing new, a namesake is another', () => {
    const world = new World()
    const at = (uid: string, resourceVersion: string): ApiObject => object('v1', 'Pod', 'a', { metadata: { uid, resourceVersion }, spec: {}, status: {} })
    expect([world.put(at('one', '1'), 0), world.put(at('one', '1'), 1), world.put(at('one', '2'), 2)]).toEqual([true, false, true])
    expect(world.put(at('two', '3'), 3)).toBe(true)
    expect([world.byUid('one'), world.get({ group: '', kind: 'Pod', namespace: 'shop', name: 'a' })?.uid]).toEqual([null, 'two'])
    world.remove(at('one', '4'), 4)
    expect(world.byUid('two')).not.toBeNull()
  })

  it('an answer that was on its way for longer than what came after it by the stream, changes nothing', () => {
    const world = new World()
    const at = (resourceVersion: string, replicas: number): ApiObject => object('apps/v1', 'Deployment', 'web', { metadata: { resourceVersion }, spec: { replicas }, status: {} })
    const replicas = (): unknown => world.get(subjectOf(at('', 0)))?.spec['replicas']
    world.follow(subjectOf(at('', 0)))
    expect([world.putAnswer(at('9', 1), 0), replicas()]).toEqual([true, 1])
    expect([world.put(at('11', 3), 1), world.putAnswer(at('10', 2), 2), replicas()]).toEqual([true, false, 3])
    expect([world.putAnswer(at('100', 4), 3), replicas()]).toEqual([true, 4])
    // The stream has its own order, and is right in the end, also where versions are no numbers.
    expect([world.put(at('a', 5), 4), world.putAnswer(at('b', 6), 5), world.put(at('101', 7), 6), replicas()]).toEqual([true, false, true, 7])
    world.remove(at('102', 7), 7)
    expect([world.putAnswer(at('101', 7), 8), replicas()]).toEqual([false, undefined])
    // Another of that name has come meanwhile.
    const other = (resourceVersion: string, replicas: number): ApiObject => object('apps/v1', 'Deployment', 'web', { metadata: { resourceVersion, uid: 'another' }, spec: { replicas }, status: {} })
    world.put(other('103', 8), 9)
    expect([world.putAnswer(at('101', 7), 10), replicas(), world.putAnswer(other('104', 9), 11), replicas()]).toEqual([false, 8, true, 9])
  })
})

describe('events', () => {
  const set = replicaSet(2)
  it('that differ by the name of a pod are one, and counts are not added twice', () => {
    const watch = rollout()
    const quota = (name: string, more = {}) => event(set, 'FailedCreate', `Error creating: pods "web-2-${name}" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3`, more)
    const again = quota('bbbbb', { count: 2 })
    watch.put(quota('aaaaa'), again)
    watch.put({ ...again, count: 5 }, { ...again, count: 5 })
    watch.put(quota('x', { message: '(combined from similar events): Error creating: pods "web-2-zzzzz" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3', count: 7 }))
    expect(watch.world.said('ReplicaSet-web-2')).toMatchObject([{ reason: 'FailedCreate', times: 13 }])
    expect([watch.world.put({ ...again, count: 5 }, 0), watch.world.put({ ...again, count: 6 }, 0)]).toEqual([false, true])
  })

  it('of events.k8s.io are read as well', () => {
    const watch = rollout()
    watch.put(event(set, 'SuccessfulRescale', 'New size: 3', { reportingComponent: 'horizontal-pod-autoscaler' }))
    expect(watch.world.autoscaler).toBe(false)
    watch.put({
      apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e', namespace: 'shop', uid: 'new-style' }, reason: 'Nominated', note: 'Pod should schedule on: nodeclaim/a',
      reportingController: 'karpenter', regarding: { kind: 'ReplicaSet', uid: 'ReplicaSet-web-2' }, series: { count: 4, lastObservedTime: '2026-11-27T12:00:00.000000Z' },
    })
    expect(watch.world.said('ReplicaSet-web-2').at(-1)).toMatchObject({ message: 'Pod should schedule on: nodeclaim/a', by: 'karpenter', times: 4 })
    expect(watch.world.autoscaler).toBe(true)
  })

  it('are bounded, and go with what they are about', () => {
    const watch = rollout()
    for (let index = 0; index < 100; index += 1) watch.put(event(set, 'Odd', `word ${'x'.repeat(index)}`))
    expect(watch.world.said('ReplicaSet-web-2')).toHaveLength(20)
    watch.world.remove(set, 0)
    expect(watch.world.said('ReplicaSet-web-2')).toEqual([])
  })
})

it('200 workloads with 2,000 pods: one change is judged by looking at one workload', () => {
  const watch = new Watch()
  const looks = new Map<string, number>()
  const children = watch.world.children.bind(watch.world)
  watch.world.children = (uid) => {
    looks.set(uid, (looks.get(uid) ?? 0) + 1)
    return children(uid)
  }
  watch.world.all = () => { throw new Error('looked at everything') }
  const workloads = Array.from({ length: 200 }, (_, index) => {
    const own = object('apps/v1', 'Deployment', `d${index}`, { metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } }, spec: { replicas: 10 }, status: { observedGeneration: 1 } })
    const set = object('apps/v1', 'ReplicaSet', `d${index}-1`, { metadata: { ownerReferences: ownedBy(own), annotations: { 'deployment.kubernetes.io/revision': '1' } }, spec: { replicas: 10 } })
    watch.put(own, set)
    watch.world.follow(subjectOf(own))
    for (let at = 0; at < 10; at += 1) watch.put(podWith(`d${index}-1-${at}`, waiting('ContainerCreating'), {}, { owner: set }))
    return { own, set }
  })
  const changed = readyPod('d7-1-3', { owner: workloads[7]!.set })
  watch.put(changed)
  const affected = watch.world.affected(changed)
  expect(affected).toEqual([subjectOf(workloads[7]!.own)])
  for (const subject of affected) expect(judge(watch.world, subject, watch.now).line).toBe('1 of 10 new pods ready, 9 being made')
  expect([...looks.keys()].toSorted()).toEqual(['Deployment-d7', 'ReplicaSet-d7-1'])
  // What a pod costs beside the spec that it shares: its name, its owner, how it stands.
  const kept = watch.world.byUid('Pod-d7-1-4')!
  expect(JSON.stringify({ ...kept, pod: { ...kept.pod, spec: null } }).length).toBeLessThan(1500)
})

it('docs/cluster-rules.md and the code name the same rules', () => {
  const table = readFileSync(join(import.meta.dirname, '../../../docs/cluster-rules.md'), 'utf8')
  const named = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)
  expect(named.toSorted()).toEqual([...ruleNames].toSorted())
})
