import { bad, text, type Format } from './format'
import { shown } from './tree'

export type Lexed = { readonly words: readonly string[] } | { readonly open: '\'' | '"' | '\\' }

/**
 * The words of a shell line, quotes and backslashes taken away, nothing expanded; or what was opened and not closed. Operators
 * (`&&`, `|`, `;`) stand as words of their own. A comment ends the line.
 */
export function lex(line: string): Lexed {
  const words: string[] = []
  let word: string | null = null
  for (let i = 0; i < line.length; i++) {
    const character = line[i] ?? ''
    if (character === '#' && word === null) break
    if (character === '\'' || character === '"') {
      const end = closing(line, i)
      if (end === -1) return { open: character }
      const inside = line.slice(i + 1, end)
      word = (word ?? '') + (character === '"' ? inside.replace(/\\([$`"\\])/g, '$1') : inside)
      i = end
    } else if (character === '\\') {
      if (i + 1 === line.length) return { open: '\\' }
      word = (word ?? '') + (line[++i] ?? '')
    } else if (/[\s;&|]/.test(character)) {
      if (word !== null) words.push(word)
      word = null
      if (character.trim() !== '') words.push(character)
    } else {
      word = (word ?? '') + character
    }
  }
  if (word !== null) words.push(word)
  return { words }
}

function closing(line: string, start: number): number {
  const quote = line[start]
  for (let i = start + 1; i < line.length; i++) {
    if (quote === '"' && line[i] === '\\') i++
    else if (line[i] === quote) return i
  }
  return -1
}

/** The program a line runs: `gunicorn` of `exec env A=b /app/bin/gunicorn main:app`; empty when there is none. */
export function program(line: string): string {
  const lexed = lex(line)
  if ('open' in lexed) return ''
  const first = lexed.words.find((word) => !/^[A-Za-z_]\w*=/.test(word) && word !== 'exec' && word !== 'env')
  return first?.split('/').at(-1) ?? ''
}

const NAMES = { '\'': 'a single quote', '"': 'a double quote', '\\': 'a backslash' } as const

function checkCommand(line: string): ReturnType<typeof bad> | undefined {
  if (line.trim() === '') return bad('is empty')
  // Where a supervisor reads a command, these first characters change how (and as whom) it runs.
  if (/^[-+@!:|]/.test(line)) {
    return bad(`begins with ${shown(line[0] ?? '')}`, 'Begin with the program: `start: gunicorn main:app`.',
      'Supervisors read such a first character as an order, for example to run as root.', 'config-command-prefix')
  }
  const lexed = lex(line)
  if ('open' in lexed) {
    const cure = lexed.open === '\\' ? 'Remove the backslash at the end.'
      : `Close it, or write it as \\${lexed.open} to mean the character.`
    return bad(`opens ${NAMES[lexed.open]} and does not close it: ${shown(line)}`, cure, undefined, 'config-quotes')
  }
  return program(line) === ''
    ? bad(`runs nothing: ${shown(line)}`, 'Begin with the program: `start: gunicorn main:app`.') : undefined
}

const shape = { pattern: /^(?![-+@!:|#])(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/, longest: 4096 }

/** One line for the shell, with its quotes closed. */
export const command: Format<string> = text({
  says: 'a command on one line', example: 'python manage.py migrate', ...shape, check: checkCommand
})

/** A command that stays in the foreground. */
export const startCommand: Format<string> = text({
  says: 'a command on one line', example: 'gunicorn main:app --bind 127.0.0.1:$PORT', ...shape,
  check(line) {
    const fault = checkCommand(line)
    if (fault !== undefined) return fault
    const lexed = lex(line)
    if ('open' in lexed || lexed.words.at(-1) !== '&') return undefined
    return bad('ends with `&`', 'Remove the `&`.', 'The service would leave the foreground, and count as ended.',
      'config-background')
  }
})
