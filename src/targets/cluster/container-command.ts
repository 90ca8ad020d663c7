/** What is known of the variables that a command may name. Of a secret that it is there, and no more: null. */
export type Variables = ReadonlyMap<string, string | null>

type Part = { readonly text: string } | { readonly variable: string; readonly quoted: boolean }
interface Word {
  readonly parts: readonly Part[]
  /** Does a shell make more of it than its variables' values? */
  readonly expands: boolean
}
type Token = Word | { readonly operator: string }

/** What only a shell knows. */
const ofShells = new Set(['.', ':', '!', '{', 'case', 'cd', 'command', 'eval', 'export', 'for', 'if', 'set', 'source', 'trap', 'ulimit', 'umask', 'unset', 'until', 'while'])
/** What a shell leaves as it is, and leaves in one word. */
const asItIs = /^[\w.:/@%+,=-]+$/

/**
 * A line for the shell as a container takes it: a program and its arguments, where `$(NAME)` is the value of a variable and `$$` a dollar.
 * Without a shell where it can be: not every image has one. `stays`: it is to become the container's first process, which gets the
 * signals; null: by this line the shell would, and would keep them to itself.
 */
export function containerCommand(line: string, variables: Variables, stays: boolean): readonly string[] | null {
  const tokens = lex(line)
  const words = tokens.filter((token) => 'parts' in token)
  const operators = tokens.filter((token) => 'operator' in token)
  const program = words[0]?.parts.map((part) => 'text' in part ? part.text : '$').join('') ?? ''
  const assigns = /^[A-Za-z_]\w*=/.test(program)
  if (operators.length === 0 && !assigns && !ofShells.has(program) && words.every((word) => isPlain(word, variables))) {
    return words.slice(program === 'exec' ? 1 : 0).map(argument)
  }
  const shell = (text: string): readonly string[] => ['sh', '-c', text.replaceAll('$', '$$$$')]
  if (!stays) return shell(line)
  if (operators.length === 0) {
    if (program === 'exec') return shell(line)
    return ofShells.has(program) ? null : shell(`exec ${assigns ? 'env ' : ''}${line}`)
  }
  // `cd api && exec gunicorn …`: what comes last takes the shell's place. Of a pipe it would not.
  const last = tokens.findLastIndex((token) => 'operator' in token && !/[<>]/.test(token.operator))
  const [first] = tokens.slice(last + 1)
  const takesPlace = first !== undefined && 'parts' in first && first.parts.map((part) => 'text' in part ? part.text : '$').join('') === 'exec'
  return takesPlace && operators.every(({ operator }) => /^(&&|\|\||;|[<>]+&?)$/.test(operator)) ? shell(line) : null
}

function isPlain({ parts, expands }: Word, variables: Variables): boolean {
  return !expands && parts.every((part) => {
    if ('text' in part) return true
    const value = variables.get(part.variable)
    // What the image itself sets is nothing that Kubernetes would know.
    return value !== undefined && (part.quoted || (value !== null && asItIs.test(value)))
  })
}

const argument = ({ parts }: Word): string => parts.map((part) => 'text' in part ? part.text.replaceAll('$', '$$$$') : `$(${part.variable})`).join('')

function lex(line: string): readonly Token[] {
  const tokens: Token[] = []
  let parts: Part[] | null = null
  let expands = false
  const add = (part: Part): void => { (parts ??= []).push(part) }
  const end = (): void => {
    if (parts !== null) tokens.push({ parts, expands })
    parts = null
    expands = false
  }
  /** Of what begins with `$` at `at`; the number of characters it has. */
  const dollar = (at: number, quoted: boolean): number => {
    const rest = line.slice(at + 1)
    const [whole, plain, braced] = /^(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(rest) ?? []
    const variable = plain ?? braced
    if (whole !== undefined && variable !== undefined) {
      add({ variable, quoted })
      return 1 + whole.length
    }
    if (/^[({0-9@*#?$!_-]/.test(rest)) expands = true
    add({ text: '$' })
    return rest.startsWith('(') ? 1 + lengthInParentheses(rest) : 1
  }
  for (let at = 0; at < line.length;) {
    const character = line[at] ?? ''
    if (/\s/.test(character)) {
      end()
      at += 1
    } else if (character === '#' && parts === null) {
      break
    } else if (/[;&|<>()]/.test(character)) {
      const [operator = character] = /^(&&|\|\||[<>]+&?|.)/.exec(line.slice(at)) ?? []
      end()
      tokens.push({ operator })
      at += operator.length
    } else if (character === '\'') {
      const close = line.indexOf('\'', at + 1)
      add({ text: line.slice(at + 1, close === -1 ? undefined : close) })
      at = close === -1 ? line.length : close + 1
    } else if (character === '"') {
      add({ text: '' })
      for (at += 1; at < line.length && line[at] !== '"';) {
        const inside = line[at] ?? ''
        if (inside === '\\' && /[$`"\\]/.test(line[at + 1] ?? '')) {
          add({ text: line[at + 1] ?? '' })
          at += 2
        } else if (inside === '$') {
          at += dollar(at, true)
        } else {
          if (inside === '`') expands = true
          add({ text: inside })
          at += 1
        }
      }
      at += 1
    } else if (character === '\\') {
      add({ text: line[at + 1] ?? '' })
      at += 2
    } else if (character === '$') {
      at += dollar(at, false)
    } else if (character === '`') {
      expands = true
      add({ text: character })
      const close = line.indexOf('`', at + 1)
      at = close === -1 ? line.length : close + 1
    } else {
      if (/[*?[]/.test(character) || (character === '~' && parts === null)) expands = true
      add({ text: character })
      at += 1
    }
  }
  end()
  return tokens
}

/** Of what begins with a parenthesis, up to the one that closes it: operators in it are its own. */
function lengthInParentheses(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth += 1
    if (text[at] === ')' && --depth === 0) return at + 1
  }
  return text.length
}
