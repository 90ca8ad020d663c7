import { ApiError, pathOf, resources, type KubernetesClient } from '../../drivers/kubernetes'
import type { Evidence } from '../../errors'
import type { Cause, Subject, Verdict, World } from './judging'

/** Lines, and bytes, of a container's log: the end, where the reason is. */
const lines = 60
const bytes = 32 * 1024
/** Pods that fare alike say the same. */
const mostLogs = 4
/** Milliseconds for all of it: what is broken goes on serving meanwhile. */
const most = 10_000

/** What a cause's container wrote last, and what the cluster said. Asked before anything is undone. */
export async function evidenceOf(client: KubernetesClient, verdicts: ReadonlyMap<Subject, Verdict>, world: World): Promise<readonly Evidence[]> {
  const found: Evidence[] = []
  const late = AbortSignal.timeout(most)
  const seen = new Set<string>()
  for (const [subject, { causes }] of verdicts) {
    for (const cause of causes) {
      const key = `${cause.rule} ${cause.container ?? ''}`
      if (cause.event !== undefined && cause.event !== '' && !seen.has(`event ${key} ${cause.event}`)) {
        seen.add(`event ${key} ${cause.event}`)
        found.push({ source: `${cause.object}${cause.container === undefined ? '' : ` (${cause.container})`}: ${cause.rule}`, text: cause.event })
      }
      if (!cause.wantsLogs || late.aborted || [...seen].filter((one) => one.startsWith('log ')).length >= mostLogs || seen.has(`log ${subject.name} ${key}`)) continue
      seen.add(`log ${subject.name} ${key}`)
      const text = await logOf(client, subject.namespace, cause, world, late)
      if (text !== '') found.push({ source: `${cause.object}${cause.container === undefined ? '' : ` (${cause.container})`}: log`, text })
    }
  }
  return found
}

/** Of the run that failed: the one before, where it was started again. */
async function logOf(client: KubernetesClient, namespace: string, { object, container }: Cause, world: World, late: AbortSignal): Promise<string> {
  const [kind, name = ''] = object.split('/')
  if (kind !== 'pod') return ''
  const pod = world.get({ group: '', kind: 'Pod', namespace, name })?.pod
  const status = pod?.containers.find((one) => one.name === container)
  const again = status !== undefined && status.runningSince !== null && status.endedBefore !== null
  for (const previous of again ? [true, false] : [false, true]) {
    try {
      const text = await client.text(`${pathOf(resources.pods, namespace, name)}/log`, { query: { container, tailLines: lines, limitBytes: bytes, previous }, patient: false, signal: late })
      if (text.trim() !== '') return text
    } catch (error) {
      // It has written none, or is gone: the causes stand without it.
      if (!(error instanceof ApiError) && !late.aborted) throw error
    }
  }
  return ''
}
