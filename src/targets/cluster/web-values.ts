import { Failure, throwAll } from '../../errors'
import type { AppConfig, Health, Hook, ServiceConfig } from '../../config/types'
import { containerCommand, type Variables } from './container-command'
import type { ChartContent, ChartValues } from './content'
import { unmappable } from './web-refusals'

/** What charts/web is told of an app: values, and where in them secrets go. What slipway.yml has under `cluster: values` belongs over it. */
export interface WebValues extends Pick<ChartContent, 'secretValues'> {
  readonly values: ChartValues
}

/** Seconds that a command of `before` has, where it does not say. */
const commandTimeout = 600
/** Where a service listens, unless the values say otherwise. */
const port = '8080'

export interface WebRelease {
  readonly version: string
  /** 40 hex. */
  readonly commit: string
  /** Seconds from being taken out of what leads requests there to the signal to end: `rollout.drain`. */
  readonly drain: number
}

/** Throws every `Failure`: `cluster-unmapped`, `cluster-image-missing`, `cluster-start`, `cluster-schedule`. */
export function webValues(config: AppConfig, { version, commit, drain }: WebRelease): WebValues {
  const { app, domains, tls, services, cluster } = config
  const failures: Failure[] = [...unmappable(config)]
  const images = cluster?.images ?? {}
  const missing = services.filter(({ name }) => !Object.hasOwn(images, name)).map(({ name }) => name)
  if (missing.length > 0) {
    failures.push(new Failure({
      code: 'cluster-image-missing', what: `Nothing says which image ${missing.map((name) => `\`${name}\``).join(', ')} ${missing.length === 1 ? 'runs' : 'run'}.`, why: 'A cluster pulls what an earlier step has built.',
      cure: `Give the step what build-image has made:\nimages: |\n${missing.map((name) => `  ${name}=\${{ steps.build.outputs.image }}`).join('\n')}`,
    }))
  }
  const mapped = services.filter((service) => service.static === null).map((service) => [service.name, valuesOf(service, images[service.name] ?? '', config, failures)] as const)
  const before = services.flatMap((service) => service.before.map((hook) => hookOf(service, hook, config)))
  throwAll(failures)
  const secrets = [...new Set(services.flatMap((service) => service.secrets))]
  return {
    values: {
      app, version, commit, defaults: { drain }, services: Object.fromEntries(mapped), before,
      routing: { hosts: domains, tls: { kind: domains.length === 0 || tls.kind === 'off' ? 'off' : tls.kind === 'own' ? 'own' : 'controller' } },
    },
    secretValues: [
      ...secrets.map((secret) => ({ path: ['secrets', secret], secret })),
      ...(tls.kind === 'own' && domains.length > 0
        ? [{ path: ['routing', 'tls', 'certificate'], secret: tls.certificate }, { path: ['routing', 'tls', 'key'], secret: tls.key }] : []),
    ],
  }
}

function valuesOf(service: ServiceConfig, image: string, config: AppConfig, failures: Failure[]): ChartValues {
  const { name, start, route, health, healthTimeout, env, secrets, secretsAs, instances, stop, overlap, memory, schedule, timeout } = service
  const ends = schedule !== null
  const command = start === '' ? [] : containerCommand(start, variablesOf(service, config), !ends)
  if (command === null) {
    failures.push(new Failure({
      code: 'cluster-start', what: `\`services.${name}.start\` leaves a shell in the place of the app: \`${start}\`.`,
      why: 'The signal to end would reach the shell alone, and the app be killed with requests in its hands.', cure: 'Write `exec` before the command that stays, which comes last: `cd api && exec gunicorn main:app`.',
    }))
  }
  if (schedule?.kind === 'times' && schedule.cron === undefined) {
    failures.push(new Failure({
      code: 'cluster-schedule', what: `\`services.${name}.schedule\` has no form that a CronJob takes.`, cure: 'Write it as a cron expression of five fields, in UTC: `0 6 * * *`.',
    }))
  }
  return {
    image,
    ...(command === null || command.length === 0 ? {} : { command }),
    ...(route === null ? {} : { route }),
    ...(health === null || ends ? {} : { health: healthOf(health, service, config) }),
    ...(ends ? {} : { startupTimeout: healthTimeout }),
    stopTimeout: stop.timeout,
    // One is what slipway.yml means by nothing: of what serves users the chart then runs two.
    ...(instances > 1 && !ends ? { replicas: instances } : {}),
    ...(overlap || ends ? {} : { overlap: false }),
    ...(schedule === null ? {} : schedule.kind === 'once' ? { once: true, timeout } : { schedule: schedule.cron ?? '', timeout }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(secrets.length === 0 ? {} : { secrets, secretsAs }),
    ...(memory === null ? {} : { resources: { requests: { cpu: '50m', memory: bytes(memory) }, limits: { memory: bytes(memory) } } }),
  }
}

function healthOf(health: Health, service: ServiceConfig, config: AppConfig): ChartValues {
  return health.kind === 'path' ? { path: health.path } : { command: containerCommand(health.command, variablesOf(service, config), false) ?? [] }
}

function hookOf(service: ServiceConfig, hook: Hook, config: AppConfig): ChartValues {
  const { run, timeout } = typeof hook === 'string' ? { run: hook, timeout: commandTimeout } : hook
  return { service: service.name, command: containerCommand(run, variablesOf(service, config, false), false) ?? [], timeout }
}

function variablesOf({ name, env, secrets, secretsAs, route, schedule }: ServiceConfig, { app }: AppConfig, asked = route !== null && schedule === null): Variables {
  return new Map<string, string | null>([
    ...Object.entries(env),
    ...(secretsAs === 'env' ? secrets.map((secret) => [secret, null] as const) : []),
    ['SLIPWAY_APP', app], ['SLIPWAY_SERVICE', name],
    ...(asked ? [['PORT', port] as const] : []),
  ])
}

const bytes = (amount: number): string => amount % 1024 ** 2 === 0 ? `${amount / 1024 ** 2}Mi` : String(amount)
