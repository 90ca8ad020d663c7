import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, pathOf, resources, type KubeObject, type KubernetesClient } from '../../drivers/kubernetes'
import { Failure } from '../../errors'
import { keyOf, newPods, type Subject, type World } from './judging'
import { subjectOf, type Rendered } from './manifest'
import { podTemplates } from './pod-templates'

/** Milliseconds that endpoints may be behind the pods that they are of. */
const patience = 15_000
/** Milliseconds between two looks at them: at first, and at most. They follow within milliseconds, if nobody is busy. */
const [soon, look] = [25, 200]

interface Endpoint { readonly conditions?: { readonly ready?: boolean }; readonly targetRef?: { readonly kind?: string; readonly uid?: string; readonly name?: string } }
interface Slice { readonly endpoints?: readonly Endpoint[] | null }

/** Lines that say what was seen. Throws a `Failure`: `image-differs`, `endpoints-old`, `endpoints-missing`. */
export async function prove(client: KubernetesClient, namespace: string, objects: readonly Rendered[], subjects: readonly Subject[], world: World, signal: AbortSignal): Promise<readonly string[]> {
  const seen: string[] = []
  // Streams are apart: a Deployment may be told of as complete before the last of its pods is.
  const fresh = (): ReadonlySet<string> => new Set(subjects.flatMap((subject) => newPods(world, subject) ?? []).map(({ uid }) => uid))
  const templates = new Map(objects.map((one) => [keyOf(subjectOf(one, namespace)), podTemplates(one)[0]]))
  for (const subject of subjects) {
    const pods = newPods(world, subject)
    if (pods === null || pods.length === 0) continue
    const template = templates.get(keyOf(subject))
    const images = new Set<string>()
    for (const pod of pods) {
      for (const { name, image } of pod.pod?.spec.containers ?? []) {
        const asked = [...template?.containers ?? [], ...template?.initContainers ?? []].find((one) => one.name === name)?.image
        // A policy may add the digest that a tag stands for.
        if (asked !== undefined && asked !== image && !image.startsWith(`${asked}@sha256:`)) throw differs(subject, pod.name, name, image, asked)
        images.add(imageOf(image, pod.pod?.containers.find((one) => one.name === name)?.imageID ?? ''))
      }
    }
    seen.push(`${subject.kind} ${subject.name}: ${pods.length} of ${pods.length} pods on ${[...images].sort().join(', ')}`)
  }
  const labels = [...templates.values()].flatMap((template) => template === undefined ? [] : [template.labels])
  for (const { object } of objects.filter((one) => one.object.kind === 'Service' && one.object.apiVersion === 'v1')) {
    const line = await endpointsOf(client, object, object.metadata.namespace ?? namespace, { fresh, world, labels, signal })
    if (line !== null) seen.push(line)
  }
  return seen
}

/** Its digest, else the reference that was asked for. A runtime takes no other bytes for a reference by digest. */
function imageOf(asked: string, id: string): string {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(asked)?.[1] ?? /sha256:[0-9a-f]{64}/.exec(id)?.[0]
  return digest === undefined ? asked : `${asked.replace(/@sha256:[0-9a-f]{64}$/, '')}@${digest.slice(0, 19)}`
}

function differs({ kind, name }: Subject, pod: string, container: string, image: string, asked: string): Failure {
  return new Failure({
    code: 'image-differs', what: `Container ${container} of ${pod} (${kind} ${name}) runs ${image}, and the chart says ${asked}.`,
    why: 'Something in the cluster, such as an admission webhook, has put another image in its place.', cure: 'Find out what: kubectl get mutatingwebhookconfigurations. Then write in the chart what it makes of it, or have it leave the image alone.',
  })
}

interface Proving {
  /** uids of the pods that are new, as they are known now. */
  readonly fresh: () => ReadonlySet<string>
  readonly world: World
  /** Of the pods that the release makes. */
  readonly labels: readonly Readonly<Record<string, string>>[]
  readonly signal: AbortSignal
}

/** Users come in by what the service leads to: all of it is new. */
async function endpointsOf(client: KubernetesClient, service: KubeObject, namespace: string, { fresh, world, labels, signal }: Proving): Promise<string | null> {
  const { selector = {}, type } = (service['spec'] ?? {}) as { readonly selector?: Readonly<Record<string, string>>; readonly type?: string }
  // Without a selector, or with that of somebody else's pods, it leads where others say.
  const ours = Object.keys(selector).length > 0 && labels.some((own) => Object.entries(selector).every(([key, value]) => own[key] === value))
  if (!ours || type === 'ExternalName' || fresh().size === 0) return null
  const { name } = service.metadata
  const until = Date.now() + patience
  for (let wait = soon; ; wait = Math.min(look, 2 * wait)) {
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
    const [uids, known] = [ready.map(({ targetRef }) => targetRef?.uid ?? ''), fresh()]
    const old = ready.filter(({ targetRef }) => targetRef?.kind === 'Pod' && !known.has(targetRef.uid ?? '') && ofOurs(world, targetRef.uid ?? ''))
    if (old.length === 0 && uids.some((uid) => known.has(uid))) return `Service ${name}: ${ready.length} ${ready.length === 1 ? 'endpoint' : 'endpoints'}, all new`
    if (Date.now() > until) {
      throw old.length === 0 ? new Failure({
        code: 'endpoints-missing', what: `Service ${name} leads to no pod of the new release, though these are ready.`, why: 'Its port, or the pods\' readiness gates, keep them out.',
        cure: `See what it leads to: kubectl get endpointslices -l kubernetes.io/service-name=${name} --namespace ${namespace}`,
      }) : new Failure({
        code: 'endpoints-old', what: `Service ${name} still leads to ${old.map(({ targetRef }) => targetRef?.name ?? '').join(', ')}, which ${old.length === 1 ? 'is' : 'are'} of the old release.`,
        cure: `See why they are not gone: kubectl get endpointslices -l kubernetes.io/service-name=${name} --namespace ${namespace}`,
      })
    }
    await sleep(wait, undefined, { signal })
  }
}

/** Is it owned by what is followed? */
function ofOurs(world: World, uid: string): boolean {
  return world.byUid(uid) !== null && world.affected({ kind: 'Pod', metadata: { uid } }).length > 0
}
