import type { Evidence } from '../errors'
import type { Event, Step } from '../rollout/events'
import type { FailureRecord, Outcome } from '../rollout/outcome'
import type { Plan } from '../rollout/target'
import { annotations, block } from './annotations'
import { endGroupCommand, foreign, groupCommand, warningCommand } from './commands'
import { oneLine, shown, type Bounds } from './foreign'
import { headline } from './headline'
import { duration } from './quantities'
import type { Redactor } from './redact'

const done: Readonly<Record<Step, string>> = {
  connect: 'connected', inspect: 'inspected', plan: 'planned', stage: 'staged', maintain: 'closed', run: 'ran', start: 'started',
  'cut over': 'cut over', bake: 'baked', after: 'after', retire: 'retired', revert: 'reverted', evidence: 'evidence',
}
const evidenceBounds: Bounds = { lines: 100, bytes: 16 * 1024 }
/** The runner shows ten annotations of a kind for a step. */
const mostWarnings = 10

export interface Log {
  /** Listens to a rollout. */
  event(event: Event): void
  /** A line beside those of the rollout: a word, where, and what of it. */
  row(word: string, where: string, text: string): void
  /** Says how it ended: plans, failures as annotations, the verdict. */
  outcome(outcome: Outcome): void
}

/** How what stands out is written: as the runner's commands, or for a terminal. */
export interface Form {
  warning(title: string, text: string, redactor: Redactor): string
  evidence(target: string, evidence: Evidence, redactor: Redactor): readonly string[]
  failures(failures: readonly FailureRecord[], redactor: Redactor): readonly string[]
  verdict(icon: string, text: string): string
}

/** For the log of a job. */
export const runnerForm: Form = {
  warning: (title, text, redactor) => warningCommand(oneLine(text, redactor), { title: oneLine(title, redactor) }),
  evidence: evidenceGroup,
  failures: annotations,
  verdict: (icon, text) => `${icon} ${text}`,
}

/** The log of a run: a line a step and target, groups that fold for evidence. `write` takes what goes to standard output. */
export function createLog(write: (line: string) => void, redactor: Redactor, form: Form = runnerForm): Log {
  const began = new Map<string, number>()
  let width = 12
  let warnings = 0

  const row = (word: string, target: string, text: string, took: number | null): void => {
    width = Math.max(width, target.length)
    const cells = [word.padEnd(10), oneLine(target, redactor).padEnd(width), oneLine(text, redactor),
      took === null ? '' : duration(took)]
    write(`  ${cells.filter((cell, index) => index < 2 || cell !== '').join('  ').trimEnd()}`)
  }
  const took = (event: { target: string; step: Step; at: number }): number =>
    event.at - (began.get(`${event.step} ${event.target}`) ?? event.at)

  return {
    event(event) {
      switch (event.type) {
        case 'begin':
          began.set(`${event.step} ${event.target}`, event.at)
          break
        case 'end':
          row(done[event.step], event.target, event.detail ?? '', took(event))
          break
        case 'fail':
          row('failed', event.target, event.step, took(event))
          for (const line of block(event.failure, redactor)) write(line)
          break
        case 'progress':
          row('…', event.target, event.text, null)
          break
        case 'note':
          if (event.level === 'warning' && warnings++ < mostWarnings) {
            write(form.warning(event.target, event.text, redactor))
          } else {
            row(event.level === 'warning' ? 'warning' : 'note', event.target, event.text, null)
          }
          break
        case 'wave':
          if (event.of > 1) write(`wave ${event.number} of ${event.of}: ${oneLine(event.targets.join(', '), redactor)}`)
          break
        case 'proven':
          row('proven', event.target, `#${event.proof.number} answered ${event.proof.via}`, event.at)
          break
        case 'output':
          for (const line of form.evidence(event.target, event.evidence, redactor)) write(line)
          break
      }
    },
    row: (word, where, text) => { row(word, where, text, null) },
    outcome(outcome) {
      for (const { name, plan } of outcome.targets) {
        if (plan !== null) for (const line of planLines(name, plan, redactor)) write(line)
      }
      for (const line of form.failures(outcome.failures, redactor)) write(line)
      for (const { name, unwell } of outcome.targets) {
        for (const line of unwell) write(form.warning(`not well on ${name}`, line, redactor))
      }
      const { icon, text } = headline(outcome)
      const times = outcome.provenAt === null
        ? duration(outcome.endedAt) : `proven in ${duration(outcome.provenAt)}, ${duration(outcome.endedAt)} in all`
      write(`${form.verdict(icon, oneLine(text, redactor))} (${times})`)
    },
  }
}

/** A group that folds, with other people's text in it in which no command is obeyed. */
export function evidenceGroup(target: string, evidence: Evidence, redactor: Redactor): readonly string[] {
  const { text, leftOut } = shown(evidence.text, redactor, evidenceBounds)
  return [
    groupCommand(oneLine(`${target}: ${evidence.source}`, redactor)),
    ...(leftOut === null ? [] : [`(${leftOut})`]),
    foreign(text),
    endGroupCommand(),
  ]
}

function planLines(target: string, plan: Plan, redactor: Redactor): readonly string[] {
  return planSteps(plan).flatMap(([step, lines]) =>
    [`${oneLine(target, redactor)}: ${step}`, ...lines.map((line) => `  - ${oneLine(line, redactor)}`)])
}

/** The steps of a plan that do something, in order. */
export function planSteps(plan: Plan): readonly (readonly [step: string, lines: readonly string[]])[] {
  const { stage, start, cutOver, after, retire } = plan
  const steps = [['stage', stage], ['start', start], ['cut over', cutOver], ['after', after], ['retire', retire]] as const
  return steps.filter(([, lines]) => lines.length > 0)
}
