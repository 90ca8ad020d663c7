/**
 * The runner's workflow commands, a line each on standard output. Written here and not taken from the toolkit, whose HTTP
 * client alone takes longer to load than everything up to the first message about a wrong input.
 */
import { randomUUID } from 'node:crypto'
import type { Failure } from '../errors'

export interface Annotation {
  readonly title?: string
  /** Path in the repository. */
  readonly file?: string
  /** 1-based, like the others. */
  readonly line?: number
  readonly endLine?: number
  readonly col?: number
  readonly endColumn?: number
}

export function errorCommand(message: string, annotation: Annotation = {}): string {
  return command('error', annotation, message)
}

export function warningCommand(message: string, annotation: Annotation = {}): string {
  return command('warning', annotation, message)
}

export function noticeCommand(message: string, annotation: Annotation = {}): string {
  return command('notice', annotation, message)
}

export function groupCommand(title: string): string {
  return command('group', {}, title)
}

export function endGroupCommand(): string {
  return '::endgroup::'
}

/** An annotation with what, why and cure, a line each, on file and line where they are known. */
export function failureCommand(failure: Failure): string {
  const { what, why, cure, at, target } = failure
  const message = [what, why, cure].filter(Boolean).join('\n')
  return errorCommand(message, {
    title: target === undefined ? failure.code : `${failure.code} on ${target}`,
    ...(at === undefined ? {} : { file: at.file, line: at.line }),
    ...(at?.column === undefined ? {} : { col: at.column }),
  })
}

/** Commands that mask a secret in everything printed from here on. */
export function maskCommands(secret: string): readonly string[] {
  return masksOf(secret).map((mask) => command('add-mask', {}, mask))
}

// What is shorter would turn up in the middle of words and shred the log.
const shortestMask = 6

/** What to mask of a secret: the runner looks at single lines, so each of them, less the frame that all keys share. */
export function masksOf(secret: string): readonly string[] {
  const lines = secret
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= shortestMask && !/^-----[A-Z0-9 ]+-----$/.test(line))
  return [...new Set(lines)]
}

/**
 * Other people's text, in which the runner obeys no command. The token that ends it must not be known to whoever wrote the
 * text; tests pass one.
 */
export function foreign(text: string, token: string = randomUUID()): string {
  return `::stop-commands::${token}\n${text.replace(/\n+$/, '')}\n::${token}::`
}

/** Writes lines to the log. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function command(name: string, annotation: Annotation, data: string): string {
  const properties = Object.entries(annotation)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
    .join(',')
  return `::${name}${properties === '' ? '' : ` ${properties}`}::${escapeData(data)}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
