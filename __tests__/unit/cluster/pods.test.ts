import { app, deployment, ended, event, pod, podWith, readyPod, replicaSet, rollout, rulesOf, running, status, waiting, Watch } from './made'

const web = deployment()
const notFound = 'rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/shop/web:2": failed to resolve reference "registry.example/shop/web:2": registry.example/shop/web:2: not found'
const denied = 'failed to pull and unpack image "docker.io/acme/web:2": failed to resolve reference "docker.io/acme/web:2": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed'
const timeout = 'failed to pull and unpack image "registry.example/shop/web:2": failed to resolve reference "registry.example/shop/web:2": failed to do request: Head "https://registry.example/v2/shop/web/manifests/2": dial tcp 192.0.2.1:443: i/o timeout'

describe('images', () => {
  it.each([
    ['image-missing', waiting('ErrImagePull', notFound)],
    ['image-missing', waiting('ErrImagePull', 'rpc error: code = Unknown desc = reading manifest 2 in registry.example/shop/web: manifest unknown')],
    ['image-missing', waiting('ImagePullBackOff', `Back-off pulling image "registry.example/shop/web:2": ErrImagePull: ${notFound}`)],
    ['image-private', waiting('ErrImagePull', denied)],
    ['image-private', waiting('ErrImagePull', 'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=x: 401 Unauthorized')],
    ['image-architecture', waiting('ErrImagePull', 'rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/shop/web:2": no match for platform in manifest: not found')],
    ['image-name-invalid', waiting('InvalidImageName', 'Failed to apply default image tag "registry.example/Shop:2": couldn\'t parse image name "registry.example/Shop:2": invalid reference format: repository name (library/Shop) must be lowercase')],
    ['image-name-invalid', waiting('ErrImageNeverPull', 'Container image "web:2" is not present with pull policy of Never')],
  ])('%s within 5 s', (rule, state) => {
    const watch = rollout(podWith('web-2-a', state))
    const verdict = watch.after(1000, web)
    expect([verdict.state, rulesOf(verdict)]).toEqual(['doomed', [rule]])
    expect(verdict.causes[0]).toMatchObject({ object: 'pod/web-2-a', container: 'app' })
  })

  it('remember why: the back-off of Kubernetes 1.30 does not say it', () => {
    const backOff = waiting('ImagePullBackOff', 'Back-off pulling image "registry.example/shop/web:2"')
    const watch = rollout(podWith('web-2-a', waiting('ErrImagePull', notFound)))
    watch.put(podWith('web-2-a', backOff))
    expect(rulesOf(watch.after(1000, web))).toEqual(['image-missing'])
    const late = rollout(podWith('web-2-a', backOff), event(podWith('web-2-a', backOff), 'Failed', `Failed to pull image "registry.example/shop/web:2": ${notFound}`))
    expect(rulesOf(late.after(1000, web))).toEqual(['image-missing'])
  })

  it.each([
    ['the network', timeout, 89_000],
    ['a rate limit', 'failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/x/manifests/sha256:aa: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit', 179_000],
    ['a registry that is down', 'unexpected status from HEAD request to https://registry.example/v2/shop/web/manifests/2: 503 Service Unavailable', 89_000],
    ['a token that comes late', 'failed to authorize: failed to fetch oauth token: Post "https://auth.example/token": context deadline exceeded', 89_000],
  ])('%s is given time, not for ever', (_, words, time) => {
    const watch = rollout(podWith('web-2-a', waiting('ErrImagePull', words)))
    const meanwhile = watch.after(time, web)
    expect(meanwhile).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 pulling again, 3 old ones left', again: watch.now + 1000 })
    expect(rulesOf(meanwhile)).toEqual(['image-unreachable'])
    watch.now += 1000
    expect(watch.judge(web).state).toBe('doomed')
  })

  it('as the kubelet left it before the rollout it is no evidence; when it tries again, it is', () => {
    const watch = new Watch()
    watch.put(deployment(), replicaSet(2), podWith('web-2-a', waiting('ImagePullBackOff', `Back-off pulling image: ErrImagePull: ${notFound}`)))
    watch.world.begin()
    expect(watch.after(200_000, web)).toMatchObject({ state: 'progressing', causes: [] })
    watch.put(podWith('web-2-a', waiting('ErrImagePull', notFound)))
    expect(watch.after(1000, web).state).toBe('doomed')
  })

  it('a trouble that is seen again goes on', () => {
    const watch = rollout(podWith('web-2-a', waiting('ErrImagePull', timeout)))
    watch.after(60_000, web)
    watch.put(podWith('web-2-a', waiting('ImagePullBackOff', 'Back-off')))
    expect(watch.after(30_000, web).state).toBe('doomed')
  })

  it('a trouble that went and came back begins anew', () => {
    const watch = rollout(podWith('web-2-a', waiting('ErrImagePull', timeout)))
    watch.after(60_000, web)
    watch.put(podWith('web-2-a', waiting('ContainerCreating')))
    watch.judge(web)
    watch.put(podWith('web-2-a', waiting('ErrImagePull', timeout)))
    expect(watch.after(60_000, web).state).toBe('progressing')
  })

  it('names of images are no words of the registry\'s', () => {
    const containers = [app({ image: 'registry.example/not-found/timeout:429' })]
    const words = 'failed to resolve reference "registry.example/not-found/timeout:429": registry.example/not-found/timeout:429: pull access denied'
    expect(rulesOf(rollout(podWith('web-2-a', waiting('ErrImagePull', words), {}, { containers })).after(1000, web))).toEqual(['image-private'])
  })

  it('are not missing where a sister has got hers', () => {
    const watch = rollout(podWith('web-2-a', waiting('ErrImagePull', notFound)), podWith('web-2-b', running(), { started: true }))
    expect(watch.after(5000, web).state).toBe('progressing')
  })

  it('are missing for all where one shows it, though others have not tried yet', () => {
    const watch = rollout(podWith('web-2-a', waiting('ErrImagePull', notFound)), podWith('web-2-b', waiting('ContainerCreating')))
    expect(watch.after(1000, web).state).toBe('doomed')
  })

  it('a large one is slow and not doomed', () => {
    const slow = podWith('web-2-a', waiting('ContainerCreating'))
    const watch = rollout(slow, event(slow, 'Pulling', 'Pulling image "registry.example/shop/web:2"', { type: 'Normal' }))
    expect(watch.after(20 * 60_000, web)).toEqual({ state: 'progressing', line: '0 of 3 new pods ready, 1 pulling, 3 old ones left', causes: [], again: null })
  })
})

describe('configuration', () => {
  it.each([
    ['There is no ConfigMap web-env', 'configmap "web-env" not found'],
    ['There is no Secret web', 'secret "web" not found'],
    ['Secret web has no key TOKEN', 'couldn\'t find key TOKEN in Secret shop/web'],
    ['ConfigMap web-env has no key MODE', 'couldn\'t find key MODE in ConfigMap shop/web-env'],
  ])('%s', (message, words) => {
    const watch = rollout(podWith('web-2-a', waiting('CreateContainerConfigError', words)))
    expect(watch.after(3900, web).state).toBe('progressing')
    watch.now += 100
    const verdict = watch.judge(web)
    expect([verdict.state, rulesOf(verdict)]).toEqual(['doomed', ['config-missing']])
    expect(verdict.causes[0]!.message).toMatch(new RegExp(`^${message}`))
  })

  it('is missing as a volume too, which only an event tells', () => {
    const mounting = podWith('web-2-a', waiting('ContainerCreating'))
    const watch = rollout(mounting, event(mounting, 'FailedMount', 'MountVolume.SetUp failed for volume "conf" : configmap "web-conf" not found', { count: 4 }))
    expect(rulesOf(watch.after(4000, web))).toEqual(['config-missing'])
    watch.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-conf', namespace: 'shop', uid: 'late' } })
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('lacks a key, of which a volume says no more than its own name', () => {
    const mounting = podWith('web-2-a', waiting('ContainerCreating'))
    const watch = rollout(mounting, event(mounting, 'FailedMount', 'MountVolume.SetUp failed for volume "conf" : references non-existent secret key: token'))
    expect(watch.after(4000, web).causes[0]!.message).toBe('The Secret of volume conf has no key token, which the pod needs.')
  })

  it('that an operator makes is waited for', () => {
    const secret = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name: 'all', namespace: 'shop', uid: 'es' }, spec: { target: { name: 'web' } } }
    const watch = rollout(secret, podWith('web-2-a', waiting('CreateContainerConfigError', 'secret "web" not found')))
    expect(watch.after(59_000, web).state).toBe('progressing')
    watch.now += 1000
    expect(watch.judge(web).causes[0]!.message).toBe('There is no Secret web, which the pod needs; externalsecret/all should have made it.')
  })

  it('that contradicts itself is final, what the kubelet has not heard of yet is not', () => {
    const user = 'container\'s runAsUser breaks non-root policy (pod: "web-2-a_shop(0a)", container: app)'
    expect(rollout(podWith('web-2-a', waiting('CreateContainerConfigError', user))).after(1000, web).causes[0]!.message).toContain('would run as root')
    const root = 'container has runAsNonRoot and image will run as root (pod: "web-2-a_shop(0a)", container: app)'
    expect(rulesOf(rollout(podWith('web-2-a', waiting('CreateContainerConfigError', root))).after(1000, web))).toEqual(['config-refused'])
    const sync = 'failed to sync secret cache: timed out waiting for the condition'
    expect(rollout(podWith('web-2-a', waiting('CreateContainerConfigError', sync))).after(60_000, web).state).toBe('progressing')
  })
})

describe('starting', () => {
  const noCommand = 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nope": executable file not found in $PATH: unknown'
  it.each([
    ['a command that is not there', waiting('RunContainerError', noCommand), {}],
    ['the same a moment later', ended(128, 'StartError', noCommand), {}],
    ['and in the back-off', waiting('CrashLoopBackOff', 'back-off 10s restarting failed container=app'), { lastState: ended(128, 'StartError', noCommand), restartCount: 1 }],
    ['no command at all', waiting('CreateContainerError', 'failed to generate container "0a" spec: failed to generate spec: no command specified'), {}],
    ['a file mounted on a folder', waiting('RunContainerError', 'OCI runtime create failed: error mounting "/x" to rootfs at "/etc/app": not a directory: Are you trying to mount a directory onto a file'), {}],
  ])('%s', (_, state, more) => {
    expect(rulesOf(rollout(podWith('web-2-a', state, more)).after(1000, web))).toEqual(['container-cannot-start'])
  })

  it('a sister whose start was refused as well has not got further', () => {
    const watch = rollout(podWith('web-2-a', waiting('RunContainerError', noCommand)))
    watch.after(1000, web)
    watch.put(podWith('web-2-b', ended(128, 'StartError', noCommand)))
    expect(watch.judge(web).state).toBe('doomed')
  })

  it('a runtime that is busy is given time', () => {
    const busy = waiting('CreateContainerError', 'failed to reserve container name "app_web": name "app_web" is reserved for "0a"')
    expect(rollout(podWith('web-2-a', busy)).after(80_000, web).state).toBe('progressing')
    expect(rollout(podWith('web-2-a', busy)).after(90_000, web).state).toBe('doomed')
  })

  it('a program for another processor, by its log', () => {
    const crash = podWith('web-2-a', ended(255), { restartCount: 0 })
    const watch = rollout(crash)
    expect(watch.after(1000, web).state).toBe('progressing')
    watch.world.putLog('web-2-a', 'app', 'exec /app/server: exec format error\n')
    expect(rulesOf(watch.after(1000, web))).toContain('wrong-architecture')
    expect(watch.judge(web).state).toBe('doomed')
  })
})

describe('crashes', () => {
  const loop = waiting('CrashLoopBackOff', 'back-off 10s restarting failed container=app pod=web-2-a_shop(0a)')

  it('one may be a database that is late, two are doom at once', () => {
    const watch = rollout(podWith('web-2-a', ended(1)))
    expect(watch.after(30_000, web)).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 restarting, 3 old ones left', again: null })
    watch.put(podWith('web-2-a', running(), { restartCount: 1, lastState: ended(1) }))
    expect(watch.judge(web)).toMatchObject({ state: 'progressing', causes: [] })
    watch.put(podWith('web-2-a', ended(1), { restartCount: 1, lastState: ended(1) }))
    expect(watch.judge(web)).toMatchObject({
      state: 'doomed',
      causes: [{ rule: 'crash-at-start', message: 'app ends with exit code 1 soon after its start, 2 times so far.', wantsLogs: true, container: 'app' }],
    })
    watch.put(podWith('web-2-a', loop, { restartCount: 1, lastState: ended(1) }))
    expect(watch.judge(web).state).toBe('doomed')
    expect(watch.judge(web, { crashes: 3 }).state).toBe('progressing')
  })

  it('a container that runs is not doomed for what it did', () => {
    const watch = rollout(podWith('web-2-a', running(), { restartCount: 4, lastState: ended(1) }))
    expect(watch.after(60_000, web)).toMatchObject({ state: 'progressing', causes: [] })
  })

  it('a shell that does not find the command will not find it later', () => {
    expect(rollout(podWith('web-2-a', ended(127))).judge(web).state).toBe('doomed')
  })

  it('want of memory is doom at the first time, with the limit', () => {
    const verdict = rollout(podWith('web-2-a', ended(137, 'OOMKilled'))).judge(web)
    expect(verdict.causes).toMatchObject([{ rule: 'out-of-memory', message: 'app needs more memory than its limit of 64Mi.' }])
  })

  it('by SIGKILL that nobody sent, at a limit: most likely the same, the second time', () => {
    const killed = { restartCount: 1, lastState: ended(137) }
    expect(rollout(podWith('web-2-a', ended(137))).after(60_000, web).state).toBe('progressing')
    expect(rollout(podWith('web-2-a', loop, killed)).judge(web).causes).toMatchObject([{ rule: 'out-of-memory', message: expect.stringContaining('most likely') }])
    expect(rulesOf(rollout(podWith('web-2-a', loop, killed, { containers: [app({ resources: {} })] })).judge(web))).toEqual(['crash-at-start'])
    const stopped = podWith('web-2-a', loop, killed)
    expect(rulesOf(rollout(stopped, event(stopped, 'Killing', 'Stopping container app', { type: 'Normal' })).judge(web))).toEqual(['crash-at-start'])
  })

  it('only when all new pods crash; what is left over has a minute', () => {
    const crash = podWith('web-2-a', loop, { restartCount: 1, lastState: ended(1) })
    const watch = rollout(crash, podWith('web-2-b', running(), { started: true }))
    expect(watch.after(60_000, web).state).toBe('progressing')
    watch.put(readyPod('web-2-b'))
    expect(watch.after(59_000, web)).toMatchObject({ state: 'progressing', line: '1 of 3 new pods ready, 1 failing, 3 old ones left' })
    watch.now += 1000
    expect(watch.judge(web)).toMatchObject({ state: 'doomed', causes: [{ rule: 'crash-at-start' }] })
  })

  it('ends without an error where it should stay', () => {
    expect(rollout(podWith('web-2-a', ended(0))).judge(web).state).toBe('progressing')
    expect(rulesOf(rollout(podWith('web-2-a', loop, { restartCount: 1, lastState: ended(0) })).judge(web))).toEqual(['ends-at-once'])
  })

  it('init containers: running for long is fine, failing twice is not', () => {
    const withInit = (state: Record<string, unknown>, more = {}) => pod('web-2-a', {
      spec: { initContainers: [{ name: 'migrate', image: 'registry.example/shop/web:2' }] },
      status: { phase: 'Pending', initContainerStatuses: [status(state, { name: 'migrate', ...more })], containerStatuses: [status(waiting('PodInitializing'))] },
    })
    expect(rollout(withInit(running())).after(600_000, web)).toMatchObject({ state: 'progressing', line: '0 of 3 new pods ready, 1 initialising, 3 old ones left', causes: [] })
    expect(rollout(withInit(ended(1))).after(4000, web).state).toBe('progressing')
    const verdict = rollout(withInit(loop, { restartCount: 1, lastState: ended(1) })).judge(web)
    expect(verdict.causes).toMatchObject([{ rule: 'init-container-failed', container: 'migrate' }])
  })

  it('by its own probe: twice', () => {
    const killed = podWith('web-2-a', running(), { restartCount: 1, lastState: ended(137) }, { containers: [app({ livenessProbe: { httpGet: { path: '/', port: 'http' } } })] })
    const watch = rollout(killed, event(killed, 'Killing', 'Container app failed liveness probe, will be restarted', { type: 'Normal' }))
    expect(watch.after(60_000, web).state).toBe('progressing')
    watch.put(podWith('web-2-a', running(), { restartCount: 2, lastState: ended(137) }))
    watch.put(event(killed, 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 404', { count: 6 }))
    expect(watch.judge(web).causes).toMatchObject([{ rule: 'probe-kills', event: 'Liveness probe failed: HTTP probe failed with statuscode: 404' }])
    watch.put(podWith('web-2-a', loop, { restartCount: 2, lastState: ended(137) }))
    expect(rulesOf(watch.judge(web))).toEqual(['probe-kills'])
  })
})
