import { Failure } from '../../errors'
import type { Completed } from '../completed'
import type { Findings } from '../findings'
import { serviceKeys } from '../keys'
import { cronJobOf } from '../schedule'
import { isNull, mapping, mappingAt, scalar, textAt, type Entry, type Mapping, type Node } from '../tree'

type Cures = Readonly<Record<string, string>>

const IN_IMAGE = 'Remove it: what an app needs is in its image.'
const BY_CONTROLLER = 'Remove it, and say it where the cluster takes requests in: at its ingress controller or gateway.'

/** What no cluster has, whatever the chart. */
const NEVER: Cures = {
  compose: 'Remove it: a cluster runs what its chart says. For a host with Docker write `target: docker`.',
  supervisor: 'Remove it: the cluster itself keeps containers running.',
  packages: IN_IMAGE,
  open: 'Remove it: ports are opened by a Service of the chart, of type `LoadBalancer` or `NodePort`.',
  shared: 'Remove it: what outlives pods is a PersistentVolumeClaim of your own chart, a database or an object store.',
  scratch: 'Remove it: paths in the repository are none in an image. With our chart /tmp may be written to; in your own add an `emptyDir`.',
  artifacts: 'Remove it: what an earlier step makes belongs into the image, by COPY in the Dockerfile.',
  pages: BY_CONTROLLER,
  aliases: 'Remove it: write the redirect into your chart\'s Ingress or HTTPRoute.',
  hsts: BY_CONTROLLER,
  'trusted-proxies': BY_CONTROLLER,
}

/** What a service says of our own chart, where a chart of one's own is to say it. */
const OF_OWN_CHART: Cures = {
  services: 'Remove it: what runs is in the chart. Without `chart`, and with no chart in the repository, ours is made of `services`.',
  env: 'Write it as values: `cluster: { values: { … } }`, at the keys by which the chart has variables.',
  secrets: 'Say where in the values each goes: `cluster: { secret-values: { database.password: DATABASE_PASSWORD } }`.',
  before: 'Make it a Job of the chart with the annotation `helm.sh/hook: pre-upgrade`.',
  after: 'Make it a Job of the chart with the annotation `helm.sh/hook: post-upgrade`.',
  schedule: 'Make it a CronJob of the chart.',
}

/** What of a service cannot be mapped to our own chart. */
const OF_SERVICE: Cures = {
  path: 'Remove it: an image begins in the folder that its WORKDIR names.',
  runtime: IN_IMAGE,
  install: 'Remove it: what is installed is in the image.',
  build: 'Write it as `RUN` into the Dockerfile: an image is built once, and runs everywhere.',
  static: 'Let the image serve them, by nginx for instance, and write `route` and `health` alone.',
  tasks: 'Remove it: processes of a pod are limited by the kubelet (`podPidsLimit`).',
  sandbox: 'Remove it: with our chart every pod keeps to the restricted security level. What needs more has a chart of its own.',
}

const FLEET = 'Remove it: a namespace is one target, and its pods are replaced a few at a time.'
const OF_ROLLOUT: Cures = {
  canary: FLEET, wave: FLEET, failures: FLEET, absent: FLEET,
  maintenance: BY_CONTROLLER,
  warm: 'Remove it: what a rolling update replaces is gone when it is done.',
}

const isServiceKey = (name: string): boolean => Object.hasOwn(serviceKeys, name)

export interface ForCluster extends Completed {
  /** Services are written: our own chart is made of them. */
  readonly ours: boolean
}

/** The file with all services named, without what a cluster cannot do, which is reported with what to write instead. `chartAsked`: an input names a chart. */
export function forCluster(tree: Mapping, chartAsked: boolean, findings: Findings): ForCluster {
  const cluster = tree.entries.get('cluster')?.value
  const chart = chartAsked || cluster?.kind === 'scalar' && !isNull(cluster) || (cluster?.kind === 'mapping' && cluster.entries.has('chart'))
  const entries = [...tree.entries.values()]
  const named = mappingAt(tree, 'services')
  const top = entries.filter(({ key }) => isServiceKey(key))
  const written = (named?.entries.size ?? 0) > 0
  const ours = !chart && (written || top.length > 0)
  const refuse = (entry: Entry, place: string, cure: string, why = ''): void => {
    findings.add(new Failure({ code: 'config-not-together', at: entry.at, what: `\`${place}\` cannot be done in a cluster.`, why, cure }))
  }
  const ofChart = (entry: Entry): boolean => !ours && (isServiceKey(entry.key) || entry.key === 'services')
  for (const entry of entries) {
    const { key } = entry
    if (Object.hasOwn(NEVER, key)) refuse(entry, key, NEVER[key] ?? '')
    else if (ofChart(entry)) {
      findings.add(new Failure({
        code: 'config-not-together', at: entry.at, what: `\`${key}\` is said beside a chart.`, why: 'What runs, and how, is said by the chart.',
        cure: OF_OWN_CHART[key] ?? 'Say it in the chart, or in its values, and remove it here.',
      }))
    }
  }
  const tls = tree.entries.get('tls')
  if (!ours && tls?.value.kind === 'mapping') refuse(tls, 'tls', 'Give the certificate to your chart: `cluster: { secret-values: { tls.crt: TLS_CERTIFICATE, tls.key: TLS_KEY } }`, at its own keys.', 'Nothing but the chart knows where it belongs.')
  const kept = entries.filter((entry) => !Object.hasOwn(NEVER, entry.key) && entry.key !== 'services' && !isServiceKey(entry.key) && !(entry === tls && !ours && tls.value.kind === 'mapping'))
    .map((entry) => entry.key === 'rollout' ? { ...entry, value: withoutFleet(entry.value, ours, refuse) } : entry)
  const at = tree.entries.get('services')?.at ?? top[0]?.at ?? tree.at
  if (written && ours) for (const entry of top) findings.add(new Failure({
    code: 'config-two-forms', at: entry.at, what: `\`${entry.key}\` stands at the top, beside \`services\`.`,
    why: 'At the top it is the short form, for an app with one service and no `services`.', cure: 'Move it into its service.',
  }))
  const short = !written
  const services = !ours ? [] : named !== undefined && written ? [...named.entries.values()] : [shortForm(top, at)]
  const mapped = services.map((entry) => ({ ...entry, value: mappable(entry.value, short ? '' : `services.${entry.key}.`, refuse) }))
  return {
    tree: mapping([...kept, { key: 'services', at, value: mapping(mapped, at) }], tree.at), ours,
    place: (service, key) => short ? key : `services.${service}.${key}`,
  }
}

function shortForm(top: readonly Entry[], at: Entry['at']): Entry {
  const route: Entry = { key: 'route', at, value: scalar('/', at) }
  return { key: 'web', at, value: mapping([route, ...top], at) }
}

type Refuse = (entry: Entry, place: string, cure: string, why?: string) => void

function withoutFleet(rollout: Node, ours: boolean, refuse: Refuse): Node {
  if (rollout.kind !== 'mapping') return rollout
  const kept = [...rollout.entries.values()].filter((entry) => {
    const cure = entry.key === 'drain' && !ours ? 'Say it in the chart: `terminationGracePeriodSeconds`, and a `preStop` that waits.' : OF_ROLLOUT[entry.key]
    if (cure !== undefined) refuse(entry, `rollout.${entry.key}`, cure)
    return cure === undefined
  })
  return mapping(kept, rollout.at)
}

/** A service without what our chart cannot do. */
function mappable(service: Node, place: string, refuse: Refuse): Node {
  if (service.kind !== 'mapping') return service
  const kept = [...service.entries.values()].flatMap((entry): readonly Entry[] => {
    const refusal = unmappable(entry)
    if (refusal !== null) {
      refuse(entry, `${place}${entry.key}${refusal.below}`, refusal.cure, refusal.why)
      return refusal.rest === null ? [] : [{ ...entry, value: refusal.rest }]
    }
    return [entry]
  })
  return mapping(kept, service.at)
}

interface Refusal {
  /** `.signal` */
  readonly below: string
  readonly cure: string
  readonly why: string
  /** What of the key can stay. */
  readonly rest: Node | null
}

function unmappable({ key, value }: Entry): Refusal | null {
  const refusal = (cure: string, why = '', below = '', rest: Node | null = null): Refusal => ({ below, cure, why, rest })
  const word = value.kind === 'scalar' ? value.text : ''
  if (key === 'listen' && word === 'socket') return refusal('Remove it: let the program listen on `0.0.0.0:$PORT`.', 'Between pods there is a network, and no file system.')
  if (key === 'protocol' && (word === 'uwsgi' || word === 'fastcgi')) {
    return refusal(word === 'uwsgi' ? 'Let uWSGI speak HTTP (`--http-socket 0.0.0.0:$PORT`), and remove it.' : 'Put nginx beside it into the image, and remove it.', 'What takes requests in for a cluster speaks HTTP.')
  }
  if (key === 'stop' && value.kind === 'mapping' && value.entries.has('signal')) {
    return refusal('Write `STOPSIGNAL` into the Dockerfile; `stop: { timeout: … }` may stay.', 'The signal that ends a container is a part of its image.', '.signal',
      mapping([...value.entries.values()].filter((entry) => entry.key !== 'signal'), value.at))
  }
  if (key === 'schedule' && cronJobOf(word) === 'otherwise') {
    return refusal('Write it as two services, or without a step in the days: `0 6 1,15 * *`.', 'Where both kinds of day are restricted, a CronJob takes either of them, and cron with a step (`*/2`) takes both.')
  }
  return Object.hasOwn(OF_SERVICE, key) ? refusal(OF_SERVICE[key] ?? '') : null
}

/** A schedule as a CronJob has it; undefined for one that is none, or wrong, which is reported elsewhere. */
export const cronIn = (completed: Mapping, service: string): string | undefined => {
  const named = mappingAt(completed, 'services')
  const written = textAt(named && mappingAt(named, service) || mapping([], undefined), 'schedule')
  const cron = written === undefined || written === 'once' ? null : cronJobOf(written)
  return cron === null || cron === 'otherwise' ? undefined : cron.cron
}
