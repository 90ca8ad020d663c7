import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended } from './command'
import type { Host } from './hosts'

const program = readFileSync(join(import.meta.dirname, 'terminal.py'), 'utf8')

/** A command as root on a terminal of a host: when it has said a text, what belongs to it is typed; '' closes the terminal. */
export function atTerminal(host: Host, steps: readonly (readonly [text: string, typed: string])[], ...command: readonly string[]): Promise<Ended> {
  return host.exec('env', 'TERM=xterm', 'python3', '-c', program, JSON.stringify(steps), ...command)
}
