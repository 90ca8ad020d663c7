import type { Outcome } from '../rollout/outcome'
import { counted } from './quantities'

export interface Headline {
  readonly icon: '✅' | '⚠️' | '❌' | '⏹️' | 'ℹ️' | '📋'
  /** Plain words without a full stop. */
  readonly text: string
}

/** The verdict in one line. */
export function headline(outcome: Outcome): Headline {
  const { icon, text } = verdictLine(outcome)
  const unwell = outcome.targets.some((target) => target.unwell.length > 0)
  const pleased = icon === '✅' || icon === 'ℹ️'
  return pleased && unwell ? { icon: '⚠️', text: `${text}; not all of it is well` } : { icon, text }
}

function verdictLine(outcome: Outcome): Headline {
  const { ok, verdict } = outcome
  const app = outcome.app || 'the app'
  const wanted = [app, outcome.version].filter(Boolean).join(' ')
  const [only] = outcome.targets
  const where = outcome.targets.length === 1 && only !== undefined ? only.name : counted(outcome.targets.length, 'target')
  if (outcome.status === 'not-published') return { icon: '❌', text: `${wanted} is serving on ${where}, but GitHub did not take what was to be said of it` }
  switch (verdict) {
    case 'deployed':
    case 'restarted':
    case 'rolled-back': {
      const again = { 'deployed': '', 'restarted': ' anew', 'rolled-back': ' again' }[verdict]
      const reached = outcome.targets.filter(({ state }) => state !== 'absent').length
      const most = reached < outcome.targets.length ? `${reached} of ${counted(outcome.targets.length, 'target')}` : where
      return ok
        ? { icon: '✅', text: `${wanted} is serving${again} on ${most}` }
        : { icon: '❌', text: `${wanted} is serving${again} on ${most}, but ${afterwards(outcome) ?? 'what it replaced could not be retired'}` }
    }
    case 'unchanged': return outcome.after === null || outcome.after === 'done'
      ? { icon: '✅', text: `${wanted} was serving on ${where} already: ${outcome.after === null ? 'nothing changed' : '`after` was run again'}` }
      : { icon: '❌', text: `${wanted} was serving on ${where} already, but ${afterwards(outcome) ?? ''}` }
    case 'planned': return {
      icon: '📋',
      text: `Dry run: ${wanted} would be ${done(outcome)} on ${where}`,
    }
    case 'status': return { icon: 'ℹ️', text: `${standing(outcome, app)} on ${where}` }
    case 'reverted': return {
      icon: '❌',
      text: `${wanted} was not kept: ${isFirst(outcome) ? `nothing is serving on ${where}, as before`
        : `${outcome.previous ?? 'what served before'} is serving on ${where} again`}`,
    }
    case 'split': return { icon: '❌', text: `${app} is split: ${spread(outcome)}` }
    case 'failed': return { icon: '❌', text: failed(outcome, wanted, where) }
    case 'cancelled': return { icon: '⏹️', text: `Cancelled: ${spread(outcome)}` }
  }
}

/** What is done to a version. */
function done({ operation }: Outcome): string {
  return operation === 'rollback' ? 'returned to' : operation === 'restart' ? 'restarted' : 'deployed'
}

/** What went wrong with `after`; null when nothing did. */
function afterwards({ after }: Outcome): string | null {
  return after === 'failed' ? '`after` failed' : after === 'unfinished' ? '`after` had not ended' : null
}

/** Had nothing served before on any target? */
export function isFirst({ targets }: Outcome): boolean {
  return targets.every(({ from }) => from === null)
}

function failed(outcome: Outcome, wanted: string, where: string): string {
  const attempted = outcome.operation === 'status' ? `The status of ${wanted} could not be told` : `${wanted} was not ${done(outcome)}`
  if (outcome.changed && outcome.targets.some(({ servingKnown }) => !servingKnown)) {
    return `${wanted} failed on ${where}, and it is not known what serves there`
  }
  if (outcome.changed) return `${wanted} failed on ${where} and could not be put back`
  if (outcome.serving === null || outcome.operation === 'status') return `${attempted} on ${where}`
  return `${attempted}: ${outcome.serving} is still serving on ${where}`
}

function standing(outcome: Outcome, app: string): string {
  if (outcome.serving !== null) return `${app} ${outcome.serving} is serving`
  const some = outcome.targets.some(({ serving }) => serving !== null)
  return some ? `${app} is serving in several versions` : `No ${app} is serving`
}

/** `v1.1.0 on 2 of 3 targets, v1.0.0 on 1`. */
function spread(outcome: Outcome): string {
  const counts = new Map<string, number>()
  for (const { serving, servingKnown } of outcome.targets) {
    const version = servingKnown ? serving?.version ?? 'nothing' : 'not known'
    counts.set(version, (counts.get(version) ?? 0) + 1)
  }
  const [only] = outcome.targets
  if (outcome.targets.length === 1 && only !== undefined) {
    const [version = 'nothing'] = counts.keys()
    return version === 'not known' ? `it is not known what serves on ${only.name}` : `${version} is serving on ${only.name}`
  }
  return [...counts].map(([version, count], index) =>
    `${version} on ${index === 0 ? `${count} of ${counted(outcome.targets.length, 'target')}` : count}`).join(', ')
}
