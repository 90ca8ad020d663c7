import type { Gates } from '../../config'
import type { Check } from '../../drivers/github'
import { Failure } from '../../errors'

const most = 10

/** What of a commit's checks is not green, of those that have to be. A name that is not among them has not ended yet. */
export function unchecked(asked: Gates['checks'], checks: readonly Check[], commit: string): readonly Failure[] {
  if (asked === false) return []
  const names = asked === true ? checks.map(({ name }) => name) : asked
  const missing = names.filter((name) => !checks.some((check) => check.name === name))
  const others = checks.filter(({ name, state }) => names.includes(name) && state !== 'green')
  if (names.length > 0 && missing.length === 0 && others.length === 0) return []
  const all = [...others.map(({ name, said }) => `${name} (${said.replaceAll('_', ' ')})`), ...missing.map((name) => `${name} (not there)`)]
  const listed = `${all.slice(0, most).join(', ')}${all.length > most ? ` and ${all.length - most} more` : ''}`
  const waits = names.length === 0 || missing.length > 0 || others.some(({ state }) => state === 'pending')
  const known = missing.length > 0 && checks.length > 0 ? ` There are: ${[...new Set(checks.map(({ name }) => name))].slice(0, most).join(', ')}.` : ''
  return [new Failure({
    code: 'gate-checks', what: names.length === 0 ? `${commit.slice(0, 12)} has no checks.` : `Checks of ${commit.slice(0, 12)} are not green: ${listed}.`,
    why: 'slipway.yml says under `gates` that they have to be, before it is deployed.',
    cure: `${waits ? 'Run the job again when they have ended' : 'Mend what they found'}; or, if it has to be now, run it with \`ignore-gates: true\`.${known}`,
  })]
}
