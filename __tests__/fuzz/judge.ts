import { failuresOf, type Failure } from '../../src/errors'
import { annotations, block } from '../../src/report/annotations'
import { failureCommand } from '../../src/report/commands'
import { Redactor } from '../../src/report/redact'
import { startedSince } from './canary'
import { claim, type Surface } from './surface'

/** Milliseconds of processor time that one input may take: a stall is orders of magnitude above what any needs. */
export const longest = 2_000
/** Of one failure as it is printed, in UTF-16 units: many times what a reader takes, whatever the input's size. */
const mostPrinted = 100_000
const nothing = new Redactor()
const clean = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((one) => [one, Reflect.ownKeys(one).length] as const)

export interface Ending {
  /** Codes of what it was refused for; empty: it was taken. */
  readonly codes: readonly string[]
  /** Processor time in milliseconds. */
  readonly took: number
}

/** Gives one input to a surface, and throws for everything that must not be. */
export async function tried<Input>({ attempt }: Surface<Input>, input: Input): Promise<Ending> {
  const began = process.cpuUsage()
  const failures = await failuresIn(attempt, input)
  const { user, system } = process.cpuUsage(began)
  const took = (user + system) / 1000
  const started = startedSince()
  claim(started.length === 0, 'a program was started:', ...started)
  for (const [one, length] of clean) claim(Reflect.ownKeys(one).length === length, 'a prototype was written to:', Reflect.ownKeys(one))
  for (const failure of failures) judgeFailure(failure)
  if (failures.length > 0) judgeLog(failures)
  claim(took < longest, `it took ${Math.round(took)} ms of processor time`)
  return { codes: [...new Set(failures.map(({ code }) => code))], took }
}

async function failuresIn<Input>(attempt: Surface<Input>['attempt'], input: Input): Promise<readonly Failure[]> {
  try {
    return await attempt(input) ?? []
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    return failures
  }
}

function judgeFailure({ code, what, why, cure }: Failure): void {
  claim(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(code), 'a failure has no code:', code)
  claim(what.trim() !== '', `${code} does not say what is wrong`)
  claim(cure.trim() !== '', `${code} has no cure`)
  claim(typeof why === 'string' && !`${what}${why}${cure}`.includes('[object Object]'), `${code} shows an object:`, what, why, cure)
}

/** In the log each line is ours: what others wrote begins no workflow command, no colour, and no line of its own. */
function judgeLog(failures: readonly Failure[]): void {
  for (const line of annotations(failures, nothing)) {
    judgeLine(line, /^::error /)
    claim(line.length <= mostPrinted, 'a line of the log is endless:', line)
  }
  for (const failure of failures) judgeLine(failureCommand(failure), /^::error /)
  for (const line of failures.flatMap((failure) => block(failure, nothing))) judgeLine(line, null)
}

/** A line of the log that may be a command of ours, or none. */
export function judgeLine(line: string, ours: RegExp | null): void {
  claim(!/[\r\n]/.test(line), 'a line of the log is several:', line)
  claim(ours?.test(line) === true || !/^\s*::/.test(line), 'a line of the log is a workflow command:', line)
  // The old form is obeyed anywhere in a line; in the data of a command of ours it is not looked for.
  claim(ours?.test(line) === true || !line.includes('##['), 'a line of the log holds a workflow command:', line)
  claim(ours?.test(line) === true || !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(line), 'a line of the log holds what terminals act on:', line)
}
