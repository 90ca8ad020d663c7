import { Failure } from '../errors'
import type { Places, Services } from './checks'
import type { Findings } from './findings'

/** A command cannot be given longer than the rollout that it is a part of; `after` comes when that is done, and may. */
export function checkHooks(services: Services, rolloutTimeout: number, places: Places, findings: Findings): void {
  for (const [name, service] of services) {
    for (const key of ['build', 'before'] as const) {
      for (const [index, hook] of (service[key] ?? []).entries()) {
        if (typeof hook === 'string' || hook.timeout <= rolloutTimeout) continue
        findings.add(new Failure({
          code: 'config-not-together', at: places.item(name, key, index),
          what: `\`${places.name(name, key)}[${index}]\` may take ${hook.timeout} s, and the whole rollout ${rolloutTimeout} s.`,
          why: 'The rollout would be over before its limit is reached.',
          cure: `Allow the rollout more: \`rollout: { timeout: ${Math.ceil(hook.timeout / 60) + 5}m }\`.`
        }))
      }
    }
  }
}
