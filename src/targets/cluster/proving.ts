import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import { newPods, type Subject, type World } from './judging'
import type { Rendered } from './manifest'

/** Milliseconds that endpoints may be behind the pods that they are of. */
const patience = 15_000
const look = 200

interface Endpoint { readonly conditions?: { readonly ready?: boolean }; readonly targetRef?: { readonly kind?: string; readonly uid?: string; readonly name?: string } }
interface Slice { readonly endpoints?: readonly Endpoint[] | null }

/** Lines that say what was seen. Throws a `Failure`: `image-differs`, `endpoints-old`. */
export async function prove(client: KubernetesClient, namespace: string, objects: readonly Rendered[], subjects: readonly Subject[], world: World, signal: AbortSignal): Promise<readonly string[]> {
  const fresh = new Set<string>()
  const seen: string[] = []
  for (const subject of subjects) {
    const pods = newPods(world, subject)
    if (pods === null) continue
    for (const pod of pods) fresh.add(pod.uid)
    const images = new Set<string>()
    for (const pod of pods) {
      for (const container of pod.pod?.spec.containers ?? []) {
        const status = pod.pod?.containers.find(({ name }) => name === container.name)
        images.add(imageOf(container.image, status?.imageID ?? ''))
        refuseOther(subject, pod.name, container, status?.imageID ?? '')
      }
    }
    seen.push(`${subject.kind} ${subject.name}: ${pods.length} of ${pods.length} pods on ${[...images].sort().join(', ') || 'no image'}`)
  }
  for (const { object } of objects.filter((one) => one.object.kind === 'Service' && one.object.apiVersion === 'v1')) {
    const line = await endpointsOf(client, object, object.metadata.namespace ?? namespace, fresh, world, signal)
    if (line !== null) seen.push(line)
  }
  return seen
}

/** Its digest, else the reference that was asked for. */
function imageOf(asked: string, id: string): string {
  const digest = /sha256:[0-9a-f]{64}/.exec(id)?.[0]
  const name = asked.replace(/@sha256:[0-9a-f]{64}$/, '')
  return digest === undefined ? asked : `${name}@${digest.slice(0, 19)}`
}

/** Where the digest was said, it is that image that runs: the id is of the platform's manifest, or of the index that was asked for. */
function refuseOther({ kind, name }: Subject, pod: string, { name: container, image }: { readonly name: string; readonly image: string }, id: string): void {
  const asked = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1]
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
  const ran = /^(?:[a-z-]+:\/\/)?(.+)@(sha256:[0-9a-f]{64})$/.exec(id)
  // A runtime names it by the image's own digest, which of a reference by digest is that one.
  if (asked === undefined || ran === null || ran[2] === asked || !ran[1]?.endsWith(repository.split('/').at(-1) ?? '')) return
  throw new Failure({
    code: 'image-differs', what: `Container ${container} of ${pod} (${kind} ${name}) runs ${id}, and ${image} was asked for.`,
    why: 'Something on the way, such as a mirror or an admission webhook, has put another image in its place.', cure: 'Find out what, and deploy again.',
  })
}

/** Users come in by what the service leads to: all of it is new. */
async function endpointsOf(client: KubernetesClient, service: KubeObject, namespace: string, fresh: ReadonlySet<string>, world: World, signal: AbortSignal): Promise<string | null> {
  const { selector, type } = (service['spec'] ?? {}) as { readonly selector?: object; readonly type?: string }
  if (selector === undefined || type === 'ExternalName') return null
  const { name } = service.metadata
  const until = Date.now() + patience
  for (;;) {
    let items: readonly Slice[]
    try {
      const list = await client.get<{ readonly items: readonly Slice[] | null }>(pathOf(resources.endpointSlices, namespace), {
        query: { labelSelector: `kubernetes.io/service-name=${name}` }, signal,
      })
      items = list.items ?? []
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return `Service ${name}: what it leads to may not be read (list endpointslices)`
      throw error
    }
    const ready = items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
    // Pods that are not of this release, or of what is never replaced, are nobody's concern.
    const old = ready.filter(({ targetRef }) => targetRef?.kind === 'Pod' && !fresh.has(targetRef.uid ?? '') && ofOurs(world, targetRef.uid ?? ''))
    if (old.length === 0 && (ready.length > 0 || fresh.size === 0)) return `Service ${name}: ${ready.length} ${ready.length === 1 ? 'endpoint' : 'endpoints'}, all new`
    if (old.length === 0 && Date.now() > until - patience + 3_000) return `Service ${name}: leads to nothing`
    if (Date.now() > until) {
      throw new Failure({
        code: 'endpoints-old', what: `Service ${name} still leads to ${old.map(({ targetRef }) => targetRef?.name ?? '').join(', ')}, which ${old.length === 1 ? 'is' : 'are'} of the old release.`,
        cure: `See why they are not gone: kubectl get endpointslices -l kubernetes.io/service-name=${name} --namespace ${namespace}`,
      })
    }
    await sleep(look, undefined, { signal })
  }
}

/** Is it owned by what is followed? */
function ofOurs(world: World, uid: string): boolean {
  const pod = world.byUid(uid)
  if (pod === null) return false
  return world.affected({ kind: 'Pod', metadata: { uid } }).length > 0
}
