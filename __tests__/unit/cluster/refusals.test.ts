import { condition, deployment, ended, event, object, podWith, readyPod, replicaSet, rollout, rulesOf, running, subjectOf, waiting, Watch } from './made'

const web = deployment()

describe('pods that are refused', () => {
  const failure = (message: string) => ({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', message)], replicas: 0 })
  const quota = 'pods "web-2-x7k2p" is forbidden: exceeded quota: small, requested: limits.memory=64Mi, used: limits.memory=192Mi, limited: limits.memory=200Mi'
  it.each([
    ['quota-exceeded', quota],
    ['admission-refused', 'pods "web-2-x7k2p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)'],
    ['admission-refused', 'admission webhook "policy.example" denied the request: no'],
    ['admission-refused', 'pods "web-2-x7k2p" is forbidden: ValidatingAdmissionPolicy \'images\' with binding \'images\' denied request: failed expression'],
    ['namespace-terminating', 'pods "web-2-x7k2p" is forbidden: unable to create new content in namespace shop because it is being terminated'],
    ['pods-refused', 'pods "web-2-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found'],
  ])('%s within 5 s: %s', (rule, message) => {
    const watch = rollout()
    watch.put(replicaSet(2, {}, failure(message)))
    const verdict = watch.after(4000, web)
    expect([verdict.state, rulesOf(verdict)]).toEqual(['doomed', [rule]])
    expect(verdict.causes[0]!.event).toBe(message)
  })

  it.each([
    ['a webhook that is away', 'Internal error occurred: failed calling webhook "policy.example": failed to call webhook: Post "https://policy.shop.svc:443/": dial tcp 10.96.0.9:443: connect: connection refused'],
    ['an API server that stutters', 'etcdserver: request timed out'],
  ])('%s is given time', (_, message) => {
    const watch = rollout()
    watch.put(replicaSet(2, {}, failure(message)))
    expect(watch.after(60_000, web).state).toBe('progressing')
    watch.put(replicaSet(2, {}, { replicas: 1 }))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('what its controller said before the rollout does not count', () => {
    const watch = new Watch()
    watch.put(deployment(), replicaSet(2, {}, failure(quota)))
    watch.world.begin()
    expect(watch.after(10_000, web)).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('quota is waited for while old pods give theirs back', () => {
    const leaving = readyPod('web-1-c', { owner: replicaSet(1), metadata: { deletionTimestamp: '2026-11-27T12:00:30Z' } })
    const watch = rollout(leaving)
    watch.put(replicaSet(2, {}, failure(quota)))
    expect(watch.after(30_000, web).state).toBe('progressing')
    watch.world.remove(leaving, watch.now)
    watch.put(replicaSet(1, { replicas: 2 }, { replicas: 3 }))
    expect(watch.after(30_000, web).state).toBe('progressing')
    watch.put(replicaSet(1, { replicas: 2 }, { replicas: 2 }))
    // Its controller tries again at intervals that have grown to as much.
    expect(watch.after(61_000, web).state).toBe('progressing')
    watch.now += 1000
    expect(watch.judge(web).state).toBe('doomed')
  })

  it('quota is waited for while a new pod is on its way to take an old one\'s place', () => {
    const watch = rollout(podWith('web-2-a', running(), { started: true }))
    watch.put(replicaSet(2, { replicas: 2 }, { ...failure(quota), replicas: 1 }))
    expect(watch.after(30_000, web).state).toBe('progressing')
  })

  it.each(['StatefulSet', 'DaemonSet', 'Job'])('of a %s, by its events, until one is made', (kind) => {
    const made = object(kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, 'w', { spec: {}, status: kind === 'Job' ? {} : { observedGeneration: 1, desiredNumberScheduled: 1 } })
    const watch = new Watch()
    watch.world.begin()
    watch.put(made, event(made, 'FailedCreate', 'Error creating: pods "w-abcde" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true', { count: 12 }))
    expect(rulesOf(watch.after(2000, made))).toEqual(['admission-refused'])
    watch.now += 1
    watch.put(event(made, 'SuccessfulCreate', 'Created pod: w-x', { type: 'Normal' }))
    expect(watch.judge(made)).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('what was said before the rollout does not count, what is said again does', () => {
    const made = object('apps/v1', 'StatefulSet', 'w', { spec: { replicas: 1 }, status: { observedGeneration: 1 } })
    const said = event(made, 'FailedCreate', 'create Pod w-0 in StatefulSet w failed error: admission webhook "p" denied the request: no', { count: 12 })
    const watch = new Watch()
    watch.put(made, said)
    expect(watch.after(2000, made).state).toBe('doomed')
    watch.world.begin()
    watch.put(said)
    expect(watch.after(10_000, made)).toMatchObject({ state: 'progressing', causes: [] })
    watch.put({ ...said, count: 13 })
    expect(watch.after(2000, made).state).toBe('doomed')
  })
})

describe('a Job', () => {
  const job = (status: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) => object('batch/v1', 'Job', 'migrate', {
    metadata: { annotations: { 'helm.sh/hook': 'pre-upgrade' }, ...metadata }, spec: { backoffLimit: 2, completions: 1, parallelism: 1 }, status: { active: 1, ...status },
  })
  const of = (name: string, phase: string, state: Record<string, unknown>) => podWith(name, state, {}, { owner: job(), spec: { restartPolicy: 'Never' }, status: { phase } })

  it('lives while its pods may fail, and is doomed when it gave up', () => {
    const watch = new Watch()
    watch.world.begin()
    watch.put(job({ failed: 1 }), of('migrate-a', 'Failed', ended(3)), of('migrate-b', 'Running', running()))
    expect(watch.after(60_000, job())).toMatchObject({ state: 'progressing', line: '0 of 1 done, 1 failed so far, 1 starting', causes: [] })
    watch.put(job({ failed: 3, conditions: [condition('FailureTarget', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')] }))
    expect(watch.judge(job()).causes).toMatchObject([{
      rule: 'job-failed', container: 'app', wantsLogs: true, event: 'Job has reached the specified backoff limit',
      message: 'The pre-upgrade hook migrate failed: its pods failed more than 2 times; app ended with exit code 3.',
    }])
  })

  it('is doomed when its last attempt has ended, before the sandbox is gone and the Job says so', () => {
    const watch = new Watch()
    watch.world.begin()
    const one = (more: Record<string, unknown> = {}) => ({ ...job(), spec: { backoffLimit: 0, ...more } })
    watch.put(one(), of('migrate-a', 'Running', ended(3)))
    expect(watch.judge(job()).causes).toMatchObject([{ rule: 'job-failed', message: 'The pre-upgrade hook migrate failed: its pods failed more than 0 times; app ended with exit code 3.' }])
    watch.put(one({ podFailurePolicy: { rules: [] } }))
    expect(watch.judge(job()).state).toBe('progressing')
    watch.put(one({ backoffLimit: 1 }))
    expect(watch.judge(job()).state).toBe('progressing')
  })

  it('counts for itself how often its containers may crash', () => {
    const watch = new Watch()
    watch.world.begin()
    watch.put(job(), podWith('migrate-a', waiting('CrashLoopBackOff'), { restartCount: 2, lastState: ended(1) }, { owner: job(), spec: { restartPolicy: 'OnFailure' } }))
    expect(watch.after(60_000, job())).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('whose pods cannot start is doomed before it gives up', () => {
    const watch = new Watch()
    watch.world.begin()
    watch.put(job(), of('migrate-a', 'Pending', waiting('ErrImagePull', 'rpc error: code = NotFound desc = x: not found')))
    expect(rulesOf(watch.after(1000, job()))).toEqual(['image-missing'])
  })

  it('is done, also when it was deleted at once', () => {
    const watch = new Watch()
    watch.world.follow(subjectOf(job()))
    expect(watch.judge(job())).toMatchObject({ state: 'unknown', line: 'not there yet' })
    watch.put(job())
    watch.world.remove(job({ conditions: [condition('Complete', 'True', 'CompletionsReached', 'Reached expected number of succeeded pods')] }), watch.now)
    expect(watch.judge(job())).toMatchObject({ state: 'ready', line: 'done, and deleted since' })
    watch.put(job({}, { uid: 'second' }))
    watch.world.remove(job({ conditions: [condition('Failed', 'True', 'DeadlineExceeded', 'Job was active longer than specified deadline')] }, { uid: 'second' }), watch.now)
    expect(watch.judge(job())).toMatchObject({ state: 'doomed', causes: [{ rule: 'job-failed' }] })
  })

  it('that failed as a hook of the rollout before is nothing to the next, which makes room for its own', () => {
    const failed = { failed: 3, conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')] }
    const watch = new Watch()
    watch.world.follow(subjectOf(job()))
    watch.world.begin()
    watch.put(job(failed), of('migrate-a', 'Failed', ended(3)))
    expect(watch.judge(job()).state).toBe('doomed')
    watch.world.begin()
    expect(watch.after(60_000, job())).toMatchObject({ state: 'progressing', causes: [] })
    watch.world.remove(job(failed), watch.now)
    expect(watch.judge(job())).toMatchObject({ state: 'unknown', line: 'not there yet' })
    watch.put(job({}, { uid: 'repaired' }))
    expect(watch.judge(job()).state).toBe('progressing')
    watch.put(job({ active: 0, succeeded: 1, conditions: [condition('Complete', 'True', 'CompletionsReached')] }, { uid: 'repaired' }))
    expect(watch.judge(job()).state).toBe('ready')
  })

  it('that failed and is gone since is forgotten when the next rollout begins', () => {
    const watch = new Watch()
    watch.world.follow(subjectOf(job()))
    watch.world.begin()
    watch.put(job())
    watch.world.remove(job({ conditions: [condition('Failed', 'True', 'DeadlineExceeded')] }), watch.now)
    expect(watch.judge(job()).state).toBe('doomed')
    watch.world.begin()
    expect(watch.judge(job())).toMatchObject({ state: 'unknown', line: 'not there yet' })
  })

  it('a bare pod as a hook has to succeed', () => {
    const hook = (phase: string, state: Record<string, unknown>) => podWith('smoke', state, { ready: 'running' in state }, {
      owner: null, spec: { restartPolicy: 'Never' }, metadata: { annotations: { 'helm.sh/hook': 'test' } },
      status: { phase, ...('running' in state ? { conditions: [condition('Ready', 'True')] } : {}) },
    })
    const watch = new Watch()
    watch.world.begin()
    watch.put(hook('Running', running()))
    expect(watch.judge(hook('', {}))).toMatchObject({ state: 'progressing', line: 'running' })
    watch.put(hook('Running', ended(1)))
    expect(watch.judge(hook('', {})).state).toBe('doomed')
    watch.put(hook('Failed', ended(1)))
    expect(watch.judge(hook('', {})).causes).toMatchObject([{ rule: 'pod-failed', message: 'Pod smoke failed: app ended with exit code 1.' }])
    watch.put(hook('Succeeded', ended(0)))
    expect(watch.judge(hook('', {}))).toMatchObject({ state: 'ready', line: 'done' })
  })
})
