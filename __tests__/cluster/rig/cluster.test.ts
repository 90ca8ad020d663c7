import { eventually } from '../../docker/harness/examples'
import { accountOf, expiredAccountOf, requestsFrom, unknownAccount, userOf } from '../harness/access'
import { freshNamespace, type Manifest, type Namespace } from '../harness/cluster'
import { podImage, webManifests, type Variant } from '../harness/web'

let space: Namespace
beforeAll(async () => { space = await freshNamespace('test-rig') }, 1_200_000)
afterAll(async () => { await space.remove() })

interface PodList {
  readonly items: readonly Pod[]
}

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: { readonly containerStatuses?: readonly ContainerStatus[] }
}

interface ContainerStatus {
  readonly ready: boolean
  readonly restartCount: number
  readonly state: Readonly<Record<string, { readonly reason?: string }>>
  readonly lastState: { readonly terminated?: { readonly reason: string; readonly exitCode: number } }
}

describe('the cluster of the rig', () => {
  it('runs what the registry has, and is asked for a service by its name', async () => {
    const { digest } = await podImage('1.0.0')
    await space.apply(...webManifests('web', digest, 2), ...webManifests('other', digest))
    await space.kubectl(['rollout', 'status', 'deployment', 'web', 'other', '--timeout=60s'])
    const answers = new Set<string>()
    for (let asked = 0; asked < 20; asked++) {
      const { code, stdout } = await space.exec('deployment/other', 'wget', '-q', '-O', '-', 'http://web/hello')
      expect(code).toBe(0)
      const { pod, ...said } = JSON.parse(stdout) as Record<string, string>
      expect(said).toEqual({ version: '1.0.0', path: '/hello' })
      answers.add(pod ?? '')
    }
    expect(answers.size).toBe(2)
    expect((await space.exec('deployment/other', 'wget', '-q', '-O', '-', `http://web.${space.name}.svc.cluster.local/healthz`)).stdout).toContain('healthy')
    expect((await space.exec('deployment/other', 'wget', '-q', '-O', '-', 'http://nobody/')).stderr).toMatch(/bad address 'nobody'/)
    expect(await space.kubectl(['logs', 'deployment/web'])).toContain('version 1.0.0 listens')
  })

  it('rolls to another version', async () => {
    await space.apply(...webManifests('rolled', (await podImage('1.0.0')).digest))
    await space.kubectl(['rollout', 'status', 'deployment', 'rolled', '--timeout=60s'])
    await space.apply(...webManifests('rolled', (await podImage('1.1.0')).digest))
    await space.kubectl(['rollout', 'status', 'deployment', 'rolled', '--timeout=60s'])
    expect((await space.exec('deployment/rolled', 'sh', '-c', 'echo $VERSION')).stdout).toBe('1.1.0\n')
  })
})

/** Until the one container of the Deployment's pod is as looked for. */
async function podOf(app: string, right: (status: ContainerStatus) => boolean): Promise<string> {
  const isRight = ({ status: { containerStatuses: [first] = [] } }: Pod): boolean => first !== undefined && right(first)
  const { items } = await eventually(() => space.get<PodList>('pods', '--selector', `app=${app}`), (pods) => pods.items.some(isRight), 60_000)
  return items.find(isRight)?.metadata.name ?? ''
}

describe('images that are not as they should be', () => {
  const deployed = async (variant: Variant): Promise<string> => {
    await space.apply(...webManifests(variant, (await podImage(`1.0.0-${variant}`, variant)).digest))
    return variant
  }

  it('crash: says why, and is started again and again', async () => {
    const pod = await podOf(await deployed('crash'), ({ lastState, state }) => lastState.terminated?.exitCode === 3 && state['waiting']?.reason === 'CrashLoopBackOff')
    expect(await space.kubectl(['logs', pod])).toContain('the setting PAYMENTS_URL is missing')
  })

  it('sick: runs, is never ready, and the probe tells why', async () => {
    const pod = await podOf(await deployed('sick'), ({ ready, state }) => !ready && state['running'] !== undefined)
    const events = (): Promise<string> => space.kubectl(['get', 'events', '--field-selector', `involvedObject.name=${pod},reason=Unhealthy`, '--output', 'jsonpath={.items[*].message}'])
    expect(await eventually(events, (text) => text.includes('probe failed'))).toContain('HTTP probe failed with statuscode: 503')
    expect(await space.kubectl(['logs', pod])).toContain('waits for the search index')
  })

  it('oom: is ended by its limit of memory', async () => {
    await podOf(await deployed('oom'), ({ lastState }) => lastState.terminated?.reason === 'OOMKilled')
  })

  it('late: ready at first, then gone', async () => {
    await podOf(await deployed('late'), ({ ready }) => ready)
    await podOf('late', ({ lastState }) => lastState.terminated?.exitCode === 5)
  })

  it('slow: listens when its time has come', async () => {
    const { digest } = await podImage('1.0.0-slow', 'slow')
    const [service, deployment] = JSON.parse(JSON.stringify(webManifests('slow', digest)).replace('"name":"web"', '"env":[{"name":"WARM_UP","value":"4s"}],"name":"web"')) as [Manifest, Manifest]
    await space.apply(service, deployment)
    await podOf('slow', ({ ready, state }) => !ready && state['running'] !== undefined)
    const pod = await podOf('slow', ({ ready, restartCount }) => ready && restartCount === 0)
    expect(await space.kubectl(['logs', pod])).toContain('warms up for 4s')
  })
})

describe('accounts', () => {
  const podsReader = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]
  const as = (kubeconfig: string, ...args: string[]): Promise<string> => space.kubectl(['--kubeconfig', kubeconfig, ...args])

  it('may do what their Role says, and nothing else', async () => {
    const reader = await accountOf(space, 'reader', podsReader)
    const requests = requestsFrom(space, userOf(space, 'reader'))
    expect(await as(reader, 'get', 'pods', '--output', 'name')).toContain('pod/')
    await expect(as(reader, 'get', 'secrets')).rejects.toThrow(/secrets is forbidden: User "system:serviceaccount:.*:reader" cannot list/)
    await expect(as(reader, 'get', 'pods', '--namespace', 'default')).rejects.toThrow(/forbidden/)
    const listed = requests().filter(({ verb }) => verb === 'list')
    expect(listed.map(({ responseStatus }) => responseStatus?.code)).toEqual([200, 403, 403])
  })

  it('are not let in when their time is over, or nobody knows them', async () => {
    await expect(as(await expiredAccountOf(space, 'reader'), 'get', 'pods')).rejects.toThrow(/must be logged in|Unauthorized/)
    await expect(as(await unknownAccount(), 'get', 'pods')).rejects.toThrow(/must be logged in|Unauthorized/)
  })
})
