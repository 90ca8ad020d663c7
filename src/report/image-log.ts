import { randomUUID } from 'node:crypto'
import { endGroupCommand, groupCommand, warningCommand } from './commands'
import { oneLine } from './foreign'
import type { Redactor } from './redact'

export interface ImageLog {
  say(text: string): void
  warn(text: string): void
  beginBuild(builder: string): void
  buildLine(line: string): void
  endBuild(): void
}

/** The log of a build: what docker prints stands in a group of its own, as it comes, and no command in it is obeyed. */
export function createImageLog(write: (line: string) => void, redactor: Redactor, token: () => string = randomUUID): ImageLog {
  let open: string | null = null
  return {
    say: (text) => write(`${/^ */.exec(text)?.[0] ?? ''}${oneLine(text, redactor)}`),
    warn: (text) => write(warningCommand(oneLine(text, redactor), { title: 'not all can be done here' })),
    beginBuild(builder) {
      open = token()
      write(groupCommand(oneLine(`build by ${builder}`, redactor)))
      write(`::stop-commands::${open}`)
    },
    buildLine: (line) => write(`${/^ */.exec(line)?.[0] ?? ''}${oneLine(line, redactor)}`),
    endBuild() {
      if (open === null) return
      write(`::${open}::`)
      write(endGroupCommand())
      open = null
    },
  }
}
