import { randomUUID } from 'node:crypto'
import { endGroupCommand, groupCommand, warningCommand } from './commands'
import { oneLine } from './foreign'
import type { Redactor } from './redact'
import type { Turn } from './turns'

export interface ImageLog {
  say(text: string): void
  warn(text: string, title?: string): void
  beginBuild(builder: string): void
  buildLine(line: string): void
  endBuild(): void
}

/**
 * The log of a build: what docker prints stands in a group of its own, as it comes, and no command in it is obeyed. `name`: of the image,
 * where there are several.
 */
export function createImageLog(turn: Turn, redactor: Redactor, name = '', token: () => string = randomUUID): ImageLog {
  let open: string | null = null
  const called = name === '' ? '' : `${name}: `
  return {
    say: (text) => turn.write(`${/^ */.exec(text)?.[0] ?? ''}${oneLine(`${called}${text.trimStart()}`, redactor)}`),
    warn: (text, title = 'not all can be done here') => turn.write(warningCommand(oneLine(`${called}${text}`, redactor), { title })),
    beginBuild(builder) {
      open = token()
      turn.begin()
      turn.write(groupCommand(oneLine(`${called}build by ${builder}`, redactor)))
      turn.write(`::stop-commands::${open}`)
    },
    buildLine: (line) => turn.write(`${/^ */.exec(line)?.[0] ?? ''}${oneLine(line, redactor)}`),
    endBuild() {
      if (open === null) return
      turn.write(`::${open}::`)
      turn.write(endGroupCommand())
      turn.end()
      open = null
    },
  }
}
