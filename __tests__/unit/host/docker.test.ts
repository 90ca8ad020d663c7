import { ROLLOUT } from '../../../src/config'
import type { TargetKind } from '../../../src/config/types'
import type { SshConnection } from '../../../src/drivers/ssh'
import type { ReleaseSource, Session, StageOptions } from '../../../src/rollout/target'
import type { Conversation } from '../../../src/targets/host/conversation'
import type { RegistryLogin } from '../../../src/targets/host'
import { HostSession } from '../../../src/targets/host/session'
import { entry, standing } from '../history/standing'

const options: StageOptions = { actor: { by: 'ada', run: '' }, first: true, policy: ROLLOUT }
const login = { registry: 'ghcr.io', username: 'ada', password: 'pw' }

interface Said { readonly verb: string; readonly fields: Record<string, unknown> }

function session(accepts: readonly TargetKind[], registries: readonly RegistryLogin[], said: Said[], needs: number[] = []): Session {
  const conversation = {
    requireProtocol: (needed: number) => { needs.push(needed) },
    ask: async (verb: string, fields: Record<string, unknown>) => {
      said.push({ verb, fields })
      return verb === 'plan' ? { stage: [], start: [], cutOver: [], retire: [] }
        : { number: 2, releaseId: 'v1.1.0-a', version: 'v1.1.0', commit: 'c', unchanged: false, tasks: [], detail: '' }
    },
  } as unknown as Conversation
  const place = { ...standing([entry(1, 'v1.0.0', 'p', 'v1.0.0-a')]), releases: [{ id: 'v1.0.0-a', version: 'v1.0.0', commit: 'c', digest: 'd', secrets: ['PORT'] }] }
  return new HostSession('web-1', 'web-1', {} as SshConnection, conversation, place, new AbortController().signal, { takeOver: null, accepts, registries, images: {}, progress: () => undefined, hide: () => undefined })
}

const release = (target: TargetKind, id: string): ReleaseSource => ({
  id, version: 'v1.1.0', commit: 'c', config: { target, services: [] } as unknown as ReleaseSource['config'],
  content: { manifest: [], digest: 'd', read: () => null, manifestAt: async () => null },
  ...(target === 'docker' ? { project: { 'compose.yaml': 'services: {}' } } : {}),
})

describe('a release for a host with Docker', () => {
  it('brings the texts that Compose reads, and who pulls', async () => {
    for (const verb of ['stage', 'plan'] as const) {
      const [said, needs]: [Said[], number[]] = [[], []]
      await session(['docker'], [login], said, needs)[verb]({ kind: 'source', release: release('docker', 'v1.1.0-b') }, { A: '1' }, options)
      expect(said).toMatchObject([{ verb, fields: { kind: 'source', id: 'v1.1.0-b', project: { 'compose.yaml': 'services: {}' }, registries: [login], secrets: { A: '1' } } }])
      expect(needs).toEqual([3])
    }
  })
  it('is rendered from its own folder when it is there already', async () => {
    const said: Said[] = []
    await session(['vm', 'docker'], [], said).stage({ kind: 'source', release: release('docker', 'v1.0.0-a') }, {}, options)
    expect(said[0]!.fields).toMatchObject({ kind: 'source', id: 'v1.0.0-a' })
    expect(said[0]!.fields).not.toHaveProperty('project')
    expect(said[0]!.fields).not.toHaveProperty('registries')
  })
  it('gets the variables that the host says it has, when it is returned to', async () => {
    const said: Said[] = []
    await session(['docker'], [login], said).stage({ kind: 'stored', releaseId: 'v1.0.0-a', version: 'v1.0.0', again: false }, { PORT: '1', OTHER: '2' }, options)
    expect(said[0]!.fields).toMatchObject({ kind: 'stored', secrets: { PORT: '1' } })
    expect(said[0]!.fields).not.toHaveProperty('registries')
  })
})

describe('a release for a VM', () => {
  it('is told as it ever was', async () => {
    const [said, needs]: [Said[], number[]] = [[], []]
    await session(['vm'], [], said, needs).stage({ kind: 'source', release: release('vm', 'v1.1.0-b') }, {}, options)
    expect(said[0]!.fields).not.toHaveProperty('project')
    expect(said[0]!.fields).not.toHaveProperty('registries')
    expect(needs).toEqual([])
  })
})

describe('the wrong target', () => {
  it.each<[TargetKind, TargetKind, string, string]>([
    ['vm', 'docker', 'target: docker', 'compose-up'],
    ['docker', 'vm', 'target: vm', 'push-release'],
  ])('an action for %s, and a release for %s', async (accepted, target, told, cure) => {
    const said: Said[] = []
    const staged = session([accepted], [], said).stage({ kind: 'source', release: release(target, 'v1.1.0-b') }, {}, options)
    await expect(staged).rejects.toMatchObject({ code: 'wrong-target', what: expect.stringContaining(told), cure: expect.stringContaining(cure), target: 'web-1' })
    expect(said).toEqual([])
  })
})
